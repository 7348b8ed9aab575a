//! Items 18 and 19 once more, for take-overs and deleveraging, and three attacks on the auction: a feed that sleeps
//! elsewhere, a window that somebody uses up, a cascade of one's own liquidations.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Error;

const ALL: u64 = u64::MAX;

/// Alice is long 4.75 contracts on 10,000 USD; Bob, who won them, is short as much; the curve is deep.
fn alice_and_bob() -> Story {
    let stage = Stage::new().person("lp", 2_000_000).person("alice", 10_000).person("bob", 100_000);
    let mut story = stage.person("keeper", 100).person("buyer", 200_000).person("mallory", 1_000_000).start();
    story.provide("lp", -200, 200, 8_000_000);
    story.sell("bob", 4.75);
    story.buy("alice", 4.75);
    story
}

/// An account that holds an atom in a market whose publishers sleep is flagged and liquidated like any other.
#[test]
fn a_sleeping_feed_elsewhere_delays_nothing() {
    let stage = Stage::new().two_markets().person("lp", 4_000_000).person("a", 11_000).person("b", 11_000);
    let mut story = stage.person("keeper", 100).person("buyer", 200_000).start();
    for market in [1, 0] {
        story.turn_to(market);
        story.provide("lp", -200, 200, 4_000_000);
    }
    story.turn_to(1);
    story.buy("a", 0.0001);
    story.turn_to(0);
    story.buy("a", 10.0);
    story.sell("b", 10.0);
    story.turn_to(1);
    story.silence();
    story.turn_to(0);
    story.wait(60);
    for usd in [19_600.0, 19_400.0] {
        story.move_price(usd);
    }
    story.flag("a").unwrap();
    story.liquidate("a", "keeper", 1_000_000_000).unwrap();
    story.take_over("a", "buyer", 1_000_000_000).unwrap();
    // What is not known stops only what is new: the owner's own trades, and whoever shares the doubt.
    assert_eq!(story.try_trade("a", keel_engine::Side::Sell, 1.0).unwrap_err(), Error::MarkStale);
}

/// Item 18: the index has left the mark behind. At the mark Bob would be closed out for less than his position is worth
/// now; he waits until the mark is there, and neither gains nor loses then.
#[test]
fn item_18_deleveraging_waits_for_a_lagging_mark() {
    let mut story = alice_and_bob();
    story.move_price(18_300.0);
    story.flag("alice").unwrap();
    story.wait(130);
    story.price(17_900.0);
    story.sleep(1);
    story.refresh();
    assert_eq!(story.deleverage("alice", "bob", "keeper", ALL), Err(Error::PricesApart));
    story.move_price(17_900.0);
    let before = story.wealth("bob");
    let base = story.deleverage("alice", "bob", "keeper", ALL).unwrap();
    println!("{base} base atoms close at mark; Bob had {before} and has {}", story.wealth("bob"));
    assert!((0..=1).contains(&(story.wealth("bob") - before).0));
    assert_eq!(story.position("bob").base, -4_750_000_000 - base, "a quarter at the most");
    assert!(base >= -4_750_000_000 / 4);
}

/// Item 19 for the new steps: crumbs are refused, and the smallest step allowed holds up no other kind of step.
#[test]
fn item_19_crumbs_of_take_overs_and_deleveraging_stall_nothing() {
    let mut story = alice_and_bob();
    story.move_price(18_350.0);
    story.flag("alice").unwrap();
    for crumb in [1, 1_000, 5_000_000] {
        assert_eq!(story.take_over("alice", "mallory", crumb), Err(Error::StepTooSmall));
    }
    story.take_over("alice", "mallory", 6_000_000).unwrap();
    story.liquidate("alice", "keeper", 20_000_000).unwrap();
    story.take_over("alice", "mallory", 6_000_000).unwrap();
    story.move_price(18_250.0);
    story.wait(130);
    for crumb in [1, 1_000, 5_000_000] {
        assert_eq!(story.deleverage("alice", "bob", "mallory", crumb), Err(Error::StepTooSmall));
    }
    story.deleverage("alice", "bob", "mallory", 6_000_000).unwrap();
    story.liquidate("alice", "keeper", ALL).unwrap();
}

