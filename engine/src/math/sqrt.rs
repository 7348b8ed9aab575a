//! Integer square roots, by one division per doubling of the width (Zimmermann, "Karatsuba square root").
//!
//! Guarantees: the floor, exactly. Used when a bound on a price becomes a bound on `s`.

use super::div::divide_2_by_1;
use super::wide::{U256, mul_64};
use crate::error::{Error, Result};
use crate::units::{SqrtPrice, Wide};

const TOP_BIT: u64 = 1 << 63;

/// `n / d`, and zero for a zero divisor, which no guess of a root is.
#[inline(always)]
const fn quotient(n: u64, d: u64) -> u64 {
    match n.checked_div(d) {
        Some(quotient) => quotient,
        None => 0,
    }
}

/// `floor(sqrt(n))` for `n >= 2^62`.
#[inline(always)]
const fn root_64(n: u64) -> u64 {
    /// `sqrt(1/2)` of 2^31: with a third of the number, the chord through both ends raised by half of its error.
    const OFFSET: u64 = 1_518_500_250;
    // n in [1, 4) of 2^62: n / 3 + 0.7071 is within 5%, and each step of Newton halves its square: 1e-3, 8e-7, 3e-13.
    let mut root = ((n >> 31) / 3).wrapping_add(OFFSET);
    root = root.wrapping_add(quotient(n, root)) >> 1;
    root = root.wrapping_add(quotient(n, root)) >> 1;
    root = root.wrapping_add(quotient(n, root)) >> 1;
    // From the first step on it is never below the root, and now at most one above.
    root.wrapping_sub((root > quotient(n, root)) as u64)
}

/// `floor(sqrt(n))` for `n >= 2^126`.
#[inline(always)]
const fn root_128(n: Wide) -> u64 {
    let high_root = root_64(n.hi);
    // At most twice the root, so 33 bits.
    let rest = n.hi.wrapping_sub(high_root.wrapping_mul(high_root));
    let digit = quotient((rest << 31) | (n.lo >> 33), high_root);
    let digit = if digit >> 32 == 0 { digit } else { 0xffff_ffff };
    let root = high_root << 32 | digit;
    // Exact or one too large.
    let (hi, lo) = mul_64(root, root);
    if hi > n.hi || (hi == n.hi && lo > n.lo) { root.wrapping_sub(1) } else { root }
}

/// `floor(sqrt(n))`.
#[inline]
pub const fn sqrt_floor_256(n: U256) -> u128 {
    let bits = n.leading_zeros() & !1;
    if bits == 256 {
        return 0;
    }
    let n = n.wrapping_shift_left(bits);
    let [n0, n1, n2, n3] = n.limbs;
    let high_root = root_128(Wide { lo: n2, hi: n3 });
    let (take_hi, take_lo) = mul_64(high_root, high_root);
    let rest = n.high().wrapping_sub(Wide { lo: take_lo, hi: take_hi }.get());
    let rest = Wide::new(rest);
    // rest is at most twice the root. The digit is rest * 2^64 + n1, halved, by the root.
    let half_rest = rest.hi << 63 | rest.lo >> 1;
    let digit = if half_rest >= high_root {
        u64::MAX
    } else {
        divide_2_by_1(half_rest, rest.lo << 63 | n1 >> 1, high_root | TOP_BIT).0
    };
    let root = Wide { lo: digit, hi: high_root }.get();
    // Exact or one too large.
    let too_large = U256::from_limbs([n0, n1, n2, n3]).is_below(U256::product(root, root));
    root.wrapping_sub(too_large as u128) >> (bits >> 1)
}

/// `floor(sqrt(n))`.
#[inline]
pub const fn sqrt_floor_128(n: u128) -> u64 {
    Wide::new(sqrt_floor_256(U256::from_u128(n))).lo
}

/// `floor(sqrt(numerator / denominator) * 2^64)`: the `s` of a relative price, given as two prices. It may lie outside
/// of the served range: the caller clamps or refuses. Errors with `InvalidSqrtPrice` for a zero denominator.
#[inline]
#[allow(clippy::arithmetic_side_effects, reason = "the denominator is checked not to be zero")]
pub const fn sqrt_ratio_floor(numerator: u64, denominator: u64) -> Result<SqrtPrice> {
    if denominator == 0 {
        return Err(Error::InvalidSqrtPrice);
    }
    // The root of a floor is the floor of the root: floor(numerator * 2^128 / denominator) has three words.
    let bits = denominator.leading_zeros();
    let divisor = denominator.wrapping_shl(bits);
    let top = numerator / denominator;
    let (middle, rest) = divide_2_by_1((numerator % denominator).wrapping_shl(bits), 0, divisor);
    let (low, _) = divide_2_by_1(rest, 0, divisor);
    Ok(SqrtPrice::from_bits(sqrt_floor_256(U256::from_limbs([low, middle, top, 0]))))
}
