//! The program's events tell all that a reader needs: random transactions on the engine's exchange in memory, their
//! events through the SDK's replay, and every balance compared after each.
//!
//! One replay gets everything and has to be right and certain; another misses the ends of logs and whole transactions,
//! and has to be right wherever it is certain. `KEEL_LONG=1` runs many more; a failure prints `KEEL_SEED`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod compare;
#[path = "../../../../engine/tests/exchange/mod.rs"]
mod exchange;
#[path = "../../../../engine/tests/math_reference/mod.rs"]
mod math_reference;
mod steps;

use std::collections::BTreeMap;

use keel_engine::params::Params;
use keel_engine::state::Mode;
use steps::World;

/// Transactions are played on two markets; returns how often each kind of event was logged.
fn play(name: &str, params: Params) -> BTreeMap<&'static str, u64> {
    let (rounds, steps) =
        if std::env::var("KEEL_LONG").is_ok_and(|value| value == "1") { (400, 2_000) } else { (8, 800) };
    let mut seen = BTreeMap::new();
    for round in 0..rounds {
        let mut world = World::new(&format!("{name} {round}"), params, [Mode::Floating, Mode::Fixed]);
        for _ in 0..steps {
            world.step();
            world.compare();
        }
        assert!(world.doubted > steps / 10, "gaps put next to nothing in doubt");
        for (kind, count) in world.seen {
            *seen.entry(kind).or_default() += count;
        }
    }
    eprintln!("{name}: {seen:#?}");
    seen
}

#[test]
fn at_default_parameters() {
    let seen = play("replay", Params { price_band_ppm: 0, ..Params::DEFAULT });
    let of_trading = [
        "Traded",
        "RangeAdded",
        "RangeFolded",
        "Settled",
        "ClaimReleased",
        "Liquidated",
        "TakenOver",
        "AccountClosed",
        "BuilderPaid",
    ];
    let of_tickets = ["WithdrawalQueued", "WithdrawalPaid", "WithdrawalCancelled", "Transferred"];
    for kind in of_trading.into_iter().chain(of_tickets) {
        assert!(seen.contains_key(kind), "{kind} never happened");
    }
    for kind in ["TokensBooked", "MarketInsured", "ExchangeInsured", "PledgeCollected"] {
        assert!(seen.contains_key(kind), "{kind} never happened");
    }
}

/// Accounts go bankrupt often, and what they have coming elsewhere is collected.
#[test]
fn with_profit_that_matures_at_once() {
    let params = Params {
        price_band_ppm: 0,
        guard_secs: 0,
        min_range_slots: 0,
        profit_half_life_secs: 0,
        drift_horizon_secs: 0,
        imf_slope_ppm_per_million_usd: 0,
        ..Params::DEFAULT
    };
    let seen = play("replay at once", params);
    let of_losses = ["Liquidated", "TakenOver", "Deleveraged", "Resolved", "ClaimConsumed"];
    for kind in of_losses.into_iter().chain(["Backstopped", "ReserveBalanced", "ReservePaid"]) {
        assert!(seen.contains_key(kind), "{kind} never happened");
    }
}