/// Many small steps earn fewer tips than one: only a step of the size that the program allows has one.
#[test]
fn tips_are_not_farmed_in_slices() {
    let tips = |slice: u64| {
        let mut story = alice_and_bob();
        story.move_price(18_350.0);
        story.flag("alice").unwrap();
        let (mut steps, before) = (0, story.capital("buyer"));
        while steps < 20 && story.take_over("alice", "buyer", slice).is_ok() {
            steps += 1;
        }
        (steps, story.capital("buyer") - before)
    };
    let (whole, sliced) = (tips(ALL), tips(20_000_000));
    println!("whole steps and their tips {whole:?}, slices {sliced:?}");
    assert!(whole.1 >= Usd(500_000) && sliced == (20, Usd::ZERO));
}

/// The window's cap is used up by somebody's own liquidation: steps on the curve wait for the next window, take-overs do
/// not, and neither does who is deep under water.
#[test]
fn a_window_used_up_by_ones_own_liquidation() {
    let stage = Stage::new().with("window_cap_usd", 20_000).with("window_secs", 3_600).person("lp", 2_000_000);
    let stage = stage.person("alice", 10_000).person("griefer", 10_000).person("friend", 100).person("keeper", 100);
    let mut story = stage.person("buyer", 200_000).start();
    story.provide("lp", -200, 200, 8_000_000);
    story.buy("griefer", 4.75);
    story.buy("alice", 4.7);
    story.move_price(18_380.0);
    let before = story.purse(&["griefer", "friend"]);
    story.flag("griefer").unwrap();
    let mut used = 0;
    while story.liquidate("griefer", "friend", ALL).is_ok() {
        used += 1;
        story.wait(10);
    }
    let cost = before - story.purse(&["griefer", "friend"]);
    story.flag("alice").unwrap();
    assert_eq!(story.liquidate("alice", "keeper", ALL), Err(Error::WindowCapReached));
    story.take_over("alice", "buyer", ALL).unwrap();
    story.move_price(18_000.0);
    if story.account("alice").flagged_at == 0 {
        story.flag("alice").unwrap();
    }
    story.liquidate("alice", "keeper", ALL).unwrap();
    println!("{used} steps of the griefer's use the window up and cost {cost}");
    assert!(used > 0 && cost > Usd::ZERO);
}

/// Mallory lets accounts of her own be liquidated into the curve to push mark and price against Bob, who is near his
/// maintenance margin, with a short beside them and her own keeper. Her own steps cost her tips and insurance's part; what
/// it can gain her is what hunting Bob within the mark's band gains, his discount at the most.
#[test]
fn a_cascade_of_ones_own_liquidations() {
    let hers = ["m1", "m2", "m3", "short", "keeper"];
    let play = |cascade: bool| {
        let stage =
            Stage::new().person("lp", 4_000_000).person("bob", 10_400).person("m1", 10_000).person("m2", 10_000);
        let stage = stage.person("m3", 10_000).person("short", 200_000).person("keeper", 100_000);
        let mut story = stage.start();
        story.provide("lp", -150, 150, 1_500_000);
        story.buy("bob", 4.75);
        for account in ["m1", "m2", "m3"] {
            story.sell("short", 4.75);
            story.buy(account, 4.75);
        }
        let mut price = 18_600.0;
        while Usd(story.health("bob").excess()) > Usd::of(60) {
            price -= 10.0;
            story.move_price(price);
        }
        let before = story.purse(&hers);
        assert!(!story.health("bob").is_unhealthy());
        for account in ["m1", "m2", "m3"] {
            if cascade {
                let _pay = story.liquidate_fully(account, "keeper");
            } else {
                story.close(account);
                story.wait(10);
            }
        }
        let mut taken = 0;
        if story.flag("bob").is_ok() {
            story.wait(60);
            taken = story.take_over("bob", "keeper", ALL).unwrap_or(0);
        }
        (story.purse(&hers) - before, taken)
    };
    let ((gain, taken), (plain, _)) = (play(true), play(false));
    println!("a cascade gains {gain} and takes {taken} of Bob's base; closing the same accounts gains {plain}");
    let discount = Usd::of(18_500 * 475 / 100 / 100);
    assert!(gain < plain && plain < discount);
}
