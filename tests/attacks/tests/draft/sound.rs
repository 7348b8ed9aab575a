//! The list "Sound: do not change" of docs/attacks.md, where a story can show it.

use keel_attacks::{Stage, Usd};
use keel_engine::{Error, pot};

/// A peg move moves no base and no quote, for ranges at an edge too.
#[test]
fn a_peg_move_moves_neither_base_nor_quote() {
    let mut story = Stage::new().person("lp", 1_000_000).person("alice", 100_000).start();
    story.provide("lp", -100, 100, 2_000_000);
    story.provide("lp", 0, 20, 100_000);
    story.wait(10);
    story.buy("alice", 5.0);
    let (base, quote) = (story.position("alice").base, story.position("alice").quote);
    let growth = story.market().quote_growth;
    for usd in [21_000.0, 19_000.0, 20_000.0] {
        story.move_price(usd);
        assert_eq!((story.position("alice").base, story.position("alice").quote), (base, quote));
        assert_eq!(story.market().quote_growth, growth);
    }
}

/// Settling at mark while the curve stands elsewhere changes nobody's equity.
#[test]
fn settling_changes_no_equity() {
    let mut story = Stage::new().person("lp", 1_000_000).person("alice", 100_000).start();
    story.provide("lp", -100, 100, 2_000_000);
    story.buy("alice", 45.0);
    story.move_price(20_300.0);
    assert!(story.premium() > 0.008);
    let before = story.wealth("alice");
    let _settled = story.settle("alice").unwrap();
    assert!(before.distance(story.wealth("alice")) <= Usd(1));
}

/// Losing on purpose to oneself to lift the payout ratio loses money.
#[test]
fn lifting_the_payout_ratio_with_ones_own_loss_loses_money() {
    let begin = || {
        let stage = Stage::new().person("lp", 2_000_000).person("winner", 20_000).person("loser", 1_000);
        let mut story = stage.person("her long", 50_000).person("her short", 50_000).start();
        story.provide("lp", -100, 100, 4_000_000);
        story.buy("winner", 0.9);
        story.sell("loser", 0.9);
        story.move_price(22_222.0);
        for name in ["winner", "loser"] {
            let _settled = story.settle_other(name, name).unwrap();
        }
        story
    };
    let hers = ["winner", "her long", "her short"];
    let idle = begin().purse(&hers);
    let mut story = begin();
    let ratio = pot::payout_floor(story.market(), 1_000_000);
    story.buy("her long", 5.0);
    story.sell("her short", 5.0);
    story.move_price(21_000.0);
    for name in ["her long", "her short"] {
        let _settled = story.settle(name).unwrap();
    }
    println!(
        "the ratio was {ratio} ppm, with her own loss in the pot it is {}",
        pot::payout_floor(story.market(), 1_000_000)
    );
    story.move_price(22_222.0);
    let meddled = story.purse(&hers);
    println!("left alone she ends with {idle}, having meddled with {meddled}");
    assert!(meddled < idle);
}

/// Principal is never touched: a write-off of any size leaves every account's capital as it was.
#[test]
fn a_write_off_touches_no_capital() {
    let stage = Stage::new().person("lp", 1_000_000).person("winner", 20_000).person("saver", 50_000);
    let mut story = stage.person("loser", 5_000).person("keeper", 100).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("winner", 4.5);
    story.sell("loser", 4.5);
    let capital = ["lp", "winner", "saver"].map(|name| story.capital(name));
    story.move_price(26_000.0);
    let _pay = story.liquidate_fully("loser", "keeper");
    let _resolved = story.resolve("loser").unwrap();
    println!("written off: {}", Usd::from(story.market().written_off));
    assert_eq!(capital, ["lp", "winner", "saver"].map(|name| story.capital(name)));
    story.withdraw("saver", Usd::of(50_000)).unwrap();
}

/// A provider who owes through his range gains nothing by not settling it: he cannot withdraw against it, and leaving pays.
#[test]
fn a_losing_provider_gains_nothing_by_waiting() {
    let mut story = Stage::new().person("lp", 1_000_000).person("alice", 100_000).start();
    story.provide("lp", -100, 100, 4_000_000);
    story.buy("alice", 40.0);
    story.move_price(21_000.0);
    let _closed = story.close("alice");
    let claim = Usd::from(story.position("alice").unmatured);
    story.wait(12_000);
    assert_eq!(story.withdraw("lp", Usd::of(1_000_000)), Err(Error::InsufficientMargin));
    story.remove("lp").unwrap();
    let _settled = story.settle_other("alice", "lp").unwrap();
    let paid = story.release("alice").unwrap();
    println!("a claim of {claim} was paid with {paid}");
    assert!(paid > Usd::of(37_000) && paid.distance(claim) < Usd::of(1));
    assert!(story.capital("lp") < Usd::of(970_000));
}
