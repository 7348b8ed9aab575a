//! Each planted bug changes what the engine does, and nothing while none is planted:
//! `cargo test -p keel-engine --features planted-bugs --test planted`.

#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_wrap, clippy::indexing_slicing, clippy::unwrap_used)]

mod exchange;

use std::sync::{Mutex, PoisonError};

use exchange::{CONTRACT, Sim, USD, order, quiet};
use keel_engine::curve::{End, Exact};
use keel_engine::params::Params;
use keel_engine::planted::{self, Bug};
use keel_engine::pool::Nav;
use keel_engine::pool::shares::shares_floor;
use keel_engine::trade::{Fill, trade};
use keel_engine::{Error, Side};

const LP: usize = 0;
const TAKER: usize = 1;
const ONE: i64 = CONTRACT as i64;

/// A curve at 1,000 USD whose next tick downwards is -100, and the one after it -200.
fn market(params: Params) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(10_000_000);
    sim.provide(0, LP, -200, 200, 1_000_000).unwrap();
    sim.provide(0, LP, -100, 100, 1_000_000).unwrap();
    // A planted bug breaks what is recounted after each operation.
    sim.checked = false;
    sim
}

/// What something gives without and with a bug. The bug is one for the process, so this is one at a time.
fn without_and_with<T>(bug: Bug, mut run: impl FnMut() -> T) -> (T, T) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let without = run();
    planted::set(Some(bug));
    let with = run();
    planted::set(None);
    (without, with)
}

#[test]
fn an_atom_of_a_buy_goes_to_the_taker() {
    let sim = market(quiet());
    let (right, wrong) =
        without_and_with(Bug::RoundsForTheTaker, || sim.clone().take(0, TAKER, ONE / 7).unwrap().quote);
    assert_eq!(wrong, right + 1, "pays an atom less");
    let (right, wrong) =
        without_and_with(Bug::RoundsForTheTaker, || sim.clone().take(0, TAKER, -ONE / 7).unwrap().quote);
    assert_eq!(wrong, right, "a sale is as it was");
}

#[test]
fn liquidity_above_the_tick_is_missing_after_a_sell_that_rests_on_it() {
    let sim = market(quiet());
    // The array that holds the tick after the next is not passed: the sell ends on the tick that it crossed.
    let sell = |sim: &mut Sim| -> Fill {
        sim.with_arrays(0, &[4, 5, 6], |book, actors, others, now| {
            let order = order(Side::Sell, Exact::Base(5_000 * CONTRACT));
            trade(book, &mut actors[TAKER].account, None, others, &order, now)
        })
        .unwrap()
    };
    let (right, wrong) = without_and_with(Bug::LeavesTheTickItRestsOn, || {
        let mut sim = sim.clone();
        let fill = sell(&mut sim);
        assert_eq!((fill.end, fill.crossings), (End::Partial(Error::TickArrayMissing), 1));
        sim
    });
    let liquidity = |sim: &Sim, slot: usize| sim.actors[LP].ranges.ranges[slot].liquidity.get();
    assert_eq!(right.market(0).sqrt_price, wrong.market(0).sqrt_price, "both rest on the tick");
    assert_eq!(right.market(0).sqrt_price, right.actors[LP].ranges.ranges[1].lower_sqrt_price);
    right.check_curve(0);
    assert_eq!(right.market(0).liquidity.get(), liquidity(&right, 0) + liquidity(&right, 1));
    assert_eq!(wrong.market(0).liquidity.get(), liquidity(&wrong, 0), "the range that contains `s` does not count");
}

#[test]
fn a_profit_is_paid_before_it_is_mature() {
    let params = quiet();
    assert_ne!(params.profit_half_life_secs, 0);
    let mut sim = market(params);
    let loser = sim.actor(1_000);
    let winner = sim.actor(1_000);
    sim.deal(0, winner, loser, ONE, 1_000);
    sim.move_price(0, 1_050);
    let _ = sim.settle(0, loser).unwrap();
    let profit = sim.settle(0, winner).unwrap().profit;
    assert!(profit > 49 * USD);
    let (right, wrong) = without_and_with(Bug::MaturesAtOnce, || {
        sim.clone().release(0, winner, 1_000_000).map(|released| released.paid)
    });
    assert_eq!((right, wrong), (Err(Error::NothingToRelease), Ok(profit)));
}

#[test]
fn shares_are_bought_at_the_value_at_which_others_leave() {
    let nav = Nav { high: 2_000_000, low: 1_000_000 };
    let (right, wrong) = without_and_with(Bug::SellsSharesLow, || shares_floor(1_000_000, &nav, 1_000_000).unwrap());
    assert_eq!((right, wrong), (666_666, 1_000_000));
}
