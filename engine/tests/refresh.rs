//! The order of a refresh, its invariance under cutting time into pieces, and that no bits make it panic.

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
use keel_engine::funding::{accrue, per_second, premium};
use keel_engine::math::tick::{inv_sqrt, sqrt_price_at_tick};
use keel_engine::oracle::{Sample, Taken, age_secs, fill_index, fill_peg, require_mark, require_tradable_index, take};
use keel_engine::params::Params;
use keel_engine::refresh::{refresh, start};
use keel_engine::state::Market;
use keel_engine::units::{Price, Rate, Wide};
use keel_engine::{Error, Now, Side, mark};
use proptest::prelude::*;

/// A full hour, far from 1970.
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

/// A market listed at `T0` at 100,000 USD, with liquidity, a net long and a curve 3% up.
fn market() -> Market {
    let mut market = Market::zeroed();
    market.params = Params::DEFAULT;
    let _ = start(&mut market, &sample(BTC, T0), at(T0)).unwrap();
    market.liquidity = Wide::new(1 << 60);
    market.long_base = 1_000_000_000;
    market.sqrt_price = sqrt_price_at_tick(300).unwrap();
    market.inv_sqrt_price = inv_sqrt(market.sqrt_price).unwrap();
    market
}

#[test]
fn a_listing_sets_everything_that_moves() {
    let m = market();
    let index = Price::from_bits(100 << 48);
    assert_eq!([m.index, m.index_ema, m.mark, m.stable, m.peg, m.mark_samples[0]], [index; 6]);
    assert_eq!([m.index_time, m.accrued_at, m.mark_time], [T0; 3]);
    assert_eq!((m.hour, m.funding.get(), m.funding_rate, m.mark_count), (T0 / 3_600, 0, Rate::ZERO, 1));
}

#[test]
fn time_counts_with_the_price_that_prevailed() {
    let mut m = market();
    m.funding_rate = Rate::from_ppm(1_000);
    let (old_index, old_premium) = (m.index, premium(&m));
    let outcome = refresh(&mut m, Some(&sample(BTC * 2, T0 + 10)), at(T0 + 10)).unwrap();
    assert_eq!(outcome.taken, Some(Taken::Good));
    assert_eq!(outcome.index, Price::from_bits(200 << 48));
    assert_eq!(m.funding.get(), per_second(Rate::from_ppm(1_000), old_index) * 10);
    assert_eq!(m.step_sum, old_premium.bits * 10);
    // The stable price does not know the new index yet, the mark's ring does.
    assert_eq!(outcome.stable, old_index);
    assert_eq!((outcome.mark.bits, outcome.mark), (m.mark.bits, m.mark));
    assert!(m.mark > Price::from_bits(150 << 48) && m.mark < Price::from_bits(151 << 48));
    let outcome = refresh(&mut m, None, at(T0 + 11)).unwrap();
    assert!(outcome.stable > old_index && outcome.taken.is_none());
}

#[test]
fn a_new_price_in_the_same_second_is_taken_and_counts_for_no_time() {
    let mut m = market();
    let _ = refresh(&mut m, None, at(T0 + 5)).unwrap();
    let before = m;
    let outcome = refresh(&mut m, Some(&sample(BTC * 2, T0 + 5)), at(T0 + 5)).unwrap();
    assert_eq!(outcome.taken, Some(Taken::Good));
    assert_eq!(
        (m.mark, m.stable, m.funding, m.step_sum),
        (before.mark, before.stable, before.funding, before.step_sum)
    );
    // And once more: nothing.
    let before = m;
    let again = refresh(&mut m, Some(&sample(BTC * 3, T0 + 5)), at(T0 + 5)).unwrap();
    assert_eq!((again.taken, m), (Some(Taken::NotNewer), before));
}

#[test]
fn a_clock_that_goes_back_is_a_standing_one() {
    let mut m = market();
    let _ = refresh(&mut m, None, at(T0 + 50)).unwrap();
    let before = m;
    let _ = refresh(&mut m, None, at(T0 + 10)).unwrap();
    assert_eq!(m, before);
}

#[test]
fn what_leads_into_guarded_mode_still_counts_and_what_follows_does_not() {
    let mut m = market();
    let wide = Sample { conf: BTC.unsigned_abs() / 10, ..sample(BTC, T0 + 10) };
    let outcome = refresh(&mut m, Some(&wide), at(T0 + 10)).unwrap();
    assert_eq!((outcome.taken, outcome.guarded), (Some(Taken::Guarded), true));
    assert_eq!((m.step_secs, m.trusted_secs), (10, 10));
    // Four good samples; the fifth ends it. The time before each of the five is guarded.
    for second in 11..=15 {
        let outcome = refresh(&mut m, Some(&sample(BTC, T0 + second)), at(T0 + second)).unwrap();
        assert_eq!(outcome.guarded, second < 15);
        assert_eq!((m.step_secs, m.trusted_secs), (10, 10));
    }
    let _ = refresh(&mut m, None, at(T0 + 16)).unwrap();
    assert_eq!((m.step_secs, m.trusted_secs), (11, 11));
}

