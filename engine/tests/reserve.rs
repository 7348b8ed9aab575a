//! The pool's reserve: what is set aside for losses that nobody else pays, and when it comes back (docs/pool-backstop.md).
//! In these tests the pool's margin account is an actor like any other, which is what it is.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod exchange;
mod math_reference;

use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::exchange_params::set_pool_defaults;
use keel_engine::pool::shares::{shares_floor, worth_floor};
use keel_engine::pool::{Moved, Nav, nav};
use keel_engine::state::Strategy;
use math_reference::Random;

const POOL: usize = 0;
const RICH: usize = 1;
const ONE: i64 = CONTRACT as i64;

/// A market at 1,000 USD, a pool of 100,000 USD that sets aside a twentieth, and somebody rich.
fn pool() -> Sim {
    let mut sim = Sim::new(quiet(), 1_000, 0);
    for usd in [100_000, 10_000_000] {
        sim.actor(usd);
    }
    set_pool_defaults(&mut sim.pool);
    sim
}

fn value(sim: &Sim) -> Nav {
    let actor = &sim.actors[POOL];
    sim.with_view(|view| nav(sim.exchange.pool_reserve, &actor.account, Some(&actor.ranges), view, sim.now)).unwrap()
}

fn moved(usd: u64) -> Moved {
    Moved { set_aside: usd * USD, recalled: 0 }
}

fn recalled(usd: u64) -> Moved {
    Moved { set_aside: 0, recalled: usd * USD }
}

#[test]
fn it_is_a_part_of_the_value_and_moves_no_less_than_the_hysteresis() {
    let mut sim = pool();
    assert_eq!(sim.balance_reserve(POOL), Ok(moved(5_000)));
    assert_eq!((sim.exchange.pool_reserve, sim.capital(POOL)), (5_000 * USD, 95_000 * USD));
    assert_eq!(sim.balance_reserve(POOL), Err(Error::NothingToMove));
    // A tenth of what it should be, either way.
    sim.deposit(POOL, 10_900 * USD).unwrap();
    assert_eq!(sim.balance_reserve(POOL), Err(Error::NothingToMove), "545 of 5,545");
    sim.deposit(POOL, 300 * USD).unwrap();
    assert_eq!(sim.balance_reserve(POOL), Ok(moved(560)));
    sim.withdraw(POOL, 10_100 * USD).unwrap();
    assert_eq!(sim.balance_reserve(POOL), Err(Error::NothingToMove), "505 of 5,055");
    sim.withdraw(POOL, 100 * USD).unwrap();
    assert_eq!(sim.balance_reserve(POOL), Ok(recalled(510)));
    // Of nothing, nothing.
    sim.pool.reserve_ppm = 0;
    assert_eq!(sim.balance_reserve(POOL), Ok(recalled(5_050)));
    assert_eq!(sim.balance_reserve(POOL), Err(Error::NothingToMove));
    let mut empty = Sim::new(quiet(), 1_000, 0);
    empty.actor(0);
    set_pool_defaults(&mut empty.pool);
    assert_eq!(empty.balance_reserve(POOL), Err(Error::NothingToMove));
}

/// Up to what initial margin leaves free, and nothing while that is next to nothing.
#[test]
fn what_backs_positions_is_not_set_aside() {
    let mut sim = pool();
    // 980 contracts tie up a tenth of 980,000 USD: 2,000 are free.
    sim.deal(0, POOL, RICH, 980 * ONE, 1_000);
    assert_eq!(sim.balance_reserve(POOL), Ok(moved(2_000)));
    assert_eq!(sim.balance_reserve(POOL), Err(Error::NothingToMove));
    sim.deal(0, RICH, POOL, 5 * ONE, 1_000);
    assert_eq!(sim.balance_reserve(POOL), Ok(moved(500)));
}

/// A pool that is flagged or unhealthy gets all of it back, and that may be what cures it; marks may be as old as for a
/// liquidation.
#[test]
fn it_comes_back_before_the_pool_is_liquidated() {
    for flags in [false, true] {
        let mut sim = pool();
        let _ = sim.balance_reserve(POOL).unwrap();
        sim.deal(0, POOL, RICH, 940 * ONE, 1_000);
        sim.move_price(0, 925);
        assert!(sim.health(POOL).unwrap().is_unhealthy());
        if flags {
            let _ = sim.begin(POOL).unwrap();
        }
        let before = value(&sim);
        sim.wait(100);
        assert_eq!(sim.balance_reserve(POOL), Ok(recalled(5_000)));
        assert_eq!(sim.account(POOL).flagged_at, 0, "cured");
        sim.touch_all();
        assert_eq!(value(&sim), before);
        assert_eq!(sim.exchange.pool_reserve, 0);
        assert_eq!(sim.balance_reserve(POOL), Err(Error::NothingToMove), "nothing is free");
    }
}

