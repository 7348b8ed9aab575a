//! Ticks: `s_t = 1.0001^(t/2)`, its inverse, and back.
//!
//! Guarantees: `sqrt_price_at_tick` is the exact floor at every tick (a test compares all 300,001 with big integers),
//! strictly monotone; `tick_at_sqrt_price` is its exact inverse. A tick's `s` *is* the table's value.

use super::div::div_256_by_128;
use super::wide::{U256, mul_64};
use crate::error::{Error, Result};
use crate::units::{InvSqrt, SqrtPrice, Wide};

/// The lowest tick served, a relative price of 3.06e-7.
pub const MIN_TICK: i32 = -150_000;
/// The highest tick served, a relative price of 3.27e6.
pub const MAX_TICK: i32 = 150_000;

/// `s` at [`MIN_TICK`], the lowest served.
pub const MIN_SQRT_PRICE: SqrtPrice = SqrtPrice::from_bits(below_one(MAX_TICK.unsigned_abs()));
/// `s` at [`MAX_TICK`], the highest served.
pub const MAX_SQRT_PRICE: SqrtPrice = SqrtPrice::from_bits(above_one(0));

/// `1.0001^(-2^i / 2)` in units of `2^-128`, to nearest.
const ROOTS: [u128; 18] = [
    0xfffcb933bd6fad37aa2d162d1a594001,
    0xfff97272373d413259a46990580e213a,
    0xfff2e50f5f656932ef12357cf3c7fdcc,
    0xffe5caca7e10e4e61c3624eaa0941cd0,
    0xffcb9843d60f6159c9db58835c926644,
    0xff973b41fa98c081472e6896dfb254c0,
    0xff2ea16466c96a3843ec78b326b52861,
    0xfe5dee046a99a2a811c461f1969c3053,
    0xfcbe86c7900a88aedcffc83b479aa3a4,
    0xf987a7253ac413176f2b074cf7815e54,
    0xf3392b0822b70005940c7a398e4b70f3,
    0xe7159475a2c29b7443b29c7fa6e889d9,
    0xd097f3bdfd2022b8845ad8f792aa5825,
    0xa9f746462d870fdf8a65dc1f90e061e5,
    0x70d869a156d2a1b890bb3df62baf32f7,
    0x31be135f97d08fd981231505542fcfa6,
    0x09aa508b5b7a84e1c677de54f3e99bc9,
    0x005d6af8dedb81196699c329225ee604,
];

/// `1.0001^(MAX_TICK / 2) / 2^11` in units of `2^-128`, to nearest.
const TOP: u128 = 0xe1ebaa9079378fd959403d68cc1fa175;

/// `1.0001^(-i / 2)` for `i` of one six-bit digit of an exponent: a power takes two products instead of up to 17.
const LOW: [Wide; 64] = powers(0);
const MIDDLE: [Wide; 64] = powers(6);
const HIGH: [Wide; 64] = powers(12);

/// The table of a digit that starts at bit `first`. One is rounded to the largest fraction.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "evaluated by the compiler only")]
const fn powers(first: usize) -> [Wide; 64] {
    let mut table = [Wide::new(u128::MAX); 64];
    let mut index = 1_usize;
    while index < 64 {
        let bit = index.ilog2() as usize;
        let rest = index & !(1 << bit);
        let root = ROOTS[first + bit];
        table[index] = if rest == 0 { Wide::new(root) } else { multiply(table[rest], Wide::new(root)) };
        index += 1;
    }
    table
}

/// `a * b` of two fractions of 128 bits, less than `2^-126` too small.
#[inline(always)]
const fn multiply(a: Wide, b: Wide) -> Wide {
    let (first, _) = mul_64(a.lo, b.hi);
    let (second, _) = mul_64(a.hi, b.lo);
    let (hi, lo) = mul_64(a.hi, b.hi);
    let lo_first = lo.wrapping_add(first);
    let lo_second = lo_first.wrapping_add(second);
    Wide { lo: lo_second, hi: hi.wrapping_add((lo_first < lo) as u64).wrapping_add((lo_second < lo_first) as u64) }
}

/// `1.0001^(-exponent / 2)` in units of `2^-128`, less than `2^-120` off, for an exponent below `2^18`.
#[inline(always)]
#[allow(clippy::indexing_slicing, reason = "six bits index a table of 64")]
const fn power(exponent: u32) -> Wide {
    let low = LOW[(exponent & 63) as usize];
    let middle = MIDDLE[(exponent >> 6 & 63) as usize];
    let high = HIGH[(exponent >> 12 & 63) as usize];
    multiply(multiply(low, middle), high)
}

/// `s` at the tick `-exponent`, for an exponent from 1 on.
#[inline(always)]
const fn below_one(exponent: u32) -> u128 {
    power(exponent).hi as u128
}

/// `s` at the tick `MAX_TICK - exponent`: no division, because the power is taken downwards from the top.
#[inline(always)]
const fn above_one(exponent: u32) -> u128 {
    multiply(power(exponent), Wide::new(TOP)).get() >> 53
}

