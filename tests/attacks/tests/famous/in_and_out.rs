//! In and out within a transaction: the flash loan's favourite.
//!
//! Every bug of rounding, of averages that count an instant, or of a price that a trade has just moved is farmed the same
//! way: open and close in one transaction, with as much as can be borrowed for it, as often as fits.
//!
//! Here Mallory buys and sells, sells and buys, each time in one transaction: from a dollar to a million, and two hundred
//! times over in a market without any fee.
//!
//! What stops it: amounts round against the taker at every step, the way there and the way back use the same index, and
//! nothing weighs anything inside a slot.

use keel_attacks::{Move, Stage, Usd};

#[test]
fn never_a_gain_of_any_size_in_either_direction() {
    let mut story = Stage::new().person("lp", 1_000_000).person("mallory", 200_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    let mut worth = story.wealth("mallory");
    for contracts in [0.000_05, 0.005, 0.5, 50.0] {
        let there_and_back = [
            [Move::Buy("mallory", contracts), Move::Sell("mallory", contracts)],
            [Move::Sell("mallory", contracts), Move::Buy("mallory", contracts)],
        ];
        for both in there_and_back {
            story.wait(1);
            story.together(&both).unwrap();
            let now = story.wealth("mallory");
            println!("{contracts} contracts there and back: {}", now - worth);
            assert!(now < worth);
            worth = now;
        }
    }
    assert!(worth > Usd::of(190_000));
}

/// With every fee off, what is left is rounding: it never helps her.
#[test]
fn rounding_cannot_be_farmed() {
    let mut stage = Stage::new().with("rebalance_factor_ppm", 1_000_000);
    for fee in ["base_fee_ppm", "max_fee_ppm", "conf_weight_ppm", "vol_weight_ppm", "depth_weight_ppm"] {
        stage = stage.with(fee, 0);
    }
    let mut story = stage.person("lp", 1_000_000).person("mallory", 10_000).start();
    story.provide("lp", -100, 100, 100_000);
    let start = story.wealth("mallory");
    let mut worth = start;
    for round in 0..200 {
        let contracts = f64::from(round * 7 + 1) * 1e-6;
        let both = [Move::Buy("mallory", contracts), Move::Sell("mallory", contracts)];
        story.together(&both).unwrap();
        let now = story.wealth("mallory");
        assert!(now <= worth, "{contracts} contracts gained {}", now - worth);
        worth = now;
    }
    println!("200 round trips with no fee at all cost {} atoms", (start - worth).0);
    assert!(worth < start);
}
