//! Every crash, with everything that must hold after each action and at the end: with fewer traders on the engine every
//! day; with all of them, three seeds and the compiled program in step with `KEEL_LONG=1`.

use std::path::Path as File;

use keel_crash::{Means, Options, PATHS, Path, Replayed, WITH_COLLATERAL, replay, table};

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
    replay(path, Options { seed, traders, on_chain, record: false, in_dollars: false })
        .unwrap_or_else(|error| panic!("{error:#}"))
}

/// Somebody was brought on by each of these means.
fn require(replays: &[Replayed], means: &[Means]) {
    for means in means {
        let accounts: usize = replays.iter().map(|played| played.tally.accounts(*means)).sum();
        assert!(accounts > 0, "nobody was {}", means.name());
    }
}

#[test]
fn every_crash_ends_with_nobody_left() {
    let (seeds, traders) = if is_long() { (1..=3, ALL) } else { (1..=1, FEW) };
    let mut replays = Vec::new();
    for seed in seeds {
        for path in PATHS {
            let played = play(path, seed, traders, false);
            assert!(played.traders * 5 >= traders * 4, "{}: {} traders", path.name, played.traders);
            assert!(played.tally.liquidated() > 0, "{}: nobody was liquidated", path.name);
            replays.push(played);
        }
    }
    require(&replays, &[Means::TakenOver, Means::OnCurve, Means::Deleveraged, Means::Resolved]);
    if is_long() {
        let first: Vec<Replayed> = replays.into_iter().filter(|played| played.seed == 1).collect();
        documented(&table::markdown(&first));
    }
}

/// The table of the first seed is what docs/risk.md says. `KEEL_BLESS=1` writes it.
fn documented(table: &str) {
    const BEGIN: &str = "<!-- replays -->\n";
    let file = File::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/risk.md");
    let page = std::fs::read_to_string(&file).expect("docs/risk.md is there");
    let (before, rest) = page.split_once(BEGIN).expect("a place for the table");
    let (_, after) = rest.split_once("<!-- end -->").expect("the end of the table");
    let expected = format!("{before}{BEGIN}{table}<!-- end -->{after}");
    if std::env::var_os("KEEL_BLESS").is_some() {
        std::fs::write(&file, &expected).expect("docs/ is writable");
    }
    let hint = "run KEEL_BLESS=1 KEEL_LONG=1 cargo test -p keel-crash in tests/";
    assert!(page == expected || std::env::var_os("KEEL_BLESS").is_some(), "docs/risk.md is out of date: {hint}");
}

/// The crashes with other collateral that are played every day.
const EVERY_DAY: [&str; 3] = ["sol-60", "sol-silent", "depeg-amid"];

#[test]
fn crashes_with_other_collateral_end_with_nobody_left() {
    let (seeds, traders) = if is_long() { (1..=3, ALL) } else { (1..=1, FEW) };
    let mut replays = Vec::new();
    for seed in seeds {
        for path in WITH_COLLATERAL.iter().filter(|path| is_long() || EVERY_DAY.contains(&path.name)) {
            let played = play(path, seed, traders, false);
            assert!(played.traders * 5 >= traders * 4, "{}: {} traders", path.name, played.traders);
            replays.push(played);
        }
    }
    require(&replays, &[Means::TakenOver, Means::OnCurve, Means::Deleveraged, Means::Resolved]);
    assert!(replays.iter().any(|played| played.holders.sellers() > 0), "nobody's collateral was sold");
}

#[test]
fn the_compiled_program_in_step() {
    let names: Vec<&str> =
        if is_long() { PATHS.iter().map(|path| path.name).collect() } else { vec!["together", "worst"] };
    let path = |name: &&str| Path::named(name).expect("a path of that name");
    let replays: Vec<Replayed> = names.iter().map(|name| play(path(name), 1, IN_STEP, true)).collect();
    require(&replays, &[Means::TakenOver, Means::OnCurve, Means::Deleveraged, Means::Resolved]);
}
