//! Random exchanges of every kind: everything of protocol.md section 13, after each step.
//!
//! `KEEL_LONG=1` plays for much longer, `KEEL_STEPS` and `KEEL_MINUTES` bound it, `KEEL_SEED` chooses other exchanges.

use std::time::{Duration, Instant};

use keel_model::Tally;
use keel_model::run::{ROUND, round};
use keel_model::sets::{SETS, Set};
use keel_model::source::seed;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

fn play(name: &str) {
    let set = Set::named(name).expect("a set of that name");
    let long = std::env::var("KEEL_LONG").is_ok_and(|value| value == "1");
    let steps =
        number("KEEL_STEPS").map_or(if long { 400_000 } else { 150_000 }, |all| all.div_ceil(SETS.len() as u64));
    let deadline = number("KEEL_MINUTES").map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let mut tally = Tally::default();
    for number in 0.. {
        let left = steps.saturating_sub(tally.steps).min(ROUND);
        if left == 0 || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        match round(&set, seed(), number, left) {
            Ok(played) => tally.add(&played),
            Err(failure) => panic!("{}", failure.report(&format!("KEEL_SEED={} {name} round {number}", seed()))),
        }
    }
    eprintln!("{name}, KEEL_SEED={}, {} steps\n{tally}", seed(), tally.steps);
    // A run in which nothing succeeds would show nothing.
    if tally.steps >= 40_000 {
        for kind in ["trade", "add_range", "remove_range", "settle_range", "settle", "release", "withdraw", "deposit"] {
            assert!(tally.accepted(kind) > 50, "{name}: {kind} hardly ever happened");
        }
        // Where margin is half of a position next to nobody is ever liquidated.
        let leveraged = set.params().imr_ppm < 500_000;
        assert!(!leveraged || tally.accepted("liquidate") > 0 && tally.accepted("deleverage") > 0, "{name}");
        assert!(tally.accepted("close_market") > 0 && tally.accepted("close_position") > 0, "{name}");
        for kind in ["refresh_bank", "deposit_and_trade", "trade_exact", "trade_to", "buy_collateral"] {
            assert!(tally.accepted(kind) > 0, "{name}: {kind} never happened");
        }
        for kind in ["place_lien", "call_lien", "release_lien", "seize", "give_account"] {
            assert!(tally.accepted(kind) > 0, "{name}: {kind} never happened");
        }
        assert!(tally.accepted("begin_liquidation") > 0 && tally.accepted("open_account") > 0, "{name}");
        if set.markets.len() > 1 {
            assert!(tally.accepted("trade_legs") > 50, "{name}: trade_legs hardly ever happened");
            assert!(tally.seen.contains_key("legs one by one"), "{name}: legs were never compared");
        }
        for copies in ["trade in parts", "round trip", "time in pieces", "range settled at once"] {
            assert!(tally.seen.contains_key(copies), "{name}: {copies} was never compared");
        }
        if set.markets.iter().any(|market| market.params.session_gap_secs != 0) {
            for event in ["fell asleep", "woke up", "traded off hours", "index walked", "peg returned"] {
                assert!(tally.seen.contains_key(event), "{name}: no market ever {event}");
            }
        }
    }
}

#[test]
fn floating_markets_at_default_parameters() {
    play("floating");
}

#[test]
fn a_fixed_market_without_a_band_beside_a_floating_one() {
    play("fixed");
}

#[test]
fn few_crossings_no_guard_and_profit_that_matures_at_once() {
    play("plain");
}

/// An atom of base is 5,000 atoms of quote in the one, and a thousandth of one in the other.
#[test]
fn dear_and_cheap_contracts() {
    play("dear");
    play("cheap");
}

#[test]
fn no_fee_at_all() {
    play("free");
}

/// Small fees and margins, long drift, slow maturity: what the defaults do not reach.
#[test]
fn the_other_end_of_the_parameters() {
    play("wide");
}

/// Three that float, one that does not and one that sleeps, margined together.
#[test]
fn five_markets() {
    play("five");
}

/// The feed falls silent, people go on, and it is back.
#[test]
fn markets_that_sleep() {
    play("equity");
}
