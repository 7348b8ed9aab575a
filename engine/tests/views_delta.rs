//! The delta of ranges, told to whoever hedges them: against what folding them gives where the curve stands and at either
//! end of them, and the index of funding against what a position pays.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod exchange;
mod math_reference;

use exchange::{CONTRACT, Sim, quiet};
use keel_engine::Error;
use keel_engine::params::Params;
use keel_engine::pot;
use keel_engine::views::delta::{DeltaView, delta};
use math_reference::{Random, cases};

const DEEP: usize = 0;
const PROVIDER: usize = 1;
const TAKER: usize = 2;
const ONE: i64 = CONTRACT as i64;

fn told(sim: &Sim, actor: usize) -> DeltaView {
    let ranges = Some(&sim.actors[actor].ranges);
    sim.with_view(|view| delta(sim.account(actor), ranges, view, 1, sim.now)).unwrap()
}

/// A deep range of somebody else's, a provider with two ranges and a position, a taker.
fn market(random: &mut Random) -> Sim {
    let mut sim = Sim::new(Params { contract_exponent: 0, ..quiet() }, 1_000, 3);
    sim.deposit(DEEP, 1 << 50).unwrap();
    sim.deposit(TAKER, 1 << 50).unwrap();
    sim.provide(0, DEEP, -600, 600, 5_000_000).unwrap();
    for _ in 0..2 {
        let lower = 2 * random.between(-60, 20) as i32;
        let upper = lower + 2 * random.between(1, 60) as i32;
        sim.provide(0, PROVIDER, lower, upper, 10_000 + random.below(100_000)).unwrap();
    }
    let _ = sim.take(0, PROVIDER, random.between(1, 40) * ONE).unwrap();
    sim
}

#[test]
fn it_is_what_folding_gives_here_and_at_either_end() {
    let mut random = Random::new("delta");
    for _ in 0..cases() / 16 {
        let mut sim = market(&mut random);
        let _ =
            sim.take(0, TAKER, [1, -1][random.below(2) as usize] * (1 + random.below(200 * CONTRACT) as i64)).unwrap();
        let begun = told(&sim, PROVIDER);
        assert_eq!((begun.market, begun.ranges, begun.stale), (1, 2, 0));
        assert_eq!(begun.position, sim.position(0, PROVIDER).base);
        assert_eq!(begun.delta, begun.position + begun.ranges_base);
        assert!(begun.delta_up <= begun.delta && begun.delta <= begun.delta_down, "a range sells as the price rises");
        // Far enough to either side that the curve has left both ranges, or not at all.
        for (side, expected) in [(0, begun.delta), (1, begun.delta_up), (-1, begun.delta_down)] {
            let mut there = sim.clone();
            if side != 0 {
                let _ = there.take(0, TAKER, side * 3_000 * ONE).unwrap();
                // Beyond them there is nothing more to come; what a range has is rounded down wherever it stands.
                let now = told(&there, PROVIDER);
                assert!((-2..=2).contains(&(expected - now.delta)), "{} is not {expected}", now.delta);
            }
            for slot in 0..2 {
                let _ = there.fold(0, PROVIDER, slot).unwrap();
            }
            let base = there.position(0, PROVIDER).base;
            assert!((-4..=4).contains(&(expected - base)), "{base} is not {expected}");
        }
    }
}

/// The difference of two readings is what a base atom held long has paid between them.
#[test]
fn the_index_of_funding_settles_what_a_position_pays() {
    let mut sim = Sim::new(Params::DEFAULT, 1_000, 3);
    sim.deposit(DEEP, 1 << 50).unwrap();
    sim.provide(0, DEEP, -600, 600, 50_000_000).unwrap();
    let _ = sim.take(0, TAKER, 2_000 * ONE).unwrap();
    sim.deal(0, PROVIDER, DEEP, 100 * ONE, 1_000);
    let begun = told(&sim, PROVIDER);
    sim.rest(36_000);
    let ended = told(&sim, PROVIDER);
    assert_eq!(ended.funding_at, sim.market(0).accrued_at);
    let grown = ended.funding.get() - begun.funding.get();
    assert!(grown > 0, "longs have paid");
    let paid = i64::try_from((grown * i128::from(100 * ONE) + (1 << 64) - 1) >> 64).unwrap();
    assert_eq!(pot::funding_due(sim.market(0), &sim.position(0, PROVIDER)).unwrap(), paid);
}

#[test]
fn nothing_without_a_position_and_old_marks_say_so() {
    let mut sim = Sim::new(quiet(), 1_000, 3);
    let none = told(&sim, TAKER);
    assert_eq!((none.position, none.delta, none.delta_up, none.delta_down, none.ranges), (0, 0, 0, 0, 0));
    assert_eq!(none.mark, sim.market(0).mark.bits);
    sim.wait(21);
    assert_eq!(told(&sim, TAKER).stale, 1);
    let missing = sim.with_view(|view| delta(sim.account(TAKER), None, view, 2, sim.now));
    assert_eq!(missing.map(drop), Err(Error::MarketMissing));
}
