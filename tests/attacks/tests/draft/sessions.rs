//! Item 6: a market whose feed sleeps, the index that the curve makes for itself meanwhile, and the reopening.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::{Error, Side};

/// A day in refreshes of ten minutes, which is what one refresh catches up.
const DAY: usize = 144;

/// A share's market: the feed falls silent for the night, a provider is deep to 5% on either side.
fn stage() -> Stage {
    let stage = Stage::new().with("session_gap_secs", 60).with("oi_cap_usd", 1_000_000_000);
    stage.person("lp", 10_000_000).person("mallory", 5_000_000).person("short", 100_000)
}

fn asleep(mut story: Story) -> Story {
    story.provide("lp", -500, 500, 20_000_000);
    story.wait(10);
    story.silence();
    story.sleep(90);
    story.refresh();
    assert_eq!(story.market().session, 1);
    story
}

fn nights(story: &mut Story, refreshes: usize) {
    for _ in 0..refreshes {
        story.sleep(600);
        story.refresh();
    }
}

fn price(bits: u64) -> f64 {
    bits as f64 / 2f64.powi(48)
}

/// What can be gained on a curve that stands there and whose peg never moves, by buying up to the index.
fn fair(story: &Story) -> Usd {
    let market = story.market();
    let (s, peg, index) =
        (market.sqrt_price.get() as f64 / 2f64.powi(64), price(market.peg.bits), price(market.index.bits));
    let end = (index / peg).sqrt();
    let liquidity = market.liquidity.get() as f64;
    Usd((liquidity * (index * (1.0 / s - 1.0 / end) - peg * (end - s))) as i64)
}

/// "x held at 1.005: index at the +5% band after less than a day, 105 against 100.5 with a frozen peg."
#[test]
fn item_06_an_index_that_walks_to_the_curve_arrives_there() {
    let mut story = asleep(stage().start());
    while story.premium() < 0.005 {
        story.buy("mallory", 5.0);
    }
    let (premium, peg) = (story.premium(), story.market().peg);
    // The index is there within the hour. Whatever that is worth is a claim that does not mature before the feed is back.
    nights(&mut story, 3);
    let _settled = story.settle("mallory").unwrap();
    let claim = story.position("mallory").unmatured;
    nights(&mut story, DAY);
    assert!(claim > 0 && story.position("mallory").unmatured == claim, "{claim}");
    assert_eq!(story.release("mallory"), Err(Error::NothingToRelease));
    let market = story.market();
    let walked = price(market.index.bits) / price(peg.bits) - 1.0;
    println!("x held at {:.4}: after a day the index is {:.3}% up, the band is 5%", 1.0 + premium, walked * 100.0);
    assert_eq!(market.peg, peg);
    assert!((walked - premium).abs() < 1e-9);
}

/// Margins are twice those of the day, so nobody opens at night what half the index's band would undo.
#[test]
fn item_06_margins_are_wider_at_night() {
    let mut story = asleep(stage().start());
    // 5% by day: 100,000 USD carry a hundred contracts at 20,000; at night half of them.
    assert_eq!(story.try_trade("short", Side::Sell, 60.0), Err(Error::InsufficientMargin));
    story.sell("short", 45.0);
}

/// What Mallory, alone in the market, makes of a reopening 3% up. She buys `first` contracts at once and sells in steps of
/// `step` when the peg has had `secs` to follow; then everything is over.
fn reopening(first: &[f64], step: f64, secs: u64) -> (Usd, Usd) {
    let mut story = asleep(stage().start());
    nights(&mut story, 3);
    story.price(20_600.0);
    story.refresh();
    let (there_is, before) = (fair(&story), story.purse(&["mallory"]));
    for contracts in first {
        if story.try_trade("mallory", Side::Buy, *contracts).is_err() {
            break;
        }
    }
    while story.position("mallory").base > 0 {
        story.wait(secs);
        let left = story.position("mallory").base as f64 / 1e9;
        let _sold = story.try_trade("mallory", Side::Sell, step.min(left));
    }
    story.wait(1_800);
    // But for the last digits of `s`.
    assert!((price(story.market().peg.bits) / price(story.market().index.bits) - 1.0).abs() < 1e-9);
    (there_is, story.purse(&["mallory"]) - before)
}

/// "Re-open: truth +3%, takers moved x to 1.03 at peg 100; first fresh price makes peg 103 and P = 106.09: LPs lose 2x the
/// fair loss." The fair loss is what a curve with a peg that stays loses to whoever buys up to the index.
#[test]
fn item_06_a_weekend_is_lost_once() {
    let plans: [(&str, &[f64], f64, u64); 4] = [
        ("all at once, sold slowly", &[25.0; 40], 5.0, 5),
        ("all at once, held for half an hour", &[25.0; 40], 1_000.0, 1_800),
        ("half of it, sold slowly", &[25.0; 12], 5.0, 10),
        ("in and out", &[300.0], 300.0, 10),
    ];
    let mut best = Usd(i64::MIN);
    for (name, first, step, secs) in plans {
        let (there_is, gain) = reopening(first, step, secs);
        println!("{name}: {gain} of {there_is}");
        assert!(gain <= there_is, "{name}");
        best = best.max(gain);
    }
    assert!(best > Usd::ZERO);
}
