//! What the order of losses could be made to pay: a pair that drains insurance, settlement without end, pledges of dust,
//! gifts to the vault.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Error;
use keel_simulator::{Action, Done};

/// The most that the exchange's insurance pays for a market in a day.
const CAP: i64 = 100_000;

/// A loser and a winner with one purse, opposite each other, and a price that jumps past all margin: beyond the envelope,
/// which no rule of margin withstands.
fn pair(cap: u64) -> Story {
    let stage = Stage::new().with("oi_cap_usd", 1_000_000_000).with("imf_slope_ppm_per_million_usd", 0);
    let stage = stage.with("oi_scale_from_ppm", 0).with("profit_half_life_secs", 60);
    let stage = stage.with_exchange("insurance_day_cap_usd", cap).person("lp", 50_000_000).person("keeper", 1_000);
    let mut story = stage.person("loser", 160_000).person("winner", 400_000).start();
    story.provide("lp", -100, 100, 40_000_000);
    story.insure("lp", Usd::of(1_000_000));
    for _ in 0..3 {
        story.buy("loser", 50.0);
        story.sell("winner", 50.0);
    }
    story
}

/// Liquidates and resolves the loser; returns what each part of the order paid.
fn ruin(story: &mut Story) -> [Usd; 3] {
    let _paid = story.liquidate_fully("loser", "keeper");
    match story.resolve("loser").unwrap() {
        Done::Resolved { insurance, exchange, written_off, .. } => {
            println!(
                "the market's insurance pays {}, the exchange's {}, written off {}",
                Usd::from(insurance),
                Usd::from(exchange),
                Usd::from(written_off)
            );
            [insurance, exchange, written_off].map(Usd::from)
        }
        other => panic!("{other:?}"),
    }
}

/// Of a million in the exchange's insurance the pair gets a day's cap at most, and what it lost on the way; the rest is
/// borne by the winner's own claim.
#[test]
fn a_pair_takes_a_days_cap_from_the_exchanges_insurance_at_most() {
    let mut story = pair(CAP.unsigned_abs());
    let before = story.insurance();
    let (gain, written_off) = gain(&mut story);
    println!("taken of {before}: {}", before - story.insurance());
    assert_eq!(before - story.insurance(), Usd::of(CAP));
    assert!(written_off > Usd::of(100_000) && gain > Usd::of(90_000) && gain <= Usd::of(CAP), "{gain}");
}

/// With a cap of nothing it gains nothing: what the loser owes is what the winner's claim is short.
#[test]
fn without_the_exchanges_insurance_the_pair_gains_nothing() {
    let mut story = pair(0);
    let before = story.insurance();
    let (gain, _) = gain(&mut story);
    assert_eq!(story.insurance(), before);
    assert!(gain <= Usd::of(CAP / 100), "what the market's own insurance had: {gain}");
}

/// The price jumps, the loser is liquidated and resolved, the winner closes and takes what he can. Returns what the two
/// gained, and what was written off.
fn gain(story: &mut Story) -> (Usd, Usd) {
    story.move_price(17_000.0);
    let [_, _, written_off] = ruin(story);
    let _settled = story.settle("winner").unwrap();
    let _folded = story.settle_range("keeper", "lp").unwrap();
    story.close("winner");
    story.wait(7_200);
    let _released = story.release("winner").unwrap();
    let (had, purse) = (Usd::of(560_000), story.capital("winner") + story.capital("loser"));
    println!("the pair had {had} and holds {purse}: it gained {}", purse - had);
    (purse - had, written_off)
}

