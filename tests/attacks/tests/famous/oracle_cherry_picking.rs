//! Oracle cherry-picking: the taker brings the price.
//!
//! On a chain where a transaction carries its own oracle update, whoever sends it chooses among all updates that are still
//! valid, and whoever reads the publisher faster than the chain knows the next price. Synthetix fought traders who ran
//! ahead of its oracle all through 2019, and in the end made every trade wait for the price after it.
//!
//! Here Mallory holds two signed updates, 20,000 and 20,100. She buys at the one and sells at the other: in one
//! transaction, a second apart, and again and again with updates of one and the same second.
//!
//! What stops it: an update counts only if it was published strictly later than the last one taken, and a fill uses, of
//! the index now and every index in force during the last `guard_secs`, the worst for the taker. With the guard off it
//! pays, and without the fee on depth it pays more.

use keel_attacks::{Move, Stage, Story, Usd};

/// Old and new price: half a percent apart.
const OLD: f64 = 20_000.0;
const NEW: f64 = 20_100.0;
/// A million dollars' worth.
const SIZE: f64 = 50.0;

fn begin(stage: Stage) -> Story {
    let mut story = stage.person("lp", 2_000_000).person("mallory", 200_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.wait(60);
    story
}

fn without_guard() -> Stage {
    Stage::new().with("guard_secs", 0)
}

fn without_guard_and_depth_fee() -> Stage {
    without_guard().with("depth_weight_ppm", 0)
}

/// What Mallory gains by what she does.
fn gain(mut story: Story, plan: impl FnOnce(&mut Story)) -> Usd {
    let before = story.purse(&["mallory"]);
    plan(&mut story);
    story.price(OLD);
    story.purse(&["mallory"]) - before
}

fn both_in_one_transaction(story: &mut Story) {
    story.sleep(2);
    let old = Move::Post { usd: OLD, secs_ago: 2 };
    let new = Move::Post { usd: NEW, secs_ago: 0 };
    story.together(&[old, Move::Buy("mallory", SIZE), new, Move::Sell("mallory", SIZE)]).unwrap();
}

fn a_second_apart(story: &mut Story) {
    story.sleep(2);
    story.together(&[Move::Post { usd: OLD, secs_ago: 1 }, Move::Buy("mallory", SIZE)]).unwrap();
    story.sleep(1);
    story.together(&[Move::Post { usd: NEW, secs_ago: 0 }, Move::Sell("mallory", SIZE)]).unwrap();
}

#[test]
fn two_prices_in_one_transaction() {
    let kept = gain(begin(Stage::new()), both_in_one_transaction);
    let unguarded = gain(begin(without_guard()), both_in_one_transaction);
    let bare = gain(begin(without_guard_and_depth_fee()), both_in_one_transaction);
    println!("in one transaction: {kept}; without the guard {unguarded}; without guard and depth fee {bare}");
    assert!(kept < Usd::of(-1_000) && bare > Usd::of(3_000) && unguarded < bare);
}

#[test]
fn two_prices_a_second_apart() {
    let kept = gain(begin(Stage::new()), a_second_apart);
    let unguarded = gain(begin(without_guard()), a_second_apart);
    let bare = gain(begin(without_guard_and_depth_fee()), a_second_apart);
    println!("a second apart: {kept}; without the guard {unguarded}; without guard and depth fee {bare}");
    assert!(kept < Usd::of(-1_000) && bare > Usd::of(3_000) && unguarded < bare);
}

/// A, B, A, B of one second, even with neither guard nor depth fee: only the first of them is ever taken.
#[test]
fn ping_pong_within_a_second() {
    let mut story = begin(without_guard_and_depth_fee());
    let before = story.purse(&["mallory"]);
    story.sleep(1);
    for _ in 0..5 {
        let low = Move::Post { usd: OLD, secs_ago: 0 };
        let high = Move::Post { usd: NEW, secs_ago: 0 };
        story.together(&[low, Move::Buy("mallory", SIZE)]).unwrap();
        let index = story.market().index;
        story.together(&[high, Move::Sell("mallory", SIZE)]).unwrap();
        assert_eq!(story.market().index, index);
    }
    let gain = story.purse(&["mallory"]) - before;
    println!("five times there and back between two prices of one second: {gain}");
    assert!(gain < Usd::of(-1_000));
}

/// Rises below and above the fee of a round trip: with the guard none of them pays, one after the other.
#[test]
fn no_rise_is_small_or_large_enough() {
    for rise in [5.0, 10.0, 20.0, 40.0, 100.0, 200.0] {
        let kept = gain(begin(Stage::new()), |story| {
            story.sleep(2);
            story.together(&[Move::Post { usd: OLD, secs_ago: 1 }, Move::Buy("mallory", SIZE)]).unwrap();
            story.sleep(1);
            story.together(&[Move::Post { usd: OLD + rise, secs_ago: 0 }, Move::Sell("mallory", SIZE)]).unwrap();
        });
        println!("a rise of {rise} USD: {kept}");
        assert!(kept < Usd::of(-1_000));
    }
}
