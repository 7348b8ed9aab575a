//! The order of losses to its end: what the exchange's insurance pays and how much a day, claims elsewhere that are
//! pledged and collected, insurance that comes from outside, and losses in ranges within everybody's reach (protocol.md
//! sections 7 and 8.6). Amounts are worked out by hand.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests"
)]

mod exchange;

use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::insurance::{DAY_SECS, Purse, room, sweep_unbooked};
use keel_engine::params::Params;
use keel_engine::pledge::Collected;
use keel_engine::pot::{claim_value_floor, payout_floor};
use keel_engine::state::Mode;

/// One unit: a thousandth of a contract.
const ONE: i64 = CONTRACT as i64 / 1_000;
const DEBTOR: usize = 0;
const RICH: usize = 1;

fn params(half_life: u32) -> Params {
    Params { contract_exponent: 3, profit_half_life_secs: half_life, ..quiet() }
}

/// Markets, a debtor without capital and a rich actor.
fn markets(count: usize, half_life: u32) -> Sim {
    let mut sim = Sim::empty();
    for _ in 0..count {
        sim.list(params(half_life), Mode::Floating, 1_000);
    }
    sim.actor(0);
    sim.actor(1_000_000);
    sim
}

/// The debtor gains (or loses) that many USD in a market against the rich actor, all closed.
fn gain(sim: &mut Sim, market: usize, usd: i64) {
    sim.deal(market, DEBTOR, RICH, ONE, 1_000);
    sim.deal(market, RICH, DEBTOR, ONE, 1_000 + usd);
}

fn flag(sim: &mut Sim) {
    sim.actors[DEBTOR].account.flagged_at = sim.now.unix;
}

/// Own capital 10, own claim elsewhere 20, pledged 30; then surplus 40, insurance 50 and its claim 60, the treasury's
/// claim 80, the exchange's 70, and the rest of 360 is written off.
#[test]
fn every_part_pays_in_its_turn() {
    let mut sim = markets(2, 600);
    sim.deposit(DEBTOR, 10 * USD).unwrap();
    gain(&mut sim, 1, 50);
    // 50 in the second market, of which 20 are mature.
    let _ = sim.settle(1, DEBTOR).unwrap();
    let _ = sim.settle(1, RICH).unwrap();
    let position = sim.actors[DEBTOR].account.position_mut(2).unwrap();
    (position.unmatured, position.mature) = (30 * USD, 20 * USD);
    gain(&mut sim, 0, -360);
    flag(&mut sim);
    sim.fund(70 * USD).unwrap();
    sim.exchange.insurance_day_cap_usd = 1_000;
    sim.fund_market(0, 50 * USD).unwrap();
    // The protocol's claims and the surplus stand on the curve's side of the rich actor's profit.
    let held = sim.actors[RICH].account.position_mut(1).unwrap();
    held.quote -= 180 * USD as i64;
    let market = sim.market_mut(0);
    (market.surplus, market.insurance_claim, market.treasury_claim) = (40 * USD, 60 * USD, 80 * USD);
    sim.check_all();

    let resolved = sim.resolve(0, DEBTOR).unwrap();
    assert_eq!((resolved.own, resolved.pledged), (30 * USD, 30 * USD));
    assert_eq!((resolved.surplus, resolved.insurance, resolved.exchange), (40 * USD, 110 * USD, 70 * USD));
    assert_eq!((resolved.pool, resolved.treasury, resolved.written_off), (0, 80 * USD, 30 * USD));
    let m = sim.market(0);
    // The pot holds what was paid in cash: 30 of the debtor, 50 and 70 of the insurances.
    assert_eq!((m.pot, m.surplus, m.insurance, m.insurance_claim, m.treasury_claim), (150 * USD, 0, 0, 0, 0));
    assert_eq!((m.written_off, m.uncovered, m.insurance_day_paid), (30 * USD, 0, 70 * USD));
    assert_eq!((sim.exchange.insurance, sim.account(DEBTOR).flagged_at), (0, 0));
    // The winner's 360 less the 180 are worth 150 of 180.
    let _ = sim.settle(0, RICH).unwrap();
    assert_eq!(claim_value_floor(sim.market(0), 180 * USD), 150 * USD);
    // What the debtor had coming heals the hole as it matures, and h with it.
    sim.rest(600);
    assert_eq!(
        sim.collect(1, 0, DEBTOR).unwrap(),
        Collected { claim: 15 * USD - 1, paid: 15 * USD - 1, left: 15 * USD + 1 }
    );
    assert_eq!((sim.market(0).written_off, sim.market(0).insurance), (15 * USD + 1, 0));
    assert_eq!(claim_value_floor(sim.market(0), 180 * USD), 165 * USD - 1);
    sim.rest(600 * 40);
    assert_eq!(sim.collect(1, 0, DEBTOR).unwrap().left, 0);
    assert_eq!((sim.market(0).written_off, payout_floor(sim.market(0), 180 * USD)), (0, 180 * USD));
    assert!(sim.account(DEBTOR).is_done());
}

