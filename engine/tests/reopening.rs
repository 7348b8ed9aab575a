//! What takers can make of a reopening: no more than on a curve whose peg had never moved, in whatever order and at
//! whatever times they trade while the peg returns.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod funding_model;

use funding_model::{Market, Sample, T0, at, cases, market, set_tick};
use keel_engine::refresh::refresh;
use proptest::prelude::*;

const BTC: i64 = 10_000_000_000_000;

/// A market that has slept with its curve at a tick, and whose feed is back that much away.
fn reopened(tick: i32, ppm: i64) -> Market {
    let mut m = market();
    m.params.session_gap_secs = 100;
    set_tick(&mut m, tick);
    let _ = refresh(&mut m, None, at(T0 + 1_000)).unwrap();
    state_price(&mut m, BTC / 1_000_000 * (1_000_000 + ppm), 1);
    assert_eq!(m.session, 0);
    m
}

fn state_price(m: &mut Market, price: i64, secs: i64) {
    let unix = m.accrued_at + secs;
    let s = Sample { price, conf: 0, exponent: -8, publish_time: unix, ema_price: price };
    let _ = refresh(m, Some(&s), at(unix)).unwrap();
}

fn root(m: &Market) -> f64 {
    m.sqrt_price.get() as f64 / 2f64.powi(64)
}

fn price(bits: u64) -> f64 {
    bits as f64 / 2f64.powi(48)
}

/// What takers gain by moving the curve to a tick, valued at the index, for one unit of liquidity.
fn take_to(m: &mut Market, tick: i32) -> f64 {
    let (from, peg, index) = (root(m), price(m.peg.bits), price(m.index.bits));
    set_tick(m, tick);
    let to = root(m);
    index * (1.0 / from - 1.0 / to) - peg * (to - from)
}

/// What there is to gain on a curve that stands there and whose peg never moves: buying or selling up to the index.
fn fair(m: &Market) -> f64 {
    let (s, peg, index) = (root(m), price(m.peg.bits), price(m.index.bits));
    let end = (index / peg).sqrt();
    index * (1.0 / s - 1.0 / end) - peg * (end - s)
}

/// Monday, 3% up. Whoever is alone buys up to the index, waits, and sells as the peg comes: half of the move, once.
#[test]
fn three_percent_over_a_weekend_cost_providers_half_of_the_move_and_not_all_of_it() {
    let mut m = reopened(0, 30_000);
    let there_is = fair(&m);
    let mut gained = take_to(&mut m, 295);
    // Nobody else comes for half an hour; he sells as slowly as he likes.
    for tick in (0..295).rev() {
        state_price(&mut m, BTC / 100 * 103, 6);
        gained += take_to(&mut m, tick);
    }
    for _ in 0..60 {
        state_price(&mut m, BTC / 100 * 103, 10);
    }
    assert_eq!(m.peg, m.index);
    assert!(gained > 0.95 * there_is && gained <= there_is, "{gained} of {there_is}");
    // A peg that had come to the price in between would have paid him the move twice.
    let all = (1.03 * 100.0) * (1.0 - 1.0 / 1.03f64.sqrt()) - 100.0 * (1.03f64.sqrt() - 1.0);
    let back = 103.0 * (1.0 / 1.03f64.sqrt() - 1.0) + 103.0 * (1.03f64.sqrt() - 1.0);
    assert!((all - there_is).abs() < 1e-6 && all + back > 1.9 * there_is, "{} of {there_is}", all + back);
}

proptest! {
    #![proptest_config(cases())]

    /// Any trades at any times, the index unmoved since: valued at it, no more than what was there at the reopening.
    #[test]
    fn no_sequence_takes_more_than_was_there(
        slept_at in -300..300, ppm in -80_000..80_000_i64,
        plan in prop::collection::vec((-900..900, prop_oneof![0..30_i64, 0..600_i64]), 1..40),
    ) {
        let mut m = reopened(slept_at, ppm);
        let reopening = BTC / 1_000_000 * (1_000_000 + ppm);
        let there_is = fair(&m);
        let mut gained = 0.0;
        for (tick, wait) in plan {
            gained += take_to(&mut m, tick);
            prop_assert!(gained <= there_is + 1e-9, "{gained} of {there_is}");
            // Valued with what is left to take, it only ever falls.
            let before = fair(&m);
            if wait != 0 {
                state_price(&mut m, reopening, wait);
            }
            prop_assert!(fair(&m) <= before + 1e-9, "waiting {wait} s made {} of {before}", fair(&m));
        }
    }
}
