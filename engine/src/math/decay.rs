//! Exponential decay: what is left after some time, given a half-life. Averages, volatility and maturing profit use it.
//!
//! Guarantees: total, monotone, never below the exact value and less than `2^-60` above it. Integers only.

use super::wide::mul_64;
use crate::units::Wide;

/// `1.0` as a decay factor: 63 fraction bits.
pub const DECAY_ONE: u64 = 1 << 63;

/// What is left of an amount by a decay factor: `amount * factor`, rounded down; never more than the amount.
#[inline]
#[must_use]
pub const fn left_floor(amount: u64, factor: u64) -> u64 {
    let (hi, lo) = mul_64(amount, factor);
    (hi << 1) | (lo >> 63)
}

/// From here on nothing is left.
const MAX_HALVINGS: u64 = 64;

/// `ln(2)` in units of `2^-64`, rounded down.
const LN_TWO: u64 = 0xb172_17f7_d1cf_79ab;

/// `2^(-1 / 2^(i + 1))` in units of `2^-128`, to nearest.
const ROOTS: [u128; 12] = [
    0xb504f333f9de6484597d89b3754abe9f,
    0xd744fccad69d6af439a68bb9902d3fde,
    0xeac0c6e7dd24392ed02d75b3706e54fb,
    0xf5257d152486cc2c7b9d0c7aed980fc3,
    0xfa83b2db722a033a7c25bb14315d7fcd,
    0xfd3e0c0cf486c174853f3a5931e0ee03,
    0xfe9e115c7b8f884badd25995e79d2f09,
    0xff4ecb59511ec8a5301ba217ef18dd7c,
    0xffa756521c8daed19f3a1b48fb94c589,
    0xffd3a751c0f7e10bd3b9f8ae012fbe07,
    0xffe9d2b2f7db2755ddf1d28a378a438c,
    0xfff4e91bff1b8c3d88338e0ebf284a4e,
];

/// `2^-(i / 64)` in units of `2^-64`, at most one too small.
const COARSE: [u64; 64] = powers(0);
/// `2^-(i / 4096)` in units of `2^-64`, at most one too small.
const FINE: [u64; 64] = powers(6);

/// The table of the six bits of an exponent whose highest counts `2^-(first + 1)`.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "evaluated by the compiler only")]
const fn powers(first: usize) -> [u64; 64] {
    let mut table = [0; 64];
    let mut index = 0;
    while index < 64 {
        let mut power = u128::MAX;
        let mut bit = 0;
        while bit < 6 {
            if index >> (5 - bit) & 1 == 1 {
                power = super::wide::U256::product(power, ROOTS[first + bit]).high();
            }
            bit += 1;
        }
        table[index] = Wide::new(power).hi;
        index += 1;
    }
    table
}

/// The high word of `a * b`: a product of fractions, rounded down.
#[inline(always)]
const fn multiply(a: u64, b: u64) -> u64 {
    mul_64(a, b).0
}

/// `2^-(elapsed / half_life)` in units of `2^-63` (one is `2^63`), rounded up, less than `2^-60` above the exact value.
///
/// Falls as `elapsed` grows and is zero from 64 half-lives on. With a half-life of zero nothing is left at any time.
#[inline]
#[allow(clippy::arithmetic_side_effects, reason = "the divisor is checked not to be zero")]
#[allow(clippy::indexing_slicing, reason = "six bits index a table of 64")]
pub const fn decay(elapsed_secs: u64, half_life_secs: u32) -> u64 {
    if half_life_secs == 0 {
        return 0;
    }
    if elapsed_secs == 0 {
        return DECAY_ONE;
    }
    let half_life = half_life_secs as u64;
    let (halvings, rest) = (elapsed_secs / half_life, elapsed_secs % half_life);
    if halvings >= MAX_HALVINGS {
        return 0;
    }
    // The fraction of a half-life, in units of 2^-64, rounded down.
    let rest = rest << 32;
    let fraction = ((rest / half_life) << 32) | (((rest % half_life) << 32) / half_life);
    let power = multiply(COARSE[(fraction >> 58) as usize], FINE[(fraction >> 52 & 63) as usize]);
    // 1 - e^-x = x - x^2/2 + x^3/6 - x^4/24 with x below 2^-12.5: the next term is below 2^-69.
    let x = multiply(fraction & ((1 << 52) - 1), LN_TWO);
    let square = multiply(x, x);
    let fall =
        x.wrapping_sub(square >> 1).wrapping_add(multiply(square, x) / 6).wrapping_sub(multiply(square, square) / 24);
    // In units of 2^-64: tables and their product are less than 3 too small; the fall is less than 3 too small and 2.2
    // too large; its product less than 1 too small. So the power lies in (exact - 5.2, exact + 4), and half of it plus
    // 4 is above the exact value by less than 6 units of 2^-63.
    let upper = (power.wrapping_sub(multiply(power, fall)) >> 1).wrapping_add(4);
    let upper = if upper < DECAY_ONE { upper } else { DECAY_ONE };
    // Rounded up.
    let floor = upper >> halvings;
    floor.wrapping_add((floor << halvings != upper) as u64)
}
