//! Amounts of a step against exact rationals.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::error::Error;
use keel_engine::math::amounts::*;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK, inv_sqrt, sqrt_price_at_tick};
use keel_engine::units::{InvSqrt, Price, SqrtPrice};
use math_reference::*;
use num_bigint::BigUint;

/// A served `s`: at a tick, beside one, or anywhere.
fn served(random: &mut Random) -> SqrtPrice {
    let span = match random.below(3) {
        0 => 20,
        1 => 2_000,
        _ => i64::from(MAX_TICK),
    };
    let s = sqrt_price_at_tick(random.between(-span, span) as i32).unwrap().get();
    let s = match random.below(4) {
        0 => s,
        1 => s + 1,
        2 => s - 1,
        _ => s + random.wide() % (s >> 10),
    };
    SqrtPrice::from_bits(s.clamp(MIN_SQRT_PRICE.get(), MAX_SQRT_PRICE.get()))
}

/// Two served `s`, often close to each other.
fn pair(random: &mut Random) -> (SqrtPrice, SqrtPrice) {
    let a = served(random);
    if random.below(3) != 0 {
        return (a, served(random));
    }
    let moved = a.get() + random.up_to(60);
    (a, SqrtPrice::from_bits(moved.min(MAX_SQRT_PRICE.get())))
}

fn peg(random: &mut Random) -> Price {
    if random.below(4) == 0 { Price::ONE } else { Price::from_bits(random.up_to_64(63)) }
}

fn distance(a: u128, b: u128) -> BigUint {
    big(a.abs_diff(b))
}

/// A number of at most 2^62 as the amount it is, the error otherwise.
fn amount(value: &BigUint, error: Error) -> Result<u64, Error> {
    to_u64(value).filter(|&amount| amount <= 1 << 62).ok_or(error)
}

#[test]
fn base_deltas() {
    let mut random = Random::new("base_deltas");
    for _ in 0..cases() {
        let ((a, b), liquidity) = (pair(&mut random), random.up_to(80));
        // L (1/a - 1/b) in real numbers: both have 64 fraction bits.
        let n = (distance(a.get(), b.get()) * liquidity) << 64_u32;
        let d = big(a.get()) * b.get();
        let (floor, up) = (&n / &d, ceil(&n, &d));
        assert_eq!(base_delta_floor(a, b, liquidity), amount(&floor, Error::MathOverflow), "{a:?} {b:?} {liquidity}");
        assert_eq!(base_delta_ceil(a, b, liquidity), amount(&up, Error::MathOverflow), "{a:?} {b:?} {liquidity}");
        assert_eq!(base_delta_floor(b, a, liquidity), base_delta_floor(a, b, liquidity));
    }
}

#[test]
fn full_steps_by_inverses() {
    let mut random = Random::new("full_steps_by_inverses");
    for _ in 0..cases() {
        let ((a, b), liquidity) = (pair(&mut random), random.up_to(80));
        let (i, j) = (inv_sqrt(a).unwrap(), inv_sqrt(b).unwrap());
        let moved = distance(i.get(), j.get());
        let one = power_of_two(112);
        let less = if moved == big(0_u8) { moved.clone() } else { &moved - 1_u8 };
        let overflow = Error::MathOverflow;
        let out = base_out_full(liquidity, i, j);
        let taken = base_in_full(liquidity, i, j);
        assert_eq!(out, amount(&(less * liquidity / &one), overflow));
        assert_eq!(taken, amount(&ceil(&((&moved + 1_u8) * liquidity), &one), overflow));
        assert_eq!(base_between_floor(liquidity, i, j), amount(&(&moved * liquidity / &one), overflow));
        assert_eq!(base_between_ceil(liquidity, j, i), amount(&ceil(&(&moved * liquidity), &one), overflow));

        // Never against the protocol, and within one atom of the exact rational.
        if let (Ok(out), Ok(taken)) = (out, taken) {
            let (floor, up) = (base_delta_floor(a, b, liquidity).unwrap(), base_delta_ceil(a, b, liquidity).unwrap());
            assert!(out <= floor && floor - out <= 1, "{a:?} {b:?} {liquidity}");
            assert!(taken >= up && taken - up <= 1, "{a:?} {b:?} {liquidity}");
        }
    }
}

