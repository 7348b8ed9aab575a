//! Liquidations, the pool's backstop and its reserve, and what is done about losses that nobody covers.

use keel_engine::liquidation::{self, Deleveraged, Holder, Step, TakeOver, TakenOver};
use keel_engine::margin::Health;
use keel_engine::oracle::Sample;
use keel_engine::pledge::{self, Collected};
use keel_engine::pool::{self, Backer, Moved};
use keel_engine::ranges::Entitlement;
use keel_engine::refresh;
use keel_engine::resolve::{self, Resolved};
use keel_engine::state::{Market, Position};
use keel_engine::{Error, Now, Result};
use solana_pubkey::Pubkey;

use super::{judge, play};
use crate::books::Books;

/// `begin_liquidation`.
pub fn begin_liquidation(books: &mut Books, account: &Pubkey, now: Now) -> Result<Health> {
    judge(books, account, |holder, ranges, view| liquidation::begin(holder, ranges, view, now))
}

/// `unwind_range`.
pub fn unwind_range(books: &mut Books, market: u16, account: &Pubkey, slot: usize, now: Now) -> Result<Entitlement> {
    play(books, market, account, |mut stage| {
        let ranges = stage.ranges.ok_or(Error::AccountMissing)?;
        liquidation::unwind(&mut stage.book, stage.account, ranges, stage.others, slot, now)
    })
}

/// A step of a liquidation that a keeper asks for.
#[derive(Clone, Copy, Debug)]
pub struct StepRequest<'a> {
    /// The account that is paid.
    pub keeper: &'a Pubkey,
    /// The most base atoms to close.
    pub max_base: u64,
}

/// `liquidate_on_curve`.
pub fn liquidate_on_curve(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    request: StepRequest,
    sample: &Sample,
    now: Now,
) -> Result<Step> {
    if request.keeper == account {
        return Err(Error::SelfLiquidation);
    }
    let mut paid = *books.accounts.get(request.keeper).ok_or(Error::AccountMissing)?;
    let step = play(books, market, account, |mut stage| {
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        liquidation::on_curve(&mut stage.book, stage.account, &mut paid, stage.others, request.max_base, now)
    })?;
    books.accounts.insert(*request.keeper, paid);
    Ok(step)
}

/// `liquidate`, into another account.
pub fn liquidate(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    by: &Pubkey,
    request: &TakeOver,
    now: Now,
) -> Result<TakenOver> {
    if by == account {
        return Err(Error::SelfLiquidation);
    }
    let mut liquidator = *books.accounts.get(by).ok_or(Error::AccountMissing)?;
    let ranges = books.ranges.get(by).copied();
    let taken = play(books, market, account, |mut stage| {
        let others = stage.others;
        liquidation::take_over(&mut stage.book, stage.account, &mut liquidator, ranges.as_ref(), others, request, now)
    })?;
    books.accounts.insert(*by, liquidator);
    Ok(taken)
}

/// `deleverage`, against another account.
pub fn deleverage(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    against: &Pubkey,
    request: StepRequest,
    now: Now,
) -> Result<Deleveraged> {
    if against == account || request.keeper == account || request.keeper == against {
        return Err(Error::SelfLiquidation);
    }
    let mut other = *books.accounts.get(against).ok_or(Error::AccountMissing)?;
    let mut paid = *books.accounts.get(request.keeper).ok_or(Error::AccountMissing)?;
    let mut ranges = books.ranges.get(against).copied();
    let done = play(books, market, account, |mut stage| {
        let (holder, others) = (Holder { account: &mut other, ranges: ranges.as_mut() }, stage.others);
        liquidation::deleverage(&mut stage.book, stage.account, holder, &mut paid, others, request.max_base, now)
    })?;
    books.accounts.extend([(*against, other), (*request.keeper, paid)]);
    books.ranges.extend(ranges.map(|ranges| (*against, ranges)));
    Ok(done)
}

/// `backstop`, into the pool's account.
pub fn backstop(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    by: &Pubkey,
    request: StepRequest,
    now: Now,
) -> Result<TakenOver> {
    if by == account || request.keeper == account || request.keeper == by {
        return Err(Error::SelfLiquidation);
    }
    let mut state = books.pool.ok_or(Error::NoPool)?;
    let mut backer = *books.accounts.get(by).ok_or(Error::AccountMissing)?;
    let mut paid = *books.accounts.get(request.keeper).ok_or(Error::AccountMissing)?;
    let ranges = books.ranges.get(by).copied();
    let taken = play(books, market, account, |mut stage| {
        let (by, others) = (Backer { pool: &mut state, account: &mut backer, ranges: ranges.as_ref() }, stage.others);
        pool::backstop(&mut stage.book, stage.account, by, &mut paid, others, request.max_base, now)
    })?;
    books.pool = Some(state);
    books.accounts.extend([(*by, backer), (*request.keeper, paid)]);
    Ok(taken)
}

/// `balance_reserve`, of the pool's account.
pub fn balance_reserve(books: &mut Books, account: &Pubkey, now: Now) -> Result<Moved> {
    let state = books.pool.ok_or(Error::NoPool)?;
    let mut exchange = books.exchange.ok_or(Error::AccountMissing)?;
    let moved = judge(books, account, |holder, ranges, view| {
        pool::balance_reserve(&mut exchange, &state, holder, ranges, view, now)
    })?;
    books.exchange = Some(exchange);
    Ok(moved)
}

/// `resolve`.
pub fn resolve(books: &mut Books, market: u16, account: &Pubkey, now: Now) -> Result<Resolved> {
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let mut state = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let held: Vec<u16> = holder.positions.iter().filter(|p: &&Position| !p.is_empty()).map(|p| p.market).collect();
    let mut others: Vec<Market> = books
        .markets
        .values()
        .filter(|m| m.index_number != market && held.contains(&m.index_number))
        .copied()
        .collect();
    let mut references: Vec<&mut Market> = others.iter_mut().collect();
    let mut exchange = books.exchange.ok_or(Error::AccountMissing)?;
    let resolved = resolve::resolve(&mut state, &mut references, &mut exchange, &mut holder, now)?;
    books.exchange = Some(exchange);
    books.markets.insert(market, state);
    books.markets.extend(others.into_iter().map(|other| (other.index_number, other)));
    books.accounts.insert(*account, holder);
    Ok(resolved)
}

/// `collect_pledged`.
pub fn collect_pledged(books: &mut Books, market: u16, creditor: u16, account: &Pubkey) -> Result<Collected> {
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let mut here = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let mut there = *books.markets.get(&creditor).ok_or(Error::MarketMissing)?;
    let collected = pledge::collect(&mut here, &mut there, &mut holder)?;
    books.markets.extend([(market, here), (creditor, there)]);
    books.accounts.insert(*account, holder);
    Ok(collected)
}
