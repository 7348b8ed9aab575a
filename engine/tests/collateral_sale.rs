//! The sale of other collateral: when, how much, at what price, and for whom (protocol.md section 7). Sizes to the atom are in
//! `collateral_reference.rs`, that it ends and what attackers make of it in `collateral_attacks.rs`.

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

use exchange::collateral::{ALL, TOKEN, other_bank};
use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::collateral::Purchase;
use keel_engine::params::Params;
use keel_engine::state::{Bank, Mode};
use keel_engine::units::Price;
use math_reference::{Random, cases};

const RICH: usize = 0;
const OWNER: usize = 1;
const BUYER: usize = 2;
/// One unit; a contract is a thousand.
const ONE: i64 = CONTRACT as i64 / 1_000;
const E8: i64 = 100_000_000;

/// A market at 1,000 USD, a rich actor, an owner of 1,000 tokens at 100 USD with that many units, long or short, and a
/// buyer with a million.
fn market_with(bank: Bank, units: i64) -> Sim {
    let mut sim = Sim::new(Params { contract_exponent: 3, ..quiet() }, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(0);
    sim.actor(1_000_000);
    sim.add_bank(bank, 100);
    sim.deposit_in(1, OWNER, 1_000 * TOKEN).unwrap();
    sim.deal(0, OWNER, RICH, units * ONE, 1_000);
    sim
}

fn market(units: i64) -> Sim {
    market_with(other_bank(), units)
}

/// The same with the market moved and the account flagged.
fn flagged(units: i64, mark: i64) -> Sim {
    let mut sim = market(units);
    sim.move_price(0, mark);
    sim.price_bank(1, 100);
    let _ = sim.begin(OWNER).unwrap();
    sim
}

#[test]
fn who_is_healthy_and_owes_nothing_old_sells_nothing() {
    let mut random = Random::new("healthy sellers");
    for _ in 0..cases() / 16 {
        let mut sim = market([500, -500][random.below(2) as usize]);
        for _ in 0..6 {
            sim.move_price(0, random.between(900, 1_100));
            sim.price_bank(1, random.between(60, 140));
            let health = sim.health(OWNER).unwrap();
            let _ = sim.settle(0, OWNER).unwrap();
            let bought = sim.buy(1, OWNER, BUYER, ALL);
            // Unhealthy is not enough either: the flag comes first.
            assert_eq!(bought, Err(Error::NotForSale), "{health:?}");
            if sim.begin(OWNER).is_ok() {
                assert!(health.is_unhealthy());
                break;
            }
        }
    }
    let mut sim = market(10);
    sim.checked = false;
    sim.actors[OWNER].account.flagged_at = 1;
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::NotForSale), "a flag alone sells nothing");
}

/// Whatever is bought, at whatever size, slope and price: health does not fall, nothing is lost, nothing is sold beyond
/// what is needed, and everything that was for sale can be bought.
#[test]
fn purchases_only_ever_help() {
    let mut random = Random::new("purchases");
    let mut bought = 0;
    for _ in 0..cases() / 4 {
        let slope = [0, 1_000_000][random.below(2) as usize];
        let side = [1, -1][random.below(2) as usize];
        let mut sim = market_with(Bank { size_slope_ppm_per_million_usd: slope, ..other_bank() }, side * 500);
        sim.move_price(0, 1_000 - side * random.between(100, 180));
        sim.price_bank(1, random.between(80, 100));
        if sim.begin(OWNER).is_err() {
            continue;
        }
        for _ in 0..6 {
            sim.rest(random.up_to_64(6) as i64);
            let price = sim.bank(1).price;
            sim.wait(1);
            sim.refresh_bank(1, (price.bits >> 48) as i64 * E8).map(drop).unwrap();
            let most = if random.below(2) == 0 { u64::MAX } else { 1 + random.up_to_64(32) };
            let before = sim.liquidation_health(OWNER).unwrap();
            let held = (sim.account(OWNER).capital, sim.account(BUYER).capital);
            let (booked, usdc) = (sim.bank(1).booked, sim.bank.booked);
            let Ok(sold) = sim.buy(1, OWNER, BUYER, Purchase { most, limit: None }) else {
                assert!(most < 100 || sim.account(OWNER).capital[1] == 0 || !before.is_unhealthy());
                continue;
            };
            bought += 1;
            assert!(sold.health.excess() >= before.excess());
            assert_eq!(sold.health, sim.liquidation_health(OWNER).unwrap());
            let (seller, buyer) = (sim.account(OWNER).capital, sim.account(BUYER).capital);
            assert_eq!((held.0[1] - seller[1], buyer[1] - held.1[1]), (sold.amount, sold.amount));
            assert_eq!((seller[0] - held.0[0], held.1[0] - buyer[0]), (sold.paid, sold.paid));
            assert_eq!((sim.bank(1).booked, sim.bank.booked), (booked, usdc));
            // No more than needed: with the last token kept, the account would not have its target, nor have paid what it
            // owes, unless it is the rest of it. The size's part is the exception.
            let is_whole = seller[1] == 0;
            let spare = sold.health.equity - sold.health.target as i64;
            assert!(slope != 0 || is_whole || spare <= USD as i64, "{spare} too much");
            assert_eq!(sim.account(OWNER).flagged_at == 0, spare >= 0);
        }
    }
    assert!(bought > 100, "{bought}");
}