/// Each step is empty before the next one begins.
#[test]
fn no_part_pays_before_its_turn() {
    // Surplus 1, insurance 2, its claim 3, the treasury's 4, the exchange's 5; what a debt of so much takes of each.
    for (owed, parts) in [
        (1, (1, 0, 0, 0, 0)),
        (4, (1, 3, 0, 0, 0)),
        (6, (1, 5, 0, 0, 0)),
        (9, (1, 5, 3, 0, 0)),
        (14, (1, 5, 4, 4, 0)),
        (16, (1, 5, 4, 5, 1)),
    ] {
        let mut sim = markets(1, 0);
        sim.fund(5 * USD).unwrap();
        sim.fund_market(0, 2 * USD).unwrap();
        sim.exchange.insurance_day_cap_usd = 1_000;
        gain(&mut sim, 0, -owed);
        flag(&mut sim);
        sim.hold(0, RICH, 0, -8 * USD as i64);
        let market = sim.market_mut(0);
        (market.surplus, market.insurance_claim, market.treasury_claim) = (USD, 3 * USD, 4 * USD);
        sim.check_all();
        let paid = sim.resolve(0, DEBTOR).unwrap();
        let shown =
            [paid.surplus, paid.insurance, paid.treasury, paid.exchange, paid.written_off].map(|part| part / USD);
        let (surplus, insurance, treasury, exchange, written_off) = parts;
        assert_eq!(shown, [surplus, insurance, treasury, exchange, written_off], "{owed} owed");
    }
}

/// The exchange pays a market its cap a day, counted from the first payment, and another market its own.
#[test]
fn the_exchange_pays_a_market_its_cap_a_day() {
    let mut sim = markets(2, 0);
    sim.fund(1_000 * USD).unwrap();
    sim.exchange.insurance_day_cap_usd = 100;
    let lose = |sim: &mut Sim, market: usize, usd: i64| {
        gain(sim, market, -usd);
        flag(sim);
        let resolved = sim.resolve(market, DEBTOR).unwrap();
        (resolved.exchange / USD, resolved.written_off / USD)
    };
    assert_eq!(room(Purse::Exchange, &sim.exchange, sim.market(0), sim.now), 100 * USD);
    assert_eq!(lose(&mut sim, 0, 60), (60, 0));
    let first = sim.now.unix;
    assert_eq!((sim.market(0).insurance_day, sim.market(0).insurance_day_paid), (first, 60 * USD));
    sim.wait(DAY_SECS - 1);
    assert_eq!(lose(&mut sim, 0, 60), (40, 20));
    assert_eq!(lose(&mut sim, 0, 60), (0, 60));
    assert_eq!(lose(&mut sim, 1, 300), (100, 200));
    assert_eq!((sim.market(0).insurance_day, sim.market(1).insurance_day), (first, sim.now.unix));
    // The day is over a second later; the next begins with its first payment.
    sim.wait(1);
    assert_eq!(room(Purse::Exchange, &sim.exchange, sim.market(0), sim.now), 100 * USD);
    sim.wait(5_000);
    assert_eq!(lose(&mut sim, 0, 500), (100, 400));
    assert_eq!(sim.market(0).insurance_day, sim.now.unix);
    // With no money left, or a cap of nothing, it pays nothing.
    assert_eq!(sim.exchange.insurance, 700 * USD);
    sim.exchange.insurance_day_cap_usd = 0;
    sim.wait(DAY_SECS);
    assert_eq!(lose(&mut sim, 0, 10), (0, 10));
    sim.exchange.insurance_day_cap_usd = 1_000_000_000;
    assert_eq!(lose(&mut sim, 0, 800), (700, 100));
    assert_eq!((sim.exchange.insurance, room(Purse::Exchange, &sim.exchange, sim.market(0), sim.now)), (0, 0));
}

