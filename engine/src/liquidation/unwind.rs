//! Unwinding: the ranges of a flagged account come off the curve before its positions are touched.

use crate::book::Book;
use crate::clock::Now;
use crate::closing;
use crate::error::{Error, Result};
use crate::margin::{self, Health};
use crate::pot;
use crate::ranges::{self, Entitlement};
use crate::state::{MarginAccount, Ranges};
use crate::view::{Others, View};

use super::clear_if_cured;

/// Settles and removes a range of a flagged, unhealthy account, whatever its age; of any account where the market is
/// closed.
///
/// Errors: `AccountNotFlagged`, `AccountHealthy` for one that has recovered, those of [`margin::health_for_liquidation`] and
/// [`ranges::close`].
pub fn unwind(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: &mut Ranges,
    others: Others,
    slot: usize,
    now: Now,
) -> Result<Entitlement> {
    if closing::is_closed(book.market) {
        let folded = ranges::close(book, account, ranges, slot, true, now)?;
        pot::drop_if_done(book.market, account);
        return Ok(folded);
    }
    if account.flagged_at == 0 {
        return Err(Error::AccountNotFlagged);
    }
    if !health_of(book, account, ranges, others, now)?.is_unhealthy() {
        return Err(Error::AccountHealthy);
    }
    let folded = ranges::close(book, account, ranges, slot, true, now)?;
    // Net base, and with it maintenance, is what it was, but for a position of which nothing is left open.
    let position = account.position(book.market.index_number)?;
    if position.base == 0 && position.ranges == 0 {
        let health = health_of(book, account, ranges, others, now)?;
        clear_if_cured(account, &health);
    }
    pot::drop_if_done(book.market, account);
    Ok(folded)
}

fn health_of(book: &Book, account: &MarginAccount, ranges: &Ranges, others: Others, now: Now) -> Result<Health> {
    let view = View { traded: Some((book.market, book.arrays)), others };
    margin::health_for_liquidation(account, Some(ranges), &view, now)
}