/// A stranger settles a holder at every new low of a price that swings below her entry: it costs her rounding.
#[test]
fn settled_again_and_again_at_dips_a_holder_loses_nothing() {
    let stage = Stage::new().person("lp", 4_000_000).person("alice", 10_000).person("bull", 50_000);
    let mut story = stage.person("bear", 50_000).person("mallory", 100).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("bull", 5.0);
    story.sell("bear", 5.0);
    // Who has lost to the bull is left alone, so that the pot is short all the time.
    story.move_price(20_600.0);
    let _settled = story.settle("bull").unwrap();
    story.buy("alice", 1.0);
    story.wait(10);
    let (before, mut times) = (story.wealth("alice"), 0);
    for round in 1..=30 {
        // Only a new low makes her a loser again.
        story.move_price(f64::from(10 * round).mul_add(-1.0, 20_600.0));
        for _ in 0..3 {
            match story.settle_other("mallory", "alice") {
                Ok(_) => times += 1,
                Err(error) => assert_eq!(error, Error::NothingToSettle),
            }
        }
        story.move_price(20_600.0);
        assert_eq!(story.settle_other("mallory", "alice"), Err(Error::NothingToSettle));
    }
    let lost = before - story.wealth("alice");
    println!("settled {times} times by a stranger, alice has lost {lost}");
    // Three calls at each low settle her once.
    assert!(times == 30 && lost < Usd::of(2), "{times}, {lost}");
    assert!(!story.health("alice").is_unhealthy());
}

/// Mallory is bankrupt in BTC with a profit in SOL. Collecting every second, and an atom pledged beside, take nothing.
#[test]
fn pledges_are_collected_in_crumbs_for_nothing() {
    let play = |often: bool| {
        let stage = Stage::new().two_markets().person("lp", 8_000_000).person("mallory", 10_000);
        let mut story = stage.person("winner", 50_000).person("keeper", 1_000).start();
        for market in [1, 0] {
            story.turn_to(market);
            story.provide("lp", -100, 100, 4_000_000);
        }
        story.turn_to(1);
        story.buy("mallory", 1.0);
        story.turn_to(0);
        story.buy("mallory", 8.0);
        story.sell("winner", 8.0);
        story.turn_to(1);
        story.move_price(20_600.0);
        story.close("mallory");
        story.wait(5);
        let _folded = story.settle_range("lp", "lp").unwrap();
        let _settled = story.settle("lp").unwrap();
        story.turn_to(0);
        story.move_price(18_000.0);
        let _paid = story.liquidate_fully("mallory", "keeper");
        let Ok(Done::Resolved { pledged, .. }) = story.resolve("mallory") else { panic!("refused") };
        story.turn_to(1);
        let mut paid = Usd::ZERO;
        for _ in 0..if often { 300 } else { 0 } {
            story.wait(1);
            paid = paid + story.collect("mallory", 0).unwrap();
            assert_eq!(story.collect("mallory", 0), Err(Error::NothingToRelease), "twice in a second");
        }
        if !often {
            story.wait(300);
            paid = story.collect("mallory", 0).unwrap();
        }
        println!("of {} pledged {paid} are collected, often: {often}", Usd::from(pledged));
        // She cannot have it, nor trade there until it is collected.
        assert_eq!(story.release("mallory"), Err(Error::NothingToRelease));
        story.deposit("mallory", Usd::of(5_000));
        assert_eq!(story.try_trade("mallory", keel_engine::Side::Buy, 0.1), Err(Error::ClaimPledged));
        (Usd::from(pledged), paid)
    };
    let ((pledged, once), (same, often)) = (play(false), play(true));
    assert!(pledged > Usd::of(400) && pledged.distance(same) < Usd::of(1));
    // An atom a time, and the seconds that waiting took.
    assert!(once.distance(often) < Usd::of(5), "{once} at once, {often} in crumbs");
}

/// A gift to the vault belongs to the exchange's insurance, by whoever sweeps it, and to nobody's account.
#[test]
fn a_gift_to_the_vault_is_swept_into_insurance() {
    let mut story = Stage::new().person("mallory", 1_000).person("lp", 100_000).start();
    let (wealth, lps) = (story.wealth("mallory"), story.wealth("lp"));
    let by = 0;
    assert_eq!(story.play(Action::SweepUnbooked), Err(Error::ZeroAmount));
    let _sent = story.play(Action::Donate { by, amount: 777_000_000 }).unwrap();
    let _swept = story.play(Action::SweepUnbooked).unwrap();
    assert_eq!(story.insurance(), Usd::of(777));
    assert_eq!((story.wealth("mallory"), story.wealth("lp")), (wealth, lps));
    assert_eq!(story.play(Action::SweepUnbooked), Err(Error::ZeroAmount));
    assert!(story.withdraw("mallory", Usd::of(1_001)).is_err());
}
