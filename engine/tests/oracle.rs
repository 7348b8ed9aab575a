//! The index policy, the scaling of published numbers, guarded mode and the fill index.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use bytemuck::Zeroable;
use keel_engine::oracle::{
    Sample, Taken, age_secs, fill_index, fill_peg, require_mark, require_tradable_index, scale, take,
};
use keel_engine::params::Params;
use keel_engine::refresh::start;
use keel_engine::state::Market;
use keel_engine::units::{Price, Rate, SqrtPrice};
use keel_engine::{Error, Now, Side};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Pow, Signed, ToPrimitive};
use proptest::prelude::*;

const T0: i64 = 1_800_000_000;
const BTC: i64 = 10_000_000_000_000;

fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(if std::env::var("KEEL_LONG").is_ok() { 20_000 } else { 512 })
}

fn at(unix: i64) -> Now {
    Now { unix, slot: 0 }
}

fn sample(price: i64, publish_time: i64) -> Sample {
    Sample { price, conf: 0, exponent: -8, publish_time, ema_price: price }
}

/// A floating market listed at `T0` at 100,000 USD.
fn market() -> Market {
    let mut market = Market::zeroed();
    market.params = Params::DEFAULT;
    let _ = start(&mut market, &sample(BTC, T0), at(T0)).unwrap();
    market
}

fn fixed_market() -> Market {
    let mut market = Market::zeroed();
    market.params = Params::DEFAULT;
    market.mode = 1;
    let _ = start(&mut market, &sample(BTC, T0), at(T0)).unwrap();
    market
}

/// `scale` by rational numbers.
fn scale_slowly(value: i64, exponent: i32, contract_exponent: u32) -> Option<u64> {
    let ten = BigRational::from_integer(10.into());
    let power = exponent + contract_exponent as i32 - 3;
    let bits = BigRational::from_integer(value.into())
        * Pow::pow(ten, power)
        * BigRational::from_integer(BigInt::from(1_u64 << 48));
    bits.floor().to_integer().to_u64().filter(|bits| (1 << 32..=1_u64 << 63).contains(bits))
}

#[test]
fn published_numbers_become_quote_atoms_per_base_atom() {
    // BTC at 100,000 USD: 1e11 quote atoms for 1e9 base atoms.
    assert_eq!(scale(BTC, -8, 0), Ok(Price::from_bits(100 << 48)));
    // A million BONK at 20 USD: 2e7 for 1e9.
    assert_eq!(scale(2_000_000, -11, 6), Ok(Price::from_bits((1 << 48) / 50)));
    assert_eq!(scale(1, 0, 3), Ok(Price::ONE));
    assert_eq!(scale(1_000, -18, 9), Err(Error::InvalidPrice));
    // The ends of the served range, and one beyond each.
    assert_eq!(scale(32_768, 0, 3), Ok(Price::MAX));
    assert_eq!(scale(32_769, 0, 3), Err(Error::InvalidPrice));
    assert_eq!(scale(15_258_789_062_500, -18, 3), Ok(Price::MIN));
    assert_eq!(scale(15_258_789_062_500, -18, 2), Err(Error::InvalidPrice));
    assert_eq!(scale(152_587_890_625, -16, 3), Ok(Price::MIN));
    assert_eq!(scale(152_587_890_624, -16, 3), Err(Error::InvalidPrice));
}

#[test]
fn numbers_that_are_no_price_are_refused() {
    for value in [0, -1, i64::MIN] {
        assert_eq!(scale(value, -8, 0), Err(Error::InvalidPrice));
    }
    for exponent in [1, -19, i32::MIN, i32::MAX] {
        assert_eq!(scale(BTC, exponent, 0), Err(Error::InvalidPrice));
    }
    for contract_exponent in [10, u32::MAX] {
        assert_eq!(scale(1, -8, contract_exponent), Err(Error::InvalidPrice));
    }
}

