//! The pool: who comes in, who leaves, when and for how much (docs/pool.md).

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

use exchange::{CONTRACT, Sim, T0, USD, quiet};
use keel_engine::Error;
use keel_engine::params::Params;
use keel_engine::pool::deposits::{CANCELLABLE_AFTER_SECS, Executed};
use keel_engine::pool::redemptions::{Cancelled, MIN_TIP, Paid};
use keel_engine::pool::shares::{self, VIRTUAL_QUOTE, VIRTUAL_SHARES};
use keel_engine::pool::{Nav, redemptions};
use keel_engine::state::PoolRequest;

/// A contract is a thousand units at 1,000 USD.
const ONE: i64 = CONTRACT as i64 / 1_000;
const DAY: i64 = 86_400;

/// A market at 1,000 USD, three LPs and two traders with a million each, and the pool; returns its actor.
fn start() -> (Sim, usize) {
    let mut sim = Sim::new(Params { contract_exponent: 3, ..quiet() }, 1_000, 5);
    sim.touch_all();
    let pool = sim.create_pool();
    (sim, pool)
}

/// The same with a hundred thousand of the first LP in the pool and a range of `usd` to each side.
fn with_range(usd: u64) -> (Sim, usize) {
    let (mut sim, pool) = start();
    sim.join(0, 100_000 * USD).unwrap();
    sim.provide(0, pool, -200, 200, 2 * usd).unwrap();
    (sim, pool)
}

/// What is not asked for in a comparison.
fn without_nav(paid: Paid) -> Paid {
    Paid { nav: Nav::default(), ..paid }
}

#[test]
fn the_first_share_costs_a_dollar_and_the_next_its_value() {
    let (mut sim, pool) = start();
    assert_eq!(sim.nav(), Ok(Nav { high: 0, low: 0 }));
    assert_eq!(sim.join(0, 100_000 * USD), Ok(100_000 * USD));
    assert_eq!(sim.nav(), Ok(Nav { high: 100_000 * USD as i64, low: 100_000 * USD as i64 }));
    // A tenth of it is gained: a trade whose other side is settled at the mark.
    sim.hold(0, pool, 0, 10_000 * USD as i64);
    sim.hold(0, 4, 0, -10_000 * USD as i64);
    let _paid = sim.settle(0, 4).unwrap();
    let _claimed = sim.settle(0, pool).unwrap();
    let Nav { high, low } = sim.nav().unwrap();
    assert_eq!((high, low), (110_000 * USD as i64, 100_000 * USD as i64));
    // 100,000 * (100,000 + 1) / (110,000 + 1)
    assert_eq!(sim.join(1, 100_000 * USD), Ok(90_909_173_552));
    // Everything is mature: the last atom of it too.
    sim.rest(30_000);
    assert_eq!(sim.release(0, pool, 0).unwrap().paid, 10_000 * USD);
    assert_eq!(sim.nav(), Ok(Nav { high: 210_000 * USD as i64, low: 210_000 * USD as i64 }));
}

#[test]
fn a_deposit_waits_for_every_mark() {
    let (mut sim, _) = with_range(50_000);
    let ring = i64::from(sim.market(0).params.mark_ring) * i64::from(sim.market(0).params.mark_step_secs);
    let number = sim.ask_in(1, 1_000 * USD).unwrap();
    assert_eq!(sim.pool.deposits_waiting, 1_000 * USD);
    sim.wait(ring);
    sim.touch_all();
    assert_eq!(sim.bring_in(number), Err(Error::RequestNotReady));
    sim.wait(1);
    assert!(sim.bring_in(number).is_ok());
    // And they must be fresh then.
    let number = sim.ask_in(1, 1_000 * USD).unwrap();
    sim.wait(10);
    assert_eq!(sim.bring_in(number), Err(Error::PriceStale));
    sim.wait(1_000);
    assert_eq!(sim.bring_in(number), Err(Error::MarkStale));
}