#[test]
fn a_bad_update_is_refused_by_name_and_a_stale_one_is_not() {
    let mut m = market();
    assert_eq!(refresh(&mut m, Some(&sample(BTC, T0 + 60)), at(T0 + 1)), Err(Error::PriceInFuture));
    assert_eq!(refresh(&mut m, Some(&sample(-1, T0 + 1)), at(T0 + 1)), Err(Error::InvalidPrice));
    let outcome = refresh(&mut m, Some(&sample(BTC, T0 + 10)), at(T0 + 100)).unwrap();
    assert_eq!((outcome.taken, outcome.index_time), (Some(Taken::TooOld), T0));
}

/// What a refresh without a price leaves that does not depend on where the mark's samples fell.
fn without_mark(mut m: Market) -> Market {
    m.mark = Price::default();
    (m.mark_time, m.mark_next, m.mark_count) = (0, 0, 0);
    m.mark_samples = [Price::default(); 7];
    (m.basis_ema, m.basis_sum, m.basis_secs) = (Rate::ZERO, 0, 0);
    m
}

proptest! {
    #![proptest_config(cases())]

    /// Invariant 5: n refreshes = 1 refresh, for gaps up to `max_gap_secs`, from any state that prices lead to.
    #[test]
    fn n_refreshes_are_one(
        warm in prop::collection::vec((1..400_i64, -30_000_i64..30_000), 0..12), gap in 1..=600_i64,
        cuts in prop::collection::vec(0..600_i64, 1..10), guard in 0..2_u8,
    ) {
        let mut once = market();
        for (wait, ppm) in warm {
            let now = once.accrued_at + wait;
            let price = BTC / 1_000_000 * (1_000_000 + ppm);
            let _ = refresh(&mut once, Some(&sample(price, now)), at(now)).unwrap();
        }
        once.guard_left = guard;
        let mut often = once;
        let from = once.accrued_at;
        let _ = refresh(&mut once, None, at(from + gap)).unwrap();
        let mut cuts: Vec<i64> = cuts.iter().map(|cut| cut % (gap + 1)).collect();
        cuts.sort_unstable();
        for cut in cuts {
            let _ = refresh(&mut often, None, at(from + cut)).unwrap();
        }
        let _ = refresh(&mut often, None, at(from + gap)).unwrap();
        prop_assert_eq!(without_mark(once), without_mark(often));
    }

    /// No bits of the state, the sample or the clock make anything panic or run for long.
    #[test]
    fn every_input_gives_a_result(
        seed: u64, kind in 0..4_u8, price: i64, conf: u64, exponent in prop_oneof![any::<i32>(), -18..=0_i32],
        publish_time in time(), ema_price: i64, unix in time(), slot: u64, sane: bool, no_params: bool,
    ) {
        let mut m = arbitrary(seed, kind);
        if sane {
            m.params = Params::DEFAULT;
        }
        if no_params {
            m.params = Params::zeroed();
        }
        let s = Sample { price, conf, exponent, publish_time, ema_price };
        let now = Now { unix, slot };
        for side in [Side::Buy, Side::Sell] {
            let _ = (fill_index(&m, side, now), fill_peg(&m, side, now));
        }
        let _ = (age_secs(&m, now), require_mark(&m, now), require_tradable_index(&m, now), premium(&m));
        let mut copy = m;
        accrue(&mut copy, now);
        let mut copy = m;
        let _ = take(&mut copy, &s, now);
        let mut copy = m;
        mark::sample(&mut copy, now);
        let mut copy = m;
        mark::move_stable(&mut copy, seed);
        let mut copy = m;
        let _ = start(&mut copy, &s, now);
        let mut copy = m;
        let _ = refresh(&mut copy, Some(&s), now);
        if let Ok(first) = refresh(&mut m, None, now) {
            prop_assert!(first.taken.is_none());
            prop_assert_eq!(first.index, m.index);
        }
        // Nothing is left to accrue: F and the averages stand still.
        let again = m;
        accrue(&mut m, now);
        prop_assert_eq!(m, again);
    }
}

/// Clocks of every kind.
fn time() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), T0 - 100..T0 + 100, Just(i64::MIN), Just(i64::MAX), -5..5_i64]
}

/// A market of arbitrary bits: random words, words of few or of all bits, or a plausible market with some words replaced.
fn arbitrary(seed: u64, kind: u8) -> Market {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut m = if kind == 3 { market() } else { Market::zeroed() };
    let words: &mut [u64] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut m));
    for word in words {
        *word = match kind {
            0 => next(),
            1 => [0, 1, u64::MAX, 1 << 63, i64::MAX as u64, T0 as u64, 1 << 48, next()][next() as usize % 8],
            2 => next() >> (next() % 64),
            _ if next() % 8 == 0 => next() >> (next() % 64),
            _ => *word,
        };
    }
    m
}
