//! The built-in crash on the compiled program, and what the README says of it.

use keel_demo::play::{Played, play};
use keel_demo::prices::{PER_MINUTE, built_in, samples};
use keel_demo::{figures, report};

fn crash(seed: u64) -> Played {
    play(&samples(&built_in(), PER_MINUTE), seed, None).unwrap()
}

#[test]
fn the_exchange_survives_the_crash_and_every_seed_repeats_itself() {
    let (one, again, other) = (crash(1), crash(1), crash(2));
    let tally = &one.world.tally;
    assert!(tally.transactions > 2_400 && tally.fills > 100 && tally.flags > 0 && tally.steps > 0);
    assert_eq!(one.world.books().markets, again.world.books().markets);
    assert_eq!(one.world.books().accounts, again.world.books().accounts);
    assert_ne!(one.world.books().accounts, other.world.books().accounts);
}

#[test]
fn a_million_dollars_moves_the_price_by_at_most_two_basis_points() {
    let minute = built_in().into_iter().take(1).collect::<Vec<_>>();
    let played = play(&samples(&minute, 1), 1, None).unwrap();
    let million = played.million;
    assert!((9.99e6..1.001e7).contains(&million.margin), "{} of margin", million.margin);
    assert!(million.used <= 0.5 * million.margin, "{} of {} used", million.used, million.margin);
    assert!((0.0..=2.0).contains(&million.bps), "{} bps", million.bps);
    let depth = played.depths.first().unwrap().million().unwrap();
    assert!(depth <= 2.0, "{depth} bps by the engine");
}

#[test]
fn the_report_stands_alone() {
    let minutes = built_in().into_iter().skip(190).take(60).collect::<Vec<_>>();
    let played = play(&samples(&minutes, 2), 1, None).unwrap();
    let path = std::env::temp_dir().join(format!("keel-report-{}.html", std::process::id()));
    report::write(&path, &played, &figures::sections(&played).unwrap()).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    for part in
        ["Price", "Funding rate against its caps", "Depth", "Equity of each account", "1,000,000 USD", "Compute units"]
    {
        assert!(page.contains(part), "no {part}");
    }
    for foreign in ["http://", "https://", "<script", "<link", "NaN", "inf"] {
        assert!(!page.contains(foreign), "{foreign} in the report");
    }
}
