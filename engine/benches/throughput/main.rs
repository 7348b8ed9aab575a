//! How fast the engine is on one core of this machine: `cargo bench --package keel-engine`.
//!
//! A trade is the whole of `trade::trade`, margin checks included, on state that is in the processor's cache; buys and
//! sells take turns, so that the state stays where it is. What each measurement assumes about ticks and steps is
//! checked before it starts.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement that cannot start says so"
)]

mod world;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use keel_engine::Side;
use world::{CONTRACT, World};

fn main() {
    divan::main();
}

/// Buys and sells in turns.
struct Turns(Side);

impl Turns {
    fn next(&mut self) -> Side {
        self.0 = match self.0 {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        };
        self.0
    }
}

/// A tenth of a contract: within two ticks.
const SMALL: u64 = CONTRACT / 10;
/// Enough to reach beyond the next tick, not the one after it.
const OVER_ONE_TICK: u64 = 2 * CONTRACT;

fn trades(bencher: Bencher, base: u64, crossings: u32) {
    let mut world = World::new();
    for side in [Side::Buy, Side::Sell, Side::Buy, Side::Sell] {
        assert_eq!(world.take(side, base).crossings, crossings);
    }
    let mut turns = Turns(Side::Sell);
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| world.take(turns.next(), black_box(base)));
    assert_eq!(world.take(turns.next(), base).crossings, crossings, "the state stayed where it was");
}

#[divan::bench(min_time = 1)]
fn trade_within_a_tick(bencher: Bencher) {
    trades(bencher, SMALL, 0);
}

#[divan::bench(min_time = 1)]
fn trade_across_a_tick(bencher: Bencher) {
    trades(bencher, OVER_ONE_TICK, 1);
}

/// Finding the tick ahead, the next `s`, amounts, fee and growths: what a trade asks of the curve.
#[divan::bench(min_time = 1)]
fn curve_step(bencher: Bencher) {
    let mut world = World::new();
    assert_eq!(world.swap(Side::Buy, SMALL).steps, 1);
    assert_eq!(world.swap(Side::Sell, SMALL).steps, 1);
    let mut turns = Turns(Side::Sell);
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| world.swap(turns.next(), black_box(SMALL)));
}

/// A second passes, a price is taken, a mark sample too; each sixtieth ends a funding step.
#[divan::bench(min_time = 1)]
fn refresh(bencher: Bencher) {
    let mut world = World::new();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| world.refresh());
}

#[divan::bench(min_time = 1)]
fn health_of_one_position(bencher: Bencher) {
    let world = World::new();
    let markets = world.borrowed();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| black_box(&world).health(&markets));
}

#[divan::bench(min_time = 1)]
fn health_of_eight_positions(bencher: Bencher) {
    let world = World::with_eight_positions();
    let markets = world.borrowed();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| black_box(&world).health(&markets));
}

/// A range on two ticks that come and go with it.
#[divan::bench(min_time = 1)]
fn add_and_remove_a_range(bencher: Bencher) {
    let mut world = World::new();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        let slot = world.provide(-40, 40);
        world.remove(slot)
    });
}

#[divan::bench(min_time = 1)]
fn settle(bencher: Bencher) {
    let mut world = World::new();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| world.settle());
}