/// A request that nobody else executes is no option on prices of which the one who does it knows more: at 20 seconds a
/// price that has moved by 1% brings 0.2% of a deposit that doubles a pool with 400,000 USD of a position.
#[test]
fn who_executes_brings_prices_as_fresh_as_a_trades() {
    let (mut sim, _) = with_range(50_000);
    let shares = sim.shares[0];
    let (coming, age) = (sim.ask_in(1, 1_000 * USD).unwrap(), i64::from(sim.market(0).params.max_age_trade_secs));
    let _leaving = sim.ask_out(0, shares / 2).unwrap();
    sim.rest(DAY);
    sim.wait(age + 1);
    assert_eq!(sim.bring_in(coming), Err(Error::PriceStale));
    assert_eq!(sim.pay_out(), Err(Error::PriceStale));
    sim.touch_all();
    sim.wait(age);
    assert!(sim.bring_in(coming).is_ok());
    assert!(sim.pay_out().is_ok());
}

#[test]
fn a_deposit_is_checked_as_a_withdrawal() {
    let (mut sim, _) = start();
    assert_eq!(sim.ask_in(0, 100 * USD - 1), Err(Error::RequestTooSmall));
    assert_eq!(sim.ask_in(0, 1_000_001 * USD), Err(Error::InsufficientCapital));
    sim.deal(0, 0, 4, 5_000 * ONE, 1_000);
    // Five million long: a tenth of it stays.
    assert_eq!(sim.ask_in(0, 500_001 * USD), Err(Error::InsufficientMargin));
    assert_eq!(sim.ask_in(0, 500_000 * USD), Ok(0));
    sim.actors[1].account.flagged_at = 1;
    assert_eq!(sim.ask_in(1, 100 * USD), Err(Error::AccountFlagged));
    sim.actors[1].account.flagged_at = 0;
    sim.pool.closed = 1;
    assert_eq!(sim.ask_in(1, 100 * USD), Err(Error::PoolClosed));
    sim.pool.closed = 0;
    sim.checked = false;
    sim.actors[1].account.pool_deposits = u8::MAX;
    assert_eq!(sim.ask_in(1, 100 * USD), Err(Error::RequestsOpen));
}

#[test]
fn nothing_comes_in_while_it_is_closed_guarded_insolvent_or_full() {
    let (mut sim, pool) = with_range(50_000);
    let number = sim.ask_in(1, 1_000 * USD).unwrap();
    sim.rest(10);
    sim.pool.closed = 1;
    assert_eq!(sim.bring_in(number), Err(Error::PoolClosed));
    sim.pool.closed = 0;
    sim.market_mut(0).guard_left = 1;
    assert_eq!(sim.bring_in(number), Err(Error::MarketGuarded));
    sim.market_mut(0).guard_left = 0;
    // High rounds up what the range is entitled to.
    sim.pool.pool_cap_usd = 101_000;
    assert_eq!(sim.bring_in(number), Err(Error::PoolCap));
    sim.pool.pool_cap_usd = 101_001;
    let before = sim.clone();
    assert!(sim.bring_in(number).is_ok());
    let mut sim = before;
    sim.hold(0, pool, 0, -100_000 * USD as i64);
    sim.hold(0, 4, 0, 100_000 * USD as i64);
    assert_eq!(sim.bring_in(number), Err(Error::PoolInsolvent));
    // Who waits is not held up by any of it.
    sim.rest(100);
    assert_eq!(sim.cancel_in(number, true), Ok(1_000 * USD));
}

#[test]
fn a_deposit_that_buys_too_little_goes_back() {
    let (mut sim, _) = start();
    let number = sim.ask_in_for(0, 1_000 * USD, 1_000 * USD + 1).unwrap();
    sim.rest(1);
    let back = Executed { deposited: 0, shares: 0, returned: 1_000 * USD, nav: Nav::default() };
    assert_eq!(sim.bring_in(number), Ok(back));
    assert_eq!((sim.capital(0), sim.pool.shares), (1_000_000 * USD, 0));
    let number = sim.ask_in_for(0, 1_000 * USD, 1_000 * USD).unwrap();
    sim.rest(1);
    assert_eq!(sim.bring_in(number).unwrap().shares, 1_000 * USD);
    // So does one whose shares nobody can receive, and one of an account that must keep its money: at once.
    let number = sim.ask_in(1, 1_000 * USD).unwrap();
    assert_eq!(sim.bring_in_to(number, false), Ok(back));
    let number = sim.ask_in(1, 1_000 * USD).unwrap();
    sim.actors[1].account.flagged_at = 1;
    assert_eq!(sim.bring_in(number), Ok(back));
    assert_eq!(sim.capital(1), 1_000_000 * USD);
}

