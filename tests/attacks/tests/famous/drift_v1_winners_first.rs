//! Drift v1, May 2022: 8.7 million USD left in twelve hours, and the last in line would have got nothing.
//!
//! While LUNA fell from 10 dollars to half a dollar, Drift v1 paid winners from the vault of everybody's collateral before
//! the losers had been settled. Who closed first was paid in full, the vault went from 13.7 to 4.9 million, and trading
//! was halted before the rest found it empty; the team made the holders whole.
//!
//! Here two winners have gained 1,000 each and the loser had 1,000 to lose. The first hurries: he settles at once and
//! takes what he can whenever he can. The second comes an hour later.
//!
//! What stops it: winners are paid from their own market's pot at `h = min(1, pot / claims, 1 - shortfall / claims)`, in
//! which what losers owe and could not pay counts from the moment it is known, and anyone may settle the other winners
//! while something is short. So order does not matter.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Error;
use keel_simulator::Action;

/// Two winners of about 1,000 each, and a loser of 2,000 who had 1,000.
fn jump() -> Story {
    let stage = Stage::new().person("lp", 1_000_000).person("first", 10_000).person("second", 10_000);
    let mut story = stage.person("loser", 1_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("first", 0.45);
    story.buy("second", 0.45);
    story.sell("loser", 0.9);
    story.move_price(22_222.0);
    story
}

/// What each of the two winners has gained when all is over.
fn gains(story: &mut Story, order: [&str; 2]) -> [Usd; 2] {
    let liquidated = story.liquidate_fully("loser", "lp");
    println!("the loser is liquidated for {liquidated} and owes {}", story.wealth("loser"));
    story.wait(7_200);
    for name in order {
        story.close(name);
        story.wait(5);
    }
    story.wait(36_000);
    for name in order {
        story.release(name).unwrap();
    }
    ["first", "second"].map(|name| story.capital(name) - Usd::of(10_000))
}

/// One of the two settles at once, settles the loser, and tries every minute for an hour to take all of his claim.
fn hurry(who: &'static str) -> [Usd; 2] {
    let mut story = jump();
    let claim = story.wealth(who) - Usd::of(10_000);
    let _settled = story.settle(who).unwrap();
    let _settled = story.settle_other(who, "loser").unwrap();
    let at_once = claim.min(story.market().pot.into());
    println!(
        "{who} hurries: his profit is {claim}; first come, first served would pay him {at_once}, and nothing is left"
    );
    assert!(at_once > Usd::of(900));
    let place = if who == "first" { 1 } else { 2 };
    for _ in 0..60 {
        story.wait(60);
        let all_of_it = Action::Release { who: place, market: 0, min_ratio_ppm: 1_000_000 };
        assert_eq!(story.play(all_of_it), Err(Error::PayoutRatioTooLow));
    }
    gains(&mut story, if who == "first" { ["first", "second"] } else { ["second", "first"] })
}

#[test]
fn winners_share_whoever_comes_first() {
    let [first, second] = hurry("first");
    let [late, early] = hurry("second");
    println!("first in a hurry: {first} and {second}; second in a hurry: {late} and {early}");
    for gain in [first, second, late, early] {
        assert!(gain > Usd::of(450) && gain < Usd::of(500));
    }
    assert!(first.distance(late) < Usd::of(2) && second.distance(early) < Usd::of(2));
}

/// Who takes whatever there is before the others are known gives up his part for good.
#[test]
fn haste_costs_the_hasty() {
    let mut story = jump();
    let _settled = story.settle("first").unwrap();
    let _settled = story.settle_other("first", "loser").unwrap();
    story.wait(3_600);
    let taken = story.release("first").unwrap();
    let [first, second] = ["first", "second"].map(|name| story.purse(&[name]) - Usd::of(10_000));
    println!("in haste: {taken} of his claim; in the end first {first}, second {second}");
    assert!(taken < Usd::of(500) && first <= second);
    assert!(story.capital("first") >= Usd::of(9_990) && story.capital("second") >= Usd::of(9_990));
}

/// Two losers of 2,700: one pays, the other had 1,000 and nobody has noticed. What each winner gets.
fn an_insolvent_loser(is_flagged: bool) -> [Usd; 2] {
    let stage = Stage::new().person("lp", 1_000_000).person("first", 10_000).person("second", 10_000);
    let stage = stage.person("payer", 10_000).person("insolvent", 1_000);
    let mut story = stage.person("keeper", 100).start();
    story.provide("lp", -100, 100, 4_000_000);
    for (winner, loser) in [("first", "insolvent"), ("second", "payer")] {
        story.buy(winner, 0.9);
        story.sell(loser, 0.9);
    }
    story.move_price(23_000.0);
    for name in ["payer", "first"] {
        let _settled = story.settle(name).unwrap();
    }
    if is_flagged {
        // What any keeper does within seconds: flag, settle the loser, and with something short, settle the winner who sleeps.
        story.flag("insolvent").unwrap();
        for name in ["insolvent", "second"] {
            let _settled = story.settle_other("keeper", name).unwrap();
        }
    }
    story.wait(12_000);
    let first = story.release("first").unwrap();
    let _settled = story.settle("second").unwrap();
    let _settled = story.settle_other("second", "insolvent");
    story.wait(12_000);
    [first, story.release("second").unwrap()]
}

/// A debt counts from the moment it is known, so it matters that somebody makes it known: anyone can, at once.
#[test]
fn a_flag_makes_an_unknown_debt_known() {
    let [first, second] = an_insolvent_loser(true);
    println!("flagged at once: {first} and {second}");
    assert!(first.distance(second) < Usd::of(1));
    let [first, second] = an_insolvent_loser(false);
    println!("flagged by nobody for three hours: {first} and {second}");
    assert!(first > second + Usd::of(1_500));
}
