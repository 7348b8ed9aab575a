//! Every crash, with everything that must hold after each action and at the end: with fewer traders on the engine every
//! day; with all of them, three seeds and the compiled program in step with `KEEL_LONG=1`.

use std::path::Path as File;
use std::sync::Mutex;

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
        documented("<!-- replays -->\n", &table::markdown(&first));
    }
}

/// The page, while a table of it is looked at.
static PAGE: Mutex<()> = Mutex::new(());

/// The table of the first seed behind a mark is what docs/risk.md says. `KEEL_BLESS=1` writes it.
fn documented(begin: &str, table: &str) {
    let _alone = PAGE.lock();
    let file = File::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/risk.md");
    let page = std::fs::read_to_string(&file).expect("docs/risk.md is there");
    let (before, rest) = page.split_once(begin).expect("a place for the table");
    let (_, after) = rest.split_once("<!-- end -->").expect("the end of the table");
    let expected = format!("{before}{begin}{table}<!-- end -->{after}");
    if std::env::var_os("KEEL_BLESS").is_some() {
        std::fs::write(&file, &expected).expect("docs/ is writable");
    }
    let hint = "run KEEL_BLESS=1 KEEL_LONG=1 cargo test -p keel-crash in tests/";
    assert!(page == expected || std::env::var_os("KEEL_BLESS").is_some(), "docs/risk.md is out of date: {hint}");
}

/// The crashes with other collateral that are played every day.
const EVERY_DAY: [&str; 3] = ["sol-60", "sol-silent", "depeg-amid"];
/// Those in which only the collateral falls.
const ALONE: [&str; 2] = ["depeg", "depeg-gap"];
/// Those in which a sale follows the fall: nobody pays for what haircut and discount do not cover.
const FOLLOWED: [&str; 4] = ["sol-10", "sol-30", "sol-60", "depeg-fall"];

#[test]
fn crashes_with_other_collateral_end_with_nobody_left() {
    let (seeds, traders) = if is_long() { (1..=3, ALL) } else { (1..=1, FEW) };
    let (mut replays, mut twins) = (Vec::new(), Vec::new());
    for seed in seeds {
        for path in WITH_COLLATERAL.iter().filter(|path| is_long() || EVERY_DAY.contains(&path.name)) {
            let played = play(path, seed, traders, false);
            let (name, tally, holders) = (path.name, &played.tally, &played.holders);
            assert!(played.traders * 5 >= traders * 4, "{name}: {} traders", played.traders);
            if ALONE.contains(&name) {
                assert_eq!((tally.liquidated(), tally.written_off), (0, 0.0), "{name}: it closes nobody by itself");
            } else {
                assert!(holders.sellers() > 0, "{name}: nobody's collateral was sold");
            }
            if FOLLOWED.contains(&name) {
                assert!(holders.short < 1.0, "{name}: others paid {} for the fall of collateral", holders.short);
            }
            if is_long() && seed == 1 {
                let options = Options { seed, traders, on_chain: false, record: false, in_dollars: true };
                let in_dollars = replay(path, options).unwrap_or_else(|error| panic!("{error:#}"));
                twins.push((played, in_dollars));
            } else {
                replays.push(played);
            }
        }
    }
    if is_long() {
        documented("<!-- collateral -->\n", &table::markdown_of_collateral(&twins));
    }
    replays.extend(twins.into_iter().map(|(played, _)| played));
    require(&replays, &[Means::TakenOver, Means::OnCurve, Means::Deleveraged, Means::Resolved]);
    let by_collateral: f64 = replays.iter().map(|played| played.holders.short).sum();
    assert!(by_collateral > 0.0, "nobody ever paid for the fall of collateral: the bound is not tried");
}

#[test]
fn the_compiled_program_in_step() {
    let names: Vec<&str> = if is_long() {
        PATHS.iter().chain(WITH_COLLATERAL).map(|path| path.name).collect()
    } else {
        vec!["together", "worst", "depeg-amid"]
    };
    let path = |name: &&str| Path::named(name).expect("a path of that name");
    let replays: Vec<Replayed> = names.iter().map(|name| play(path(name), 1, IN_STEP, true)).collect();
    require(&replays, &[Means::TakenOver, Means::OnCurve, Means::Deleveraged, Means::Resolved]);
}
