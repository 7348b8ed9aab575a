//! Just-in-time liquidity: all of the fee, none of the risk.
//!
//! On Ethereum bots add a huge range around the price in front of a large swap and remove it right behind it, in one
//! block. They earn nearly all of its fee and what the taker pays beyond the index; the providers who stood there all day
//! earn what is left.
//!
//! Here Mallory sees Alice's order of 600,000 USD coming, adds twenty times the honest depth in front of it, and removes it
//! behind it: in one transaction, and with transactions of one slot.
//!
//! What stops it: a range lives at least `min_range_slots`, ten seconds by default, in which the index moves and anyone may
//! trade against it. With the rule off it pays.

use keel_attacks::{Move, Stage, Story, Usd};
use keel_engine::Error;

fn begin(stage: Stage) -> Story {
    let stage = stage.person("lp", 1_000_000).person("mallory", 1_000_000).person("alice", 100_000);
    let mut story = stage.person("bob", 100_000).start();
    story.provide("lp", -100, 100, 1_000_000);
    story.wait(60);
    story
}

/// Added in front of Alice and Bob, removed behind them; their trades are whole either way.
const PLAN: [Move; 4] = [
    Move::Provide("mallory", -10, 10, 2_000_000),
    Move::Buy("alice", 20.0),
    Move::Sell("bob", 20.0),
    Move::Remove("mallory"),
];

#[test]
fn in_and_out_around_somebody_elses_trade() {
    let mut story = begin(Stage::new());
    let before = story.purse(&["mallory"]);
    assert_eq!(story.together(&PLAN), Err(Error::RangeTooYoung));
    assert_eq!(story.purse(&["mallory"]), before);

    let mut without = begin(Stage::new().with("min_range_slots", 0));
    let before = without.purse(&["mallory"]);
    without.together(&PLAN).unwrap();
    let gain = without.purse(&["mallory"]) - before;
    println!("refused; with min_range_slots 0 it earns {gain} in one slot and without any risk");
    assert!(gain > Usd::of(100));
}

/// A slot at a time: the range must stay for 25 slots, ten seconds, and meanwhile somebody takes the other side.
#[test]
fn a_slot_later_is_too_early_as_well() {
    let mut story = begin(Stage::new());
    story.provide("mallory", -10, 10, 2_000_000);
    story.buy("alice", 20.0);
    for _ in 0..9 {
        assert_eq!(story.remove("mallory"), Err(Error::RangeTooYoung));
        story.wait(1);
    }
    assert_eq!(story.remove("mallory"), Err(Error::RangeTooYoung));
    // In those seconds the index moves by a fifth of a percent, and her fees are gone.
    let with_fees = story.wealth("mallory");
    story.move_price(20_040.0);
    story.remove("mallory").unwrap();
    println!("with her fees she had {with_fees}; ten seconds of risk made it {}", story.wealth("mallory"));
    assert!(story.wealth("mallory") < Usd::of(1_000_000));
}
