//! Stop hunts: moving the price at which others are judged.
//!
//! Thin perpetual markets have seen it over and over: somebody pushes the traded price for a few minutes, accounts close to
//! their limit are liquidated into his orders, and he takes profit from their forced trades and from the liquidator's
//! bonus.
//!
//! Here Bob is short and near maintenance. Mallory pushes the curve up with a long of her own, keeps it there, flags Bob
//! and takes the steps of his liquidation, in which he buys what she sells.
//!
//! What stops it: health is judged at a mark that is a median of the *index*; the curve enters it only as a slow average
//! of the premium, and at most by `mark_band` to either side. So who is healthy with the mark at the far end of its band is
//! out of reach at any cost, and with a band of 0 everybody who is healthy is. Within it the hunt can pay: see `draft::open`.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Error;

const HERS: [&str; 2] = ["mallory", "keeper"];

/// Bob is short 40 contracts in a thin market, with so much more than maintenance.
fn bob_at(mark_band_ppm: u64, excess: Usd) -> Story {
    let stage = Stage::new().with("mark_band_ppm", mark_band_ppm).person("lp", 4_000_000).person("bob", 60_000);
    let mut story = stage.person("balance", 500_000).person("mallory", 1_000_000).person("keeper", 100).start();
    story.provide("lp", -150, 150, 2_000_000);
    for _ in 0..8 {
        story.sell("bob", 5.0);
        story.buy("balance", 4.5);
    }
    let mut price = 20_000.0;
    while Usd(story.health("bob").excess()) > excess + Usd::of(900) {
        price += 20.0;
        story.move_price(price);
    }
    story
}

#[test]
fn beyond_the_marks_band_nobody_is_reached() {
    // From one end of the band to the other: 1% of 40 contracts at 20,800 is 8,320, and maintenance rises by 3% of that.
    let mut story = bob_at(5_000, Usd::of(8_600));
    let before = story.purse(&HERS);
    story.buy("mallory", 40.0);
    assert!(story.premium() > 0.010);
    for _ in 0..60 {
        story.wait(10);
        assert_eq!(story.flag("bob"), Err(Error::AccountHealthy));
    }
    println!(
        "ten minutes at {:+.4}: Bob still has {} beyond maintenance",
        story.premium(),
        Usd(story.health("bob").excess())
    );
    let cost = before - story.purse(&HERS);
    println!("it cost her {cost}");
    assert!(cost > Usd::of(1_000));
}

#[test]
fn without_a_band_there_is_nothing_to_hunt() {
    let mut story = bob_at(0, Usd::of(100));
    let before = story.purse(&HERS);
    story.buy("mallory", 40.0);
    for _ in 0..60 {
        story.wait(10);
        assert_eq!(story.flag("bob"), Err(Error::AccountHealthy));
    }
    assert!(story.purse(&HERS) < before);
}
