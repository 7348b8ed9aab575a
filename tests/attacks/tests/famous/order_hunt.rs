//! Hunting orders: stops that a push sets off, executions that somebody trades in front of, tips that are farmed.
//!
//! Everybody sees standing orders here, with their prices. On exchanges whose stops go off at the last trade somebody sells
//! into a thin book until they do, and buys back from them; with every order in the open a searcher trades in front of each
//! execution and back behind it; and where executors are paid per call, orders are executed in crumbs.
//!
//! What stops it: a trigger is judged at the mark, a median of the *index* over seconds and an average of the premium
//! over minutes, which is bounded by `mark_band` besides, so a push of a slot moves nothing and none reaches further than the
//! band. No fill is beyond its order's limit, whoever stands in front. A tip is pro rata of what is filled, so crumbs
//! together earn what one fill would; an order says how small they may be; and who leaves tick arrays out, so that less is
//! filled, is refused. Only a dead order is cleaned up, for a little of its own tip, and no keeper can make one dead.

use keel_attacks::{Stage, Story, Usd};
use keel_embedded::chain::key;
use keel_engine::orders::{CLEANING_TIP, Kind, REDUCE_ONLY, Terms};
use keel_engine::units::Price;
use keel_engine::{Error, Result, Side};
use keel_simulator::orders::{OrderAct, Placing};
use keel_simulator::{Action, Done};
use solana_signer::Signer;

/// Lamports for who executes an order.
const TIP: u64 = 1_000_000;
/// Base atoms of a contract.
const CONTRACT: u64 = 1_000_000_000;
/// Lamports of a transaction with one signature.
const FEE: u64 = 5_000;

/// A price of so many USD.
fn usd(price: f64) -> Price {
    Price::from_bits((price / 1_000.0 * 2f64.powi(48)) as u64)
}

fn terms(kind: Kind, side: Side, contracts: u64) -> Terms {
    let nothing = Price::from_bits(0);
    Terms {
        kind,
        side,
        flags: 0,
        amount: contracts * CONTRACT,
        below: nothing,
        below_limit: nothing,
        above: nothing,
        above_limit: nothing,
        min_fill: 0,
        tip: TIP,
        starts_at: 0,
        expires_at: 0,
        interval_secs: 0,
        slices: 0,
        catch_up: 0,
    }
}

/// A trader, somebody after his orders, and a provider.
fn begin() -> Story {
    let stage = Stage::new().person("lp", 4_000_000).person("bob", 200_000).person("mallory", 2_000_000);
    let mut story = stage.start();
    story.provide("lp", -150, 150, 4_000_000);
    story.wait(60);
    story
}

#[track_caller]
fn place(story: &mut Story, name: &str, terms: Terms) {
    let (who, placing) = (story.who(name), Placing { terms, starts_at: None, expires_at: None });
    let act = OrderAct::Place { who, market: 0, number: None, placing, by: who };
    let _placed = story.play(Action::Order(act)).unwrap();
}

/// Mallory executes the first order of somebody. Returns base, quote and tip.
fn execute(story: &mut Story, name: &str) -> Result<(i64, i64, u64)> {
    let (who, by) = (story.who(name), story.who("mallory"));
    match story.play(Action::Order(OrderAct::Execute { who, number: None, by }))? {
        Done::OrderExecuted { base, quote, tip, .. } => Ok((base, quote, tip)),
        other => panic!("an execution that did {other:?}"),
    }
}

fn clean(story: &mut Story, name: &str) -> Result<Done> {
    let (who, by) = (story.who(name), story.who("mallory"));
    story.play(Action::Order(OrderAct::Clean { who, number: None, by }))
}

#[test]
fn a_push_of_a_slot_sets_off_no_stop() {
    let mut story = begin();
    story.buy("bob", 5.0);
    // A fifth of a percent below the index.
    let stop = Terms { flags: REDUCE_ONLY, below: usd(19_960.0), ..terms(Kind::Trigger, Side::Sell, 5) };
    place(&mut story, "bob", stop);
    let before = story.purse(&["mallory"]);
    story.sell("mallory", 70.0);
    assert!(story.premium() < -0.009);
    assert_eq!(execute(&mut story, "bob"), Err(Error::OrderNotDue));
    story.refresh();
    assert_eq!(execute(&mut story, "bob"), Err(Error::OrderNotDue));
    // A second later, the push still there.
    story.sleep(1);
    assert_eq!(execute(&mut story, "bob"), Err(Error::OrderNotDue));
    let cost = before - story.purse(&["mallory"]);
    println!("a push by {:+.4} for a second cost her {cost}, and Bob's stop stands", story.premium());
    assert!(cost > Usd::of(100));
    // Nor does one price far away, which is gone a second later.
    let mut story = begin();
    story.buy("bob", 5.0);
    place(&mut story, "bob", stop);
    story.price(19_500.0);
    story.sleep(1);
    assert_eq!(execute(&mut story, "bob"), Err(Error::OrderNotDue));
    story.refresh();
    story.price(20_000.0);
    story.sleep(1);
    story.refresh();
    assert_eq!(execute(&mut story, "bob"), Err(Error::OrderNotDue));
}

