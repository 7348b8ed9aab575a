//! Collateral that is not shown: counts for nothing where the owner acts, and is asked for where another judges the account.

#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_wrap, clippy::indexing_slicing, clippy::unwrap_used)]

mod exchange;

use exchange::collateral::{ALL, TOKEN, other_bank};
use exchange::{CONTRACT, Sim, USD, order, quiet};
use keel_engine::curve::Exact;
use keel_engine::liquidation::TakeOver;
use keel_engine::params::Params;
use keel_engine::{Error, Result, Side};

const ONE: i64 = CONTRACT as i64 / 1_000;

/// A market at 1,000 USD, a rich actor, one with that many USD, and a bank of a token at 100 USD.
fn market(own: u64) -> Sim {
    let mut sim = Sim::new(Params { contract_exponent: 3, ..quiet() }, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(own);
    sim.provide(0, 0, -400, 400, 20_000_000).unwrap();
    assert_eq!(sim.add_bank(other_bank(), 100), 1);
    sim
}

/// Does something without showing the bank of the token.
fn unseen<T>(sim: &mut Sim, act: impl FnOnce(&mut Sim) -> Result<T>) -> Result<T> {
    let banks = std::mem::take(&mut sim.banks);
    let checked = std::mem::replace(&mut sim.checked, false);
    let result = act(sim);
    (sim.banks, sim.checked) = (banks, checked);
    sim.check_all();
    result
}

/// An atom that a stranger brings asks its owner for no bank and for no price.
#[test]
fn a_strangers_atom_stops_nothing() {
    let mut sim = market(20_000);
    let friend = sim.actor(0);
    sim.deposit_in(1, 1, 1).unwrap();
    sim.wait(61);
    sim.touch_all();
    let _ = sim.take(0, 1, ONE).unwrap();
    let _ = unseen(&mut sim, |sim| sim.take(0, 1, 10 * ONE)).unwrap();
    let _ = unseen(&mut sim, |sim| sim.take(0, 1, -5 * ONE)).unwrap();
    let _ =
        unseen(&mut sim, |sim| sim.trade_legs(1, &[(0, order(Side::Buy, Exact::Base(ONE.unsigned_abs())))])).unwrap();
    unseen(&mut sim, |sim| sim.withdraw(1, 1_000 * USD)).unwrap();
    unseen(&mut sim, |sim| sim.transfer(1, friend, 1_000 * USD)).unwrap();
    unseen(&mut sim, |sim| sim.queue(1, 1_000 * USD)).unwrap();
    assert_eq!(unseen(&mut sim, |sim| sim.pay_next()).unwrap().paid, 1_000 * USD);
}

/// What the account needs is asked for by name, and what is not enough with all of it is refused as ever.
#[test]
fn what_is_needed_is_asked_for() {
    let mut sim = market(1_000);
    sim.deposit_in(1, 1, 1_000 * TOKEN).unwrap();
    let buy = order(Side::Buy, Exact::Base(100 * ONE.unsigned_abs()));
    assert_eq!(unseen(&mut sim, |sim| sim.trade(0, 1, buy)).map(drop), Err(Error::BankMissing));
    assert_eq!(unseen(&mut sim, |sim| sim.trade_legs(1, &[(0, buy)])).map(drop), Err(Error::BankMissing));
    let _ = sim.trade(0, 1, buy).unwrap();
    assert_eq!(unseen(&mut sim, |sim| sim.withdraw(1, USD)), Err(Error::BankMissing));
    sim.withdraw(1, USD).unwrap();
    assert_eq!(unseen(&mut sim, |sim| sim.take(0, 1, 9_000 * ONE)).map(drop), Err(Error::BankMissing));
    assert_eq!(sim.take(0, 1, 9_000 * ONE).map(drop), Err(Error::InsufficientMargin));
    sim.actors[1].account.lien_holder = [9; 32];
    sim.actors[1].account.lien_floor = 60_000 * USD;
    assert_eq!(unseen(&mut sim, |sim| sim.withdraw(1, USD)), Err(Error::BankMissing));
    assert_eq!(sim.withdraw(1, 100 * USD), Ok(()));
}

/// Nobody sends another's withdrawal back by hiding what backs it.
#[test]
fn hiding_a_bank_returns_no_withdrawal() {
    let mut sim = market(10_000);
    sim.deposit_in(1, 1, 1_000 * TOKEN).unwrap();
    let _ = sim.take(0, 1, 100 * ONE).unwrap();
    sim.queue(1, 5_000 * USD).unwrap();
    assert_eq!(unseen(&mut sim, |sim| sim.pay_next()).map(drop), Err(Error::BankMissing));
    assert_eq!(sim.pay_next().unwrap().paid, 5_000 * USD);
}

/// A reduction of a flagged account needs none of it, but clears no flag that only it would.
#[test]
fn a_reduction_shows_what_its_owner_likes() {
    let mut sim = market(30_000);
    sim.deal(0, 1, 0, 500 * ONE, 1_000);
    sim.move_price(0, 960);
    sim.price_bank(1, 100);
    let _ = sim.begin(1).unwrap();
    sim.deposit_in(1, 1, 500 * TOKEN).unwrap();
    let _ = unseen(&mut sim, |sim| sim.take(0, 1, -ONE)).unwrap();
    assert_ne!(sim.account(1).flagged_at, 0);
    let _ = sim.take(0, 1, -ONE).unwrap();
    assert_eq!(sim.account(1).flagged_at, 0);
}

/// Whoever judges another's account shows all that it has.
#[test]
fn a_liquidation_sees_everything() {
    let mut sim = market(30_000);
    sim.deposit_in(1, 1, 500 * TOKEN).unwrap();
    sim.deal(0, 1, 0, 500 * ONE, 1_000);
    sim.move_price(0, 960);
    sim.price_bank(1, 100);
    assert_eq!(unseen(&mut sim, |sim| sim.begin(1)).map(drop), Err(Error::BankMissing));
    assert_eq!(sim.begin(1).map(drop), Err(Error::AccountHealthy));
    sim.move_price(0, 850);
    sim.price_bank(1, 100);
    let _ = sim.begin(1).unwrap();
    let whole = TakeOver { max_base: u64::MAX, limit: None };
    assert_eq!(unseen(&mut sim, |sim| sim.take_over(0, 1, 0, whole)).map(drop), Err(Error::BankMissing));
    let bank = *sim.bank(1);
    let hidden = unseen(&mut sim, |sim| {
        // The declared bank is seen; another that the account holds is not.
        sim.banks = vec![bank];
        sim.actors[1].account.capital[2] = 1;
        let sold = sim.buy(1, 1, 0, ALL);
        sim.actors[1].account.capital[2] = 0;
        sold
    });
    assert_eq!(hidden.map(drop), Err(Error::BankMissing));
}
