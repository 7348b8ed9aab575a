//! KyberSwap Elastic, November 2023: about 48 million USD by the first attacker, from 2,367 providers.
//!
//! A swap was steered to end within one unit of a tick at which liquidity changes. The amount said that the tick was not
//! reached, the rounded price said that it was passed; the way back crossed it again and counted the range's liquidity
//! twice.
//!
//! Here Mallory puts a range of her own next to the honest one, trades so that the curve ends exactly at its end, an atom
//! short of it and an atom beyond, in both directions, and trades back. All fees are off, so that a single atom would show.
//!
//! What stops it: "at the target" is decided on the next `s` and never on amounts, `s` never passes its target, and which
//! ranges are active follows from `s` alone. The audit recounts active liquidity after every transaction.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::trade::Order;
use keel_engine::units::Wide;
use keel_simulator::{Action, Done};

const TAKER: usize = 1;

fn stage() -> Story {
    let mut stage = Stage::new().with("rebalance_factor_ppm", 1_000_000).with("price_band_ppm", 0);
    for fee in ["base_fee_ppm", "max_fee_ppm", "conf_weight_ppm", "vol_weight_ppm", "depth_weight_ppm"] {
        stage = stage.with(fee, 0);
    }
    let mut story = stage.person("lp", 1_000_000).person("taker", 1_000_000).person("mallory", 1_000_000).start();
    story.provide("lp", -200, 200, 4_000_000);
    story.provide("mallory", -20, 20, 2_000_000);
    story.wait(60);
    story
}

fn order(side: Side, base: u64) -> Action {
    let order = Order { side, exact: Exact::Base(base), limit: None, reduce_only: false, all_or_nothing: true };
    Action::Trade { who: TAKER, market: 0, order }
}

/// The smallest amount with which the curve comes to stand at a tick or beyond it.
fn up_to(story: &Story, side: Side, tick: i32) -> u64 {
    let target = sqrt_price_at_tick(tick).unwrap();
    let reaches = |base: u64| {
        let mut probe = story.imagine();
        let _filled = probe.play(&order(side, base)).unwrap();
        let s = probe.books.markets[&1].sqrt_price;
        if side == Side::Buy { s >= target } else { s <= target }
    };
    let (mut short, mut enough) = (1, 60_000_000_000);
    while enough - short > 1 {
        let middle = u64::midpoint(short, enough);
        if reaches(middle) { enough = middle } else { short = middle }
    }
    enough
}

#[test]
fn a_swap_that_ends_at_a_tick_counts_nothing_twice() {
    let mut story = stage();
    let mut worst = Usd::of(1);
    for (side, tick) in [(Side::Buy, 20), (Side::Sell, -20)] {
        let exact = up_to(&story, side, tick);
        for base in exact - 3..=exact + 3 {
            let before = story.purse(&["taker", "mallory"]);
            let active = story.market().liquidity;
            let _there = story.play(order(side, base)).unwrap();
            let _back = story.play(order(side.opposite(), base)).unwrap();
            story.wait(1);
            assert_eq!(story.market().liquidity, active);
            let cost = before - story.purse(&["taker", "mallory"]);
            worst = worst.min(cost);
            assert!(cost >= Usd::ZERO, "{side:?} {base} atoms: a gain of {}", -cost);
        }
    }
    println!("the cheapest round trip through a boundary cost {} atoms, with no fee at all", worst.0);
}

/// What the boundary would be worth if liquidity were counted twice there.
#[test]
fn counted_twice_it_would_pay() {
    let mut story = stage();
    let base = up_to(&story, Side::Buy, 20);
    let Ok(Done::Traded { quote: paid, .. }) = story.play(order(Side::Buy, base)) else { panic!("no fill") };
    let mut twice = story.imagine();
    let market = twice.books.markets.get_mut(&1).unwrap();
    market.liquidity = Wide::new(market.liquidity.get() * 2);
    assert!(keel_simulator::audit::check(&twice.books).is_err(), "the audit must notice");
    let Ok(Done::Traded { quote: got, .. }) = twice.play(&order(Side::Sell, base)) else { panic!("no fill") };
    let gain = Usd(paid + got);
    println!("counted twice, {:.3} contracts there and back would gain {gain}", base as f64 / 1e9);
    assert!(gain > Usd::of(100));
}