#[test]
fn beyond_the_marks_band_no_push_reaches_a_stop() {
    let mut story = begin();
    story.buy("bob", 5.0);
    // The band is half a percent, the stop a little further.
    let stop = Terms { flags: REDUCE_ONLY, below: usd(19_899.0), ..terms(Kind::Trigger, Side::Sell, 5) };
    place(&mut story, "bob", stop);
    let before = story.purse(&["mallory"]);
    story.sell("mallory", 70.0);
    for _ in 0..60 {
        story.wait(10);
        assert_eq!(execute(&mut story, "bob"), Err(Error::OrderNotDue));
    }
    let cost = before - story.purse(&["mallory"]);
    println!("ten minutes at {:+.4} cost her {cost}, and Bob's stop stands", story.premium());
    assert!(cost > Usd::of(1_000));
}

/// She buys in front of him up to his limit, executes, and sells what she bought behind.
#[test]
fn who_trades_in_front_of_an_execution_moves_it_to_its_limit_at_most() {
    let entry = |story: &mut Story| {
        let terms = Terms { above: usd(20_100.0), above_limit: usd(20_140.0), ..terms(Kind::Trigger, Side::Buy, 5) };
        place(story, "bob", terms);
        story.move_price(20_110.0);
    };
    let mut fair = begin();
    entry(&mut fair);
    let (_, unhindered, _) = execute(&mut fair, "bob").unwrap();

    let mut story = begin();
    entry(&mut story);
    let before = story.purse(&["mallory"]);
    story.buy("mallory", 4.0);
    let (base, quote, _) = execute(&mut story, "bob").unwrap();
    assert_eq!(base, 5 * CONTRACT as i64, "in whole, and worse");
    let hers = story.purse(&["mallory"]) - before;
    let his = Usd(unhindered - quote);
    let most = Usd::of(20_140 * 5) + Usd(unhindered);
    println!("Bob paid {his} more than alone, of {most} at most; she gained {hers}");
    assert!(-quote <= 20_140 * 5 * 1_000_000 && his <= most && hers < his);

    // Where she goes further nothing is left within his limit, and he waits.
    story = begin();
    entry(&mut story);
    story.buy("mallory", 20.0);
    assert_eq!(execute(&mut story, "bob"), Err(Error::LimitReached));
}

#[test]
fn crumbs_earn_what_one_fill_earns() {
    let mut story = begin();
    place(&mut story, "bob", Terms { below: usd(20_000.0), ..terms(Kind::Limit, Side::Buy, 5) });
    let (mut filled, mut earned, mut times) = (0, 0, 0);
    // She lets the curve down a little at a time, so that only a crumb fits within his limit.
    while filled < CONTRACT.cast_signed() {
        story.sell("mallory", 0.04);
        if let Ok((base, _, tip)) = execute(&mut story, "bob") {
            (filled, earned, times) = (filled + base, earned + tip, times + 1);
        }
    }
    let fair = TIP * filled.unsigned_abs() / (5 * CONTRACT);
    println!("{times} executions, at {FEE} lamports each, filled {filled} atoms and earned {earned} of {TIP}");
    assert!(times > 10 && earned == fair);
    // And Bob may say how small a crumb may be.
    let mut story = begin();
    let patient = Terms { below: usd(20_000.0), min_fill: CONTRACT, ..terms(Kind::Limit, Side::Buy, 5) };
    place(&mut story, "bob", patient);
    story.sell("mallory", 0.5);
    assert_eq!(execute(&mut story, "bob"), Err(Error::FillTooSmall));
}

#[test]
fn nobody_cleans_up_what_lives_and_what_is_dead_pays_little() {
    let mut story = begin();
    story.buy("bob", 5.0);
    let stop = Terms { flags: REDUCE_ONLY, below: usd(19_000.0), ..terms(Kind::Trigger, Side::Sell, 5) };
    place(&mut story, "bob", stop);
    // Whatever she does to the curve, Bob's position is Bob's.
    for contracts in [60.0, 120.0] {
        let _pushed = story.try_trade("mallory", Side::Sell, contracts);
        assert_eq!(clean(&mut story, "bob"), Err(Error::OrderAlive));
        let _back = story.try_trade("mallory", Side::Buy, contracts);
    }
    story.close("bob");
    assert_eq!(execute(&mut story, "bob"), Err(Error::OrderDead));
    let wallet = key("mallory").pubkey();
    let before = story.exchange().chain.account(&wallet).unwrap().lamports;
    let _cleaned = clean(&mut story, "bob").unwrap();
    let gained = story.exchange().chain.account(&wallet).unwrap().lamports - before;
    assert_eq!(gained, CLEANING_TIP - FEE);
    println!("of a tip of {TIP} lamports cleaning up earns {gained}, the transaction paid");
}