/// From the smallest discount to the largest in `sale_secs`, and there it stays while something is open.
#[test]
fn the_price_falls_with_time_and_depth() {
    // 500 units at 865 take 12,975.50, and 80,000 less 67,500 is left.
    let mut sim = market(500);
    sim.move_price(0, 865);
    sim.price_bank(1, 100);
    let _ = sim.begin(OWNER).unwrap();
    let begun = sim.now.unix;
    let depth = |sim: &Sim| {
        let health = sim.health(OWNER).unwrap();
        (-health.excess()) as u64 * 45_000 / (health.maintenance - health.maintenance.div_ceil(3))
    };
    let mut last = 0;
    while sim.now.unix - begun < 400 {
        let passed = (sim.now.unix - begun) as u64;
        let expected = 5_000 + (passed.min(300) * 45_000 / 300).max(depth(&sim));
        let discount = sim.discount(1, OWNER).unwrap();
        assert!(discount.abs_diff(expected) <= 1, "{discount} after {passed} seconds, {expected}");
        assert!(discount >= last);
        last = discount;
        sim.rest(20);
        sim.refresh_bank(1, 100 * E8).map(drop).unwrap();
    }
    assert!((49_999..=50_000).contains(&last));
    // What is paid is that price, and a limit below it is kept.
    let limit = |usd: u64, cents: u64| Some(Price::from_bits(((u128::from(usd * 100 + cents) << 48) / 100) as u64));
    let ask = |limit| Purchase { most: 10 * TOKEN, limit };
    assert_eq!(sim.buy(1, OWNER, BUYER, ask(limit(94, 99))), Err(Error::PriceBeyondLimit));
    let sold = sim.buy(1, OWNER, BUYER, ask(limit(95, 1))).unwrap();
    assert_eq!(sold.amount, 10 * TOKEN);
    assert!(sold.paid.abs_diff(950 * USD) <= 1_000, "{}", sold.paid);
    // Deep enough it is there at once.
    let mut sim = flagged(500, 847);
    assert!((49_999..=50_000).contains(&sim.discount(1, OWNER).unwrap()));
    let _ = sim.buy(1, OWNER, BUYER, ALL).unwrap();
}

#[test]
fn who_may_buy() {
    let mut sim = flagged(500, 850);
    sim.actors[BUYER].account.flagged_at = 1;
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::AccountFlagged));
    sim.actors[BUYER].account.flagged_at = 0;
    sim.actors[BUYER].account.closed_to_deposits = 1;
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::ClosedToDeposits));
    sim.actors[BUYER].account.closed_to_deposits = 0;
    assert_eq!(sim.buy(1, OWNER, BUYER, Purchase { most: 0, ..ALL }), Err(Error::ZeroAmount));
    let poor = sim.actor(10);
    assert_eq!(sim.buy(1, OWNER, poor, ALL), Err(Error::InsufficientCapital));
    // What is bought counts for its part only: a position must stay backed by the rest.
    let risky = sim.actor(10_000);
    sim.deal(0, risky, RICH, 100 * ONE, 850);
    assert_eq!(sim.buy(1, OWNER, risky, Purchase { most: 90 * TOKEN, ..ALL }).map(drop), Ok(()));
    assert_eq!(sim.buy(1, OWNER, risky, Purchase { most: 10 * TOKEN, ..ALL }).map(drop), Ok(()));
    sim.deal(0, risky, RICH, 100 * ONE, 850);
    assert_eq!(sim.buy(1, OWNER, risky, Purchase { most: 4 * TOKEN, ..ALL }), Err(Error::InsufficientMargin));
    let own = *sim.bank(1);
    sim.banks[0] = Bank { index: 0, ..own };
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::WrongBank));
}

