//! A short play of every kind of exchange, longer with `KEEL_LONG=1`: as many transactions as `KEEL_TRANSACTIONS` says, for
//! at most `KEEL_MINUTES`.

use std::time::{Duration, Instant};

use keel_differential::{Played, ROUND, round};
use keel_model::sets::SETS;
use keel_model::source::seed;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

#[test]
fn engine_and_program_in_step() {
    let long = std::env::var("KEEL_LONG").is_ok_and(|value| value == "1");
    let steps = number("KEEL_TRANSACTIONS").unwrap_or(if long { 40_000 } else { 16_000 });
    let deadline = number("KEEL_MINUTES").map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let mut all = Played::default();
    'rounds: for number in 0.. {
        for set in &SETS {
            if all.transactions >= steps || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                break 'rounds;
            }
            let played = round(set, seed(), number, if long { ROUND } else { 300 });
            all.add(&played.unwrap_or_else(|error| panic!("{error:#}")));
        }
    }
    eprintln!("KEEL_SEED={}, {} transactions\n{}", seed(), all.transactions, all.tally);
    if all.transactions >= 1_000 {
        for kind in ["trade", "add_range", "remove_range", "settle", "withdraw", "deposit", "begin_liquidation"] {
            assert!(all.tally.accepted(kind) > 0, "{kind} never happened");
        }
        for kind in ["refresh_bank", "deposit_and_trade", "place_lien", "give_account"] {
            assert!(all.tally.accepted(kind) > 0, "{kind} never happened");
        }
        assert!(all.rebuilt > 10_000);
    }
}
