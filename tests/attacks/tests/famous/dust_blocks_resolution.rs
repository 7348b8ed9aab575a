//! Dust that blocks a resolution.
//!
//! Bankruptcy procedures that wait for an account to be empty have been held up with an atom: a deposit of one unit after
//! the auction began, a position too small to be closed, a token that arrived late. While the account is not resolved its
//! hole is nobody's, and in some protocols nobody could withdraw.
//!
//! Here Mallory's account is bankrupt in BTC and holds an atom of SOL, a dust claim there that is still maturing, and
//! strangers send it an atom of USDC at every step.
//!
//! What stops it: a step of a liquidation takes dust with it, a deposit that does not cure changes nothing, `resolve`
//! collects what there is elsewhere and does not wait for less than `min_step_usd`.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::curve::Exact;
use keel_engine::trade::Order;
use keel_engine::{Error, Side};

fn bankrupt(dust: u64) -> Story {
    let stage = Stage::new().two_markets().person("lp", 4_000_000).person("mallory", 10_000).person("winner", 50_000);
    let mut story = stage.person("keeper", 1_000).start();
    for market in [1, 0] {
        story.turn_to(market);
        story.provide("lp", -100, 100, 4_000_000);
    }
    story.turn_to(1);
    let exact = Exact::Base(dust);
    let order = Order { side: Side::Buy, exact, limit: None, reduce_only: false, all_or_nothing: false };
    let fill = story.ask("mallory", order);
    println!("{dust} atoms of SOL: {fill:?}");
    story.turn_to(0);
    story.buy("mallory", 8.0);
    story.sell("winner", 8.0);
    story.wait(10);
    // The price falls by 10%: a loss of 16,000 on 10,000.
    story.move_price(18_000.0);
    story
}

#[test]
fn an_atom_elsewhere_and_an_atom_at_every_step() {
    for dust in [1, 1_000, 4_000_000] {
        let mut story = bankrupt(dust);
        let lp = story.capital("lp");
        story.flag("mallory").unwrap();
        let mut steps = 0;
        while story.position("mallory").base != 0 {
            story.deposit("mallory", Usd(1));
            story.liquidate("mallory", "keeper", u64::MAX).unwrap();
            steps += 1;
            story.wait(1);
        }
        story.turn_to(1);
        while story.position("mallory").base != 0 {
            story.deposit("mallory", Usd(1));
            story.liquidate("mallory", "keeper", u64::MAX).unwrap();
            steps += 1;
            story.wait(1);
        }
        story.turn_to(0);
        story.deposit("mallory", Usd(1));
        let resolved = story.resolve("mallory").unwrap();
        println!("{dust} atoms of SOL: {steps} steps, then {resolved:?}");
        // The atoms that the dust itself lost are owed in its own market.
        story.turn_to(1);
        if !story.position("mallory").is_empty() {
            let _resolved = story.resolve("mallory").unwrap();
        }
        assert_eq!(story.market().uncovered, 0);
        story.turn_to(0);
        assert_eq!((story.market().uncovered, story.capital("mallory")), (0, Usd::ZERO));
        assert_eq!(story.resolve("mallory"), Err(Error::AccountNotFlagged));
        assert_eq!(story.capital("lp"), lp);
        // The winner is paid what Mallory had, and everybody's capital is there.
        let winner = story.purse(&["winner"]);
        println!("the winner ends with {winner}");
        assert!(winner > Usd::of(58_000));
    }
}

/// A profit of 90 USD in SOL, closed a moment before the end: less than `min_step_usd`, and still maturing.
#[test]
fn a_dust_claim_that_is_still_maturing() {
    let mut story = bankrupt(1_000_000_000);
    story.turn_to(1);
    story.move_price(20_080.0);
    story.flag("mallory").unwrap();
    story.close("mallory");
    println!("a claim of {} in SOL", Usd::from(story.position("mallory").unmatured));
    assert!(story.position("mallory").unmatured > 0 && Usd::from(story.position("mallory").unmatured) < Usd::of(100));
    story.turn_to(0);
    while story.position("mallory").base != 0 {
        story.liquidate("mallory", "keeper", u64::MAX).unwrap();
        story.wait(1);
    }
    let resolved = story.resolve("mallory").unwrap();
    println!("resolved at once: {resolved:?}");
    assert_eq!((story.market().uncovered, story.account("mallory").flagged_at), (0, 0));
}
