//! Items 1, 2, 10, 15, 21 and 22: what can be done with the curve and the index.

use keel_attacks::{Move, Stage, Story, Usd};
use keel_engine::curve::Exact;
use keel_engine::trade::Order;
use keel_engine::{Error, Side};
use keel_simulator::{Action, Done, Executor, Quote};

/// Only the fee of the sequence: 5 bp, half of it towards the index, and what `depth_weight` adds.
fn item_01_stage(depth_weight_ppm: u64, guard_secs: u64) -> Story {
    let mut stage = Stage::new().with("guard_secs", guard_secs).with("depth_weight_ppm", depth_weight_ppm);
    for (parameter, value) in [
        ("price_band_ppm", 0),
        ("base_fee_ppm", 500),
        ("max_fee_ppm", 20_000),
        ("conf_weight_ppm", 0),
        ("vol_weight_ppm", 0),
        ("age_weight_ppm_per_sec", 0),
        ("rebalance_factor_ppm", 500_000),
        ("mmr_ppm", 60_000),
        ("imr_ppm", 100_000),
        ("imf_slope_ppm_per_million_usd", 0),
        ("oi_cap_usd", 1_000_000_000),
    ] {
        stage = stage.with(parameter, value);
    }
    let mut story = stage.person("lp", 10_000_000).person("mallory", 5_000_000).start();
    // 10 million up to x = 1.02.
    story.provide("lp", -198, 198, 20_000_000);
    story.wait(60);
    story
}

/// Buys at 20,000, sells a second later at 20,100: what is gained with that many contracts.
fn item_01_profit(story: &Story, contracts: u64) -> Usd {
    let mut engine = story.imagine();
    let order = |side| {
        let exact = Exact::Base(contracts * 1_000_000_000);
        let order = Order { side, exact, limit: None, reduce_only: false, all_or_nothing: true };
        Action::Trade { who: 1, market: 0, order }
    };
    let Ok(Done::Traded { quote: paid, fee: there, .. }) = engine.play(&order(Side::Buy)) else { return Usd(i64::MIN) };
    engine.turn(61);
    let _published = engine.play(&Action::Price { market: 0, quote: Quote::of_usd(20_100.0), published: None });
    let Ok(Done::Traded { quote: got, fee: back, .. }) = engine.play(&order(Side::Sell)) else { return Usd(i64::MIN) };
    Usd(paid + got) - there.into() - back.into()
}

/// The best size and what it gains.
fn item_01_best(story: &Story) -> (u64, Usd) {
    let sizes = (5..=495).step_by(5);
    sizes.map(|size| (size, item_01_profit(story, size))).max_by_key(|(_, gain)| *gain).unwrap()
}

/// "Best attack size and profit: weight 0: 42.9k; 0.25: 18.3k; 0.5: 9.1k; 1: 4.6k", with the guard off; nothing with it.
#[test]
fn item_01_stale_index_band_sweep() {
    for (weight, sketch) in [(0, 42_900.0), (250_000, 18_300.0), (500_000, 9_100.0), (1_000_000, 4_600.0)] {
        let (size, gain) = item_01_best(&item_01_stage(weight, 0));
        println!("depth weight {weight} ppm, no guard: {gain} with {size} contracts of 500");
        assert!((gain.dollars() / sketch - 1.0).abs() < 0.1, "the sketch said {sketch}");
        if weight == 1_000_000 {
            // Only the first 0.43% of the band is worth taking.
            assert!((90..=120).contains(&size));
        }
    }
    for weight in [0, 1_000_000] {
        let mut story = item_01_stage(weight, 2);
        let (size, gain) = item_01_best(&story);
        println!("depth weight {weight} ppm, two seconds of guard: {gain} at best, with {size} contracts");
        assert!(gain < Usd::ZERO);
        // The same through the program.
        let before = story.wealth("mallory");
        story.buy("mallory", 100.0);
        story.sleep(1);
        story.price(20_100.0);
        story.sell("mallory", 100.0);
        assert!(story.wealth("mallory") < before);
    }
}

