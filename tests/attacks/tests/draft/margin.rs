//! Items 7, 8, 16 and 29: what margin must withstand.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::curve::Exact;
use keel_engine::params::Params;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{Error, Side};

/// The parameters of the sequences (margin 2%, band 3%; margin 1%) cannot be listed.
#[test]
fn item_07_the_envelope_refuses_the_parameters_of_the_drain() {
    for (imr_ppm, mmr_ppm, price_band_ppm) in
        [(20_000, 10_000, 30_000), (10_000, 5_000, 12_000), (50_000, 30_000, 20_000)]
    {
        let params = Params { imr_ppm, mmr_ppm, price_band_ppm, ..Params::DEFAULT };
        println!("{imr_ppm}/{mmr_ppm}/{price_band_ppm}: {:?}", params.unsafe_combination());
        assert_eq!(params.check(), Err(Error::UnsafeParameters));
    }
}

/// (a) From equity just above maintenance, a position is closed into the owner's own range at twice the band, where
/// reductions may go: it costs what margin holds.
#[test]
fn item_07_reducing_into_ones_own_range() {
    let stage = Stage::new().person("lp", 2_000_000).person("maker", 500_000).person("taker", 11_000);
    let mut story = stage.person("pusher", 500_000).start();
    story.provide("lp", -110, 110, 400_000);
    story.provide("maker", -240, -200, 1_000_000);
    let all = ["maker", "taker", "pusher"];
    let before = story.purse(&all);
    story.buy("taker", 9.0);
    // Down to where equity is just above maintenance.
    story.move_price(19_520.0);
    println!("before: {:?}", story.health("taker"));
    assert!(!story.health("taker").is_unhealthy());
    // Away from the index is closed to new risk beyond the band, and the pusher stops at the honest range's end.
    for _ in 0..40 {
        if story.try_trade("pusher", Side::Sell, 1.0).is_err() {
            break;
        }
    }
    let fill = story.close("taker");
    println!(
        "closed at {:.0} USD, {:+.4} of the index: {} is left",
        fill.quote.0 as f64 / 9e3,
        story.premium(),
        story.wealth("taker")
    );
    assert!(fill.quote.0 < 9 * 19_520_000_000 * 99 / 100, "the close was meant to be a bad one");
    assert!(story.wealth("taker") >= Usd::ZERO && story.market().uncovered == 0);
    let after = story.purse(&all);
    println!("all three: {}", after - before);
    assert!(after < before);
}

/// (b) The own taker sells into a range at the band's edge: the range's account had the margin for it before.
#[test]
fn item_07_a_range_that_is_filled_unasked() {
    let stage = Stage::new().person("lp", 2_000_000).person("maker", 40_000).person("taker", 500_000);
    let mut story = stage.start();
    story.provide("lp", -116, 116, 1_000_000);
    for _ in 0..60 {
        if story.try_trade("taker", Side::Buy, 1.0).is_err() {
            break;
        }
    }
    let before = story.purse(&["maker", "taker"]);
    // As deep as the maker's margin allows, right under the curve.
    let depth =
        (1..=80).rev().map(|step| step * 10_000).find(|depth| story.try_provide("maker", 110, 114, *depth).is_ok());
    println!("the curve stands at {:+.4}; the range may be {depth:?} USD deep", story.premium());
    story.sell("taker", 45.0);
    let health = story.health("maker");
    println!("filled: {health:?}");
    assert!(!health.is_unhealthy() && health.equity > 0);
    let after = story.purse(&["maker", "taker"]);
    println!("both: {}", after - before);
    assert!(after < before);
}

