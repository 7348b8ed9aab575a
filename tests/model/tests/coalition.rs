//! A coalition with one purse never ends with more than it began with, but for the index and the funding of others.

use keel_model::coalition;
use keel_model::sets::{SETS, Set};
use keel_model::source::seed;

/// Games of each kind, and actions of a game.
fn size() -> (u64, u64) {
    if std::env::var("KEEL_LONG").is_ok_and(|value| value == "1") { (1_000, 300) } else { (60, 120) }
}

fn play(sets: impl Iterator<Item = Set>, moves: bool) {
    let (games, steps) = size();
    eprintln!("KEEL_SEED={}", seed());
    for set in sets {
        let (mut best, mut trades) = (i128::MIN, 0);
        for game in 0..games {
            match coalition::round(&set, seed(), game, steps, moves) {
                Ok((outcome, tally)) => {
                    best = best.max(outcome.unexplained());
                    trades += tally.accepted("trade");
                }
                Err(report) => panic!("{report}"),
            }
        }
        eprintln!("{}: {games} games, {trades} trades, the best result {best} atoms", set.name);
        assert!(trades > games * 5, "the coalition hardly traded");
    }
}

/// At an index that stays where it is, refreshed whenever they like.
#[test]
fn cannot_profit_at_an_unchanged_index() {
    play(SETS.into_iter(), false);
}

/// Where the index moves, by what it moves: they choose when it is refreshed, and with which of the latest updates.
#[test]
fn timing_is_worth_no_more_than_the_index_moves() {
    play(SETS.into_iter().filter(|set| set.params().base_fee_ppm != 0), true);
}