#[test]
fn freshness_is_decided_to_the_second() {
    let max_skew = i64::from(Params::DEFAULT.max_skew_secs);
    let max_age = i64::from(Params::DEFAULT.max_age_mark_secs);
    let now = at(T0 + 100);
    let mut m = market();
    assert_eq!(take(&mut m, &sample(BTC, now.unix + max_skew + 1), now), Err(Error::PriceInFuture));
    assert_eq!(take(&mut m, &sample(BTC, now.unix - max_age - 1), now), Ok(Taken::TooOld));
    assert_eq!(m, market());
    assert_eq!(take(&mut m, &sample(BTC, now.unix - max_age), now), Ok(Taken::Good));
    assert_eq!(m.index_time, now.unix - max_age);
    assert_eq!(take(&mut m, &sample(BTC, now.unix + max_skew), now), Ok(Taken::Good));
    assert_eq!(age_secs(&m, now), 0);
}

#[test]
fn ages_have_limits_per_use() {
    let m = market();
    let (trade, mark) = (i64::from(m.params.max_age_trade_secs), i64::from(m.params.max_age_mark_secs));
    assert_eq!(require_tradable_index(&m, at(T0 + trade)), Ok(()));
    assert_eq!(require_tradable_index(&m, at(T0 + trade + 1)), Err(Error::PriceStale));
    assert_eq!(require_mark(&m, at(T0 + mark)), Ok(()));
    assert_eq!(require_mark(&m, at(T0 + mark + 1)), Err(Error::MarkStale));
    assert_eq!(age_secs(&m, at(T0 - 5)), 0);
    assert_eq!(age_secs(&m, at(T0 + 5)), 5);
}

/// attacks.md item 2: two updates of one second are not played against each other.
#[test]
fn an_update_of_the_same_second_changes_nothing() {
    let mut m = market();
    for (price, publish_time) in [(BTC + BTC / 200, T0), (BTC - BTC / 200, T0), (BTC * 2, T0 - 1)] {
        assert_eq!(take(&mut m, &sample(price, publish_time), at(T0 + 1)), Ok(Taken::NotNewer));
    }
    assert_eq!(m, market());
    // Several strictly later ones may be taken in one slot.
    assert_eq!(take(&mut m, &sample(BTC + 1, T0 + 1), at(T0 + 2)), Ok(Taken::Good));
    assert_eq!(take(&mut m, &sample(BTC + 2, T0 + 2), at(T0 + 2)), Ok(Taken::Good));
    assert_eq!(m.index_time, T0 + 2);
}

#[test]
fn an_implausible_update_is_refused_and_an_average_is_optional() {
    let mut m = market();
    let now = at(T0 + 1);
    assert_eq!(take(&mut m, &sample(0, T0 + 1), now), Err(Error::InvalidPrice));
    assert_eq!(take(&mut m, &sample(-BTC, T0 + 1), now), Err(Error::InvalidPrice));
    assert_eq!(take(&mut m, &Sample { exponent: 1, ..sample(BTC, T0 + 1) }, now), Err(Error::InvalidPrice));
    assert_eq!(take(&mut m, &sample(i64::MAX, T0 + 1), now), Err(Error::InvalidPrice));
    assert_eq!(take(&mut m, &Sample { ema_price: -1, ..sample(BTC, T0 + 1) }, now), Ok(Taken::Good));
    assert_eq!(m.index_ema, m.index);
}

#[test]
fn a_floating_peg_is_the_index() {
    let mut m = market();
    assert_eq!((m.peg, m.offset, m.anchor), (m.index, Price::ONE, SqrtPrice::ONE));
    let _ = take(&mut m, &sample(BTC * 9 / 10, T0 + 1), at(T0 + 1)).unwrap();
    assert_eq!((m.peg, m.offset, m.anchor), (m.index, Price::ONE, SqrtPrice::ONE));
    assert_eq!(m.index, Price::from_bits(90 << 48));
}

