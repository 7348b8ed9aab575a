//! The next price against exact rationals.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "meant")]

mod math_reference;

use keel_engine::error::Error;
use keel_engine::math::Side;
use keel_engine::math::amounts::{
    MAX_LIQUIDITY, base_delta_ceil, base_delta_floor, quote_delta_ceil, quote_delta_floor,
};
use keel_engine::math::next_price::*;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, sqrt_price_at_tick};
use keel_engine::units::{Price, SqrtPrice};
use math_reference::*;
use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, ToPrimitive};

fn served(random: &mut Random) -> SqrtPrice {
    let span = if random.below(2) == 0 { 500 } else { i64::from(MAX_TICK) };
    let s = sqrt_price_at_tick(random.between(-span, span) as i32).unwrap().get();
    let s = if random.below(2) == 0 { s } else { s + random.wide() % (s >> 14) };
    SqrtPrice::from_bits(s.clamp(MIN_SQRT_PRICE.get(), MAX_SQRT_PRICE.get()))
}

fn side(random: &mut Random) -> Side {
    if random.below(2) == 0 { Side::Buy } else { Side::Sell }
}

/// A next `s` in range, the error otherwise.
fn in_range(next: Option<BigInt>) -> Result<SqrtPrice, Error> {
    next.filter(|next| !next.is_negative())
        .and_then(|next| next.to_u128())
        .map(SqrtPrice::from_bits)
        .filter(|next| (MIN_SQRT_PRICE..=MAX_SQRT_PRICE).contains(next))
        .ok_or(Error::InsufficientLiquidity)
}

fn by_base(s: u128, liquidity: u128, base: u64, side: Side) -> Result<SqrtPrice, Error> {
    let (whole, part) = (BigInt::from(liquidity) << 64_u32, BigInt::from(base) * s);
    let d: BigInt = match side {
        Side::Buy => whole - part,
        Side::Sell => whole + part,
    };
    let d: Option<BigUint> = d.to_biguint().filter(|d| *d != big(0_u8));
    in_range(d.map(|d| ceil(&((big(liquidity) * s) << 64_u32), &d).into()))
}

fn by_quote(s: u128, liquidity: u128, peg: Price, quote: u64, side: Side) -> Result<SqrtPrice, Error> {
    let (n, d) = (big(quote) << 112, big(peg.bits) * liquidity);
    if d == big(0_u8) {
        return Err(Error::InsufficientLiquidity);
    }
    in_range(Some(match side {
        Side::Buy => BigInt::from(s) + BigInt::from(n / d),
        Side::Sell => BigInt::from(s) - BigInt::from(ceil(&n, &d)),
    }))
}

struct Case {
    s: SqrtPrice,
    liquidity: u128,
    peg: Price,
    base: u64,
    quote: u64,
    side: Side,
}

/// A case whose amounts often end between `s` and the target, or exactly at it.
fn case(random: &mut Random) -> Case {
    let (s, side) = (served(random), side(random));
    let target = match random.below(4) {
        0 => served(random),
        1 => s,
        _ => {
            let distance = random.up_to(s.get().ilog2()).max(1);
            let target = match side {
                Side::Buy => s.get().saturating_add(distance),
                Side::Sell => s.get().saturating_sub(distance),
            };
            SqrtPrice::from_bits(target.clamp(MIN_SQRT_PRICE.get(), MAX_SQRT_PRICE.get()))
        }
    };
    let liquidity = random.up_to(80);
    let peg = if random.below(3) == 0 { Price::ONE } else { Price::from_bits(random.up_to_64(63)) };
    // Around what the step to the target needs.
    let around = |amount: Result<u64, Error>, random: &mut Random| match (amount, random.below(3)) {
        (Ok(amount), 0) => amount.saturating_add(random.below(3)).saturating_sub(1),
        (Ok(amount), 1) => random.below(amount.saturating_add(2)),
        _ => random.up_to_64(62),
    };
    let (base, quote) = match side {
        Side::Buy => (base_delta_floor(s, target, liquidity), quote_delta_ceil(s, target, liquidity, peg)),
        Side::Sell => (base_delta_ceil(s, target, liquidity), quote_delta_floor(s, target, liquidity, peg)),
    };
    Case { s, liquidity, peg, base: around(base, random), quote: around(quote, random), side }
}