/// Two seconds of guard can be waited out. What an update two seconds old is worth to somebody who knows the next one, with
/// that largest fee: the best gain over all sizes.
fn item_01_waited_out(max_fee_ppm: u64) -> (u64, Usd) {
    let stage = Stage::new().with("max_fee_ppm", max_fee_ppm).with("oi_cap_usd", 1_000_000_000);
    let stage = stage.with("mmr_ppm", 60_000).with("imr_ppm", 100_000).person("lp", 10_000_000);
    let mut story = stage.person("mallory", 5_000_000).start();
    story.provide("lp", -198, 198, 20_000_000);
    story.wait(60);
    let publish = |engine: &mut keel_simulator::Simulator, usd, published| {
        let _published = engine.play(&Action::Price { market: 0, quote: Quote::of_usd(usd), published });
    };
    let gain = |contracts: u64| {
        let mut engine = story.imagine();
        let order = |side| {
            let exact = Exact::Base(contracts * 1_000_000_000);
            let order = Order { side, exact, limit: None, reduce_only: false, all_or_nothing: true };
            Action::Trade { who: 1, market: 0, order }
        };
        publish(&mut engine, 20_000.0, Some(60));
        engine.turn(62);
        let Ok(Done::Traded { quote: paid, fee: there, .. }) = engine.play(&order(Side::Buy)) else { return None };
        publish(&mut engine, 20_100.0, None);
        let _refreshed = engine.play(&Action::Refresh { market: 0 }).unwrap();
        engine.turn(65);
        let Ok(Done::Traded { quote: got, fee: back, .. }) = engine.play(&order(Side::Sell)) else { return None };
        Some((contracts, Usd(paid + got) - there.into() - back.into()))
    };
    (5..=295).step_by(5).filter_map(gain).max_by_key(|(_, gain)| *gain).unwrap()
}

/// Freshness and fee are what is left against somebody who waits, and the depth fee needs room under `max_fee`: with it, the
/// gain is less than the 6,300 that an ordinary AMM of the same depth loses; without it the whole band is worth taking.
#[test]
fn item_01_who_waits_the_guard_out_pays_impact() {
    let (size, roomy) = item_01_waited_out(12_000);
    let (all, cramped) = item_01_waited_out(3_000);
    println!("largest fee 1.2%: {roomy} with {size} contracts; 0.3%: {cramped} with {all}");
    assert!(roomy < Usd::of(6_300) && size < 130);
    assert!(cramped > roomy + roomy && all > 250);
}