/// The pool pays after the exchange's insurance, its own cap a day, and its day is its own.
#[test]
fn the_pool_pays_a_market_its_cap_a_day_after_the_exchange() {
    let mut sim = markets(2, 0);
    sim.fund(70 * USD).unwrap();
    (sim.bank.booked, sim.exchange.pool_reserve) = (sim.bank.booked + 200 * USD, 200 * USD);
    (sim.exchange.insurance_day_cap_usd, sim.exchange.pool_day_cap_usd) = (50, 80);
    let lose = |sim: &mut Sim, market: usize, usd: i64| {
        gain(sim, market, -usd);
        flag(sim);
        let resolved = sim.resolve(market, DEBTOR).unwrap();
        (resolved.exchange / USD, resolved.pool / USD, resolved.written_off / USD)
    };
    let pool = |sim: &Sim, market: usize| room(Purse::Pool, &sim.exchange, sim.market(market), sim.now) / USD;
    assert_eq!((pool(&sim, 0), pool(&sim, 1)), (80, 80));
    assert_eq!(lose(&mut sim, 0, 40), (40, 0, 0));
    assert_eq!((sim.market(0).pool_day, sim.market(0).pool_day_paid), (0, 0), "no day has begun");
    sim.wait(100);
    assert_eq!(lose(&mut sim, 0, 60), (10, 50, 0));
    let first = sim.now.unix;
    assert_eq!((sim.market(0).pool_day, sim.market(0).pool_day_paid), (first, 50 * USD));
    assert_eq!((sim.exchange.pool_reserve, pool(&sim, 0), pool(&sim, 1)), (150 * USD, 30, 80));
    assert_eq!(lose(&mut sim, 0, 60), (0, 30, 30));
    // The exchange's day began earlier and is over, the pool's is not; another market has days of its own.
    sim.wait(DAY_SECS - 1);
    assert_eq!(lose(&mut sim, 0, 100), (20, 0, 80));
    assert_eq!(lose(&mut sim, 1, 100), (0, 80, 20));
    // The next begins with its first payment, and ends with what there is.
    sim.wait(1);
    assert_eq!((pool(&sim, 0), pool(&sim, 1)), (40, 0));
    assert_eq!(lose(&mut sim, 0, 100), (0, 40, 60));
    assert_eq!((sim.market(0).pool_day, sim.exchange.pool_reserve), (sim.now.unix, 0));
    // A cap of nothing pays nothing.
    (sim.bank.booked, sim.exchange.pool_reserve) = (sim.bank.booked + USD, USD);
    sim.exchange.pool_day_cap_usd = 0;
    assert_eq!(lose(&mut sim, 1, 1), (0, 0, 1));
}

