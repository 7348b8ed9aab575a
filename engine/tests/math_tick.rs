//! Ticks against big fixed-point numbers, every one of them.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::error::Error;
use keel_engine::math::tick::{
    MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK, inv_sqrt, is_served, sqrt_price_at_tick, tick_at_sqrt_price,
};
use keel_engine::units::SqrtPrice;
use math_reference::*;
use num_bigint::BigUint;

/// Fraction bits of the reference: 150,000 roundings leave it good to some 360.
const BITS: u32 = 384;

/// `floor(x * 2^64)` of a reference number, which must not be so close to a whole one that its error matters.
fn floor_64(x: &BigUint) -> u128 {
    let error = power_of_two(40);
    let floor = to_u128(&(x >> (BITS - 64))).unwrap();
    assert_eq!(to_u128(&((x + &error) >> (BITS - 64))), Some(floor));
    assert_eq!(to_u128(&((x - &error) >> (BITS - 64))), Some(floor));
    floor
}

/// Checks one tick: its `s`, and the way back from it and from one ulp to either side.
fn check(tick: i32, expected: u128) {
    let s = sqrt_price_at_tick(tick).unwrap();
    assert_eq!(s.get(), expected, "tick {tick}");
    assert_eq!(tick_at_sqrt_price(s), Ok(tick));
    let below = SqrtPrice::from_bits(expected - 1);
    let above = SqrtPrice::from_bits(expected + 1);
    let out = Err(Error::InvalidSqrtPrice);
    assert_eq!(tick_at_sqrt_price(below), if tick == MIN_TICK { out } else { Ok(tick - 1) });
    assert_eq!(tick_at_sqrt_price(above), if tick == MAX_TICK { out } else { Ok(tick) });
    let inverse = to_u128(&(power_of_two(176) / expected)).unwrap();
    assert_eq!(inv_sqrt(s).unwrap().get(), inverse, "tick {tick}");
}

/// Strict monotony follows: the reference numbers differ by 5e-5 of at least 2^53.
#[test]
fn every_tick_is_the_exact_floor() {
    let one = power_of_two(BITS);
    // sqrt(1.0001) and its inverse.
    let ratio = (power_of_two(2 * BITS) * 10_001_u32 / 10_000_u32).sqrt();
    let inverse = (power_of_two(2 * BITS) * 10_000_u32 / 10_001_u32).sqrt();
    check(0, 1 << 64);
    let (mut up, mut down) = (one.clone(), one);
    for tick in 1..=MAX_TICK {
        up = (up * &ratio) >> BITS;
        down = (down * &inverse) >> BITS;
        check(tick, floor_64(&up));
        check(-tick, floor_64(&down));
    }
}

/// The reference itself, without rounding on the way: `isqrt(10001^t * 2^128 / 10000^t)`.
#[test]
fn some_ticks_by_exact_rationals() {
    for tick in [1, 2, 3, 63, 64, 65, 100, 4_095, 4_096, 4_097, 15_000, 150_000_u32] {
        let (n, d) = (big(10_001_u32).pow(tick), big(10_000_u32).pow(tick));
        let up = ((&n << 128_u32) / &d).sqrt();
        let down = ((&d << 128_u32) / &n).sqrt();
        let tick = tick.cast_signed();
        assert_eq!(big(sqrt_price_at_tick(tick).unwrap().get()), up, "{tick}");
        assert_eq!(big(sqrt_price_at_tick(-tick).unwrap().get()), down, "{tick}");
    }
}

#[test]
fn any_served_price() {
    let mut random = Random::new("any_served_price");
    for _ in 0..cases() {
        let low = random.between(MIN_TICK.into(), i64::from(MAX_TICK) - 1) as i32;
        let (from, to) = (sqrt_price_at_tick(low).unwrap().get(), sqrt_price_at_tick(low + 1).unwrap().get());
        assert!(from < to);
        let s = from + random.wide() % (to - from);
        assert_eq!(tick_at_sqrt_price(SqrtPrice::from_bits(s)), Ok(low), "{s}");
        let inverse = to_u128(&(power_of_two(176) / s)).unwrap();
        assert_eq!(inv_sqrt(SqrtPrice::from_bits(s)).unwrap().get(), inverse, "{s}");
    }
}

#[test]
fn total_and_bounded() {
    assert_eq!(sqrt_price_at_tick(MIN_TICK), Ok(MIN_SQRT_PRICE));
    assert_eq!(sqrt_price_at_tick(MAX_TICK), Ok(MAX_SQRT_PRICE));
    for tick in [MIN_TICK - 1, MAX_TICK + 1, i32::MIN, i32::MAX] {
        assert_eq!(sqrt_price_at_tick(tick), Err(Error::InvalidTick));
    }
    let mut random = Random::new("total_and_bounded");
    for _ in 0..cases() {
        let s = SqrtPrice::from_bits(random.up_to(128));
        let served = MIN_SQRT_PRICE <= s && s <= MAX_SQRT_PRICE;
        assert_eq!(is_served(s), served);
        assert_eq!(tick_at_sqrt_price(s).is_ok(), served);
        assert_eq!(inv_sqrt(s).is_ok(), served);
        let tick = random.word() as i32;
        assert_eq!(sqrt_price_at_tick(tick).is_ok(), (MIN_TICK..=MAX_TICK).contains(&tick));
    }
}