/// A debt that is older than the grace is paid out of other collateral, of a healthy account as well: what it owes others is
/// theirs. Before that nothing is sold.
#[test]
fn an_old_debt_is_paid() {
    let mut sim = market(100);
    sim.move_price(0, 950);
    let _ = sim.settle(0, OWNER).unwrap();
    let since = sim.account(OWNER).debt_since;
    sim.deposit(OWNER, 1_000 * USD).unwrap();
    while sim.now.unix < since + 3_600 {
        sim.rest(60.min(since + 3_600 - sim.now.unix));
        sim.refresh_bank(1, 100 * E8).map(drop).unwrap();
        if sim.now.unix < since + 3_600 {
            assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::NotForSale));
        }
    }
    let before = sim.health(OWNER).unwrap();
    assert!(!before.is_unhealthy());
    let sold = sim.buy(1, OWNER, BUYER, ALL).unwrap();
    // 5,000 are owed, of which 1,000 are there; at 0.5% less.
    assert!(sold.paid.abs_diff(4_000 * USD) <= 100, "{}", sold.paid);
    assert!(sold.health.excess() > before.excess());
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::ZeroAmount), "no more than that");
    let _ = sim.settle(0, OWNER).unwrap();
    assert_eq!((sim.account(OWNER).debt_since, sim.market(0).uncovered), (0, 0));
    assert_eq!(sim.buy(1, OWNER, BUYER, ALL), Err(Error::NotForSale));
}

/// What would be left of less than a USD is sold with the rest, and a crumb of a purchase stalls nothing.
#[test]
fn dust_goes_with_the_rest() {
    // 5,000 USD are owed: 50.2512... tokens at 99.50.
    for (held, left) in [(50_261_000, 0), (50_262_000, 10_743), (51_000_000, 748_743)] {
        let mut sim = market(100);
        sim.move_price(0, 950);
        sim.deal(0, RICH, OWNER, 100 * ONE, 950);
        let rest = sim.account(OWNER).capital[1] - held;
        sim.actors[OWNER].account.capital[1] = held;
        sim.actors[RICH].account.capital[1] = rest;
        let _ = sim.settle(0, OWNER).unwrap();
        sim.rest(3_598);
        sim.price_bank(1, 100);
        sim.now.unix = sim.account(OWNER).debt_since + 3_600;
        assert_eq!(sim.buy(1, OWNER, BUYER, Purchase { most: 1, ..ALL }).unwrap().amount, 1);
        let _ = sim.buy(1, OWNER, BUYER, ALL).unwrap();
        assert!(sim.account(OWNER).capital[1].abs_diff(left) <= 1, "{}", sim.account(OWNER).capital[1]);
    }
}

/// While a cut of the haircut is on its way down, a discount that the new haircut leaves room for would be more than the
/// old one does: it waits below.
#[test]
fn the_discount_keeps_below_a_weight_on_its_way_down() {
    let mut sim = market_with(Bank { sale_discount_max_ppm: 500_000, haircut_ppm: 400_000, ..other_bank() }, 500);
    sim.bank_mut(1).weight_from_at = sim.now.unix;
    sim.move_price(0, 850);
    sim.price_bank(1, 100);
    let _ = sim.begin(OWNER).unwrap();
    let weight = keel_engine::collateral::weight_ppm(sim.bank(1), sim.now);
    assert!(weight > 799_000);
    assert!(sim.discount(1, OWNER).unwrap().abs_diff(u64::from(990_000 - weight)) <= 1);
    let before = sim.health(OWNER).unwrap();
    let sold = sim.buy(1, OWNER, BUYER, ALL).unwrap();
    assert!(sold.health.excess() > before.excess());
}

/// A market that lists collateral as its own: two markets' debts at once are paid by one sale.
#[test]
fn debts_of_several_markets_are_one() {
    let mut sim = market(50);
    sim.list(Params { contract_exponent: 3, ..quiet() }, Mode::Floating, 500);
    sim.deal(1, OWNER, RICH, 50 * ONE, 500);
    sim.move_price(0, 950);
    sim.move_price(1, 450);
    for place in 0..2 {
        let _ = sim.settle(place, OWNER).unwrap();
    }
    sim.rest(3_600);
    sim.price_bank(1, 100);
    let sold = sim.buy(1, OWNER, BUYER, ALL).unwrap();
    assert!(sold.paid.abs_diff(5_000 * USD) <= 100);
    for place in 0..2 {
        let _ = sim.settle(place, OWNER).unwrap();
    }
    assert_eq!(sim.account(OWNER).debt_since, 0);
}