/// (c) The index is at 95, mark and stable still at 100: what is bought counts at 95.
#[test]
fn item_07_opening_counts_the_index_before_the_mark_has_followed() {
    let stage = Stage::new().with("guard_secs", 0).person("lp", 2_000_000).person("taker", 10_000);
    let mut story = stage.start();
    story.provide("lp", -100, 100, 4_000_000);
    story.wait(10);
    story.price(19_000.0);
    story.sleep(1);
    // At 19,000, 5% of 10 contracts are 9,500, but margin counts the notional at 20,000: 10,000.
    let opened = (1..=200)
        .rev()
        .map(|tenth| f64::from(tenth) / 10.0)
        .find(|size| story.try_trade("taker", Side::Buy, *size).is_ok());
    let initial = story.initial("taker");
    println!(
        "opened {opened:?} contracts; at mark {}, as margin counts it {} of {}",
        story.wealth("taker"),
        Usd(initial.equity),
        Usd::from(initial.required)
    );
    assert!(story.wealth("taker") > Usd::of(18_000), "at mark it looks like a gain");
    assert!(Usd(initial.equity) <= Usd::of(10_000) && opened.unwrap() < 10.0);
}

/// A straddle at full leverage: what the two sides hold after the index has moved by `step_ppm` every ten seconds for ten
/// minutes, keepers at work. What is closed of the losing side is closed of the other one too, so that no bet is left.
fn straddle(step_ppm: i64) -> (Usd, Story) {
    let stage = Stage::new().person("lp", 4_000_000).person("a", 11_000).person("b", 11_000).person("keeper", 100);
    let mut story = stage.person("bull", 50_000).person("bear", 50_000).start();
    story.provide("lp", -200, 200, 8_000_000);
    for (long, short, size) in [("a", "b", 10.0), ("bull", "bear", 5.0)] {
        story.buy(long, size);
        story.sell(short, size);
    }
    let before = story.purse(&["a", "b"]);
    let mut price = 20_000.0;
    for _ in 0..60 {
        price *= 1.0 - step_ppm as f64 / 1e6;
        story.price(price);
        story.wait(10);
        let unhealthy = story.health("a").is_unhealthy();
        if story.account("a").flagged_at == 0 && unhealthy {
            story.flag("a").unwrap();
        }
        if story.account("a").flagged_at != 0 {
            let _step = story.liquidate("a", "keeper", u64::MAX);
            let bare = -story.position("b").base - story.position("a").base;
            if bare > 0 {
                story.buy("b", bare as f64 / 1e9);
            }
        }
    }
    (story.purse(&["a", "b"]) - before, story)
}

/// (d) A straddle pays nothing while the index stays within the speed that the envelope withstands: 0.8% a minute.
#[test]
fn item_07_a_straddle_within_the_envelope() {
    let (gain, story) = straddle(8_000 / 6);
    println!("at 0.8% a minute the straddle gains {gain}, the losing side is left with {}", story.wealth("a"));
    assert!(gain < Usd::ZERO);
    assert_eq!((story.market().uncovered, story.market().written_off), (0, 0));
}

/// Beyond the envelope it does: protocol.md 13.12 says so. The others' profit bears it, nobody's capital.
#[test]
fn item_07_a_straddle_beyond_the_envelope_costs_profit_only() {
    let mut story = {
        let stage = Stage::new().person("lp", 4_000_000).person("a", 11_000).person("b", 11_000).person("keeper", 100);
        stage.person("bull", 50_000).person("bear", 50_000).start()
    };
    story.provide("lp", -200, 200, 8_000_000);
    for (long, short, size) in [("a", "b", 10.0), ("bull", "bear", 5.0)] {
        story.buy(long, size);
        story.sell(short, size);
    }
    let before = story.purse(&["a", "b"]);
    let bear = story.capital("bear");
    story.move_price(18_000.0);
    let gain = story.purse(&["a", "b"]) - before;
    let others = story.purse(&["bear"]);
    println!(
        "a jump of 10% gains the straddle {gain}; the other winner keeps his capital of {bear} and ends with {others}"
    );
    assert!(others > bear && gain < Usd::of(9_000));
}

