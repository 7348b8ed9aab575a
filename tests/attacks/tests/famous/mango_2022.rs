//! Mango Markets, October 2022: about 114 million USD.
//!
//! With two accounts of 5 million USDC each, one man sold himself 483 million MNGO perpetuals at 3.8 cents, then bought
//! MNGO on three thin spot markets until the oracle read 91 cents. One account now showed a profit of hundreds of
//! millions that the other could never pay. Mango took it for collateral and lent him everybody's deposits against it.
//!
//! Here a long and a short account of one owner meet over the curve, and the index goes to 24 times what it was at once.
//! The long account tries to withdraw, to open more, to settle and release.
//!
//! What stops it: new risk and withdrawals count a price at the worst of mark, index and the slow `stable`, and profit that
//! is not settled at nothing; settled profit is a claim on the market's own pot, into which his short account has paid
//! what it had and no more; and a claim matures over half-lives of ten minutes.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::{Error, Side};

const HIS: [&str; 2] = ["long", "short"];

/// 200 contracts, four million dollars, from his right hand to his left.
fn sell_himself_a_position(story: &mut Story) {
    for _ in 0..4 {
        story.buy("long", 50.0);
        story.sell("short", 50.0);
        story.wait(1);
    }
    assert_eq!(story.position("long").base, -story.position("short").base);
}

fn stage() -> Stage {
    let stage = Stage::new()
        .with_exchange("outflow_floor_usd", 10_000_000)
        .with("oi_cap_usd", 1_000_000_000)
        .person("lp", 1_000_000)
        .person("saver", 10_000_000);
    stage.person("long", 500_000).person("short", 500_000)
}

#[test]
fn unrealised_profit_lends_nothing() {
    let mut story = stage().start();
    story.provide("lp", -100, 100, 4_000_000);
    let (his, lp) = (story.purse(&HIS), story.wealth("lp"));
    sell_himself_a_position(&mut story);

    story.move_price(480_000.0);
    let shown = story.wealth("long");
    println!("at 24 times the price his long account shows {shown}, his short one {}", story.wealth("short"));
    assert!(shown > Usd::of(90_000_000));

    // What Mango did next: lend against it.
    assert_eq!(story.withdraw("long", Usd::of(10_000_000)), Err(Error::InsufficientCapital));
    assert_eq!(story.withdraw("long", Usd::of(100_000)), Err(Error::InsufficientMargin));
    assert_eq!(story.try_trade("long", Side::Buy, 1.0), Err(Error::InsufficientMargin));
    // As a claim it is no better: nothing of it is mature, and the pot holds what the short account had.
    let _settled = story.settle("long").unwrap();
    let _settled = story.settle_other("saver", "short").unwrap();
    println!(
        "his claim is {}, the pot holds {}",
        Usd::from(story.position("long").unmatured),
        Usd::from(story.market().pot)
    );
    assert_eq!(story.release("long"), Err(Error::NothingToRelease));
    assert_eq!(story.withdraw("long", Usd::of(100_000)), Err(Error::InsufficientMargin));
    assert!(Usd::from(story.market().pot) <= Usd::of(500_000));

    // An hour later all of it is mature, and he closes.
    story.wait(3_600);
    let end = story.purse(&HIS);
    println!("he came with {his} and could leave with {end}: {}", end - his);
    assert!(end < his);
    assert!(story.wealth("lp") >= lp);
    story.withdraw("saver", Usd::of(10_000_000)).unwrap();
}

/// Even where profit matures at once, what he can take is what he put in.
#[test]
fn not_even_where_profit_is_mature_at_once() {
    let mut story = stage().with("profit_half_life_secs", 0).with("stable_speed_ppm_per_hour", 500_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    let his = story.purse(&HIS);
    sell_himself_a_position(&mut story);
    story.move_price(480_000.0);
    let _settled = story.settle("long").unwrap();
    let _settled = story.settle_other("saver", "short").unwrap();
    let paid = story.release("long");
    println!("released at once: {paid:?}");
    let end = story.purse(&HIS);
    println!("he came with {his} and could leave with {end}: {}", end - his);
    assert!(end < his);
    story.withdraw("saver", Usd::of(10_000_000)).unwrap();
}
