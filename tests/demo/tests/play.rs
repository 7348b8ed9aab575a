//! The built-in crash on the compiled program, and what the README says of it.

use keel_demo::capital::smaller;
use keel_demo::paths::{MARKETS, NVDA};
use keel_demo::play::{Played, play};
use keel_demo::prices::{PER_MINUTE, built_in, samples};
use keel_demo::tally::ORDER_KINDS;
use keel_demo::{capital, figures, report};

fn crash(seed: u64) -> Played {
    play(&samples(&built_in(), PER_MINUTE), seed, None).unwrap()
}

#[test]
fn the_exchange_survives_the_crash_and_every_seed_repeats_itself() {
    let (one, again, other) = (crash(1), crash(1), crash(2));
    let tally = &one.world.tally;
    assert!(tally.transactions > 12_000 && tally.flags > 0 && tally.sum(|market| market.steps) > 0);
    assert_eq!(tally.markets.len(), MARKETS);
    for (market, counted) in tally.markets.iter().enumerate() {
        assert!(counted.fills > 10, "{} fills in {}", counted.fills, one.world.market_name(market));
    }
    for (kind, counted) in ORDER_KINDS.iter().zip(&tally.orders) {
        assert!(counted.executions > 0, "no {kind} was executed");
    }
    let pool = &tally.pool;
    assert!(pool.deposits == 3 && pool.rebalances > 5, "{} deposits, {} rebalancings", pool.deposits, pool.rebalances);
    assert!(pool.redemptions > 0 && pool.paid > 0, "nobody was paid by the pool");
    for (without, with) in one.without_pool.iter().zip(&one.with_pool) {
        assert!(without.iter().zip(with).all(|(without, with)| smaller(with) > smaller(without)));
    }
    assert!(tally.units.contains_key("trade_legs"), "nobody trades several markets at once");
    assert_sleeps(&one);
    assert_eq!(one.world.books().markets, again.world.books().markets);
    assert_eq!(one.world.books().accounts, again.world.books().accounts);
    assert_ne!(one.world.books().accounts, other.world.books().accounts);
}

/// The share sleeps for a night and trades on.
fn assert_sleeps(played: &Played) {
    let asleep: Vec<bool> = played.recorder.frames.iter().map(|frame| frame.markets[NVDA].asleep).collect();
    let (begins, ends) = (asleep.iter().position(|asleep| *asleep), asleep.iter().rposition(|asleep| *asleep));
    let (begins, ends) = (begins.expect("it never sleeps"), ends.unwrap());
    assert!(begins > 0 && ends + 1 < asleep.len() && asleep[begins..=ends].iter().all(|asleep| *asleep));
    let frames = &played.recorder.frames;
    assert!(frames[ends].unix - frames[begins].unix > 16 * 3_600);
    // The night's move comes at once, and the price at which anybody trades stays where it is.
    let (night, morning) = (frames[ends].markets[NVDA], frames[ends + 1].markets[NVDA]);
    assert!((morning.index / night.index - 1.0).abs() > 0.002, "{} to {}", night.index, morning.index);
    assert!((morning.curve / night.curve - 1.0).abs() < 0.001, "{} to {}", night.curve, morning.curve);
    assert!(frames.iter().all(|frame| frame.markets.iter().enumerate().all(|(m, at)| m == NVDA || !at.asleep)));
}

#[test]
fn a_million_dollars_moves_the_price_by_at_most_two_basis_points() {
    let minute = built_in().into_iter().take(1).collect::<Vec<_>>();
    let played = play(&samples(&minute, 1), 1, None).unwrap();
    let million = played.million;
    assert!((9.99e6..1.001e7).contains(&million.margin), "{} of margin", million.margin);
    assert!(million.used <= 0.5 * million.margin, "{} of {} used", million.used, million.margin);
    assert!((0.0..=2.0).contains(&million.bps), "{} bps", million.bps);
    let depth = played.depths[0].first().unwrap().million().unwrap();
    assert!(depth <= 2.0, "{depth} bps by the engine");
}

#[test]
fn the_report_stands_alone() {
    let minutes = built_in().into_iter().skip(190).take(60).collect::<Vec<_>>();
    let played = play(&samples(&minutes, 2), 1, None).unwrap();
    let path = std::env::temp_dir().join(format!("keel-report-{}.html", std::process::id()));
    let capital = capital::measure().unwrap();
    report::write(&path, &played, &capital, &figures::sections(&played, &capital).unwrap()).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    for part in [
        "Price",
        "Funding rate (cap 1250)",
        "PUMP",
        "Depth",
        "Equity of each account",
        "1,000,000 USD",
        "Compute units",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    for foreign in ["http://", "https://", "<script", "<link", "NaN", "inf"] {
        assert!(!page.contains(foreign), "{foreign} in the report");
    }
}