#[test]
fn from_base() {
    let mut random = Random::new("from_base");
    let mut found = 0;
    for _ in 0..cases() * 2 {
        let Case { s, liquidity, base, side, .. } = case(&mut random);
        let next = next_sqrt_price_from_base(s, liquidity, base, side);
        assert_eq!(next, by_base(s.get(), liquidity, base, side), "{s:?} {liquidity} {base} {side:?}");
        found += usize::from(next.is_ok());
    }
    assert!(found > cases() / 2, "{found}");
}

#[test]
fn from_quote() {
    let mut random = Random::new("from_quote");
    let mut found = 0;
    for _ in 0..cases() * 2 {
        let Case { s, liquidity, peg, quote, side, .. } = case(&mut random);
        let next = next_sqrt_price_from_quote(s, liquidity, peg, quote, side);
        assert_eq!(next, by_quote(s.get(), liquidity, peg, quote, side), "{s:?} {liquidity} {peg:?} {quote} {side:?}");
        found += usize::from(next.is_ok());
    }
    assert!(found > cases() / 2, "{found}");
}

#[test]
fn edges() {
    let (one, low, high) = (SqrtPrice::ONE, MIN_SQRT_PRICE, MAX_SQRT_PRICE);
    let none = Err(Error::InsufficientLiquidity);
    for side in [Side::Buy, Side::Sell] {
        assert_eq!(next_sqrt_price_from_base(one, 1 << 50, 0, side), Ok(one));
        assert_eq!(next_sqrt_price_from_quote(one, 1 << 50, Price::ONE, 0, side), Ok(one));
        assert_eq!(next_sqrt_price_from_base(one, 0, 0, side), none);
        assert_eq!(next_sqrt_price_from_quote(one, 0, Price::ONE, 0, side), none);
        assert_eq!(next_sqrt_price_from_quote(one, 1, Price::from_bits(0), 1, side), none);
        assert_eq!(next_sqrt_price_from_base(one, MAX_LIQUIDITY + 1, 1, side), Err(Error::MathOverflow));
        let out = SqrtPrice::from_bits(high.get() + 1);
        assert_eq!(next_sqrt_price_from_base(out, 1, 1, side), Err(Error::InvalidSqrtPrice));
        assert_eq!(next_sqrt_price_from_quote(out, 1, Price::ONE, 1, side), Err(Error::InvalidSqrtPrice));
        assert_eq!(side.opposite().opposite(), side);
    }
    assert_eq!(next_sqrt_price_from_base(high, 1 << 40, 1, Side::Buy), none);
    assert_eq!(next_sqrt_price_from_base(low, 1 << 40, 1, Side::Sell), none);
    assert_eq!(next_sqrt_price_from_base(one, 1 << 40, 1 << 40, Side::Buy), none);
    assert_eq!(next_sqrt_price_from_base(one, 1 << 40, u64::MAX, Side::Buy), none);
}

#[test]
fn total() {
    let mut random = Random::new("next price total");
    for _ in 0..cases() {
        let s = SqrtPrice::from_bits(random.hard_128());
        for s in [s, served(&mut random)] {
            let (liquidity, side) = (random.hard_128() >> random.below(128), side(&mut random));
            let (peg, amount) = (Price::from_bits(random.hard_word()), random.hard_word());
            let served = (MIN_SQRT_PRICE..=MAX_SQRT_PRICE).contains(&s);
            for next in [
                next_sqrt_price_from_base(s, liquidity, amount, side),
                next_sqrt_price_from_quote(s, liquidity, peg, amount, side),
            ] {
                assert!(next.is_err() || (served && (MIN_SQRT_PRICE..=MAX_SQRT_PRICE).contains(&next.unwrap())));
            }
        }
    }
}
