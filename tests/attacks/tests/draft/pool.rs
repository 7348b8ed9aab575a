//! Item 12 and its kin: what may be tried against who has shares of the pool.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Error;

/// Half of every pool is honest.
const HALF: i64 = 1_000_000;

fn usd(dollars: i64) -> Usd {
    Usd::of(dollars)
}

/// A pool with a million of somebody honest, whose range reaches one percent to either side with three times that on
/// each; Mallory in three accounts, and a keeper.
fn stage() -> Stage {
    let stage = Stage::new().with("interest_ppm", 0).with("oi_cap_usd", 100_000_000).pool(100, 3.0, 10_000_000);
    let stage = stage.with_exchange("cooldown_secs", 3_600).with_exchange("redeem_window_secs", 3_600);
    stage.person("honest", 5_000_000).person("mallory", 20_000_000).person("trader", 5_000_000).person("keeper", 1_000)
}

fn pool() -> Story {
    let mut story = stage().start();
    let _shares = story.join("honest", usd(HALF));
    let _rolled = story.roll("keeper").unwrap();
    story
}

const HERS: [&str; 2] = ["mallory", "trader"];

/// (a) with its numbers: buy to 1.0099, and nobody rolls the range to there. Within `rebalance_tol`, where the range is
/// rolled and becomes three times as deep, the way back costs more than that brings.
#[test]
fn item_12_a_rebalancing_in_front_of_ones_way_back() {
    let mut story = pool();
    let before = story.purse(&HERS);
    let bought = story.buy("trader", 60.0);
    println!("{} contracts take the curve to {:+.4}", 60.0, story.premium());
    story.wait(60);
    let _deeper = story.join("honest", usd(2 * HALF));
    assert_eq!(story.roll("keeper"), Err(Error::CurveOffCentre));
    let sold = story.close("trader");
    println!("there {:?}, back {:?}", bought, sold);
    println!("she gains {} without a rebalancing", story.purse(&HERS) - before);
    assert!(story.purse(&HERS) < before);

    let before = story.purse(&HERS);
    let bought = story.buy("trader", 25.0);
    let pushed = story.premium();
    story.wait(60);
    let (deeper, ..) = story.roll("keeper").unwrap();
    let sold = story.close("trader");
    println!(
        "at {pushed:+.5} rolled to {deeper}: there {:?}, back {:?}, left at {:+.5}",
        bought,
        sold,
        story.premium()
    );
    let gain = story.purse(&HERS) - before;
    println!("she gains {gain} by it");
    assert!(pushed < 0.002 && gain < Usd::ZERO);
}

/// The sandwich of the value: she owns nine tenths of the pool, pushes the curve to one side, comes in or leaves with more,
/// and takes the push back.
#[test]
fn the_value_is_not_sandwiched_by_pushing_the_curve() {
    for contracts in [140.0, -140.0] {
        let mut story = pool();
        let _shares = story.join("mallory", usd(9 * HALF));
        story.wait(60);
        let _rolled = story.roll("keeper").unwrap();
        let (purse, price) = (story.purse(&HERS), story.share_price());
        let number = story.ask_in("mallory", usd(HALF)).unwrap();
        let tenth = story.shares("mallory") / 10;
        let _asked = story.ask_out("mallory", Some(tenth)).unwrap();
        story.rest(3_600);
        if contracts > 0.0 {
            let _pushed = story.buy("trader", contracts);
        } else {
            let _pushed = story.sell("trader", -contracts);
        }
        let low = story.share_price();
        let _came = story.bring_in(Some(number), "keeper").unwrap();
        let (paid, _) = story.pay_out("keeper").unwrap();
        let _back = story.close("trader");
        let gain = story.purse(&HERS) - purse;
        println!("{contracts}: the curve pushed by {:+.4}, a share from {price:.6} to {low:.6}", story.premium());
        println!("  {paid} left in the middle; she gains {gain}; a share is worth {:.6}", story.share_price());
        // The push's fees make up for what the pool owed, at most, and nobody's share is worth less after it all.
        assert!(low <= price * 1.000_001 && gain < Usd::ZERO && story.share_price() >= price);
    }
}

