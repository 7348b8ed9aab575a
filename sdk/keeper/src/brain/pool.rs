//! The pool and the banks' queues: who waits to come in or to leave, ranges that drifted from their strategy, what the pool
//! has earned, its reserve, withdrawals.

use keel_engine::book::array_index;
use keel_engine::pool::deposits::{self, DEPOSIT};
use keel_engine::pool::redemptions::{self, Payer, REDEMPTION};
use keel_engine::pool::{Members, balance_reserve, collect, reach, rebalance};
use keel_engine::state::{Bank, MarginAccount, Pool, PoolRequest, Ranges};
use keel_engine::{Error, Result, Side, tickets};
use keel_sdk::address;
use keel_sdk::instructions::{BalanceReserve, CollectPool, ExecuteDeposit, ExecuteRedeem, PayWithdrawal, Rebalance};
use keel_sdk::path::{self, Reach};
use solana_pubkey::Pubkey;

use super::draft::{Front, Round, key, lamports, quote};
use crate::job::{Kind, Profit};
use crate::mirror::held;

/// The pool with its margin account.
struct Whole {
    pool: Pool,
    account: MarginAccount,
    ranges: Option<Ranges>,
}

/// Adds what there is to do for the pool and for who waits in a bank's queue.
pub(super) fn plan(round: &mut Round) {
    let ground = round.ground;
    for bank in ground.mirror.banks.values() {
        withdrawal(round, bank);
    }
    let Some(pool) = ground.mirror.pool else { return };
    let Ok((account, ranges)) = ground.account(&Pubkey::from(pool.account)) else { return };
    let whole = Whole { pool, account, ranges };
    for request in ground.mirror.requests.range((DEPOSIT, 0)..(REDEMPTION, 0)).map(|(_, request)| request) {
        deposit(round, &whole, request);
    }
    if let Some(first) = ground.mirror.requests.get(&(REDEMPTION, pool.redeem_head)) {
        redemption(round, &whole, first);
    }
    for strategy in pool.strategies.iter().filter(|strategy| strategy.market != 0) {
        follow(round, &whole, strategy.market);
    }
    for position in held(&account) {
        earned(round, &whole, position.market, position.settled_at);
    }
    reserve(round, &whole);
}

/// A deposit whose time has come. Whether its shares can be received is for the program to see.
fn deposit(round: &mut Round, whole: &Whole, request: &PoolRequest) {
    let ground = round.ground;
    if request.amount == 0 {
        return;
    }
    let done = executed_deposit(round, whole, request);
    if done.is_err() {
        return;
    }
    let execute = ExecuteDeposit { keeper: round.limits.payer, number: request.number };
    let key = key(Kind::PoolDeposit, address::pool_request(DEPOSIT, request.number), 0, request.number);
    round.add(key, execute.instruction(ground.mirror), &Front::latest(&whole.account), lamports(request.tip), false);
}

fn executed_deposit(round: &Round, whole: &Whole, request: &PoolRequest) -> Result<()> {
    let ground = round.ground;
    let mut account: MarginAccount =
        ground.mirror.account(&Pubkey::from(request.account)).ok_or(Error::AccountMissing)?;
    let (mut request, mut pool, mut own) = (*request, whole.pool, whole.account);
    let reserve = ground.mirror.exchange.map_or(0, |exchange| exchange.pool_reserve);
    let ranges = whole.ranges.as_ref();
    let _executed = ground.look(ranges, |view| {
        let seen = (ranges, view);
        deposits::execute(&mut request, &mut pool, &mut account, reserve, &mut own, seen, true, ground.now)
    })?;
    Ok(())
}

/// The first who leaves.
fn redemption(round: &mut Round, whole: &Whole, request: &PoolRequest) {
    let ground = round.ground;
    let Ok(tip) = executed_redemption(round, whole, request) else { return };
    let execute = ExecuteRedeem { keeper: round.limits.payer, number: request.number };
    let at = address::pool_request(REDEMPTION, request.number);
    let key = key(Kind::PoolRedemption, at, 0, request.paid);
    round.add(key, execute.instruction(ground.mirror), &Front::latest(&whole.account), lamports(tip), false);
}

fn executed_redemption(round: &Round, whole: &Whole, request: &PoolRequest) -> Result<u64> {
    let ground = round.ground;
    let (mut request, mut pool, mut own) = (*request, whole.pool, whole.account);
    if request.amount == 0 {
        return Ok(redemptions::skip(&mut request, &mut pool)?.tip);
    }
    let mut account: MarginAccount =
        ground.mirror.account(&Pubkey::from(request.account)).ok_or(Error::AccountMissing)?;
    let mut exchange = ground.mirror.exchange.ok_or(Error::AccountMissing)?;
    let ranges = whole.ranges.as_ref();
    let paid = ground.look(ranges, |view| {
        let mut payer = Payer { account: &mut own, ranges, view, exchange: &mut exchange };
        redemptions::execute(&mut request, &mut pool, &mut account, &mut payer, true, ground.now)
    })?;
    Ok(paid.tip)
}

