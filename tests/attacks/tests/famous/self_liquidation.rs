//! Liquidating oneself for the reward.
//!
//! Where a liquidator's bonus comes out of a common purse, or is larger than what the account still has, the owner of both
//! sides collects it: several lending protocols paid liquidation bonuses to the borrower's second wallet, and some let an
//! account push itself under water to do so.
//!
//! Here Mallory's account `victim` falls under maintenance, and her account `keeper` flags it and takes every step; once
//! while it can still pay, and once when it is bankrupt.
//!
//! What stops it: reward and tip come out of the liquidated account's own capital, beyond the tip never more than its
//! equity; a part of the discount goes to the market's insurance; the program computes every size; an account cannot name
//! itself. So the best that she can do is to close like everybody else.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Error;

const HERS: [&str; 2] = ["victim", "keeper"];

fn begin(deposit: u64) -> Story {
    let stage = Stage::new().person("lp", 2_000_000).person("victim", deposit).person("keeper", 1_000);
    let mut story = stage.person("stranger", 1_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("victim", 4.75);
    story.wait(10);
    story
}

#[test]
fn the_reward_is_ones_own_money() {
    // Closed by its owner at the same price.
    let mut closed = begin(10_000);
    closed.move_price(18_300.0);
    let alone = closed.purse(&HERS);

    let mut story = begin(10_000);
    story.move_price(18_300.0);
    assert_eq!(story.liquidate("victim", "victim", u64::MAX), Err(Error::SelfLiquidation));
    let pay = story.liquidate_fully("victim", "keeper");
    let after = story.purse(&HERS);
    println!("her keeper was paid {pay}; both hold {after} in the end, {alone} had she closed herself");
    assert!(pay > Usd::ZERO && after < alone);
}

/// A bankrupt account's tips are a keeper's pay for closing it, a few dollars whoever earns them, and no more.
#[test]
fn a_bankrupt_account_pays_tips_and_nothing_else() {
    let [own, foreign] = ["keeper", "stranger"].map(|keeper| {
        let mut story = begin(10_000);
        let before = story.purse(&HERS);
        story.move_price(17_000.0);
        assert!(story.wealth("victim") < Usd::ZERO);
        let pay = story.liquidate_fully("victim", keeper);
        let after = story.purse(&HERS);
        println!("{keeper} was paid {pay}; Mallory came with {before} and ends with {after}");
        assert!(after < before && pay < Usd::of(20));
        (after, pay)
    });
    assert_eq!(own.0 - foreign.0, own.1, "no more than a stranger would have got");
}