/// (b) The index jumps by 5% in the pool's favour, and the mark has not followed: who comes in at once pays for the gain.
#[test]
fn item_12_b_a_jump_that_the_mark_has_not_seen() {
    let mut story = pool();
    // The pool is long 400,000 USD.
    let _sold = story.sell("trader", 20.0);
    story.wait(600);
    let number = story.ask_in("mallory", usd(HALF)).unwrap();
    story.wait(60);
    let value = story.value();
    story.price(21_000.0);
    story.sleep(1);
    story.refresh();
    let jumped = story.value();
    println!("high from {} to {} USD, low from {} to {}", value.high, jumped.high, value.low, jumped.low);
    // The mark is where it was; the high value knows the jump, the low one does not.
    assert!(story.market().mark < story.market().index);
    let (shares, _) = story.bring_in(Some(number), "mallory").unwrap();
    story.wait(60);
    let followed = story.value();
    println!(
        "{shares} shares for a million; once the mark has followed the pool is worth {} to {}",
        followed.low, followed.high
    );
    // As many as she would have got after the mark has followed, but for what both sides of the value are apart.
    let fair = 1e12 * (HALF as f64 * 1e6 + 1e6) / ((followed.high as f64 - 1e12) + 1e6);
    println!("{fair} would be fair");
    assert!((shares as f64) < fair * 1.000_5);
    let before = story.purse(&["honest"]);
    assert!(before >= usd(5_000_000), "honest is left with {before}");
}

/// The same as (b) with a price that nobody has brought yet: a request is not executed at prices older than a trade's.
#[test]
fn a_request_is_no_option_on_a_price_that_nobody_has_brought() {
    let mut story = pool();
    let _sold = story.sell("trader", 20.0);
    story.wait(600);
    let number = story.ask_in("mallory", usd(HALF)).unwrap();
    let _asked = story.ask_out("honest", None).unwrap();
    story.rest(3_600);
    story.price(20_200.0);
    story.sleep(3);
    assert_eq!(story.bring_in(Some(number), "mallory"), Err(Error::PriceStale));
    assert_eq!(story.pay_out("mallory"), Err(Error::PriceStale));
}

/// (c) Who has asked to leave is paid when it is time, by anybody: whether that suits him or not, and he cannot take it
/// back then.
#[test]
fn item_12_c_a_request_to_leave_is_no_option() {
    let mut story = pool();
    let _shares = story.join("mallory", usd(HALF));
    let number = story.ask_out("mallory", None).unwrap();
    story.rest(3_600);
    let take_back = |story: &mut Story| story.cancel_redeem("mallory", number);
    assert_eq!(take_back(&mut story), Err(Error::RequestNotReady));
    let (paid, rest) = story.pay_out("keeper").unwrap();
    println!("{paid} paid by somebody else, {rest} shares wait");
    assert!(rest == 0 && paid <= usd(HALF));
    assert_eq!(story.pay_out("keeper"), Err(Error::AccountMissing));
}

/// The first depositor: one dollar, whatever she can think of to make her share dear, and then a thousand of somebody
/// honest.
#[test]
fn the_first_share_is_not_inflated() {
    let stage = Stage::new().with_exchange("min_request_usd", 1).pool(100, 3.0, 1_000_000);
    let mut story = stage.person("mallory", 3_000_000).person("victim", 10_000).person("keeper", 1_000).start();
    let _shares = story.join("mallory", usd(1));
    // Money into the pool's account, from outside and from a margin account, and past the program.
    assert_eq!(story.try_deposit("pool", usd(1_000_000)), Err(Error::ClosedToDeposits));
    assert_eq!(story.try_transfer("mallory", "pool", usd(1_000_000)), Err(Error::NotSameOwner));
    story.donate("mallory", usd(1_000_000));
    assert_eq!(story.value().low, 1_000_000);
    // Nothing of a dollar is quoted, so she has to be the larger part of the pool to lose to it.
    let shares = story.join("mallory", usd(1_000_000));
    let _rolled = story.roll("keeper").unwrap();
    for _ in 0..40 {
        let _there = story.buy("mallory", 100.0);
        let _back = story.close("mallory");
        story.wait(1);
    }
    let _collected = story.collect_pool().unwrap();
    story.rest(40_000);
    let _collected = story.collect_pool();
    println!(
        "a share is worth {:.6} after {} of losses",
        story.share_price(),
        usd(3_000_000) - story.purse(&["mallory"])
    );
    let bought = story.join("victim", usd(1_000));
    let worth = story.purse(&["victim"]);
    println!("{bought} shares beside {shares}; the victim has {worth} of 10000 USD");
    assert!(story.share_price() > 1.0 && worth > usd(9_995));
}

/// Requests to leave that are worth nothing, in front of somebody honest: each is skipped by one instruction, which its
/// own tip pays for.
#[test]
fn a_queue_of_atoms_delays_nobody() {
    let mut story = pool();
    let _shares = story.join("mallory", usd(100));
    let row: Vec<u64> = (0..12).map(|_| story.ask_out("mallory", Some(1)).unwrap()).collect();
    let _honest = story.ask_out("honest", None).unwrap();
    for number in &row[6..] {
        story.cancel_redeem("mallory", *number).unwrap();
    }
    story.rest(3_600);
    let (mut calls, mut paid) = (0, Usd::ZERO);
    while paid < usd(100_000) {
        paid = story.pay_out("keeper").unwrap().0;
        calls += 1;
    }
    println!("{calls} instructions until {paid} are paid");
    assert_eq!(calls, 13);
}

