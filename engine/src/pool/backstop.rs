//! The backstop: what a liquidation's auction has left goes to the pool, at the largest discount (protocol.md section 8.4).
//!
//! For the pool it is a take-over like any other, with its own margin behind it. Beyond that its strategy says whether it
//! takes anything in the market, how large its position may become by it, and at which loss of the day it stops. It takes
//! nothing at a mark that is too old for new risk or that lags behind the index: nobody chose the moment on its behalf.

use crate::book::Book;
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::insurance;
use crate::liquidation::{
    Lot, Patient, Phase, TakenOver, Taker, are_apart, auction, hand_over, min_step_base, remainder,
};
use crate::oracle::MarkUse;
use crate::params::MILLION;
use crate::state::{MarginAccount, Market, Pool, Ranges, Strategy};
use crate::view::Others;

/// The pool with what it owns.
pub struct Backer<'a> {
    /// The pool.
    pub pool: &'a mut Pool,
    /// Its margin account.
    pub account: &'a mut MarginAccount,
    /// Its ranges.
    pub ranges: Option<&'a Ranges>,
}

/// Moves what the auction has left of a flagged, unhealthy account's position to the pool: what brings the account to its
/// target, or as much of it as the pool's caps leave. The keeper earns the tip for a step of that size, not for a smaller
/// one, which is there for when the pool's margin carries no more.
///
/// Errors: `MarketClosed`, `AccountNotFlagged`, `RangesOpen`, `AccountHealthy`, `PositionNotFound`, `StepTooSoon`, `AuctionRunning`
/// before the auction has run out, `StrategyMissing` where the pool has none, `MarkStale`, `PricesApart`,
/// `BackstopExhausted`, `StepTooSmall`, `HealthFell`; of the pool `PositionsFull`, `AccountFlagged`, `AmountTooLarge`,
/// `InsufficientMargin` and those of [`crate::margin::initial`].
pub fn backstop(
    book: &mut Book,
    account: &mut MarginAccount,
    backer: Backer,
    keeper: &mut MarginAccount,
    others: Others,
    max_base: u64,
    now: Now,
) -> Result<TakenOver> {
    let Backer { pool, account: backer, ranges } = backer;
    let patient = Patient::examine(book, account, others, now)?;
    let market = &*book.market;
    let stage = auction(market, account, &patient.before, now);
    if stage.phase < Phase::Backstop {
        return Err(Error::AuctionRunning);
    }
    let number = market.index_number;
    let strategy = pool.strategy_mut(number)?;
    MarkUse::Owner.require(market, now)?;
    if are_apart(market) {
        return Err(Error::PricesApart);
    }

    let smallest = min_step_base(market);
    let size = remainder(market, patient.held.unsigned_abs(), &patient.before, stage.discount)?;
    let had = backer.position(number).map_or(0, |position| position.base);
    let most = size.min(room(strategy, market, had, patient.held, now)?);
    if most == 0 || most < size.min(smallest) {
        return Err(Error::BackstopExhausted);
    }
    let step = most.min(max_base);
    if step < most.min(smallest) {
        return Err(Error::StepTooSmall);
    }

    let lot = Lot { size: step, discount: stage.discount, earns_tip: step == most, limit: None };
    let taker = Taker { account: backer, ranges, keeper: Some(keeper) };
    let taken = hand_over(book, account, &patient, taker, others, &lot, now)?;
    count(strategy, &taken, now)?;
    Ok(taken)
}

/// Base that the pool's strategy lets it take over of a position, its own margin aside, in base atoms: 0 where it takes
/// nothing or has lost its cap today, else what its position, `had`, may grow by. `held` is what the account holds.
///
/// Errors: `MathOverflow`.
pub fn room(strategy: &Strategy, market: &Market, had: i64, held: i64, now: Now) -> Result<u64> {
    if strategy.backstops == 0 || day_loss_ceil(strategy, market, now)? >= usd(strategy.backstop_loss_cap_usd) {
        return Ok(0);
    }
    let cap = market.mark.base_floor(usd(strategy.backstop_cap_usd));
    let (had, against) = (had.unsigned_abs(), had.signum() == held.signum().saturating_neg());
    Ok(if against { cap.saturating_add(had) } else { cap.saturating_sub(had) })
}

/// What the pool has lost on what it took over in the day that runs, at the worse of mark and index, in quote atoms, rounded
/// up. What it has closed of it since counts as if it still held it.
///
/// Errors: `MathOverflow`.
pub fn day_loss_ceil(strategy: &Strategy, market: &Market, now: Now) -> Result<u64> {
    if insurance::is_over(strategy.taken_day, now) {
        return Ok(0);
    }
    let base = strategy.taken_base;
    let price = if base > 0 { market.mark.min(market.index) } else { market.mark.max(market.index) };
    let worth = price.value_floor(base)?.checked_add(strategy.taken_quote).ok_or(Error::MathOverflow)?;
    Ok(worth.min(0).unsigned_abs())
}

/// Counts what was taken over in its day, which begins with the first take-over after the last one ended.
fn count(strategy: &mut Strategy, taken: &TakenOver, now: Now) -> Result<()> {
    if insurance::is_over(strategy.taken_day, now) {
        (strategy.taken_day, strategy.taken_base, strategy.taken_quote) = (now.unix, 0, 0);
    }
    strategy.taken_base = strategy.taken_base.checked_sub(taken.base).ok_or(Error::MathOverflow)?;
    strategy.taken_quote = strategy.taken_quote.checked_sub(taken.paid).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// Whole USD in quote atoms.
fn usd(amount: u32) -> u64 {
    u64::from(amount).saturating_mul(u64::from(MILLION))
}
