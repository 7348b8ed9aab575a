//! Open interest split over a hundred wallets.
//!
//! Where position limits and size-dependent margins look at one account, an owner opens many: each of a hundred wallets
//! is small, and together they are the market. (Mango's attacker of 2022 needed two: no limit looked at both.)
//!
//! Here Mallory has 100,000 USD and a market in which 400,000 USD of open interest are left, that ordinary margin would
//! give her for 20,000. She tries as one account with one order, as a hundred accounts, and as one account with orders as small as
//! those.
//!
//! What stops it: the margin of added risk rises with the *market's* open interest, to all of its value at the cap, and
//! asks for nobody's name. A hundred wallets come less far than one account that adds in as many parts, because none can use the others' margin; and near the cap
//! a part needs its whole value, whoever adds it. The cap binds all of them together. (The part of initial margin that rises
//! with an account's size does look at the account; it stands for how long closing it takes.)

use keel_attacks::{Stage, Story, Usd};
use keel_engine::curve::Exact;
use keel_engine::trade::Order;
use keel_engine::{Error, Side};
use keel_simulator::Action;

const WALLETS: usize = 100;
/// What Mallory has, in dollars.
const MONEY: u64 = 100_000;
/// Open interest that is left under the cap, in dollars.
const LEFT: f64 = 400_000.0;
/// Places of people in the story: the provider, those who are there already, and hers from here on.
const HERS: usize = 2;

fn name(wallet: usize) -> &'static str {
    Box::leak(format!("wallet {wallet}").into_boxed_str())
}

/// Open interest is where the margin of added risk begins to rise.
fn begin(wallets: usize) -> (Story, Vec<&'static str>) {
    let names: Vec<&'static str> = (0..wallets).map(name).collect();
    let stage = Stage::new().with("oi_cap_usd", 1_000_000).with("skew_scale_base", 2_500_000_000);
    let stage = stage.person("lp", 2_000_000).person("others", 500_000);
    let stage = names.iter().fold(stage, |stage, name| stage.person(name, MONEY / wallets as u64));
    let mut story = stage.start();
    story.provide("lp", -100, 100, 8_000_000);
    story.buy("others", 30.0);
    story.wait(20);
    (story, names)
}

/// The largest purchase, in thousandths of a contract, that an account's margin backs now.
fn most(story: &Story, who: usize) -> u64 {
    let is_backed = |size: u64| {
        let exact = Exact::Base(size * 1_000_000);
        let order = Order { side: Side::Buy, exact, limit: None, reduce_only: false, all_or_nothing: true };
        story.imagine().play(&Action::Trade { who, market: 0, order }).is_ok()
    };
    let (mut backed, mut refused) = (0u64, 30_000);
    while refused - backed > 1 {
        let middle = backed.midpoint(refused);
        if is_backed(middle) { backed = middle } else { refused = middle }
    }
    backed
}

/// Dollars of open interest that an account gets with one order.
fn take(story: &mut Story, name: &str, who: usize) -> f64 {
    let contracts = most(story, who) as f64 / 1_000.0;
    if contracts > 0.0 { -story.buy(name, contracts).quote.dollars() } else { 0.0 }
}

#[test]
fn a_hundred_wallets_come_no_further_than_one() {
    let (mut alone, names) = begin(1);
    let at_once = take(&mut alone, names[0], HERS);

    let (mut many, names) = begin(WALLETS);
    let before = many.purse(&names);
    let split: f64 = names.iter().enumerate().map(|(wallet, name)| take(&mut many, name, HERS + wallet)).sum();
    let after = many.purse(&names);

    let (mut patient, names) = begin(1);
    let mut in_parts = 0.0;
    while let Ok(fill) = patient.try_trade(names[0], Side::Buy, split / 20_000.0 / WALLETS as f64) {
        in_parts -= fill.quote.dollars();
    }
    println!(
        "of {LEFT:.0} USD left, 100,000 USD get {at_once:.0} with one order, {split:.0} with a hundred wallets, \
         {in_parts:.0} as one account in parts; the wallets end with {after} of {before}"
    );
    // Ordinary margin would give the wallets all of what is left, five times over.
    assert!(split < 0.75 * LEFT && at_once < split && split < in_parts && in_parts < 1.01 * LEFT);
    assert!(after < before);
}

#[test]
fn near_the_cap_a_part_needs_its_value_whoever_adds_it() {
    let (mut story, names) = begin(2);
    let [large, small] = [names[0], names[1]];
    // The others fill the market to 97.5% of its cap.
    while story.market().open_interest() < 48_750_000_000 {
        let bought = story.try_trade("others", Side::Buy, 0.25);
        assert!(bought.is_ok(), "{bought:?}");
    }
    // One of hers has traded before, the other has not: a part of 5,000 USD needs about its value from both.
    story.withdraw(large, Usd::of(45_500)).unwrap();
    story.withdraw(small, Usd::of(45_500)).unwrap();
    for name in [large, small] {
        assert_eq!(story.try_trade(name, Side::Buy, 0.25), Err(Error::InsufficientMargin), "{name}");
    }
    story.deposit(large, Usd::of(1_000));
    story.deposit(small, Usd::of(1_000));
    story.buy(large, 0.25);
    story.buy(small, 0.25);
    assert_eq!(story.try_trade("others", Side::Buy, 1.0), Err(Error::OpenInterestCap));
}