#[test]
fn quote_deltas_and_growth() {
    let mut random = Random::new("quote_deltas_and_growth");
    for _ in 0..cases() {
        let ((a, b), liquidity, peg) = (pair(&mut random), random.up_to(80), peg(&mut random));
        let moved = distance(a.get(), b.get());
        let (n, d) = (&moved * liquidity * peg.bits, power_of_two(64 + 48));
        let large = Error::NotionalTooLarge;
        assert_eq!(quote_delta_floor(a, b, liquidity, peg), amount(&(&n / &d), large), "{a:?} {b:?} {liquidity}");
        assert_eq!(quote_delta_ceil(b, a, liquidity, peg), amount(&ceil(&n, &d), large), "{a:?} {b:?} {liquidity}");

        let (n, d) = (moved * peg.bits, power_of_two(48));
        assert_eq!(big(RelativeQuote::new(a, b, peg).growth_floor().unwrap()), &n / &d);
        assert_eq!(big(RelativeQuote::new(a, b, peg).growth_ceil().unwrap()), ceil(&n, &d));
    }
}

#[test]
fn edges() {
    let (low, high, one) = (MIN_SQRT_PRICE, MAX_SQRT_PRICE, SqrtPrice::ONE);
    assert_eq!(sqrt_price_at_tick(MIN_TICK), Ok(low));
    assert_eq!(base_delta_ceil(one, one, MAX_LIQUIDITY), Ok(0));
    assert_eq!(base_delta_floor(low, high, MAX_LIQUIDITY + 1), Err(Error::MathOverflow));
    assert_eq!(base_delta_floor(low, SqrtPrice::from_bits(high.get() + 1), 1), Err(Error::InvalidSqrtPrice));
    assert_eq!(base_delta_floor(SqrtPrice::from_bits(0), high, 1), Err(Error::InvalidSqrtPrice));
    assert_eq!(quote_delta_ceil(low, high, MAX_LIQUIDITY + 1, Price::ONE), Err(Error::MathOverflow));
    let far = SqrtPrice::from_bits(u128::MAX);
    assert_eq!(quote_delta_floor(low, far, 1, Price::MAX), Err(Error::NotionalTooLarge));
    assert_eq!(quote_delta_floor(low, far, MAX_LIQUIDITY, Price::MAX), Err(Error::MathOverflow));
    assert_eq!(RelativeQuote::new(low, far, Price::MAX).growth_floor(), Err(Error::MathOverflow));
    assert_eq!(quote_delta_floor(low, high, MAX_LIQUIDITY, Price::MAX), Err(Error::NotionalTooLarge));

    // Equal inverses: nothing out, one ulp in.
    let inverse = inv_sqrt(one).unwrap();
    assert_eq!(base_out_full(MAX_LIQUIDITY, inverse, inverse), Ok(0));
    assert_eq!(base_in_full(MAX_LIQUIDITY, inverse, inverse), Ok(1));

    // The largest amount, and one more.
    let (zero, unit) = (InvSqrt::from_bits(0), InvSqrt::from_bits(1 << 112));
    assert_eq!(base_between_floor(1 << 62, zero, unit), Ok(1 << 62));
    assert_eq!(base_between_ceil((1 << 62) + 1, zero, unit), Err(Error::MathOverflow));
    let above = InvSqrt::from_bits((1 << 112) + 1);
    assert_eq!(base_between_floor(1 << 62, zero, above), Ok(1 << 62));
    assert_eq!(base_between_ceil(1 << 62, zero, above), Err(Error::MathOverflow));
}

#[test]
fn total() {
    let mut random = Random::new("amounts total");
    for _ in 0..cases() {
        let (a, b) = (SqrtPrice::from_bits(random.hard_128()), SqrtPrice::from_bits(random.hard_128()));
        let (i, j) = (InvSqrt::from_bits(random.hard_128()), InvSqrt::from_bits(random.hard_128()));
        let (liquidity, peg) = (random.hard_128(), Price::from_bits(random.hard_word()));
        assert!(base_delta_floor(a, b, liquidity).is_err() || is_both_served(a, b));
        assert!(base_delta_ceil(a, b, liquidity).is_err() || is_both_served(a, b));
        let _ = (quote_delta_floor(a, b, liquidity, peg), quote_delta_ceil(a, b, liquidity, peg));
        let exact = (distance(a.get(), b.get()) * peg.bits) >> 48;
        assert_eq!(RelativeQuote::new(a, b, peg).growth_floor().ok(), to_u128(&exact));
        let _ = RelativeQuote::new(a, b, peg).growth_ceil();
        let exact = (distance(i.get(), j.get()) * liquidity) >> 112;
        assert_eq!(base_between_floor(liquidity, i, j), amount(&exact, Error::MathOverflow));
        let _ = (base_out_full(liquidity, i, j), base_in_full(liquidity, i, j), base_between_ceil(liquidity, i, j));
    }
}

fn is_both_served(a: SqrtPrice, b: SqrtPrice) -> bool {
    [a, b].iter().all(|s| (MIN_SQRT_PRICE..=MAX_SQRT_PRICE).contains(s))
}
