//! Division of wide integers: schoolbook long division on 64-bit digits (Knuth, volume 2, algorithm D).
//!
//! Guarantees: exact, total; a zero divisor or a quotient of `2^128` or more gives `None`. A quotient has at most two
//! digits of 64 bits, and each digit costs two 64-bit divisions by half a word.

use super::wide::{U256, add_carry, funnel_left, funnel_right, mul_64, sub_borrow};
use crate::units::Wide;

const TOP_BIT: u64 = 1 << 63;
const MASK_32: u64 = 0xffff_ffff;

/// `(n1, n0) / d` as `(quotient, remainder)`, for `n1 < d` and `d` with its top bit set. Any other input gives some
/// number and no panic.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects, reason = "the divisor's top bit is set by `| TOP_BIT`, so it is not zero")]
pub(crate) const fn divide_2_by_1(n1: u64, n0: u64, d: u64) -> (u64, u64) {
    let d_hi = (d | TOP_BIT) >> 32;
    let d_lo = d & MASK_32;

    let (q1, rest) = half_digit(n1 / d_hi, n1 % d_hi, n0 >> 32, d_hi, d_lo);
    let rest = rest.wrapping_sub(q1.wrapping_mul(d_lo));
    let (q0, last) = half_digit(rest / d_hi, rest % d_hi, n0 & MASK_32, d_hi, d_lo);
    ((q1 << 32).wrapping_add(q0), last.wrapping_sub(q0.wrapping_mul(d_lo)))
}

/// Corrects the estimate `q` of a 32-bit digit, whose remainder by the divisor's high half is `r`: at most twice one
/// less. Gives the digit and `(r, next)`, from which `digit * d_lo` is still to be taken.
#[inline(always)]
const fn half_digit(mut q: u64, mut r: u64, next: u64, d_hi: u64, d_lo: u64) -> (u64, u64) {
    // q is at most 2^32 + 1, so q * d_lo does not wrap.
    if q > MASK_32 || q.wrapping_mul(d_lo) > (r << 32 | next) {
        q = q.wrapping_sub(1);
        r = r.wrapping_add(d_hi);
        if r <= MASK_32 && (q > MASK_32 || q.wrapping_mul(d_lo) > (r << 32 | next)) {
            q = q.wrapping_sub(1);
            r = r.wrapping_add(d_hi);
        }
    }
    (q, (r << 32).wrapping_add(next))
}

/// `(n2, n1, n0) / (d1, d0)` as `(quotient, remainder high, remainder low)`, for `(n2, n1) < (d1, d0)` and `d1` with
/// its top bit set.
#[inline(always)]
pub(crate) const fn divide_3_by_2(n2: u64, n1: u64, n0: u64, d1: u64, d0: u64) -> (u64, u64, u64) {
    let (mut quotient, rest, fits) = if n2 >= d1 {
        let (rest, carry) = add_carry(n1, d1, 0);
        (u64::MAX, rest, carry == 0)
    } else {
        let (quotient, rest) = divide_2_by_1(n2, n1, d1);
        (quotient, rest, true)
    };
    // What is left of the numerator before the divisor's low word is taken: (rest, n0) - quotient * d0.
    let (take_hi, take_lo) = mul_64(quotient, d0);
    let (r0, borrow) = sub_borrow(n0, take_lo, 0);
    let (mut r1, mut below) = sub_borrow(rest, take_hi, borrow);
    let mut r0 = r0;
    if !fits {
        // The remainder had a bit 128: there is nothing to give back.
        return (quotient, r1, r0);
    }
    while below != 0 {
        // At most twice: the top bit of d1 is set.
        quotient = quotient.wrapping_sub(1);
        let (low, carry) = add_carry(r0, d0, 0);
        let (high, carry) = add_carry(r1, d1, carry);
        (r1, r0) = (high, low);
        below = below.wrapping_sub(carry);
    }
    (quotient, r1, r0)
}

/// `(n3, n2, n1, n0) / (d2, d1, d0)` as `(quotient, remainder words from the highest)`, for a numerator's top three
/// words below the divisor and `d2` with its top bit set.
#[inline(always)]
const fn divide_4_by_3(n: [u64; 4], d: [u64; 3]) -> (u64, [u64; 3]) {
    let [n3, n2, n1, n0] = n;
    let [d2, d1, d0] = d;
    if n3 == d2 && n2 >= d1 {
        // Then n2 = d1 and n1 < d0, the digit is the largest there is, and what remains, n - (2^64 - 1) d, is
        // (d2, d1 - d0 + n1, n0 + d0): three words, computed modulo their width.
        let (r0, carry) = add_carry(n0, d0, 0);
        let (r1, borrow) = sub_borrow(n1, d0, 0);
        let (r1, carry_low) = add_carry(r1, carry, 0);
        let (r1, carry_high) = add_carry(r1, d1, 0);
        let r2 = d2.wrapping_sub(borrow).wrapping_add(carry_low).wrapping_add(carry_high);
        return (u64::MAX, [r2, r1, r0]);
    }
    let (quotient, r2, r1) = divide_3_by_2(n3, n2, n1, d2, d1);
    let (take_hi, take_lo) = mul_64(quotient, d0);
    let (r0, borrow) = sub_borrow(n0, take_lo, 0);
    let (r1, borrow) = sub_borrow(r1, take_hi, borrow);
    let (r2, below) = sub_borrow(r2, 0, borrow);
    if below == 0 {
        return (quotient, [r2, r1, r0]);
    }
    // The estimate from two words of the divisor is at most one too large.
    let (r0, carry) = add_carry(r0, d0, 0);
    let (r1, carry) = add_carry(r1, d1, carry);
    (quotient.wrapping_sub(1), [r2.wrapping_add(d2).wrapping_add(carry), r1, r0])
}