#[test]
fn a_fixed_peg_stays_and_the_anchor_moves() {
    let mut m = fixed_market();
    assert_eq!((m.peg, m.offset, m.anchor), (m.index, Price::ONE, SqrtPrice::ONE));
    let _ = take(&mut m, &sample(BTC * 4, T0 + 1), at(T0 + 1)).unwrap();
    assert_eq!(m.peg, Price::from_bits(100 << 48));
    assert_eq!(m.offset, Price::from_bits(1 << 46));
    assert_eq!(m.anchor, SqrtPrice::from_bits(2 << 64));
    // The same price again does not compute the anchor again.
    m.anchor = SqrtPrice::from_bits(7);
    let _ = take(&mut m, &sample(BTC * 4, T0 + 2), at(T0 + 2)).unwrap();
    assert_eq!(m.anchor, SqrtPrice::from_bits(7));
    // No price freezes the market: out of the served range the anchor stays at its end.
    m.peg = Price::MIN;
    let _ = take(&mut m, &Sample { exponent: -6, ..sample(BTC, T0 + 3) }, at(T0 + 3)).unwrap();
    assert_eq!(m.anchor, keel_engine::math::tick::MAX_SQRT_PRICE);
}

#[test]
fn a_fixed_market_may_be_launched_at_a_price_of_its_own() {
    let mut m = Market::zeroed();
    m.params = Params::DEFAULT;
    m.mode = 1;
    m.peg = Price::from_bits(50 << 48);
    let _ = start(&mut m, &sample(BTC, T0), at(T0)).unwrap();
    assert_eq!(m.peg, Price::from_bits(50 << 48));
    assert_eq!(m.offset, Price::from_bits(1 << 47));
}

#[test]
fn wide_confidence_guards_the_market_until_enough_good_samples() {
    let mut m = market();
    let limit = BTC.unsigned_abs() / 1_000_000 * u64::from(m.params.conf_limit_ppm);
    let mut second = T0;
    let mut next = |m: &mut Market, conf: u64| {
        second += 1;
        take(m, &Sample { conf, ..sample(BTC, second) }, at(second)).unwrap()
    };
    assert_eq!(next(&mut m, limit), Taken::Good);
    assert!(!m.is_guarded() && m.conf >= Rate::from_ppm(m.params.conf_limit_ppm));
    assert_eq!(next(&mut m, limit + 1), Taken::Guarded);
    assert!(m.is_guarded());
    for _ in 1..m.params.guard_clear {
        assert_eq!(next(&mut m, 0), Taken::Good);
        assert!(m.is_guarded());
    }
    // A bad one starts the count again.
    assert_eq!(next(&mut m, limit + 1), Taken::Guarded);
    for _ in 1..m.params.guard_clear {
        let _ = next(&mut m, 0);
        assert!(m.is_guarded());
    }
    assert_eq!(next(&mut m, 0), Taken::Good);
    assert!(!m.is_guarded());
}

#[test]
fn distance_from_the_average_guards_the_market() {
    for (ema, expected) in [
        // 10% of 1,000,000 USD either way, and one unit of the feed more.
        (100_000_000_000_000_i64, Taken::Good),
        (99_999_999_999_999, Taken::Guarded),
    ] {
        let mut m = market();
        let s = Sample { ema_price: ema, ..sample(110_000_000_000_000, T0 + 1) };
        assert_eq!(take(&mut m, &s, at(T0 + 1)), Ok(expected));
        let mut m = market();
        let s = Sample { ema_price: ema, ..sample(ema - 10_000_000_000_000, T0 + 1) };
        assert_eq!(take(&mut m, &s, at(T0 + 1)), Ok(expected));
    }
}

