//! Every crash, with everything that must hold after each action and at the end: with fewer traders on the engine every
//! day and with all of them, three seeds and the compiled program in step with `KEEL_LONG=1`.

use keel_crash::{Means, Options, PATHS, Path, Replayed, replay};

/// Traders of the everyday replays.
const FEW: usize = 60;
/// Traders where the compiled program plays along.
const IN_STEP: usize = 24;
/// Traders of the long replays.
const ALL: usize = 200;

fn is_long() -> bool {
    std::env::var("KEEL_LONG").is_ok_and(|value| value == "1")
}

fn play(path: &'static Path, seed: u64, traders: usize, on_chain: bool) -> Replayed {
    replay(path, Options { seed, traders, on_chain }).unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn every_crash_ends_with_nobody_left() {
    let (seeds, traders) = if is_long() { (3, ALL) } else { (1, FEW) };
    for path in PATHS {
        for seed in 1..=seeds {
            let played = play(path, seed, traders, false);
            assert!(played.traders * 5 >= traders * 4, "{}: {} traders", path.name, played.traders);
            assert!(played.tally.liquidated() > 0, "{}: nobody was liquidated", path.name);
        }
    }
}

#[test]
fn the_compiled_program_in_step() {
    let names: &[&str] = if is_long() { &["fall-30", "gap-40", "together", "absent"] } else { &["gap-40"] };
    for name in names {
        let path = Path::named(name).expect("a path of that name");
        let played = play(path, 1, IN_STEP, true);
        assert!(played.tally.accounts(Means::Resolved) > 0, "{name}: nobody was bankrupt");
    }
}
