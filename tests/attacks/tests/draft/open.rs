//! What the rules leave open, with what it costs at most: none of these is stopped yet, each is bounded by what the test
//! says. docs/attacks.md says what would stop it.

use keel_attacks::{Stage, Usd};

/// Pushing the curve moves the mark within its band, and liquidating whom that makes unhealthy pays: at most the discount on
/// what the victim held.
#[test]
fn hunting_within_the_marks_band_pays_the_discount_at_most() {
    let hers = ["mallory", "keeper"];
    let stage = Stage::new().person("lp", 4_000_000).person("bob", 60_000).person("balance", 500_000);
    let mut story = stage.person("mallory", 1_000_000).person("keeper", 100).start();
    story.provide("lp", -150, 150, 2_000_000);
    for _ in 0..8 {
        story.sell("bob", 5.0);
        story.buy("balance", 4.5);
    }
    let mut price = 20_000.0;
    while Usd(story.health("bob").excess()) > Usd::of(1_000) {
        price += 20.0;
        story.move_price(price);
    }
    let before = story.purse(&hers);
    story.buy("mallory", 10.0);
    story.wait(600);
    story.flag("bob").unwrap();
    story.wait(60);
    while story.account("bob").flagged_at != 0 && story.liquidate("bob", "keeper", u64::MAX).is_ok() {
        story.wait(10);
    }
    let gain = story.purse(&hers) - before;
    println!("the hunt gains {gain} at an index that has not moved");
    // 40 contracts at d_max, 1%: what an account near its maintenance margin has to fear from the curve.
    assert!(gain < Usd::of(8_000), "{gain}");
}

/// A trade with oneself at the edge of the band, across a gap and held for hours, lifts funding to its cap, and the slew keeps
/// it there for a short that comes later. It collects at most what the cap gives while the slew unwinds it: half of 0.125% an
/// hour for six hours, on 160 contracts. A provider pays no more than the day's cap, and whoever sells into the bid 1% above the
/// index ends it (`item_20_who_sells_into_the_push_ends_it`).
#[test]
fn a_trade_with_oneself_steers_funding_for_what_the_slew_takes_to_unwind() {
    let most = Usd::of(160 * 20_000 * 375 / 100_000);
    for (scale, contracts) in [(50_000_000_000, 1.0), (4_167_000_000_000, 50.0)] {
        let gain = crate::funding::harvest(scale, contracts, false);
        println!(
            "scale {scale}: steering funding with {contracts} contracts gains {gain} at an index that has not moved"
        );
        assert!(gain < most, "{gain} of at most {most}");
    }
}