#[test]
fn confidence_is_rounded_up() {
    let mut m = market();
    let _ = take(&mut m, &Sample { conf: 1, ..sample(3 * BTC, T0 + 1) }, at(T0 + 1)).unwrap();
    assert_eq!(m.conf, Rate::from_bits(((1_i128 << 48) / i128::from(3 * BTC)) as i64 + 1));
    let _ = take(&mut m, &Sample { conf: u64::MAX, ..sample(BTC, T0 + 2) }, at(T0 + 2)).unwrap();
    assert_eq!(m.conf.bits, ((u128::from(u64::MAX) << 48).div_ceil(BTC as u128)).min(i64::MAX as u128) as i64);
    assert!(m.is_guarded());
}

#[test]
fn a_listing_needs_a_fresh_and_plausible_price() {
    let fresh = i64::from(Params::DEFAULT.max_age_trade_secs);
    let skew = i64::from(Params::DEFAULT.max_skew_secs);
    let list = |s: &Sample| {
        let mut m = Market::zeroed();
        m.params = Params::DEFAULT;
        start(&mut m, s, at(T0)).map(|taken| (taken, m.is_guarded()))
    };
    assert_eq!(list(&sample(BTC, T0 - fresh)), Ok((Taken::Good, false)));
    assert_eq!(list(&sample(BTC, T0 - fresh - 1)), Err(Error::PriceStale));
    assert_eq!(list(&sample(BTC, T0 + skew)), Ok((Taken::Good, false)));
    assert_eq!(list(&sample(BTC, T0 + skew + 1)), Err(Error::PriceInFuture));
    assert_eq!(list(&sample(0, T0)), Err(Error::InvalidPrice));
    assert_eq!(list(&Sample { conf: BTC.unsigned_abs(), ..sample(BTC, T0) }), Ok((Taken::Guarded, true)));
}

#[test]
fn a_replaced_index_counts_for_exactly_the_window() {
    let mut m = market();
    let guard = i64::from(m.params.guard_secs);
    let replaced_at = T0 + 10;
    let _ = take(&mut m, &sample(BTC * 2, replaced_at), at(replaced_at)).unwrap();
    let (old, new) = (Price::from_bits(100 << 48), Price::from_bits(200 << 48));
    for now in [at(replaced_at), at(replaced_at + guard)] {
        assert_eq!((fill_index(&m, Side::Buy, now), fill_index(&m, Side::Sell, now)), (new, old));
        assert_eq!((fill_peg(&m, Side::Buy, now), fill_peg(&m, Side::Sell, now)), (new, old));
    }
    assert_eq!(fill_index(&m, Side::Sell, at(replaced_at + guard + 1)), new);
    m.params.guard_secs = 0;
    assert_eq!(fill_index(&m, Side::Sell, at(replaced_at)), new);
}

#[test]
fn a_fixed_market_fills_at_its_peg() {
    let mut m = fixed_market();
    let _ = take(&mut m, &sample(BTC * 2, T0 + 1), at(T0 + 1)).unwrap();
    for side in [Side::Buy, Side::Sell] {
        assert_eq!(fill_peg(&m, side, at(T0 + 1)), m.peg);
    }
}

