//! Items 3, 4, 5, 14, 24, 26, 27 and 28: settlement, claims, maturity, and what may be withdrawn.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::{Error, Side, pot};
use keel_simulator::{Done, Quote};

/// Two winners of 1,000 each, a loser of 2,000 who had 1,000: both get the same, whoever releases first.
#[test]
fn item_03_first_come_first_served() {
    let play = |order: [&str; 2]| {
        let stage = Stage::new().with("liquidation_tip_quote", 0).person("lp", 1_000_000).person("w1", 10_000);
        let mut story = stage.person("w2", 10_000).person("loser", 1_000).start();
        story.provide("lp", -100, 100, 4_000_000);
        story.buy("w1", 0.45);
        story.buy("w2", 0.45);
        story.sell("loser", 0.9);
        story.move_price(22_222.0);
        for name in ["w1", "w2", "loser"] {
            let _settled = story.settle_other(name, name).unwrap();
        }
        println!(
            "pot {}, claims {}, uncovered {}",
            Usd::from(story.market().pot),
            Usd::from(story.market().claims),
            Usd::from(story.market().uncovered)
        );
        story.wait(12_000);
        order.map(|name| story.release(name).unwrap())
    };
    let ([a, b], [c, d]) = (play(["w1", "w2"]), play(["w2", "w1"]));
    println!("w1 first: {a} and {b}; w2 first: {d} and {c}");
    assert!(a.distance(d) <= Usd(2_000_000) && b.distance(c) <= Usd(2_000_000) && a.distance(b) <= Usd(2_000_000));
    assert!(a + b <= Usd::of(1_000) && a + b > Usd::of(950));
}

/// Settled at 105, back at 100: the loss cancels the holder's own claim, and capital is what it was.
#[test]
fn item_04_a_loss_cancels_the_own_claim() {
    let mut story = Stage::new().person("lp", 1_000_000).person("alice", 2_000).person("mallory", 100).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("alice", 1.0);
    let capital = story.capital("alice");
    story.move_price(21_000.0);
    let _settled = story.settle("alice").unwrap();
    let claim = Usd::from(story.position("alice").unmatured);
    story.move_price(20_000.0);
    // Mallory forces it: the pot is short of claims, so anyone may settle a loser.
    let Ok(Done::Settled { cancelled, paid, owed, .. }) = story.settle_other("mallory", "alice") else {
        panic!("refused")
    };
    println!("claim {claim}, cancelled {}, paid {}, owed {owed}", Usd::from(cancelled), Usd::from(paid));
    assert!(claim > Usd::of(990) && Usd::from(cancelled) == claim);
    // What is paid is no more than the fee and the half spread of her own trade.
    assert!(capital.distance(story.capital("alice")) < Usd::of(20) && owed == 0);
    assert!(!story.health("alice").is_unhealthy());
}

/// A loses a million to B, both Mallory's. What A may still take at once never exceeds what of B's is not mature yet.
#[test]
fn item_05_paid_in_is_no_licence() {
    let stage = Stage::new().with("oi_cap_usd", 1_000_000_000).with("imf_slope_ppm_per_million_usd", 0);
    let mut story = stage.person("lp", 5_000_000).person("a", 2_000_000).person("b", 2_000_000).start();
    story.provide("lp", -100, 100, 40_000_000);
    for _ in 0..5 {
        story.buy("a", 100.0);
        story.sell("b", 100.0);
    }
    story.move_price(18_000.0);
    for name in ["a", "b"] {
        let _settled = story.settle(name).unwrap();
    }
    assert!(Usd::from(story.position("a").paid_in) > Usd::of(990_000));
    let lost = Usd::from(story.position("a").paid_in);
    for _ in 0..10 {
        story.wait(600);
        let mut mature = story.position("b");
        pot::mature(story.market(), &mut mature, story.now());
        let licence = Usd::from(pot::paid_in_now(story.market(), &story.position("a"), story.now()));
        println!("A may take {licence} at once, B could release {}", Usd::from(mature.mature));
        assert!(licence + Usd::from(mature.mature) <= lost + Usd(1));
    }
    // Closed down to an atom and built up again on the other side, nothing of it is left.
    story.sell("a", 499.999_999_999);
    story.sell("a", 1.0);
    assert_eq!(story.position("a").paid_in, 0);
}