#[test]
fn a_deposit_is_taken_back_by_its_owner_later_and_by_anybody_in_need() {
    let (mut sim, _) = start();
    let number = sim.ask_in(0, 1_000 * USD).unwrap();
    sim.wait(CANCELLABLE_AFTER_SECS - 1);
    assert_eq!(sim.cancel_in(number, true), Err(Error::RequestNotReady));
    assert_eq!(sim.cancel_in(number, false), Err(Error::Unauthorized));
    sim.wait(1);
    assert_eq!(sim.cancel_in(number, false), Err(Error::Unauthorized));
    assert_eq!(sim.cancel_in(number, true), Ok(1_000 * USD));
    let number = sim.ask_in(0, 1_000 * USD).unwrap();
    sim.actors[0].account.flagged_at = 1;
    assert_eq!(sim.cancel_in(number, false), Ok(1_000 * USD));
    assert_eq!((sim.capital(0), sim.pool.deposits_waiting), (1_000_000 * USD, 0));
}

/// No parameters keep a deposit from being executed longer than its owner from taking it back.
#[test]
fn the_longest_ring_is_full_when_a_deposit_may_be_taken_back() {
    let most = |name: &str| Params::TABLE.iter().find(|parameter| parameter.name == name).unwrap().max;
    let longest = most("mark_ring") * most("mark_step_secs");
    assert_eq!(i64::try_from(longest).unwrap() + 1, CANCELLABLE_AFTER_SECS);
}

#[test]
fn who_leaves_is_paid_in_turn_after_the_cooldown() {
    let (mut sim, _) = start();
    sim.join(0, 100_000 * USD).unwrap();
    sim.join(1, 50_000 * USD).unwrap();
    assert_eq!(sim.ask_out(0, 0), Err(Error::ZeroAmount));
    assert_eq!(sim.ask_out(0, 150_000 * USD + 1), Err(Error::MathOverflow));
    let (first, second) = (sim.ask_out(0, 40_000 * USD).unwrap(), sim.ask_out(1, 50_000 * USD).unwrap());
    assert_eq!((sim.pool.shares_waiting, sim.shares[0]), (90_000 * USD, 60_000 * USD));
    assert_eq!(sim.pay_out_to(second, true), Err(Error::RequestNotNext));
    sim.wait(DAY - 1);
    assert_eq!(sim.pay_out_to(first, true), Err(Error::RequestNotReady));
    sim.wait(1);
    let paid = Paid { paid: 40_000 * USD, burnt: 40_000 * USD, tip: MIN_TIP, ..Paid::default() };
    assert_eq!(sim.pay_out().map(without_nav), Ok(paid));
    assert_eq!(sim.pay_out().unwrap().paid, 50_000 * USD);
    assert_eq!((sim.capital(0), sim.capital(1)), (940_000 * USD, 1_000_000 * USD));
    assert_eq!((sim.pool.shares, sim.pool.shares_waiting, sim.pool.redeem_head), (60_000 * USD, 0, 2));
}