/// 200 won where half of all claims is not covered, 60 owed elsewhere.
fn pledged_in_part() -> Sim {
    let mut sim = markets(3, 600);
    gain(&mut sim, 1, 200);
    let _ = sim.settle(1, DEBTOR).unwrap();
    let _ = sim.settle(1, RICH).unwrap();
    // The market has lost 100 elsewhere.
    sim.hold(1, RICH, 0, 100 * USD as i64);
    sim.market_mut(1).written_off = 100 * USD;
    gain(&mut sim, 0, -60);
    gain(&mut sim, 2, -30);
    flag(&mut sim);
    sim.check_all();
    sim
}

#[test]
fn no_more_is_pledged_than_the_debt_is_worth() {
    let mut sim = pledged_in_part();
    let resolved = sim.resolve(0, DEBTOR).unwrap();
    // 120 of claims are worth 60; nobody else pays but who the loss order names.
    assert_eq!((resolved.pledged, resolved.written_off), (120 * USD, 60 * USD));
    let position = sim.position(1, DEBTOR);
    assert_eq!((position.unmatured, position.pledged, position.creditor), (80 * USD, 120 * USD, 1));
    assert_eq!((sim.market(1).claims, sim.market(0).pledges), (200 * USD, 1));
    // What is pledged is worth nothing to the account, and blocks its slot.
    assert_eq!(sim.health(DEBTOR).unwrap().equity, 40 * USD as i64 - 30 * USD as i64);
    assert_ne!(sim.account(DEBTOR).flagged_at, 0, "it owes in the third market");
    sim.deposit(DEBTOR, 1_000 * USD).unwrap();
    assert!(sim.cure(DEBTOR).unwrap());
    assert_eq!(sim.take(1, DEBTOR, 10).err(), Some(Error::ClaimPledged));
    assert_eq!(sim.release(1, DEBTOR, 0), Err(Error::NothingToRelease), "nothing of the rest is mature");
    sim.checked = false;
    sim.market_mut(1).written_off = 0;
    assert_eq!(sim.provide(1, DEBTOR, -20, 20, 100).err(), Some(Error::ClaimPledged));
}

/// A loss that nobody has settled is paid with the claims of its own market; only the rest is pledged, and no debt comes
/// to lie beside it.
#[test]
fn a_market_comes_before_the_creditors_of_its_claims() {
    for (loss, pledged) in [(0, 200), (1, 199), (150, 50), (200, 0), (230, 0)] {
        let mut sim = markets(3, 600);
        gain(&mut sim, 1, 200);
        let _ = sim.settle(1, DEBTOR).unwrap();
        let _ = sim.settle(1, RICH).unwrap();
        gain(&mut sim, 1, -loss);
        gain(&mut sim, 0, -600);
        flag(&mut sim);
        let resolved = sim.resolve(0, DEBTOR).unwrap();
        assert_eq!(resolved.pledged, pledged * USD, "{loss}");
        let position = sim.account(DEBTOR).position(2).copied();
        let left = position.map(|position| (position.pledged, position.quote, position.debt));
        let expected = match loss {
            200 => Err(Error::PositionNotFound),
            230 => Ok((0, -30 * USD as i64, 30 * USD)),
            _ => Ok((pledged * USD, 0, 0)),
        };
        assert_eq!(left, expected, "{loss}");
        if pledged != 0 {
            assert_eq!(sim.settle(1, DEBTOR).map(|settled| settled.owed), Ok(0));
        }
        sim.check_all();
    }
}