/// `floor(1.0001^(tick / 2) * 2^64)`. Errors with `InvalidTick` outside of the served ticks.
#[inline]
pub const fn sqrt_price_at_tick(tick: i32) -> Result<SqrtPrice> {
    if tick < MIN_TICK || tick > MAX_TICK {
        return Err(Error::InvalidTick);
    }
    Ok(if tick == 0 {
        SqrtPrice::ONE
    } else if tick < 0 {
        SqrtPrice::from_bits(below_one(tick.unsigned_abs()))
    } else {
        SqrtPrice::from_bits(above_one(MAX_TICK.abs_diff(tick)))
    })
}

/// True within `[s(MIN_TICK), s(MAX_TICK)]`.
#[inline(always)]
pub const fn is_served(s: SqrtPrice) -> bool {
    MIN_SQRT_PRICE.get() <= s.get() && s.get() <= MAX_SQRT_PRICE.get()
}

/// `floor(1 / s * 2^112) = floor(2^176 / s_bits)`: the exact inverse lies in `[i, i + 1)`. Errors with
/// `InvalidSqrtPrice` outside of the served range.
#[inline]
pub const fn inv_sqrt(s: SqrtPrice) -> Result<InvSqrt> {
    if !is_served(s) {
        return Err(Error::InvalidSqrtPrice);
    }
    match div_256_by_128(U256::from_limbs([0, 0, 1 << 48, 0]), s.get()) {
        Some((inverse, _)) => Ok(InvSqrt::from_bits(inverse)),
        None => Err(Error::MathOverflow),
    }
}

/// The greatest tick `t` with `s_t <= s`. Errors with `InvalidSqrtPrice` outside of the served range.
///
/// A logarithm good to a thousandth of a tick decides almost always; close to a tick, the tick's own `s` does.
#[inline]
pub const fn tick_at_sqrt_price(s: SqrtPrice) -> Result<i32> {
    if !is_served(s) {
        return Err(Error::InvalidSqrtPrice);
    }
    /// Four times the estimate's error, in units of `2^-32`.
    const MARGIN: i64 = 1 << 24;
    let estimate = tick_estimate(s);
    let low = tick_floor(estimate.wrapping_sub(MARGIN));
    let high = tick_floor(estimate.wrapping_add(MARGIN));
    if low == high {
        return Ok(low);
    }
    match sqrt_price_at_tick(high) {
        Ok(bound) if bound.get() <= s.get() => Ok(high),
        _ => Ok(low),
    }
}

/// The whole part of a number in units of `2^-32`, within the served ticks.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "an i64 shifted by 32 is an i32")]
const fn tick_floor(value: i64) -> i32 {
    let floor = (value >> 32) as i32;
    if floor < MIN_TICK {
        MIN_TICK
    } else if floor > MAX_TICK {
        MAX_TICK
    } else {
        floor
    }
}

/// `2 ln(s) / ln(1.0001)` in units of `2^-32`, within `2^-10` of a tick, for a served `s`.
#[inline(always)]
const fn tick_estimate(s: SqrtPrice) -> i64 {
    /// `2 ln(2) / ln(1.0001)` in units of `2^-32`: ticks per doubling of `s`.
    const TICKS_PER_OCTAVE: i64 = 59_543_866_431_248;
    /// `4 / ln(1.0001)` in units of `2^-16`: ticks per area hyperbolic tangent.
    const TICKS_PER_ARTANH: i64 = 2_621_571_070;
    /// `1/3` and `1/5` in units of `2^-32`.
    const THIRD: i64 = (1 << 32) / 3;
    const FIFTH: i64 = (1 << 32) / 5;
    /// `sqrt(2) * 2^31`.
    const SQRT_TWO: i64 = 3_037_000_500;

    // s = mantissa * 2^(octave - 31), the mantissa in [2^31, 2^32). A served s has 54 to 75 bits: nothing wraps.
    let zeros = s.get().leading_zeros();
    let mantissa = Wide::new(s.get().wrapping_shr(96_u32.wrapping_sub(zeros))).lo.cast_signed();
    // ln(mantissa / center) = 2 artanh(z), with the center that makes |z| < 0.1716.
    let above = mantissa > SQRT_TWO;
    let center = if above { 1 << 32 } else { 1 << 31 };
    let octave = 63_i64.wrapping_sub(zeros as i64).wrapping_add(above as i64);
    let difference = mantissa.wrapping_sub(center) << 32;
    let z = match difference.checked_div(mantissa.wrapping_add(center)) {
        Some(z) => z,
        None => 0,
    };
    // z + z^3/3 + z^5/5 + z^7/7: what is left out is below 1.5e-8, or 0.0006 ticks.
    let square = fraction_product(z, z);
    let series = FIFTH.wrapping_add(square / 7);
    let series = THIRD.wrapping_add(fraction_product(square, series));
    let series = z.wrapping_add(fraction_product(fraction_product(z, square), series));
    octave.wrapping_mul(TICKS_PER_OCTAVE).wrapping_add(series.wrapping_mul(TICKS_PER_ARTANH) >> 16)
}

/// `a * b` in units of `2^-32`, for magnitudes below one half.
#[inline(always)]
const fn fraction_product(a: i64, b: i64) -> i64 {
    a.wrapping_mul(b) >> 32
}
