//! The model finds each bug that the engine can be given: `cargo test -p keel-model --features planted-bugs`.

use keel_engine::planted::{self, Bug};
use keel_model::run::{ROUND, round};
use keel_model::sets::SETS;
use keel_model::source::seed;

/// Steps within which each bug must be found, in each kind of exchange that can show it.
const BOUND: u64 = 60_000;

/// Steps until a rule breaks, and which.
fn found(place: usize) -> Option<(u64, String)> {
    let set = SETS.get(place)?;
    (0..BOUND / ROUND).find_map(|number| match round(set, seed(), number, ROUND) {
        Ok(_) => None,
        Err(failure) => Some((number * ROUND + failure.actions.len() as u64, failure.violation.to_string())),
    })
}

/// One test: the choice of a bug is the whole process's.
#[test]
fn each_planted_bug_is_found() {
    for bug in Bug::ALL {
        planted::set(Some(bug));
        let mut kinds = 0;
        for (place, set) in SETS.iter().enumerate() {
            match found(place) {
                Some((steps, rule)) => {
                    kinds += 1;
                    eprintln!("{bug:?} in {}: after {steps} steps: {rule}", set.name);
                }
                None => eprintln!("{bug:?} in {}: not in {BOUND} steps", set.name),
            }
        }
        planted::set(None);
        assert!(kinds >= SETS.len() / 2, "{bug:?} was found in {kinds} kinds of exchange only");
    }
    // Without a bug nothing is found.
    assert!(SETS.iter().all(|set| round(set, seed(), 0, ROUND).is_ok()));
}