#[test]
fn a_pledge_has_one_creditor_at_a_time() {
    let mut sim = pledged_in_part();
    assert_eq!(sim.resolve(0, DEBTOR).unwrap().pledged, 120 * USD);
    // The third market waits for the rest, which is worth 40 and no dust where dust is less than 1.
    sim.places[1].market.params.min_step_usd = 1;
    assert_eq!(sim.resolve(2, DEBTOR), Err(Error::NotBankrupt));
    let _ = sim.settle(2, DEBTOR).unwrap();
    assert_eq!(sim.market(2).uncovered, 30 * USD, "the debt counts meanwhile");
    sim.rest(600);
    let resolved = sim.resolve(2, DEBTOR).unwrap();
    // 40 of the 80 are mature, and worth half.
    assert_eq!((resolved.own, resolved.pledged, resolved.written_off), (20 * USD - 1, 0, 0));
    // Where it is dust nobody waits.
    sim.places[1].market.params.min_step_usd = 100;
    let resolved = sim.resolve(2, DEBTOR).unwrap();
    assert_eq!((resolved.own, resolved.pledged, resolved.written_off), (0, 0, 10 * USD + 1));
    assert_eq!(sim.account(DEBTOR).flagged_at, 0);
    // Another creditor's is not one's own.
    assert_eq!(sim.collect(1, 2, DEBTOR).err(), Some(Error::NothingPledged));
    assert_eq!(sim.collect(0, 1, DEBTOR).err(), Some(Error::PositionNotFound));
    assert_eq!(sim.collect(1, 0, DEBTOR).unwrap().claim, 60 * USD - 1);
}

/// A mature claim that waits for losers is pledged too: the debt does not wait with it.
#[test]
fn a_claim_that_waits_for_losers_is_pledged_and_not_paid_below_its_worth() {
    let mut sim = markets(2, 0);
    gain(&mut sim, 1, 80);
    gain(&mut sim, 0, -50);
    flag(&mut sim);
    // The rich actor's loss in the second market is not settled: the pot is empty.
    let resolved = sim.resolve(0, DEBTOR).unwrap();
    assert_eq!((resolved.own, resolved.pledged, resolved.written_off), (0, 50 * USD, 50 * USD));
    assert_eq!((sim.position(1, DEBTOR).mature, sim.account(DEBTOR).flagged_at), (30 * USD, 0));
    assert_eq!(sim.collect(1, 0, DEBTOR), Err(Error::PayoutRatioTooLow));
    let _ = sim.settle_other(1, RICH).unwrap();
    assert_eq!(sim.collect(1, 0, DEBTOR).unwrap(), Collected { claim: 50 * USD, paid: 50 * USD, left: 0 });
    assert_eq!(sim.collect(1, 0, DEBTOR), Err(Error::NothingPledged));
    assert_eq!((sim.market(0).written_off, sim.market(0).pledges), (0, 0));
    // What the account kept is its own.
    assert_eq!(sim.release(1, DEBTOR, 1_000_000).unwrap().paid, 30 * USD);
}

/// Collecting as often as one likes takes nothing from the creditor but an atom each time, and dust ends.
#[test]
fn collecting_in_pieces_is_collecting_at_once() {
    let mut once = markets(2, 600);
    gain(&mut once, 1, 100);
    gain(&mut once, 0, -100);
    flag(&mut once);
    let _ = once.settle(1, RICH).unwrap();
    assert_eq!(once.resolve(0, DEBTOR).unwrap().pledged, 100 * USD);
    let mut often = once.clone();
    let mut times = 0;
    for _ in 0..600 {
        often.wait(1);
        often.touch_all();
        assert!(often.collect(1, 0, DEBTOR).is_ok());
        assert_eq!(often.collect(1, 0, DEBTOR), Err(Error::NothingToRelease), "twice in a second");
        times += 1;
    }
    once.rest(600);
    let paid = once.collect(1, 0, DEBTOR).unwrap().paid;
    let in_pieces = 100 * USD - often.market(0).written_off;
    assert!(in_pieces <= paid && paid - in_pieces <= times, "{in_pieces} in {times} pieces, {paid} at once");
    // The last atom does not keep an account for hours.
    once.actors[DEBTOR].account.position_mut(2).unwrap().pledged = 1;
    once.market_mut(1).claims = 1;
    once.checked = false;
    once.wait(1);
    once.touch_all();
    assert_eq!(once.collect(1, 0, DEBTOR).unwrap().left, 0);
}