#[test]
fn shares_come_back_before_the_cooldown_ends_and_after_the_window() {
    let (mut sim, _) = start();
    sim.join(0, 100_000 * USD).unwrap();
    let first = sim.ask_out(0, 10_000 * USD).unwrap();
    let second = sim.ask_out(0, 20_000 * USD).unwrap();
    let third = sim.ask_out(0, 30_000 * USD).unwrap();
    // The second stays as an empty one until its turn; what its turn costs stays with it.
    assert_eq!(sim.cancel_out(second), Ok(Cancelled { returned: 20_000 * USD, is_ended: false }));
    assert_eq!(sim.cancel_out(second), Err(Error::ZeroAmount));
    assert_eq!(sim.cancel_out(first), Ok(Cancelled { returned: 10_000 * USD, is_ended: true }));
    assert_eq!(sim.pay_out().map(without_nav), Ok(Paid { tip: MIN_TIP, ..Paid::default() }));
    sim.wait(DAY);
    assert_eq!(sim.cancel_out(third), Err(Error::RequestNotReady));
    // Whatever becomes of the parameters, the dates are those of the day on which it was asked for.
    sim.pool.redeem_window_secs = 604_800;
    sim.wait(DAY - 1);
    assert_eq!(sim.cancel_out(third), Err(Error::RequestNotReady));
    sim.wait(1);
    let mut other = sim.clone();
    assert_eq!(other.cancel_out(third), Ok(Cancelled { returned: 30_000 * USD, is_ended: true }));
    assert_eq!(sim.pay_out(), Ok(Paid { returned: 30_000 * USD, tip: MIN_TIP, ..Paid::default() }));
    assert_eq!((sim.shares[0], sim.pool.shares_waiting, sim.pool.redeem_head), (100_000 * USD, 0, 3));
    assert_eq!(other.shares, sim.shares);
}

/// Shares that cannot be given back do not hold up the queue: they wait for their owner outside of it.
#[test]
fn shares_that_cannot_be_received_leave_the_queue_to_the_others() {
    let (mut sim, _) = start();
    sim.join(0, 100_000 * USD).unwrap();
    let first = sim.ask_out(0, 10_000 * USD).unwrap();
    let second = sim.ask_out(0, 20_000 * USD).unwrap();
    sim.wait(2 * DAY);
    let stays = Paid { rest: 10_000 * USD, tip: MIN_TIP, ..Paid::default() };
    assert_eq!(sim.pay_out_to(first, false), Ok(stays));
    assert_eq!(sim.pay_out_to(first, true), Err(Error::RequestNotNext));
    assert_eq!(sim.pay_out_to(second, true).unwrap().returned, 20_000 * USD);
    assert_eq!(sim.cancel_out(first), Ok(Cancelled { returned: 10_000 * USD, is_ended: true }));
    assert_eq!(sim.shares[0], 100_000 * USD);
}

#[test]
fn what_backs_open_positions_is_paid_when_it_is_free() {
    let (mut sim, pool) = with_range(250_000);
    let number = sim.ask_out(0, 100_000 * USD).unwrap();
    sim.wait(DAY - 10);
    sim.rest(10);
    // A tenth of a quarter million stays.
    let free = sim.free().unwrap();
    assert!(free < 75_000 * USD && free > 74_000 * USD, "{free}");
    let paid = sim.pay_out().unwrap();
    assert_eq!((paid.paid, paid.burnt + paid.rest), (free, 100_000 * USD));
    // The tip is paid for the part; burnt are no fewer shares than that is worth.
    assert_eq!(paid.tip, MIN_TIP * paid.burnt / (100_000 * USD));
    assert!(paid.burnt >= paid.paid);
    assert_eq!(sim.pay_out(), Err(Error::PoolCommitted));
    assert_eq!(sim.cancel_out(number), Err(Error::RequestNotReady));
    sim.rest(20);
    let _closed = sim.close(0, pool, 0).unwrap();
    // The atom of base that a range's rounding leaves is a position, and a position keeps a liquidation's tip.
    assert_eq!(sim.position(0, pool).base, -1);
    sim.hold(0, pool, 1, 0);
    sim.hold(0, 4, -1, 0);
    let rest = sim.pay_out().unwrap();
    assert_eq!((rest.rest, rest.tip), (0, MIN_TIP - paid.tip));
    // Whoever leaves last takes all there is but what the virtual shares own.
    assert_eq!((sim.pool.shares, sim.account(pool).usdc()), (0, 100_000 * USD - paid.paid - rest.paid));
    assert!(sim.account(pool).usdc() < USD);
}

