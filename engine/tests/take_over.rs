//! Taking a position over from a flagged account: price, size, pay, who may, and what a silent feed changes (design.md
//! section 8.3).

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
use keel_engine::liquidation::TakeOver;
use keel_engine::params::Params;
use keel_engine::units::Price;
use math_reference::Random;

const LP: usize = 0;
const VICTIM: usize = 1;
const BUYER: usize = 2;
const ONE: i64 = CONTRACT as i64;
const ALL: TakeOver = TakeOver { max_base: u64::MAX, limit: None };

/// A market at 1,000 USD without a curve worth the name, a victim with 100 contracts, long or short, on 6,000 USD against
/// a rich holder, and somebody with 50,000 USD.
fn market(params: Params, side: i64) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(6_000);
    sim.actor(50_000);
    let (buyer, seller) = if side > 0 { (VICTIM, LP) } else { (LP, VICTIM) };
    sim.deal(0, buyer, seller, 100 * ONE, 1_000);
    sim
}

/// The same after a move of the index against the victim, flagged.
fn flagged(params: Params, side: i64, usd: i64) -> Sim {
    let mut sim = market(params, side);
    sim.move_price(0, 1_000 - side * usd);
    let _ = sim.begin(VICTIM).unwrap();
    sim
}

#[test]
fn only_a_flagged_unhealthy_account_without_ranges() {
    let mut sim = market(quiet(), 1);
    assert_eq!(sim.take_over(0, VICTIM, BUYER, ALL), Err(Error::AccountNotFlagged));
    sim.move_price(0, 968);
    let _ = sim.begin(VICTIM).unwrap();
    sim.move_price(0, 971);
    assert_eq!(sim.take_over(0, VICTIM, BUYER, ALL), Err(Error::AccountHealthy));
    sim.move_price(0, 968);
    let slot = sim.provide(0, VICTIM, -100, -50, 1_000);
    assert_eq!(slot, Err(Error::AccountFlagged));
}

/// With no liquidity at all: the account gets the mark less the discount, the liquidator pays insurance's part on top, and
/// every atom is somewhere.
#[test]
fn the_discount_is_shared_between_liquidator_and_insurance() {
    for side in [1, -1] {
        let mut sim = flagged(quiet(), side, 40);
        let mark = sim.market(0).mark;
        let (victim, buyer) = (sim.worth(VICTIM), sim.worth(BUYER));
        let before = sim.health(VICTIM).unwrap();
        let taken = sim.take_over(0, VICTIM, BUYER, ALL).unwrap();
        assert_eq!(taken.base, -side * 25 * ONE, "a quarter");
        assert_eq!(sim.position(0, BUYER).base, side * 25 * ONE);
        let (low, high) = (mark.notional_floor(25 * CONTRACT).unwrap(), mark.notional_ceil(25 * CONTRACT).unwrap());
        // Rounded in the account's favour.
        let notional = if side > 0 { high } else { low };
        let cost = taken.discount.of_floor(notional);
        assert_eq!(taken.quote, side * notional as i64 - cost as i64);
        assert_eq!(taken.insurance, (cost * 3).div_ceil(10));
        assert_eq!(sim.market(0).insurance_claim, taken.insurance);
        assert_eq!(taken.tip, USD / 2);
        let atoms = |worth: i128| worth as f64 / 2f64.powi(48);
        let (lost, gained) = (cost + taken.tip, cost - taken.insurance + taken.tip);
        assert!((0.0..=1.0).contains(&(lost as f64 - atoms(victim - sim.worth(VICTIM)))));
        assert!((0.0..=1.0).contains(&(gained as f64 - atoms(sim.worth(BUYER) - buyer))));
        assert!(taken.health.excess() > before.excess());
        // At once again: nothing lies between take-overs, and the clock of steps on the curve has not begun.
        assert!(sim.take_over(0, VICTIM, BUYER, ALL).is_ok());
        assert!(sim.now.unix - sim.account(VICTIM).stepped_at >= 10);
    }
}

/// Insurance's claim is behind the holders' and paid when losers have settled.
#[test]
fn insurance_gets_its_part_out_of_the_pot() {
    let mut sim = flagged(quiet(), 1, 35);
    let taken = sim.take_over(0, VICTIM, BUYER, ALL).unwrap();
    sim.move_price(0, 900);
    let _ = sim.settle(0, BUYER).unwrap();
    assert_eq!(sim.market(0).insurance, taken.insurance);
    assert_eq!(sim.market(0).insurance_claim, 0);
}