/// Somebody pins the pool's margin: its position stands at the cap, and the market takes no more. Who asks to leave is paid
/// from what rebalancings free; and where nobody rebalances he has his shares back when his time is over.
#[test]
fn nobody_is_held_longer_than_cooldown_and_window() {
    for keepers in [true, false] {
        let mut story = stage().person("whale", 20_000_000).start();
        let _shares = story.join("honest", usd(HALF));
        if keepers {
            // Somebody else's depth, against which the pool's position can be reduced.
            story.provide("mallory", -1_000, 1_000, 20_000_000);
        }
        let _rolled = story.roll("keeper").unwrap();
        let _bought = story.buy("whale", 140.0);
        story.wait(600);
        let (asked, began) = (story.shares("honest"), story.now().unix);
        let _number = story.ask_out("honest", None).unwrap();
        story.rest(3_600);
        let (mut got, mut rolls) = (Usd::ZERO, 0);
        // Once it is time, anybody tries again and again.
        while story.shares("honest") == 0 && story.pool().redeem_head != story.pool().redeem_tail {
            if keepers {
                rolls += u64::from(story.roll("keeper").is_ok());
            }
            if let Ok((paid, _)) = story.pay_out("keeper") {
                got = got + paid;
            }
            story.wait(60);
        }
        let took = story.now().unix - began;
        let (kept, left) = (story.shares("honest"), story.value().low);
        println!(
            "keepers {keepers}: {got} paid and {kept} of {asked} shares back after {took} s and {rolls} rolls; {left} left"
        );
        assert!(took <= 2 * 3_600 + 60);
        assert!(keepers || kept != 0 || got > Usd::ZERO);
    }
}

/// Tips: she moves the curve to and fro to have the range rolled, and is the keeper.
#[test]
fn rebalancings_are_not_farmed() {
    let mut story = stage().pool(100, 3.0, 500_000).start();
    let _shares = story.join("honest", usd(HALF));
    let _rolled = story.roll("keeper").unwrap();
    let before = story.purse(&["mallory", "trader", "keeper"]);
    let (mut tips, mut rolls) = (Usd::ZERO, 0);
    for _ in 0..40 {
        let _there = story.buy("trader", 4.0);
        story.wait(61);
        if let Ok((.., tip)) = story.roll("keeper") {
            (tips, rolls) = (tips + tip, rolls + 1);
        }
        let _back = story.close("trader");
        story.wait(61);
        if let Ok((.., tip)) = story.roll("keeper") {
            (tips, rolls) = (tips + tip, rolls + 1);
        }
    }
    let gain = story.purse(&["mallory", "trader", "keeper"]) - before;
    println!("{tips} in {rolls} tips, and {gain} in all");
    assert!(rolls > 10 && gain < Usd::ZERO);
}

/// (d) A deposit right before the pool takes something over at the largest discount: who comes in shares the discount with
/// who is there, and the risk. What he gets is his part of it at most, and nobody's share falls.
#[test]
fn item_12_d_a_deposit_in_front_of_the_backstop() {
    let mut story = stage().person("gambler", 30_000).start();
    let _shares = story.join("honest", usd(HALF));
    story.provide("mallory", -1_000, 1_000, 20_000_000);
    let _long = story.buy("gambler", 20.0);
    story.wait(30);
    story.move_price(18_950.0);
    story.flag("gambler").unwrap();
    story.wait(80);
    let number = story.ask_in("trader", usd(4 * HALF)).unwrap();
    story.wait(5);
    let before = (story.purse(&["trader"]), story.share_price());
    let _came = story.bring_in(Some(number), "trader").unwrap();
    let base = story.backstop("gambler", "keeper", u64::MAX);
    let Ok(base) = base else { panic!("{base:?}: {:?}", story.health("gambler")) };
    let notional = base.unsigned_abs() as f64 * 18_950.0 / 1e9;
    let gain = story.purse(&["trader"]) - before.0;
    println!("{base} taken over, worth {notional:.0} USD; who came in in front of it gains {gain}");
    println!("a share is worth {:.6}, and was {:.6}", story.share_price(), before.1);
    assert!(gain.dollars() <= notional * 0.01 * 0.8 && story.share_price() >= before.1 * 0.999_9);
}