/// Whoever posts the oldest valid update first in each slot does not keep the newer one out.
#[test]
fn item_02_pinning_the_index() {
    let mut story = Stage::new().person("lp", 1_000_000).person("mallory", 100_000).person("alice", 100_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.sleep(5);
    for step in 1..=5 {
        story.sleep(1);
        let truth = 20_000.0 + 10.0 * f64::from(step);
        story.together(&[Move::Post { usd: truth - 10.0, secs_ago: 1 }, Move::Refresh]).unwrap();
        story.together(&[Move::Post { usd: truth, secs_ago: 0 }, Move::Buy("alice", 0.1)]).unwrap();
        assert_eq!(story.market().index, keel_engine::oracle::scale((truth * 1e8) as i64, -8, 0).unwrap());
    }
}

/// Honest ranges end at 1.01. Mallory adds one beyond, buys into it and takes it away from under the curve.
#[test]
fn item_10_an_empty_stretch_freezes_nobody() {
    let mut story = Stage::new().person("lp", 1_000_000).person("mallory", 500_000).person("alice", 100_000).start();
    story.provide("lp", -100, 100, 1_000_000);
    story.buy("alice", 2.0);
    let before = story.purse(&["mallory"]);
    story.provide("mallory", 100, 118, 200_000);
    story.buy("mallory", 24.0);
    assert!(story.premium() > 0.0101, "{}", story.premium());
    story.wait(10);
    story.remove("mallory").unwrap();
    assert_eq!(story.market().liquidity.get(), 0);
    // Alice closes all the same: the curve comes back over the empty stretch for nothing.
    let fill = story.close("alice");
    println!("Alice sold at {:.2} USD, the curve stands at {:+.4}", fill.quote.0 as f64 / 2e6, story.premium());
    assert!(story.premium() < 0.01 && fill.quote > Usd::of(40_000));
    let after = story.purse(&["mallory"]);
    println!("Mallory: {}", after - before);
    assert!(after < before);
}

/// Time with no active liquidity counts a premium of nothing: the empty stretch makes nobody pay beyond the ten seconds in
/// which the range had to stay.
#[test]
fn item_10_no_funding_without_liquidity() {
    let average_after_an_hour = |is_removed: bool| {
        let mut story =
            Stage::new().person("lp", 1_000_000).person("mallory", 500_000).person("alice", 100_000).start();
        story.provide("lp", -100, 100, 1_000_000);
        story.buy("alice", 2.0);
        story.provide("mallory", 100, 118, 200_000);
        story.buy("mallory", 24.0);
        story.wait(10);
        if is_removed {
            story.remove("mallory").unwrap();
        }
        story.wait(3_600);
        story.market().premium_ema.bits as f64 / 2f64.powi(48) * 1e6
    };
    let (empty, full) = (average_after_an_hour(true), average_after_an_hour(false));
    println!("an hour later the average premium is {empty:.1} ppm; with liquidity there it would be {full:.1} ppm");
    assert!(empty < 200.0 && full > 5_000.0);
}

/// While the index is not to be trusted, providers may leave and takers reduce; nothing else.
#[test]
fn item_15_nobody_is_trapped_while_guarded() {
    let mut story = Stage::new().person("lp", 1_000_000).person("alice", 100_000).person("bob", 100_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.provide("lp", -50, 50, 1_000_000);
    story.buy("alice", 5.0);
    story.wait(10);
    let wide = Quote { conf: 2_000_000_000_000 / 50, ..Quote::of_usd(20_000.0) };
    story.quote(wide);
    story.wait(1);
    assert!(story.market().is_guarded());
    assert_eq!(story.try_trade("bob", Side::Buy, 1.0), Err(Error::MarketGuarded));
    assert_eq!(story.try_provide("lp", -20, 20, 100_000), Err(Error::MarketGuarded));
    story.remove("lp").unwrap();
    let fill = story.close("alice");
    // The confidence, 2%, comes on top of the fee.
    println!("Alice closes for a fee of {}", fill.fee);
    assert!(fill.fee >= Usd::of(1_900));
    story.remove("lp").unwrap();
}

/// A fixed market after a jump: arbitrage eats the providers while the curve is off the band, and they may leave.
#[test]
fn item_15_nobody_is_trapped_off_the_band() {
    let mut story = Stage::new().fixed().person("lp", 1_000_000).person("arb", 500_000).start();
    story.provide("lp", -500, 500, 4_000_000);
    story.wait(10);
    story.move_price(20_600.0);
    // Away from the index nobody trades, towards it anybody does, and a range is not added meanwhile.
    assert_eq!(story.try_trade("arb", Side::Sell, 1.0), Err(Error::PriceBandExceeded));
    assert_eq!(story.try_provide("lp", -20, 20, 100_000), Err(Error::PriceBandExceeded));
    story.buy("arb", 10.0);
    story.remove("lp").unwrap();
    println!("the provider left with {}", story.wealth("lp"));
    assert!(story.wealth("lp") > Usd::of(990_000));
}

/// One step from 0.9999 to 1.01 must not have the rebate for all of it.
#[test]
fn item_21_a_step_across_one_is_cut() {
    let begin = || {
        let mut story = Stage::new().person("lp", 1_000_000).person("mallory", 200_000).start();
        story.provide("lp", -150, 150, 3_000_000);
        story.sell("mallory", 0.5);
        story
    };
    let mut whole = begin();
    let fee = whole.buy("mallory", 50.0).fee;
    let mut parts = begin();
    let to_one = parts.buy("mallory", 0.5).fee;
    let beyond = parts.buy("mallory", 49.5).fee;
    println!("at once {fee}; up to 1 {to_one} and from there {beyond}");
    assert!(fee.distance(to_one + beyond) <= Usd::of(1) && fee > Usd::of(900));
}

/// The curve is sold down to the band's edge: whoever wants out gets out, within twice the band, and at no worse a price
/// than he names.
#[test]
fn item_22_the_band_blocks_no_exit() {
    let mut story = Stage::new().person("lp", 2_000_000).person("mallory", 500_000).person("alice", 100_000).start();
    story.provide("lp", -300, 300, 3_000_000);
    story.buy("alice", 10.0);
    for _ in 0..20 {
        if story.try_trade("mallory", Side::Sell, 5.0).is_err() {
            break;
        }
    }
    assert!(story.premium() < -0.0119, "{}", story.premium());
    assert_eq!(story.try_trade("mallory", Side::Sell, 1.0), Err(Error::PriceBandExceeded));
    let limit = Some(keel_engine::oracle::scale(19_800, 0, 0).unwrap());
    let patient =
        Order { side: Side::Sell, exact: Exact::Base(10_000_000_000), limit, reduce_only: true, all_or_nothing: false };
    assert_eq!(story.ask("alice", patient), Err(Error::LimitReached));
    let fill = story.close("alice");
    let loss = Usd::of(200_000) - fill.quote;
    println!("Alice sold 10 contracts for {} at {:+.4}, a loss of {loss}", fill.quote, story.premium());
    assert!(story.premium() > -0.024 && loss < Usd::of(200_000 * 24 / 1_000));
}
