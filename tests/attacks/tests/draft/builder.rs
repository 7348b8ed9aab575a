//! Warm-up by builder (attack 5b): where a builder's fee is mature at once, a trader who is his own builder turns the
//! profit of a price that he made himself into money that leaves before the price is back.

use keel_attacks::{Stage, Story, Usd};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::trade::Order;
use keel_engine::{Error, Result};
use keel_simulator::{Action, Done};

const HIS: [&str; 2] = ["mallory", "app"];
/// The largest fee that anybody may allow.
const FEE_PPM: u32 = 10_000;
/// The position, in contracts at 20,000 USD.
const SIZE: f64 = 60.0;

fn begin() -> Story {
    let people = Stage::new().person("lp", 10_000_000).person("mallory", 150_000).isolated_person("app", 0);
    let mut story = people.start();
    story.provide("lp", -200, 200, 20_000_000);
    let (who, builder) = (story.who("mallory"), story.who("app"));
    let _approved = story.play(Action::ApproveBuilder { who, builder, max_fee_ppm: FEE_PPM }).unwrap();
    story
}

fn through(story: &mut Story, side: Side, contracts: f64) -> Result<Usd> {
    let exact = Exact::Base((contracts * 1e9) as u64);
    let order = Order { side, exact, limit: None, reduce_only: side == Side::Sell, all_or_nothing: false };
    let (who, builder) = (story.who("mallory"), story.who("app"));
    let done = story.play(Action::TradeWithBuilder { who, market: 0, order, builder, fee_ppm: FEE_PPM })?;
    let Done::Brought { builder_fee, .. } = done else { panic!("{done:?}") };
    Ok(Usd::from(builder_fee))
}

/// Long when the price jumps by 5%.
fn at_the_spike() -> Story {
    let mut story = begin();
    story.buy("mallory", SIZE);
    story.wait(20);
    story.move_price(21_000.0);
    story
}

/// Half a minute at the spike, as many round trips as margin allows, everything released that can be: beside who closes
/// once and waits for his profit.
#[test]
fn a_spikes_profit_does_not_leave_as_a_fee() {
    let mut patient = at_the_spike();
    patient.close("mallory");
    patient.wait(20);
    let plain = patient.release("mallory").unwrap_or(Usd::ZERO);
    patient.move_price(20_000.0);
    let alone = patient.purse(&HIS);
    println!("closed without a builder, {plain} are out after 30 seconds and {alone} in the end");

    let mut story = at_the_spike();
    let (mut fees, mut trips) = (Usd::ZERO, 0);
    while let Ok(fee) = through(&mut story, Side::Sell, SIZE) {
        fees = fees + fee;
        trips += 1;
        let Ok(fee) = through(&mut story, Side::Buy, SIZE) else { break };
        fees = fees + fee;
    }
    story.wait(20);
    let got = story.release("app").unwrap_or(Usd::ZERO);
    println!("{trips} round trips make {fees} of fees, of which the builder takes {got} in 30 seconds");
    // Of what is unmatured a half matures in ten minutes, of a fee as of a profit: mature at once it would be all of it.
    assert!(fees > Usd::of(50_000) && got.dollars() <= fees.dollars() * 0.035, "{fees} {got}");
    story.move_price(20_000.0);
    let together = story.purse(&HIS);
    println!("trader and builder end with {together}");
    assert!(together < alone);
}

/// What is opened is backed with the fee paid, so a fee is the trader's own capital and nobody else's: an account that is
/// emptied into its builder has nothing left to lose for others.
#[test]
fn an_account_is_not_stripped_into_its_builder() {
    let mut story = begin();
    let before = story.purse(&HIS);
    story.buy("mallory", SIZE);
    story.wait(20);
    // At the edge: what remains above maintenance is less than the fee on the whole.
    story.move_price(18_300.0);
    let health = story.health("mallory");
    println!("at the edge: equity {}, maintenance {}", health.equity / 1_000_000, health.maintenance / 1_000_000);
    let refused = through(&mut story, Side::Sell, SIZE / 20.0);
    if health.is_unhealthy() {
        assert_eq!(refused, Err(Error::InsufficientMargin));
    }
    while through(&mut story, Side::Sell, SIZE / 20.0).is_ok() {}
    let health = story.health("mallory");
    assert!(health.equity >= 0, "{health:?}");
    story.wait(60);
    let after = story.purse(&HIS);
    println!("together they came with {before} and end with {after}");
    assert!(after < before);
}