/// Mark's lag, keepers' gaps, plateau and auction included: at the envelope's speed nobody's loss exceeds his margin.
#[test]
fn item_08_the_envelope_holds_with_time_in_it() {
    let mut story = Stage::new().person("lp", 4_000_000).person("alice", 10_500).person("keeper", 100).start();
    story.provide("lp", -200, 200, 8_000_000);
    story.buy("alice", 10.0);
    let mut price = 20_000.0;
    while story.position("alice").base != 0 {
        // 20 seconds between refreshes, the longest that a mark may be old.
        price *= 1.0 - 8_000.0 / 3e6;
        story.price(price);
        story.sleep(20);
        story.refresh();
        if story.account("alice").flagged_at == 0 {
            if story.health("alice").is_unhealthy() {
                story.flag("alice").unwrap();
            }
        } else {
            let _step = story.liquidate("alice", "keeper", u64::MAX);
        }
        assert!(story.wealth("alice") > Usd::ZERO, "a debt at {price}");
        if story.account("alice").flagged_at == 0 && price < 17_000.0 {
            break;
        }
    }
    println!("at {price:.0} USD Alice has {} left and holds {}", story.wealth("alice"), story.position("alice").base);
    assert_eq!(story.market().uncovered, 0);
}

/// Open interest at its cap on both sides: bystanders withdraw what is free, and liquidation goes on.
#[test]
fn item_16_open_interest_at_the_cap_hurts_no_bystander() {
    let stage = Stage::new().with("oi_cap_usd", 1_000_000).with("skew_scale_base", 2_500_000_000);
    let stage = stage.person("lp", 2_000_000).person("bystander", 10_000).person("weak", 5_000).person("keeper", 100);
    let stage = stage.person("buyer", 2_000);
    let mut story = stage.person("long", 1_000_000).person("short", 1_000_000).start();
    story.provide("lp", -100, 100, 8_000_000);
    story.buy("bystander", 1.0);
    story.buy("weak", 4.0);
    let before = story.purse(&["long", "short"]);
    for _ in 0..200 {
        let bought = story.try_trade("long", Side::Buy, 1.0);
        if bought == Err(Error::OpenInterestCap) || story.try_trade("short", Side::Sell, 1.0).is_err() {
            break;
        }
    }
    assert_eq!(story.try_trade("long", Side::Buy, 1.0), Err(Error::OpenInterestCap));
    // Free margin leaves as if nothing were.
    story.withdraw("bystander", Usd::of(7_500)).unwrap();
    story.move_price(19_200.0);
    story.flag("weak").unwrap();
    // Who takes over needs the margin of any other day, new risk all of its price.
    assert_eq!(story.try_trade("buyer", Side::Buy, 0.4), Err(Error::InsufficientMargin));
    let taken = story.take_over("weak", "buyer", 400_000_000).unwrap();
    assert_eq!(taken, -400_000_000, "four times the buyer's money");
    let pay = story.liquidate("weak", "keeper", u64::MAX).unwrap();
    println!("the keeper needs no margin and gets {pay}");
    story.close("bystander");
    story.wait(10);
    story.remove("lp").unwrap();
    story.provide("lp", -100, 100, 8_000_000);
    assert!(story.purse(&["long", "short"]) < before);
}

/// A contract of 100,000 USD, the dearest to be listed: an atom of base is a ten-thousandth of a dollar, and rounding it
/// helps nobody.
#[test]
fn item_29_rounding_of_base_in_a_dear_contract() {
    let mut story = Stage::new().person("lp", 1_000_000).person("mallory", 10_000).start();
    story.provide("lp", -100, 100, 1_000_000);
    story.move_price(100_000.0);
    let before = story.purse(&["mallory"]);
    for atoms in 1..=50 {
        for side in [Side::Buy, Side::Sell] {
            let order = |side| {
                let (limit, exact): (Option<Price>, _) = (None, Exact::Base(atoms));
                Order { side, exact, limit, reduce_only: false, all_or_nothing: false }
            };
            if story.ask("mallory", order(side)).is_ok() {
                story.ask("mallory", order(side.opposite())).unwrap();
            }
        }
    }
    let cost = before - story.purse(&["mallory"]);
    println!("a hundred round trips of a few atoms cost {} atoms of money", cost.0);
    assert!(cost > Usd::ZERO);
}