/// Whatever is balanced, whenever: the value is the same to the atom, high and low.
#[test]
fn balancing_changes_nobodys_shares() {
    let mut random = Random::new("reserve");
    let (mut up, mut down) = (0, 0);
    for _ in 0..60 {
        let mut sim = pool();
        sim.places[0].conf = random.below(400_000_000);
        sim.pool.reserve_ppm = random.below(500_001) as u32;
        sim.deal(0, POOL, RICH, random.between(-900, 900) * ONE, 1_000);
        for _ in 0..6 {
            sim.move_price(0, random.between(960, 1_040));
            let before = value(&sim);
            let _ = match random.below(3) {
                0 => sim.begin(POOL).map(|_| ()),
                1 => {
                    sim.pool.reserve_ppm = random.below(500_001) as u32;
                    Ok(())
                }
                _ => Ok(()),
            };
            let held = sim.exchange.pool_reserve + sim.capital(POOL);
            match sim.balance_reserve(POOL) {
                Ok(moved) => {
                    up += u32::from(moved.set_aside != 0);
                    down += u32::from(moved.recalled != 0);
                    assert!((moved.set_aside == 0) != (moved.recalled == 0));
                }
                Err(error) => assert_eq!(error, Error::NothingToMove),
            }
            assert_eq!(value(&sim), before);
            assert_eq!(sim.exchange.pool_reserve + sim.capital(POOL), held);
            assert!(sim.balance_reserve(POOL).is_err(), "at once again there is nothing to do");
        }
    }
    assert!(up > 20 && down > 20, "{up} {down}");
}

/// Right before or right after a loss is resolved: who balances decides nothing about who bears it.
#[test]
fn timing_does_not_spare_the_pool() {
    let lose = |balances: bool| {
        let mut sim = pool();
        let debtor = sim.actor(0);
        let _ = sim.balance_reserve(POOL).unwrap();
        sim.exchange.pool_day_cap_usd = 1_000_000;
        sim.deal(0, debtor, RICH, ONE, 1_000);
        sim.deal(0, RICH, debtor, ONE, 800);
        sim.actors[debtor].account.flagged_at = sim.now.unix;
        if balances {
            assert_eq!(sim.balance_reserve(POOL), Err(Error::NothingToMove));
        }
        let resolved = sim.resolve(0, debtor).unwrap();
        let _ = sim.balance_reserve(POOL);
        (resolved.pool, value(&sim))
    };
    let (pool, left) = lose(false);
    assert_eq!((pool, left), (200 * USD, Nav { high: 99_800_000_000, low: 99_800_000_000 }));
    assert_eq!(lose(true), (pool, left));
}

/// The pool's own debt takes what it has set aside before anybody's insurance.
#[test]
fn the_pool_pays_for_itself_first() {
    let mut sim = pool();
    sim.actors[POOL].account.closed_to_deposits = 1;
    let _ = sim.balance_reserve(POOL).unwrap();
    sim.fund(10_000 * USD).unwrap();
    (sim.exchange.insurance_day_cap_usd, sim.exchange.pool_day_cap_usd) = (1_000_000, 1_000_000);
    sim.deal(0, POOL, RICH, 1_000 * ONE, 1_000);
    sim.deal(0, RICH, POOL, 1_000 * ONE, 903);
    sim.actors[POOL].account.flagged_at = sim.now.unix;
    let mut deeper = sim.clone();
    let resolved = sim.resolve(0, POOL).unwrap();
    assert_eq!((resolved.own, resolved.recalled), (97_000 * USD, 2_000 * USD));
    assert_eq!((resolved.exchange, resolved.pool, resolved.written_off), (0, 0, 0));
    assert_eq!((sim.exchange.pool_reserve, sim.capital(POOL)), (3_000 * USD, 0));
    deeper.deal(0, POOL, RICH, 1_000 * ONE, 1_000);
    deeper.deal(0, RICH, POOL, 1_000 * ONE, 990);
    let resolved = deeper.resolve(0, POOL).unwrap();
    assert_eq!((resolved.own, resolved.recalled), (100_000 * USD, 5_000 * USD));
    assert_eq!((resolved.exchange, resolved.pool, resolved.written_off), (7_000 * USD, 0, 0));
}

/// Attack 12(d): who comes in right before a backstop at the largest discount, and would leave right after it, gains nothing:
/// what the pool earned by it is not settled, and what is not settled is nothing for who leaves.
#[test]
fn coming_in_right_before_a_backstop_gains_nothing() {
    for usd in [32, 35, 45, 59] {
        for side in [1, -1] {
            let mut sim = pool();
            let (victim, keeper) = (sim.actor(6_000), sim.actor(0));
            sim.pool.shares = 100_000 * USD;
            sim.pool.strategies[0] = Strategy {
                market: 1,
                backstops: 1,
                backstop_cap_usd: 1_000_000,
                backstop_loss_cap_usd: 10_000,
                ..bytemuck::Zeroable::zeroed()
            };
            let (buyer, seller) = if side > 0 { (victim, RICH) } else { (RICH, victim) };
            sim.deal(0, buyer, seller, 100 * ONE, 1_000);
            sim.move_price(0, 1_000 - side * usd);
            let _ = sim.begin(victim).unwrap();
            sim.rest(66);
            let deposit = 1_000_000 * USD;
            let before = value(&sim);
            let shares = shares_floor(deposit, &before, sim.pool.shares).unwrap();
            sim.deposit(POOL, deposit).unwrap();
            sim.pool.shares += shares;
            let worth = sim.worth(POOL);
            let taken = sim.backstop(0, (victim, POOL, keeper), u64::MAX).unwrap();
            assert!(taken.base != 0 && sim.worth(POOL) > worth, "the pool earns the discount");
            let out = worth_floor(shares, &value(&sim), sim.pool.shares).unwrap();
            assert!(out <= deposit, "{out}");
            // Settling and balancing in between change nothing.
            let _ = sim.settle(0, POOL).unwrap();
            let _ = sim.balance_reserve(POOL);
            let out = worth_floor(shares, &value(&sim), sim.pool.shares).unwrap();
            assert!(out <= deposit, "{out}");
        }
    }
}
