//! Items 13 and 19: flags that went stale, sandwiches, stalling.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::{Error, Side};

fn long_of_95_000() -> Story {
    let stage = Stage::new().person("lp", 2_000_000).person("alice", 10_000).person("keeper", 100);
    let mut story = stage.person("mallory", 1_000_000).start();
    story.provide("lp", -200, 200, 8_000_000);
    story.buy("alice", 4.75);
    story
}

/// Flagged at a dip, recovered, untouched for hours: at the next dip the discount begins anew.
#[test]
fn item_13_a_stale_flag_is_a_new_one() {
    let step = |early_flag: bool, secs: u64| {
        let mut story = long_of_95_000();
        if early_flag {
            story.move_price(18_450.0);
            story.flag("alice").unwrap();
            story.move_price(20_000.0);
        }
        story.wait(7_200);
        story.move_price(18_450.0);
        if !early_flag {
            story.flag("alice").unwrap();
        }
        story.wait(secs);
        let before = story.wealth("alice");
        let pay = story.liquidate("alice", "keeper", u64::MAX).unwrap();
        (pay, before - story.wealth("alice"))
    };
    let (stale, fresh, late) = (step(true, 1), step(false, 1), step(false, 70));
    println!(
        "with a flag of two hours ago the step costs {}, with a new one {}, at the largest discount {}",
        stale.1, fresh.1, late.1
    );
    assert!(stale.0.distance(fresh.0) < Usd(1_000) && stale.1.distance(fresh.1) < Usd(1_000));
    assert!(late.1.0 > 5 * stale.1.0);
}

/// A recovered account is not touched although its flag is still there.
#[test]
fn item_13_no_step_on_an_account_that_has_recovered() {
    let mut story = long_of_95_000();
    story.move_price(18_450.0);
    story.flag("alice").unwrap();
    story.move_price(18_700.0);
    assert_eq!(story.liquidate("alice", "keeper", u64::MAX), Err(Error::AccountHealthy));
}

/// A friend's steps of one atom stall nothing.
#[test]
fn item_19_stalling_with_crumbs() {
    let mut story = long_of_95_000();
    story.move_price(18_450.0);
    story.flag("alice").unwrap();
    story.wait(5);
    for crumb in [1, 1_000, 1_000_000, 5_000_000] {
        assert_eq!(story.liquidate("alice", "mallory", crumb), Err(Error::StepTooSmall));
    }
    story.liquidate("alice", "keeper", u64::MAX).unwrap();
}

/// A sandwich around a step: the liquidated account loses the discount, as it would have anyway, and at most the taker's
/// fee on top, for which the step's size leaves room; and the sandwich does not pay.
#[test]
fn item_19_a_sandwich_takes_nothing_from_the_liquidated() {
    let play = |contracts: f64| {
        let mut story = long_of_95_000();
        story.move_price(18_450.0);
        story.flag("alice").unwrap();
        story.wait(65);
        let (alice, mallory) = (story.wealth("alice"), story.purse(&["mallory"]));
        if contracts > 0.0 {
            story.sell("mallory", contracts);
        }
        let step = story.liquidate("alice", "keeper", u64::MAX);
        let mut loss = alice - story.wealth("alice");
        if contracts > 0.0 {
            story.close("mallory");
        }
        if step.is_err() {
            loss = Usd::ZERO;
        }
        (step, loss, story.purse(&["mallory"]) - mallory)
    };
    let (alone, plain, _) = play(0.0);
    println!("alone: {alone:?}, Alice loses {plain}");
    for contracts in [20.0, 60.0, 100.0] {
        let (step, loss, gain) = play(contracts);
        println!("behind {contracts} contracts: {step:?}, Alice loses {loss}, Mallory gains {gain}");
        // The step closes a quarter of 4.75 contracts at 18,450; the largest fee is 0.3%.
        assert!(
            loss <= plain + Usd::of(18_450 * 475 / 400 * 3 / 1_000),
            "a sandwich costs Alice {} more",
            loss - plain
        );
        assert!(gain < Usd::ZERO, "a sandwich pays {gain}");
    }
}

/// A keeper who sandwiches his own step earns less than one who just takes it, whatever he trades and however late it is.
#[test]
fn item_19_a_keepers_own_sandwich_earns_less_than_none() {
    let hers = ["mallory", "keeper"];
    let play = |contracts: f64, secs: u64| {
        let stage = Stage::new().person("lp", 4_000_000).person("alice", 80_000).person("keeper", 100);
        let mut story = stage.person("mallory", 1_000_000).start();
        story.provide("lp", -200, 200, 8_000_000);
        story.buy("alice", 38.0);
        story.move_price(18_450.0);
        story.flag("alice").unwrap();
        story.wait(secs);
        let before = story.purse(&hers);
        if contracts > 0.0 {
            story.sell("mallory", contracts);
        }
        story.liquidate("alice", "keeper", u64::MAX).unwrap();
        story.purse(&hers) - before
    };
    for secs in [5, 35, 70] {
        let plain = play(0.0, secs);
        for contracts in [2.0, 10.0, 40.0] {
            let sandwich = play(contracts, secs);
            println!("{secs} seconds after the flag: {plain} without, {sandwich} behind {contracts} contracts of hers");
            assert!(sandwich < plain);
        }
    }
}

/// Holding the curve down stops the steps of an account for a while, and costs more than it saves.
#[test]
fn item_19_holding_the_curve_down() {
    let mut story = long_of_95_000();
    let before = story.purse(&["alice", "mallory"]);
    let mut plain = long_of_95_000();
    plain.move_price(18_450.0);
    let _pay = plain.liquidate_fully("alice", "keeper");
    let without = plain.purse(&["alice", "mallory"]);
    story.move_price(18_450.0);
    story.flag("alice").unwrap();
    for _ in 0..60 {
        if story.try_trade("mallory", Side::Sell, 5.0).is_err() {
            break;
        }
    }
    let mut refused = 0;
    while story.liquidate("alice", "keeper", u64::MAX).is_err() {
        refused += 1;
        story.wait(10);
        assert!(refused < 100, "stalled for ever");
    }
    let after = story.purse(&["alice", "mallory"]);
    println!("stalled for {} seconds; {} against {} without", refused * 10, after - before, without - before);
    assert!(after < without);
}
