//! Items 9, 11, 20 and 25: what adds up over time and over many ranges.

use keel_attacks::{Stage, Story, Usd};

/// Eight ranges and takers of odd sizes: the market's rounding never owes anybody an atom. The audit recounts it after
/// every transaction; here is what it found.
#[test]
fn item_09_rounding_belongs_to_the_market() {
    let mut stage = Stage::new().with("tick_spacing", 1);
    for (weight, value) in [("base_fee_ppm", 0), ("max_fee_ppm", 0), ("conf_weight_ppm", 0), ("depth_weight_ppm", 0)] {
        stage = stage.with(weight, value);
    }
    let mut story = stage.person("lp", 1_000_000).person("other", 1_000_000).person("taker", 100_000).start();
    for width in [7, 13, 29, 31, 53] {
        story.provide("lp", -width, width + 2, 10_007);
        story.provide("other", -width - 3, width, 10_009);
    }
    for round in 1..=60 {
        let contracts = f64::from(round * 104_729 % 2_674_333) * 1e-9;
        story.buy("taker", contracts);
        let _settled = story.settle("taker").unwrap();
        story.sell("taker", contracts);
        story.wait(7);
    }
    let findings = story.exchange().findings.clone();
    println!("rounding holds {} atoms of base and {} of quote", findings.rounding_base, findings.rounding_quote);
    assert!(findings.rounding_base >= 0 && findings.rounding_quote > 0);
}

/// Sixty refreshes a minute apart or one after ten minutes: funding, average and rate are the same to the last bit.
#[test]
fn item_11_many_refreshes_are_one() {
    let play = |every: u64| {
        let mut story = Stage::new().person("lp", 1_000_000).person("alice", 200_000).start();
        story.provide("lp", -100, 100, 2_000_000);
        story.buy("alice", 40.0);
        for _ in 0..6 {
            for _ in 0..600 / every {
                story.sleep(every);
                story.refresh();
            }
        }
        let market = story.market();
        (market.premium_ema, market.funding_rate, market.funding, market.funding_over_s)
    };
    let (often, seldom) = (play(10), play(600));
    println!("rate {} and {}", often.1.bits, seldom.1.bits);
    assert_eq!(often, seldom);
    assert!(often.1.bits > 0);
}

/// Deep liquidity is gone, 100,000 USD hold the thin curve above the index: what ten million of longs pay in eight hours,
/// to shorts of whom Mallory is one.
fn thin_curve(skew_scale_base: u64) -> (Usd, Usd) {
    let stage = Stage::new().with("skew_scale_base", skew_scale_base).with("oi_cap_usd", 1_000_000_000);
    let stage = stage.person("deep", 5_000_000).person("thin", 100_000).person("honest", 2_000_000);
    let mut story = stage.person("mallory", 2_000_000).person("pusher", 100_000).start();
    story.provide("thin", -114, 114, 200_000);
    story.provide("deep", -100, 100, 40_000_000);
    for _ in 0..5 {
        story.buy("honest", 100.0);
        story.sell("mallory", 100.0);
    }
    story.wait(10);
    story.remove("deep").unwrap();
    let before = [story.wealth("honest"), story.wealth("mallory")];
    let pushed = story.buy("pusher", 4.8);
    assert!(pushed.quote.distance(Usd::of(-97_000)) < Usd::of(1_500) && story.premium() > 0.010);
    story.wait(8 * 3_600);
    // Mark follows the curve by its band at most; that is no funding.
    let settled = |story: &Story, name: &str| {
        let mut market = *story.market();
        market.mark = market.index;
        let value = keel_engine::pot::unsettled(&market, &story.position(name)).unwrap();
        story.capital(name) + Usd(value)
    };
    (before[0] - settled(&story, "honest"), settled(&story, "mallory") - before[1])
}

#[test]
fn item_20_a_thin_curve_pushed_by_a_small_position() {
    let (unscaled, hers) = thin_curve(0);
    let (scaled, less) = thin_curve(10_000_000_000_000);
    println!(
        "with no skew behind it asked for, the longs pay {unscaled} and Mallory gets {hers}; with the rule {scaled} and {less}"
    );
    assert!(unscaled > Usd::of(20_000) && scaled < Usd::of(1_500) && less < Usd::of(1_500));
}

/// Honest liquidity lies below the index, next to nothing above it. Mallory's maker quotes 1% above, her taker buys there
/// from her maker and holds it for six hours; then she shorts 160 contracts into the honest depth, and for six more hours the
/// slew brings the rate down in her favour. What she gains; `is_watched` where somebody sells into her range ten minutes after
/// she has opened it, as anyone may who sees a bid 1% above the index.
pub fn harvest(skew_scale_base: u64, contracts: f64, is_watched: bool) -> Usd {
    let stage = Stage::new().with("skew_scale_base", skew_scale_base).with("interest_ppm", 0);
    let stage = stage.person("lp", 6_000_000).person("maker", 500_000).person("taker", 500_000);
    let mut story = stage.person("short", 1_000_000).person("anyone", 200_000).start();
    for (lower, upper, dollars) in [(-100, 0, 40_000_000), (0, 20, 2_000)] {
        story.provide("lp", lower, upper, dollars);
    }
    story.provide("maker", 100, 110, 2_000_000);
    let hers = ["maker", "taker", "short"];
    let before = story.purse(&hers);
    story.buy("taker", contracts);
    assert!(story.premium() >= 0.01);
    story.wait(600);
    if is_watched {
        story.sell("anyone", contracts + 1.0);
        println!("whoever sold into her range has gained {}", story.wealth("anyone") - Usd::of(200_000));
    }
    story.wait(6 * 3_600 - 600);
    story.close("taker");
    story.sell("short", 160.0);
    story.wait(6 * 3_600);
    story.purse(&hers) - before
}

/// With the scale at 5% of the cap for a premium of the whole band, one contract carries 0.02%, which the dead band takes.
#[test]
fn item_20_a_trade_with_oneself_steers_nothing() {
    let gain = harvest(4_167_000_000_000, 1.0, false);
    println!("steering funding with one contract gains {gain}");
    assert!(gain < Usd::ZERO);
}

/// Fifty contracts carry all of it, and are a gift of some thousand dollars to whoever sells into them.
#[test]
fn item_20_who_sells_into_the_push_ends_it() {
    let gain = harvest(4_167_000_000_000, 50.0, true);
    println!("steering funding with fifty contracts, watched, gains {gain}");
    assert!(gain < Usd::ZERO);
}

/// A spike after an hour of silence moves the slow price by nothing, and by no more than `max_gap` allows afterwards.
#[test]
fn item_25_silence_gives_no_allowance() {
    let mut story = Stage::new().start();
    story.wait(10);
    story.sleep(3_600);
    story.price(22_000.0);
    story.refresh();
    let stable = |story: &Story| story.market().stable.bits as f64 / 2f64.powi(48) * 1_000.0;
    assert!((stable(&story) - 20_000.0).abs() < 0.001, "{}", stable(&story));
    story.sleep(3_600);
    story.refresh();
    // 6% an hour, for at most ten minutes.
    println!("an hour of silence at 22,000 moves the slow price to {:.2}", stable(&story));
    assert!(stable(&story) <= 20_000.0 + 22_000.0 * 0.06 / 6.0 + 0.01);
}
