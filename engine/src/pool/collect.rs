//! Turning what the pool has earned in a market into capital, by anybody: nobody signs for the pool (docs/pool-strategy.md).
//!
//! Guarantees: what somebody may demand costs the pool nothing. A profit is not settled while the market's losses are not
//! covered, because a claim bears its part of them and a profit that is not settled does not; a claim is not released below
//! its face while more may come to pay for it.

use crate::book::Book;
use crate::clock::Now;
use crate::closing;
use crate::error::{Error, Result};
use crate::pot::{self, Released, Settled};
use crate::ranges::{self, Entitlement};
use crate::state::{MarginAccount, Market, Position, Ranges};

/// What a collection moved.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// What the pool's ranges in the market were entitled to, folded into its position.
    pub folded: Entitlement,
    /// What the position settled.
    pub settled: Settled,
    /// What its mature claim became.
    pub released: Released,
}

/// Folds the pool's ranges in a market into its position, settles that at mark, and releases its mature claim at face, or
/// at what it is worth where the market is closed and nobody in it can pay any more. Once per mark step, and not for less
/// than a liquidation's tip: each fold leaves the rounding holder up to an atom of base.
///
/// Errors: `AccountFlagged`, `PositionNotFound`, `NothingToSettle`, those of [`ranges::settle`] and [`pot::settle`].
#[inline(never)]
pub fn collect(book: &mut Book, account: &mut MarginAccount, ranges: &mut Ranges, now: Now) -> Result<Collected> {
    if account.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    let number = book.market.index_number;
    let position = account.position(number)?;
    if now.unix.saturating_sub(position.settled_at) < i64::from(book.market.params.mark_step_secs) {
        return Err(Error::NothingToSettle);
    }
    let mut done = Collected::default();
    for slot in 0..ranges.ranges.len() {
        if ranges.ranges.get(slot).is_some_and(|range| range.market == number) {
            done.folded = sum(&done.folded, &ranges::settle(book, account, ranges, slot)?)?;
        }
    }
    let market = &mut *book.market;
    let position = account.position_mut(number)?;
    pot::mature(market, position, now);
    if pot::unsettled(market, position)? < 0 || pot::shortfall(market) == 0 {
        done.settled = pot::settle(market, account, now)?;
    }
    if may_release(market, account.position(number)?) {
        done.released = pot::release(market, account, 0, now)?;
    }
    let Settled { profit, cancelled, paid, .. } = done.settled;
    let moved = profit.saturating_add(cancelled).saturating_add(paid).saturating_add(done.released.paid);
    if moved < u64::from(market.params.liquidation_tip_quote).max(1) {
        return Err(Error::NothingToSettle);
    }
    pot::drop_if_done(market, account);
    Ok(done)
}

/// Whether a mature claim is paid in full, or as well as it ever will be.
fn may_release(market: &Market, position: &Position) -> bool {
    let nobody_owes = market.long_base == 0 && market.short_base == 0 && market.uncovered == 0;
    let is_final = closing::is_closed(market) && nobody_owes;
    position.mature != 0 && (is_final || pot::payout_floor(market, position.mature) == position.mature)
}

fn sum(a: &Entitlement, b: &Entitlement) -> Result<Entitlement> {
    let add = |a: i64, b: i64| a.checked_add(b).ok_or(Error::MathOverflow);
    Ok(Entitlement {
        base: add(a.base, b.base)?,
        quote: add(a.quote, b.quote)?,
        fees: a.fees.checked_add(b.fees).ok_or(Error::MathOverflow)?,
        funding: add(a.funding, b.funding)?,
    })
}