/// A market in which the pool's range is not what its strategy asks for.
fn follow(round: &mut Round, whole: &Whole, number: u16) {
    let ground = round.ground;
    let (Some(mut keeper), Some(price)) = (round.keeper(), round.price(number)) else { return };
    let Some(mut ranges) = whole.ranges.or_else(|| ground.mirror.ranges(&Pubkey::from(whole.pool.account))) else {
        return;
    };
    let (mut pool, mut account) = (whole.pool, whole.account);
    let (Ok(market), Ok(strategy)) = (ground.market(number), pool.strategy(number).copied()) else { return };
    let wanted = reach(market, &strategy).into_iter().flatten();
    let wanted = wanted.filter_map(|tick| array_index(tick, market.params.tick_spacing).ok());
    let held = account.position(number).map_or(0, |position| position.base);
    let side = if held < 0 { Side::Buy } else { Side::Sell };
    let way = path::arrays(market, side, Reach::default()).into_iter().filter(|_| held != 0);
    let own = ground.arrays_of(Some(&ranges), |of| of == number).into_iter().map(|array| array.index);
    let indices: Vec<i32> = wanted.chain(way).chain(own).collect();
    let seen = ground.arrays_of(Some(&ranges), |_| true);
    let reserve = ground.mirror.exchange.map_or(0, |exchange| exchange.pool_reserve);
    let done = ground.on_copies(number, indices, &seen, |book, others| {
        let mut members = Members { pool: &mut pool, account: &mut account, ranges: &mut ranges, keeper: &mut keeper };
        rebalance(book, &mut members, reserve, others, ground.now)
    });
    let Ok(done) = done else { return };
    let instruction = Rebalance { keeper: round.limits.account, market: number, price }.instruction(ground.mirror);
    let key = key(Kind::Rebalance, address::market(number), number, strategy.rebalanced_at);
    let front = Front::of(&whole.account).refreshing(number);
    round.add(key, instruction, &front, quote(done.tip), false);
}

/// What the pool has earned in a market.
fn earned(round: &mut Round, whole: &Whole, number: u16, settled_at: i64) {
    let ground = round.ground;
    let rested = ground.now.unix.saturating_sub(settled_at) >= i64::from(round.limits.pool_secs);
    let companion = whole.ranges.or_else(|| ground.mirror.ranges(&Pubkey::from(whole.pool.account)));
    let Some(mut ranges) = companion.filter(|_| rested) else { return };
    let mut account = whole.account;
    let own: Vec<i32> =
        ground.arrays_of(Some(&ranges), |of| of == number).into_iter().map(|array| array.index).collect();
    let done = ground.on_copies(number, own, &[], |book, _| collect(book, &mut account, &mut ranges, ground.now));
    if done.is_ok() {
        let key = key(Kind::CollectPool, address::market(number), number, settled_at);
        let instruction = CollectPool { market: number }.instruction(ground.mirror);
        round.add(key, instruction, &Front::market(number), Profit::default(), false);
    }
}

/// The pool's reserve, where it is so far from its part that the program moves something.
fn reserve(round: &mut Round, whole: &Whole) {
    let ground = round.ground;
    let Some(mut exchange) = ground.mirror.exchange else { return };
    let (mut account, ranges) = (whole.account, whole.ranges.as_ref());
    let before = exchange.pool_reserve;
    let moved =
        ground.look(ranges, |view| balance_reserve(&mut exchange, &whole.pool, &mut account, ranges, view, ground.now));
    if moved.is_ok() {
        let key = key(Kind::BalanceReserve, address::pool(), 0, before);
        let instruction = BalanceReserve.instruction(ground.mirror);
        round.add(key, instruction, &Front::of(&whole.account), Profit::default(), false);
    }
}

/// The first withdrawal in a bank's queue.
fn withdrawal(round: &mut Round, bank: &Bank) {
    let ground = round.ground;
    let number = bank.queue_head;
    let Some(ticket) = ground.mirror.tickets.get(&(bank.index, number)) else { return };
    let owner = Pubkey::from(ticket.account);
    let (mut ticket, mut copy) = (*ticket, *bank);
    let (is_due, front) = if ticket.amount == 0 {
        (tickets::skip(&ticket, &mut copy).is_ok(), Front::default())
    } else {
        let Ok((mut account, ranges)) = ground.account(&owner) else { return };
        let front = Front::of(&account);
        let paid = ground.look(ranges.as_ref(), |view| {
            tickets::pay(&mut ticket, &mut account, &mut copy, (ranges.as_ref(), view), true, ground.now)
        });
        (paid.is_ok(), front)
    };
    if is_due {
        let pay = PayWithdrawal { mint: Pubkey::from(bank.mint), number };
        // A part of it may be paid now and the next later.
        let key = key(Kind::PayWithdrawal, address::ticket(bank.index, number), 0, bank.queued);
        round.add(key, pay.instruction(ground.mirror), &front, Profit::default(), false);
    }
}
