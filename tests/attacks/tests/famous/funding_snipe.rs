//! Funding snipes: the hour's payment for a second's risk.
//!
//! Exchanges that pay funding in one lump at the full hour have seen it for years: open the side that receives seconds
//! before, close seconds after. On-chain venues added the variant of moving the premium for the one moment at which it is
//! sampled.
//!
//! Here honest longs have paid funding for hours. Mallory goes short two seconds before the step of the grid ends and
//! closes two seconds after it; then she pushes the curve at that moment to move the rate.
//!
//! What stops it: funding accrues with every second of a step at a rate fixed before the step, so four seconds pay four
//! seconds; the premium of a step is its mean over time, not a sample; and the rate may change by `slew` times the step at
//! most. Fees for both ways are thousands of times what four seconds earn.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::units::Factor;

/// Longs of 1.2 million USD for eight hours, until four seconds before the end of a step.
fn honest_longs(stage: Stage) -> Story {
    let stage = stage.person("lp", 2_000_000).person("alice", 300_000).person("mallory", 100_000);
    let mut story = stage.start();
    story.provide("lp", -200, 200, 6_000_000);
    story.buy("alice", 60.0);
    story.wait(8 * 3_600 + 58);
    assert!(story.market().funding_rate.bits > 0);
    story
}

/// What an hour's funding would be on Mallory's position, paid in one lump.
fn lump(story: &Story, dollars: i64) -> Usd {
    Factor { bits: story.market().funding_rate.bits.unsigned_abs() }.of_floor(Usd::of(dollars).0.unsigned_abs()).into()
}

#[test]
fn four_seconds_around_a_step() {
    let mut story = honest_longs(Stage::new());
    let before = story.purse(&["mallory"]);
    let opened = story.sell("mallory", 20.0);
    story.wait(4);
    let closed = story.close("mallory");
    let after = story.purse(&["mallory"]);
    let hour = lump(&story, 400_000);
    println!(
        "fees {} and {}; she ends {} poorer; four seconds pay {}, an hour in one lump would pay {hour}",
        opened.fee,
        closed.fee,
        before - after,
        Usd(hour.0 * 4 / 3_600)
    );
    assert!(after < before);
}

/// On a venue with the same funding in one lump and flat fees, the same four seconds pay.
#[test]
fn in_one_lump_it_would_pay() {
    let mut story = honest_longs(Stage::new().with("depth_weight_ppm", 0));
    let before = story.purse(&["mallory"]);
    story.sell("mallory", 20.0);
    story.wait(4);
    story.close("mallory");
    let cost = before - story.purse(&["mallory"]);
    let hour = lump(&story, 400_000);
    println!("with flat fees the round trip costs {cost}; an hour's lump is {hour}: a gain of {}", hour - cost);
    assert!(cost > Usd::ZERO && hour > cost);
}

/// Moving the premium for the moment at which a step ends moves the rate by next to nothing.
#[test]
fn pushing_the_curve_when_a_step_ends() {
    let mut quiet = honest_longs(Stage::new());
    quiet.wait(62);
    let mut pushed = honest_longs(Stage::new());
    let before = pushed.purse(&["mallory"]);
    pushed.sleep(1);
    pushed.sell("mallory", 80.0);
    pushed.wait(1);
    pushed.wait(1);
    pushed.close("mallory");
    pushed.wait(59);
    let rates = [quiet.market().funding_rate.bits, pushed.market().funding_rate.bits];
    let ppm = |bits: i64| bits as f64 / 2f64.powi(48) * 1e6;
    let moved = ppm(rates[0] - rates[1]).abs();
    let cost = before - pushed.purse(&["mallory"]);
    println!(
        "the rate is {:.3} ppm an hour untouched and {:.3} pushed, which cost {cost}",
        ppm(rates[0]),
        ppm(rates[1])
    );
    // The slew allows 210 ppm/h an hour: 7 ppm in two steps.
    assert!(moved <= 7.0 && cost > Usd::ZERO);
}