#[test]
fn a_payment_is_worth_the_trouble() {
    let (mut sim, pool) = with_range(250_000);
    let _number = sim.ask_out(0, 100_000 * USD).unwrap();
    sim.wait(DAY - 10);
    sim.rest(10);
    let free = sim.free().unwrap();
    // Down to less than the smallest that is paid by itself.
    let mut drained = sim.clone();
    *drained.actors[pool].account.usdc_mut() -= free - 100 * USD + 1;
    drained.bank.booked -= free - 100 * USD + 1;
    assert_eq!(drained.pay_out(), Err(Error::PoolCommitted));
    *sim.actors[pool].account.usdc_mut() -= free - 100 * USD;
    sim.bank.booked -= free - 100 * USD;
    assert_eq!(sim.pay_out().unwrap().paid, 100 * USD);
}

/// Shares that are worth nothing come back: they hold up nobody.
#[test]
fn a_rest_that_is_worth_nothing_comes_back() {
    let (mut sim, pool) = start();
    sim.join(0, 100_000 * USD).unwrap();
    sim.hold(0, pool, 0, -99_999 * USD as i64);
    sim.hold(0, 4, 0, 99_999 * USD as i64);
    let _number = sim.ask_out(0, 10).unwrap();
    sim.wait(DAY);
    let paid = sim.pay_out().unwrap();
    assert_eq!((paid.paid, paid.burnt, paid.returned, paid.rest), (0, 0, 10, 0));
    // A pool that owes more than it has pays nobody, and shares come back in time.
    let _number = sim.ask_out(0, 100_000 * USD).unwrap();
    sim.hold(0, pool, 0, -(USD as i64));
    sim.hold(0, 4, 0, USD as i64);
    sim.wait(DAY);
    assert_eq!(sim.pay_out(), Err(Error::PoolCommitted));
    sim.wait(DAY);
    assert_eq!(sim.pay_out().unwrap().returned, 100_000 * USD);
}

#[test]
fn the_reserve_gives_its_part_and_the_last_who_leaves_takes_the_rest() {
    let (mut sim, pool) = start();
    sim.join(0, 75_000 * USD).unwrap();
    sim.join(1, 25_000 * USD).unwrap();
    *sim.actors[pool].account.usdc_mut() -= 5_000 * USD;
    sim.exchange.pool_reserve = 5_000 * USD;
    assert_eq!(sim.nav().unwrap().low, 100_000 * USD as i64);
    for actor in [0, 1] {
        let shares = sim.shares[actor];
        let _number = sim.ask_out(actor, shares).unwrap();
    }
    sim.wait(DAY);
    assert_eq!(sim.pay_out().unwrap().paid, 75_000 * USD);
    assert_eq!(sim.exchange.pool_reserve, 1_250 * USD);
    assert_eq!(sim.pay_out().unwrap().paid, 25_000 * USD);
    assert_eq!((sim.exchange.pool_reserve, sim.account(pool).usdc(), sim.pool.shares), (0, 0, 0));
}

#[test]
fn nobody_gives_the_pool_anything() {
    let (mut sim, pool) = start();
    assert_eq!(sim.deposit(pool, USD), Err(Error::ClosedToDeposits));
    // Its owner is an address that signs nothing, so a transfer from one of its own accounts there is none.
    assert_eq!(sim.transfer(0, pool, USD), Err(Error::NotSameOwner));
}

#[test]
fn an_account_that_waits_stays_and_hides_nothing() {
    let (mut sim, _) = start();
    sim.join(1, 1_000 * USD).unwrap();
    let _number = sim.ask_in(0, 1_000_000 * USD).unwrap();
    assert_eq!(keel_engine::vault::require_closable(sim.account(0)), Err(Error::RequestsOpen));
    let _number = sim.ask_out(1, 1_000 * USD).unwrap();
    sim.withdraw(1, 999_000 * USD).unwrap();
    assert_eq!(keel_engine::vault::require_closable(sim.account(1)), Err(Error::RequestsOpen));
    // A debt is not resolved while money waits that would pay it.
    sim.hold(0, 0, 0, -(USD as i64));
    sim.hold(0, 4, 0, USD as i64);
    sim.actors[0].account.flagged_at = T0;
    assert_eq!(sim.resolve(0, 0), Err(Error::RequestsOpen));
    assert_eq!(sim.cancel_in(1, false), Ok(1_000_000 * USD));
    assert_eq!(sim.resolve(0, 0), Err(Error::NotBankrupt));
}