#[test]
fn insurance_from_outside() {
    let mut sim = markets(1, 0);
    assert_eq!(sim.fund(0), Err(Error::ZeroAmount));
    assert_eq!(sim.fund_market(0, 0), Err(Error::ZeroAmount));
    sim.fund(5).unwrap();
    gain(&mut sim, 0, -30);
    flag(&mut sim);
    assert_eq!(sim.resolve(0, DEBTOR).unwrap().written_off, 30 * USD, "no cap, no payment");
    // What is written off is covered first.
    sim.fund_market(0, 40 * USD).unwrap();
    let m = sim.market(0);
    assert_eq!((m.written_off, m.insurance, m.pot), (0, 10 * USD, 30 * USD));
    // A gift to the vault.
    let booked = sim.bank.booked;
    assert_eq!(sweep_unbooked(&mut sim.exchange, &mut sim.bank, booked, sim.now), Err(Error::ZeroAmount));
    assert_eq!(sweep_unbooked(&mut sim.exchange, &mut sim.bank, booked - 1, sim.now), Err(Error::ZeroAmount));
    assert_eq!(sweep_unbooked(&mut sim.exchange, &mut sim.bank, booked + 7, sim.now), Ok(7));
    assert_eq!((sim.exchange.insurance, sim.bank.booked), (12, booked + 7));
    sim.check_all();
    // Insurance is in quote atoms.
    sim.bank.index = 1;
    assert_eq!(sim.fund(1), Err(Error::WrongBank));
    assert_eq!(sim.fund_market(0, 1), Err(Error::WrongBank));
    assert_eq!(sweep_unbooked(&mut sim.exchange, &mut sim.bank, u64::MAX, sim.now), Err(Error::WrongBank));
}

/// A provider's loss in a range is within others' reach as a position's is.
#[test]
fn others_settle_ranges_that_lose() {
    let mut sim = markets(1, 0);
    let (lp, taker) = (sim.actor(1_000_000), sim.actor(100_000));
    let slot = sim.provide(0, lp, -60, 60, 1_000_000).unwrap();
    let _ = sim.take(0, taker, 100 * ONE).unwrap();
    // The curve has sold to the taker; the index rises.
    sim.move_price(0, 1_004);
    assert_eq!(sim.fold_other(0, lp, slot), Err(Error::NothingToSettle), "the pot is not short of anything");
    let profit = sim.settle(0, taker).unwrap().profit;
    assert!(profit > 300 * USD);
    assert_eq!(sim.settle_other(0, lp), Err(Error::NothingToSettle), "nothing of it is in the position");
    assert!(sim.fold_other(0, lp, slot).unwrap().base < 0);
    let paid = sim.settle_other(0, lp).unwrap().paid;
    assert!(paid > profit / 10 * 9, "{paid} of {profit}");
    // Once per range and mark step, and not for less than a tip: what is left now is rounding.
    assert_eq!(sim.fold_other(0, lp, slot), Err(Error::NothingToSettle));
    sim.wait(1);
    sim.touch_all();
    sim.actors[lp].account.flagged_at = 1;
    assert_eq!(sim.fold_other(0, lp, slot), Err(Error::NothingToSettle));
    sim.actors[lp].account.flagged_at = 0;
    let _ = sim.take(0, taker, 50 * ONE).unwrap();
    sim.move_price(0, 1_002);
    assert_eq!(sim.fold_other(0, lp, slot), Err(Error::NothingToSettle), "a winner is left alone");
    sim.market_mut(0).uncovered = 1;
    sim.checked = false;
    // Whoever it is while there is a shortfall.
    let folded = sim.fold_other(0, lp, slot).unwrap();
    assert!(folded.base < 0 && folded.quote > 0);
    assert_eq!(sim.fold_other(0, lp, slot), Err(Error::NothingToSettle), "twice within a step");
    // Its holder at any time.
    let _ = sim.fold(0, lp, slot).unwrap();
    sim.wait(100);
    assert_eq!(sim.fold_other(0, lp, slot), Err(Error::MarkStale));
}