/// Guarded time and time without a fresh index mature nothing.
#[test]
fn item_05_nothing_matures_while_the_index_is_in_doubt() {
    let mut story = Stage::new().person("lp", 1_000_000).person("alice", 10_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("alice", 1.0);
    story.move_price(20_500.0);
    let _settled = story.settle("alice").unwrap();
    let trusted = story.market().trusted_secs;
    story.quote(Quote { conf: 2_050_000_000_000 / 50, ..Quote::of_usd(20_500.0) });
    story.wait(1);
    let guarded_from = story.market().trusted_secs;
    story.wait(3_600);
    println!(
        "trusted seconds: {trusted}, {guarded_from} when the guard began, {} after an hour",
        story.market().trusted_secs
    );
    assert_eq!(story.market().trusted_secs, guarded_from);
    story.quote(Quote::of_usd(20_500.0));
    story.wait(100);
    let before = story.market().trusted_secs;
    story.sleep(3_600);
    story.refresh();
    // An hour of silence counts for the 20 seconds in which the last index was fresh.
    assert!(story.market().trusted_secs - before <= 20);
}

/// Settling a holder at a dip, by a stranger, costs him nothing: what he paid in comes back at once.
#[test]
fn item_14_forced_settlement_at_a_dip_costs_nothing() {
    let mut story = Stage::new().person("lp", 1_000_000).person("alice", 10_000).person("bear", 10_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("alice", 1.0);
    story.sell("bear", 1.0);
    let before = story.wealth("alice");
    story.move_price(19_500.0);
    let _settled = story.settle("bear").unwrap();
    let Ok(Done::Settled { paid, .. }) = story.settle_other("bear", "alice") else { panic!("refused") };
    assert_eq!(story.settle_other("bear", "alice"), Err(Error::NothingToSettle), "twice within a mark step");
    story.move_price(20_000.0);
    let free = story.initial("alice").equity;
    let _settled = story.settle("bear").unwrap();
    let _settled = story.settle("alice").unwrap();
    let back = story.release("alice").unwrap();
    println!(
        "{} were taken at the dip, {back} were back at once; free equity meanwhile {}",
        Usd::from(paid),
        Usd(free)
    );
    // `paid_in` has halved for the few seconds that the dip lasted.
    assert!(Usd::from(paid) > Usd::of(490) && before.distance(story.wealth("alice")) < Usd::of(1));
    assert!(back > Usd::of(480) && Usd(free) > Usd::of(9_480));
}

/// A claim of 1,000 with little left to mature and 1,000 new: the merged claim matures as the two would have apart, and
/// settling often punishes and speeds up nothing.
#[test]
fn item_24_merged_claims_mature_as_they_would_apart() {
    let play = |is_often: bool| {
        let mut story = Stage::new().person("lp", 1_000_000).person("alice", 50_000).start();
        story.provide("lp", -100, 100, 4_000_000);
        story.buy("alice", 2.0);
        for (usd, minutes) in [(20_500.0, 60), (21_000.0, 10)] {
            story.move_price(usd);
            let _settled = story.settle("alice").unwrap();
            for _ in 0..minutes {
                story.wait(60);
                if is_often {
                    let _settled = story.settle("alice").unwrap();
                }
            }
        }
        let mut position = story.position("alice");
        pot::mature(story.market(), &mut position, story.now());
        (Usd::from(position.mature), Usd::from(position.unmatured))
    };
    let (rarely, often) = (play(false), play(true));
    println!("settled twice: {} mature, {} not; settled every minute: {} and {}", rarely.0, rarely.1, often.0, often.1);
    // 1,000 after 70 minutes and 1,000 after 10: 992 and 500 are mature.
    assert!(rarely.0.distance(often.0) < Usd::of(10) && rarely.1.distance(often.1) < Usd::of(10));
    assert!(rarely.1 > Usd::of(480) && rarely.1 < Usd::of(530));
}

/// A bankrupt account in one market costs nobody in another: neither pot, claims nor insurance there move.
#[test]
fn item_27_no_market_pays_for_another() {
    let stage = Stage::new().two_markets().person("lp", 4_000_000).person("gambler", 5_000).person("calm", 50_000);
    let mut story = stage.person("keeper", 100).start();
    for market in [0, 1] {
        story.turn_to(market);
        story.provide("lp", -100, 100, 4_000_000);
    }
    story.buy("calm", 1.0);
    story.move_price(20_400.0);
    let _settled = story.settle("calm").unwrap();
    let sol = (story.market().pot, story.market().claims, story.market().insurance, story.market().written_off);
    let calm = story.capital("calm");
    story.turn_to(0);
    story.buy("gambler", 4.5);
    story.move_price(17_500.0);
    let _paid = story.liquidate_fully("gambler", "keeper");
    let _resolved = story.resolve("gambler").unwrap();
    println!("written off in BTC: {}", Usd::from(story.market().written_off));
    story.turn_to(1);
    let after = (story.market().pot, story.market().claims, story.market().insurance, story.market().written_off);
    assert_eq!(sol, after);
    assert_eq!(calm, story.capital("calm"));
}

/// Withdrawing leaves the larger of initial margin and a tenth of the notional; profit that is not settled counts nothing.
#[test]
fn item_28_a_withdrawal_leaves_a_tenth() {
    let mut story = Stage::new().person("lp", 1_000_000).person("alice", 10_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("alice", 1.0);
    story.move_price(21_000.0);
    let free = |story: &Story| {
        let initial = story.initial("alice");
        Usd(initial.equity) - Usd::from(initial.notional.div_ceil(10))
    };
    let most = free(&story);
    println!("of {} she may withdraw {most}", story.wealth("alice"));
    assert!(most < Usd::of(7_910));
    assert_eq!(story.withdraw("alice", most + Usd(1)), Err(Error::InsufficientMargin));
    story.withdraw("alice", most).unwrap();
    assert_eq!(story.withdraw("alice", Usd(1)), Err(Error::InsufficientMargin));
    // A range that gains what the position loses is netted with it before profit is left out.
    assert_eq!(story.try_trade("alice", Side::Buy, 2.0), Err(Error::InsufficientMargin));
}