#[test]
fn size_floor_and_limit() {
    let mut sim = flagged(quiet(), 1, 35);
    let ask = |max_base, limit| TakeOver { max_base, limit };
    assert_eq!(sim.take_over(0, VICTIM, BUYER, ask(CONTRACT / 10, None)), Err(Error::StepTooSmall));
    // A part earns no tip.
    let part = sim.take_over(0, VICTIM, BUYER, ask(5 * CONTRACT, None)).unwrap();
    assert_eq!((part.base, part.tip), (-5 * ONE, 0));
    let mark = sim.market(0).mark;
    let at = |ppm: i64| Price::from_bits((i128::from(mark.bits) * i128::from(1_000_000 + ppm) / 1_000_000) as u64);
    assert_eq!(sim.take_over(0, VICTIM, BUYER, ask(u64::MAX, Some(at(-9_000)))), Err(Error::PriceBeyondLimit));
    // The liquidator's price is the mark less seven tenths of the discount.
    let depth = sim.take_over(0, VICTIM, BUYER, ask(u64::MAX, Some(mark))).unwrap();
    assert!(depth.discount.bits > 0);
    let mut sim = flagged(quiet(), -1, 35);
    let mark = sim.market(0).mark;
    let dear = Price::from_bits(mark.bits + mark.bits / 100);
    assert_eq!(sim.take_over(0, VICTIM, BUYER, ask(u64::MAX, Some(dear))), Err(Error::PriceBeyondLimit));
    assert!(sim.take_over(0, VICTIM, BUYER, ask(u64::MAX, Some(mark))).is_ok());
}

/// The discount takes no more than there is, and nothing below zero: a bankrupt account is taken over at the mark.
#[test]
fn the_discount_never_costs_more_than_the_equity() {
    for (usd, equity) in [(59, 1), (61, -1), (70, -1)] {
        for side in [1, -1] {
            let mut sim = flagged(quiet(), side, usd);
            let before = sim.health(VICTIM).unwrap().equity;
            assert_eq!(before.signum(), equity);
            let mut taken = 0;
            while sim.position(0, VICTIM).base != 0 && sim.health(VICTIM).unwrap().is_unhealthy() {
                let done = sim.take_over(0, VICTIM, BUYER, ALL).unwrap();
                taken += done.tip + done.insurance;
                assert!(done.health.equity >= before.min(0), "{before}: {done:?}");
                assert!(before > 0 || (done.tip, done.insurance) == (0, 0));
            }
            assert!(before <= 0 || taken > 0);
        }
    }
}

/// The liquidator is backed by initial margin, or only reduces what it holds.
#[test]
fn the_liquidator_needs_margin_or_an_opposite_position() {
    let mut sim = flagged(quiet(), 1, 40);
    let poor = sim.actor(500);
    assert_eq!(sim.take_over(0, VICTIM, poor, ALL), Err(Error::InsufficientMargin));
    // Short 30 contracts on nothing: its own margin would not carry a new position, but this ends a part of the old one.
    sim.deal(0, LP, poor, 30 * ONE, 960);
    assert!(sim.initial(poor).unwrap().require().is_err());
    let taken = sim.take_over(0, VICTIM, poor, ALL).unwrap();
    assert_eq!((taken.base, sim.position(0, poor).base), (-25 * ONE, -5 * ONE));
    // What turns is new risk.
    assert_eq!(sim.take_over(0, VICTIM, poor, ALL), Err(Error::InsufficientMargin));
    let rest = sim.take_over(0, VICTIM, poor, TakeOver { max_base: 5 * CONTRACT, limit: None }).unwrap();
    assert_eq!((rest.base, sim.position(0, poor).base), (-5 * ONE, 0));
    assert!(sim.position(0, poor).quote >= 0, "what is closed is settled");
    // A flagged account takes nothing over.
    let rich = sim.actor(1_000_000);
    sim.actors[rich].account.flagged_at = sim.now.unix;
    assert_eq!(sim.take_over(0, VICTIM, rich, ALL), Err(Error::AccountFlagged));
}

