//! Perpetual Protocol v2 ("Curie"): bad debt made to order.
//!
//! Curie's makers provided liquidity with leverage. Its bug reports knew one family of attack: one account puts a range
//! far from the market where nobody else quotes, a second account's trade runs into it at that price, and the second is
//! left with a loss larger than its margin. The loss is nobody's, the profit is the first account's.
//!
//! Here Mallory's `maker` puts a range at the band's edge, or far beyond it in a market without a band, and her `taker`
//! opens into it, or opens at a fair price and closes into it.
//!
//! What stops it: opening counts the loss to the index at once on top of initial margin, a reduction must leave equity of
//! at least maintenance or must not lower `equity - maintenance`, and a range is margined at the worst of its two ends with
//! what the curve would pay there. So no order of fills turns margin into debt.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::curve::Exact;
use keel_engine::state::USDC;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{Error, Side};
use keel_simulator::{Action, Done};

const HERS: [&str; 2] = ["maker", "taker"];
/// The taker's place.
const TAKER: usize = 2;

/// Honest liquidity within half a percent; Mallory's own between two ends, 600,000 USD deep.
fn stage(stage: Stage, lower: i32, upper: i32) -> Story {
    let stage = stage.person("lp", 2_000_000).person("maker", 200_000).person("taker", 10_000);
    let mut story = stage.person("pusher", 200_000).start();
    story.provide("lp", -50, 50, 400_000);
    story.provide("maker", lower, upper, 600_000);
    story.wait(60);
    story
}

/// An order that fills what it can down to a price.
fn sell_down_to(dollars: f64, contracts: f64) -> Order {
    let limit = Price::from_bits((dollars / 1_000.0 * 2f64.powi(48)) as u64);
    let exact = Exact::Base((contracts * 1e9) as u64);
    Order { side: Side::Sell, exact, limit: Some(limit), reduce_only: false, all_or_nothing: false }
}

/// The range stands at the band's edge; the taker opens into it and closes again, ten times.
#[test]
fn round_trips_into_ones_own_range_at_the_bands_edge() {
    let mut story = stage(Stage::new(), 110, 118);
    let before = story.purse(&HERS);
    let mut refusals = 0;
    for _ in 0..10 {
        // As large as margin allows.
        let sizes = (1..=20).rev().map(f64::from);
        let opened = sizes.into_iter().find(|size| story.try_trade("taker", Side::Buy, *size).is_ok());
        refusals += usize::from(opened.is_none());
        story.wait(5);
        if opened.is_some() {
            story.close("taker");
            story.wait(5);
        }
        assert!(story.wealth("taker") >= Usd::ZERO && story.market().uncovered == 0);
    }
    let after = story.purse(&HERS);
    println!(
        "ten round trips into her own range ({refusals} times refused): {before} became {after}, {}",
        after - before
    );
    assert!(after < before);
}

/// No band at all: the range stands 10% below the market, and the taker closes a fair position into it.
#[test]
fn closing_a_fair_position_ten_percent_below_the_market() {
    let mut story = stage(Stage::new().with("price_band_ppm", 0), -1_060, -1_050);
    let all = ["maker", "taker", "pusher"];
    let before = story.purse(&all);
    story.buy("taker", 9.0);
    // Honest liquidity between the two is pushed away with her own money.
    let _pushed = story.ask("pusher", sell_down_to(19_900.5, 19.0)).unwrap();
    story.wait(10);
    let margin = story.wealth("taker");
    let order = sell_down_to(17_900.0, 9.0);
    assert_eq!(story.ask("taker", order), Err(Error::InsufficientMargin));

    // With enough margin the trade is what it is: a loss of hers, and the larger part of it debt if it had been allowed.
    let mut allowed = story.imagine();
    let _deposited = allowed.play(&Action::Deposit { who: TAKER, bank: USDC, amount: 1_000_000_000_000 }).unwrap();
    let filled = allowed.play(&Action::Trade { who: TAKER, market: 0, order }).unwrap();
    let Done::Traded { base, quote, fee, .. } = filled else { panic!("{filled:?}") };
    let loss = Usd(-base * 20) - Usd(quote) + fee.into();
    let fill_price = quote as f64 / -base as f64 * 1e3;
    println!("closing at {fill_price:.0} USD loses {loss} of a margin of {margin}: {} would be debt", loss - margin);
    assert!(loss > margin);

    let after = story.purse(&all);
    println!("{before} became {after}: {}", after - before);
    assert!(after < before && story.market().uncovered == 0);
}

/// No band at all: the range stands 10% above the market, and the taker opens into it.
#[test]
fn opening_ten_percent_above_the_market() {
    let mut story = stage(Stage::new().with("price_band_ppm", 0), 950, 960);
    let all = ["maker", "taker", "pusher"];
    let before = story.purse(&all);
    let exact = Exact::Base(11_000_000_000);
    let limit = Some(Price::from_bits((20.0995 * 2f64.powi(48)) as u64));
    let push = Order { side: Side::Buy, exact, limit, reduce_only: false, all_or_nothing: false };
    let _pushed = story.ask("pusher", push).unwrap();
    // 10,000 USD of margin at 5% would be 10 contracts; what the range is paid above the index comes on top.
    let largest = (1..=40).rev().map(f64::from).find(|size| story.try_trade("taker", Side::Buy, *size).is_ok());
    println!("the largest opening is {largest:?} contracts and leaves the taker {}", story.wealth("taker"));
    assert!(largest.is_some_and(|size| size < 5.0) && story.health("taker").excess() >= 0);
    let after = story.purse(&all);
    println!("{before} became {after}: {}", after - before);
    assert!(after < before && story.market().uncovered == 0);
}

/// A range that pays the taker at its far end needs the margin for that: it cannot be put there unbacked.
#[test]
fn a_far_range_is_backed_for_what_it_would_pay() {
    let mut story = Stage::new().person("lp", 1_000_000).person("maker", 20_000).start();
    story.provide("lp", -50, 50, 400_000);
    // 600,000 USD of base bought at the far end, at 5%: 30,000.
    assert_eq!(story.try_provide("maker", 110, 118, 600_000), Err(Error::InsufficientMargin));
    story.provide("maker", 110, 118, 300_000);
}