#[test]
fn a_deposit_that_cures_the_pool_clears_its_flag() {
    let (mut sim, pool) = with_range(250_000);
    sim.actors[pool].account.flagged_at = sim.now.unix;
    assert_eq!(sim.free(), Ok(0));
    let number = sim.ask_in(1, 10_000 * USD).unwrap();
    sim.rest(10);
    assert!(sim.bring_in(number).is_ok());
    assert_eq!(sim.account(pool).flagged_at, 0);
}

#[test]
fn a_request_of_the_other_kind_is_refused() {
    let (mut sim, _) = start();
    sim.join(0, 1_000 * USD).unwrap();
    let number = sim.ask_in(1, 1_000 * USD).unwrap();
    let deposit = sim.requests[0].1;
    assert_eq!(deposit.number, number);
    let mut account = *sim.account(1);
    let mut request = deposit;
    let mut pool = sim.pool;
    assert_eq!(redemptions::cancel(&mut request, &mut pool, &mut account, sim.now), Err(Error::AccountForeign));
    assert_eq!(redemptions::skip(&mut request, &mut pool), Err(Error::AccountForeign));
    let mut redemption = PoolRequest { kind: redemptions::REDEMPTION, ..deposit };
    let cancelled = keel_engine::pool::deposits::cancel(&mut redemption, &mut pool, &mut account, true, sim.now);
    assert_eq!(cancelled, Err(Error::AccountForeign));
    // One that is not cancelled is not skipped.
    redemption.number = pool.redeem_head;
    assert_eq!(redemptions::skip(&mut redemption, &mut pool), Err(Error::AccountMissing));
}

#[test]
fn prices_by_hand() {
    let nav = |high: i64, low: i64| Nav { high, low };
    assert_eq!((VIRTUAL_SHARES, VIRTUAL_QUOTE), (1_000_000, 1_000_000));
    let even = nav(0, 0);
    assert_eq!((shares::price_ceil(&even, 0), shares::price_floor(&even, 0)), (1_000_000, 1_000_000));
    assert_eq!(shares::shares_floor(5, &even, 0), Ok(5));
    // Twice as much as there are shares, less what the virtual ones own.
    let rich = nav(3_000_000, 2_000_001);
    assert_eq!(shares::shares_floor(1_000_001, &rich, 1_000_000), Ok(500_000));
    assert_eq!(shares::worth_floor(1_000_000, &rich, 1_000_000), Ok(1_500_000));
    assert_eq!(shares::burnt_ceil(1_500_000, &rich, 1_000_000), Ok(1_000_000));
    assert_eq!(shares::burnt_ceil(1_499_998, &rich, 1_000_000), Ok(999_999));
    assert_eq!((shares::price_ceil(&rich, 1_000_000), shares::price_floor(&rich, 1_000_000)), (2_000_000, 1_500_000));
    // Half as much: who leaves gets his part of what there is, and no virtual dollar.
    let poor = nav(500_000, 500_000);
    assert_eq!(shares::worth_floor(1_000_000, &poor, 1_000_000), Ok(500_000));
    assert_eq!(shares::shares_floor(750_000, &poor, 1_000_000), Ok(1_000_000));
    assert_eq!(shares::price_floor(&poor, 1_000_000), 500_000);
    // Nothing and less than nothing.
    assert_eq!(shares::shares_floor(1, &nav(5, 0), 1), Err(Error::PoolInsolvent));
    assert_eq!(shares::shares_floor(1, &nav(5, -1), 0), Err(Error::PoolInsolvent));
    assert_eq!(shares::worth_floor(1, &nav(5, -1), 1), Ok(0));
    assert_eq!(shares::worth_floor(2, &rich, 1), Err(Error::MathOverflow));
    assert_eq!(shares::burnt_ceil(1, &nav(5, 0), 1), Err(Error::MathOverflow));
    assert_eq!(shares::shares_floor(u64::MAX, &nav(1, 1), u64::MAX), Err(Error::MathOverflow));
}