/// Open interest at its cap takes 100% margin for new risk, and nothing more than ever from who takes over (attack 16).
#[test]
fn open_interest_at_the_cap_does_not_count() {
    let params = Params { oi_cap_usd: 90_000, oi_scale_from_ppm: 600_000, ..quiet() };
    let mut sim = flagged(params, 1, 40);
    sim.provide(0, LP, -600, 600, 60_000_000).unwrap();
    sim.actors[BUYER].account.capital[0] = 5_000 * USD;
    sim.bank.booked -= 45_000 * USD;
    assert_eq!(sim.take(0, BUYER, ONE), Err(Error::OpenInterestCap));
    let taken = sim.take_over(0, VICTIM, BUYER, ALL).unwrap();
    assert_eq!(taken.base, -25 * ONE);
}

/// A feed that has fallen silent stops neither flag nor take-over; the discount is wider by the last confidence. A step at
/// an old mark waits until the flag is as old as the mark may be.
#[test]
fn a_silent_feed_stops_nothing_for_an_hour() {
    let mut sim = market(quiet(), 1);
    sim.places[0].conf = (sim.places[0].price / 1_000) as u64;
    sim.move_price(0, 950);
    sim.wait(600);
    let _ = sim.begin(VICTIM).unwrap();
    assert_eq!(sim.take_over(0, VICTIM, BUYER, ALL), Err(Error::StepTooSoon));
    sim.wait(20);
    let wide = sim.take_over(0, VICTIM, BUYER, ALL).unwrap();
    let conf = sim.market(0).conf.magnitude();
    assert!(conf.bits > 0);
    let mut fresh = flagged(quiet(), 1, 50);
    fresh.rest(20);
    let narrow = fresh.take_over(0, VICTIM, BUYER, ALL).unwrap();
    assert_eq!(wide.discount.bits - narrow.discount.bits, conf.bits);
    // Who has a position elsewhere that nobody can price takes over nothing.
    sim.list(quiet(), keel_engine::state::Mode::Floating, 10);
    sim.deal(1, BUYER, LP, ONE, 10);
    sim.wait(21);
    assert_eq!(sim.take_over(0, VICTIM, BUYER, ALL), Err(Error::MarkStale));
    let clean = sim.actor(50_000);
    assert!(sim.take_over(0, VICTIM, clean, ALL).is_ok());
    sim.wait(3_600);
    assert_eq!(sim.take_over(0, VICTIM, clean, ALL), Err(Error::MarkStale));
}

/// However wide the confidence, the discount keeps within the room that the parameters leave for it.
#[test]
fn the_widening_is_bounded() {
    let mut sim = flagged(quiet(), 1, 45);
    sim.places[0].conf = (sim.places[0].price / 5) as u64;
    sim.rest(1);
    assert!(sim.market(0).is_guarded());
    let taken = sim.take_over(0, VICTIM, BUYER, ALL).unwrap();
    let ppm = (u128::from(taken.discount.bits) * 1_000_000) >> 48;
    assert!((5_999..=15_000).contains(&ppm), "{ppm}");
}

/// Victim and liquidator have one purse: what they gain is nothing.
#[test]
fn taking_over_from_oneself_never_profits() {
    let mut random = Random::new("taking over from oneself");
    for _ in 0..60 {
        let side = [1, -1][random.below(2) as usize];
        let mut sim = flagged(quiet(), side, random.between(33, 70));
        let both = |sim: &Sim| sim.worth(VICTIM) + sim.worth(BUYER);
        let before = both(&sim);
        for _ in 0..8 {
            let max_base = random.below(40 * CONTRACT);
            let _ = sim.take_over(0, VICTIM, BUYER, TakeOver { max_base, limit: None });
        }
        assert!(both(&sim) <= before);
    }
}

/// Take-overs alone end it, at whatever price: cured or closed.
#[test]
fn take_overs_terminate() {
    for usd in [33, 40, 50, 60, 100] {
        for side in [1, -1] {
            let mut sim = flagged(quiet(), side, usd);
            sim.deposit(BUYER, 100_000 * USD).unwrap();
            let mut steps = 0;
            while sim.health(VICTIM).unwrap().is_unhealthy() && sim.position(0, VICTIM).base != 0 {
                let _ = sim.take_over(0, VICTIM, BUYER, ALL).unwrap();
                steps += 1;
                assert!(steps < 60, "at {usd}");
            }
        }
    }
}