/// `(n / d, n % d)`, or `None` for a zero divisor.
#[inline]
#[allow(clippy::arithmetic_side_effects, reason = "the divisor is checked not to be zero")]
pub const fn div_128_by_64(n: u128, d: u64) -> Option<(u128, u64)> {
    if d == 0 {
        return None;
    }
    let n = Wide::new(n);
    if n.hi == 0 {
        return Some(((n.lo / d) as u128, n.lo % d));
    }
    let (q1, rest) = (n.hi / d, n.hi % d);
    if d <= MASK_32 {
        let middle = rest << 32 | n.lo >> 32;
        let low = (middle % d) << 32 | n.lo & MASK_32;
        let q0 = ((middle / d) << 32) | (low / d);
        return Some((Wide { lo: q0, hi: q1 }.get(), low % d));
    }
    let bits = d.leading_zeros();
    let (q0, rest) = divide_2_by_1(funnel_left(rest, n.lo, bits), n.lo.wrapping_shl(bits), d.wrapping_shl(bits));
    Some((Wide { lo: q0, hi: q1 }.get(), rest.wrapping_shr(bits)))
}

/// `(n / d, n % d)`, or `None` for a zero divisor or a quotient of `2^128` or more.
#[inline]
pub const fn div_256_by_128(n: U256, d: u128) -> Option<(u128, u128)> {
    if n.high() >= d {
        return None;
    }
    let [n0, n1, n2, n3] = n.limbs;
    let d = Wide::new(d);
    if d.hi == 0 {
        if n2 == 0 {
            return match div_128_by_64(n.low(), d.lo) {
                Some((quotient, rest)) => Some((quotient, rest as u128)),
                None => None,
            };
        }
        let bits = d.lo.leading_zeros();
        let divisor = d.lo.wrapping_shl(bits);
        let (q1, rest) = divide_2_by_1(funnel_left(n2, n1, bits), funnel_left(n1, n0, bits), divisor);
        let (q0, rest) = divide_2_by_1(rest, n0.wrapping_shl(bits), divisor);
        return Some((Wide { lo: q0, hi: q1 }.get(), rest.wrapping_shr(bits) as u128));
    }
    let bits = d.hi.leading_zeros();
    let (d1, d0) = (funnel_left(d.hi, d.lo, bits), d.lo.wrapping_shl(bits));
    let (n3, n2) = (funnel_left(n3, n2, bits), funnel_left(n2, n1, bits));
    let (n1, n0) = (funnel_left(n1, n0, bits), n0.wrapping_shl(bits));
    let (q1, r1, r0) = if n3 == 0 && n2 < d1 { (0, n2, n1) } else { divide_3_by_2(n3, n2, n1, d1, d0) };
    let (q0, r1, r0) = divide_3_by_2(r1, r0, n0, d1, d0);
    let rest = Wide { lo: funnel_right(r1, r0, bits), hi: r1.wrapping_shr(bits) };
    Some((Wide { lo: q0, hi: q1 }.get(), rest.get()))
}

/// `n / d` and whether something remains, for a divisor below `2^192`. `None` for a larger or a zero divisor, or a
/// quotient of `2^128` or more.
#[inline]
pub const fn div_256_by_192(n: U256, d: U256) -> Option<(u128, bool)> {
    let [d0, d1, d2, d3] = d.limbs;
    if d2 | d3 == 0 {
        return match div_256_by_128(n, d.low()) {
            Some((quotient, rest)) => Some((quotient, rest != 0)),
            None => None,
        };
    }
    let [n0, n1, n2, n3] = n.limbs;
    let fits = U256::from_limbs([n2, n3, 0, 0]).is_below(d);
    if d3 != 0 || !fits {
        return None;
    }
    let bits = d2.leading_zeros();
    let d = [funnel_left(d2, d1, bits), funnel_left(d1, d0, bits), d0.wrapping_shl(bits)];
    let (n4, n3) = (funnel_left(0, n3, bits), funnel_left(n3, n2, bits));
    let (n2, n1, n0) = (funnel_left(n2, n1, bits), funnel_left(n1, n0, bits), n0.wrapping_shl(bits));
    let [top, _, _] = d;
    let (q1, [r2, r1, r0]) = if n4 == 0 && n3 < top { (0, [n3, n2, n1]) } else { divide_4_by_3([n4, n3, n2, n1], d) };
    let (q0, [r2, r1, r0]) = divide_4_by_3([r2, r1, r0, n0], d);
    Some((Wide { lo: q0, hi: q1 }.get(), r2 | r1 | r0 != 0))
}

/// `floor(a * b / d)`, or `None` for a zero divisor or from `2^128` on.
#[inline]
pub const fn mul_div_floor(a: u128, b: u128, d: u128) -> Option<u128> {
    match div_256_by_128(U256::product(a, b), d) {
        Some((quotient, _)) => Some(quotient),
        None => None,
    }
}

/// `ceil(a * b / d)`, or `None` for a zero divisor or from `2^128` on.
#[inline]
pub const fn mul_div_ceil(a: u128, b: u128, d: u128) -> Option<u128> {
    match div_256_by_128(U256::product(a, b), d) {
        Some((quotient, rest)) => quotient.checked_add((rest != 0) as u128),
        None => None,
    }
}