/// attacks.md item 1: who holds two valid updates cannot buy at the older one what the newer one makes dearer, once the
/// newer one was in force within the window, in either order.
#[test]
fn a_round_trip_across_two_updates_pays_the_worse_index_both_times() {
    let mut m = market();
    let now = at(T0 + 2);
    let _ = take(&mut m, &sample(BTC, T0 + 1), now).unwrap();
    let _ = take(&mut m, &sample(BTC + BTC / 200, T0 + 2), now).unwrap();
    let (buy, sell) = (fill_index(&m, Side::Buy, now), fill_index(&m, Side::Sell, now));
    assert!(buy > sell && buy == m.index);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn scaling_is_the_floor_of_the_rational(value in price(), exponent in -18..=0_i32, contract in 0..=9_u32) {
        let expected = scale_slowly(value, exponent, contract);
        prop_assert_eq!(scale(value, exponent, contract).ok().map(|price| price.bits), expected);
    }

    #[test]
    fn scaling_is_total(value: i64, exponent: i32, contract: u32) {
        if let Ok(price) = scale(value, exponent, contract) {
            prop_assert!((Price::MIN..=Price::MAX).contains(&price));
        }
    }

    /// Confidence, divergence, offset and anchor by rational numbers.
    #[test]
    fn a_taken_update_is_what_the_rationals_say(
        price in 1_000_000_i64..1_000_000_000_000_000, conf in 0_u64..10_000_000_000_000,
        ema in 1_000_000_i64..1_000_000_000_000_000, near in -150_000_i64..150_000, close: bool,
    ) {
        let ema = if close { (price / 1_000_000 * (1_000_000 + near)).max(1_000_000) } else { ema };
        let mut m = fixed_market();
        let s = Sample { price, conf, exponent: -8, publish_time: T0 + 1, ema_price: ema };
        let Ok(taken) = take(&mut m, &s, at(T0 + 1)) else {
            prop_assert!(scale_slowly(price, -8, 0).is_none());
            return Ok(());
        };
        let ratio = |a: u64, b: u64| BigRational::new(a.into(), b.into());
        let one = BigRational::from_integer(BigInt::from(1_u64 << 48));
        let over = ratio(conf, price as u64);
        prop_assert_eq!(BigInt::from(m.conf.bits), (&over * &one).ceil().to_integer().min(i64::MAX.into()));
        let index = scale_slowly(price, -8, 0).unwrap();
        let ema = scale_slowly(ema, -8, 0).unwrap_or(index);
        prop_assert_eq!((m.index.bits, m.index_ema.bits), (index, ema));
        let divergence = (ratio(index, ema) - ratio(1, 1)).abs();
        let doubtful = over > ratio(m.params.conf_limit_ppm.into(), 1_000_000)
            || divergence > ratio(m.params.max_divergence_ppm.into(), 1_000_000);
        prop_assert_eq!(taken, if doubtful { Taken::Guarded } else { Taken::Good });
        prop_assert_eq!(m.is_guarded(), doubtful);
        prop_assert_eq!(BigInt::from(m.offset.bits), (ratio(m.peg.bits, index) * one).floor().to_integer());
        let square: BigInt = BigInt::from(index) * (BigInt::from(1) << 128) / BigInt::from(m.peg.bits);
        prop_assert_eq!(BigInt::from(m.anchor.get()), square.sqrt());
    }

    /// The ring of seconds against the whole history.
    #[test]
    fn the_fill_index_is_the_worst_in_force_during_the_window(
        guard in 0..=10_u32, moves in prop::collection::vec((0..4_i64, 1..=1_000_i64), 1..60), wait in 0..14_i64,
    ) {
        let mut m = market();
        m.params.guard_secs = guard;
        // Publish times run ahead of the clock, so that several updates fall into one second.
        m.params.max_skew_secs = 1_000;
        let mut now = T0;
        // Each index and the second until which it was in force.
        let mut history: Vec<(Price, i64)> = Vec::new();
        for (position, (pause, price)) in moves.iter().enumerate() {
            now += pause;
            history.push((m.index, now));
            let published = now.max(m.index_time) + 1;
            prop_assert_eq!(take(&mut m, &sample(price * 100_000_000_000, published), at(now)), Ok(Taken::Good));
            for later in [0, 1, if position + 1 == moves.len() { wait } else { 0 }] {
                let now = now + later;
                let in_force = || history.iter()
                    .filter(|(_, until)| guard != 0 && *until >= now - i64::from(guard))
                    .map(|(price, _)| *price)
                    .chain([m.index]);
                prop_assert_eq!(fill_index(&m, Side::Buy, at(now)), in_force().max().unwrap());
                prop_assert_eq!(fill_index(&m, Side::Sell, at(now)), in_force().min().unwrap());
            }
        }
    }
}

/// Prices of every magnitude.
fn price() -> impl Strategy<Value = i64> {
    (1..=i64::MAX, 0..63_u32).prop_map(|(value, shift)| (value >> shift).max(1))
}
