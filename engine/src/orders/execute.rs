//! Executing an order: the trade that is due, the tip, the end.

use crate::book::Book;
use crate::clock::Now;
use crate::curve::End;
use crate::delegate::{self, By, Held};
use crate::error::{Error, Result};
use crate::pot;
use crate::state::{MarginAccount, PlacedOrder, Ranges};
use crate::trade::{self, Fill, Order};
use crate::view::{Others, View};

use super::end::{Ended, base, release};
use super::{DROP_REST, Kind, REDUCE_ONLY, due, has, parts, side};

/// What an execution did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// The fill.
    pub fill: Fill,
    /// Lamports of the tip that it earned.
    pub tip: u64,
    /// Why the order is over, if it is.
    pub ended: Option<Ended>,
}

/// Fills what is due of an order, as a trade of its account. The market was refreshed before; the caller moves the tip,
/// and closes the order's account when it is over. What a delegate has placed is kept to his limit.
///
/// Errors: those of [`due()`] and of [`trade::trade`]; `FillTooSmall` for a part that is smaller than the smallest and than
/// what is due; `TickArrayMissing` also where a part was filled, because it is who executes that left the array out;
/// `DelegateNotional`.
pub fn execute(
    order: &mut PlacedOrder,
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    others: Others,
    now: Now,
) -> Result<Executed> {
    let wanted = due(order, account, book.market, now)?;
    let by = delegate::allows(account, &order.placed_by, delegate::MAY_ORDER, order.market, now)?;
    let before = match by {
        By::Owner => None,
        By::Delegate | By::Holder => Some(held(book, account, ranges, others)?),
    };
    let fill = trade::trade(book, account, ranges, others, &wanted, now)?;
    if let Some(before) = before {
        let after = held(book, account, ranges, others)?;
        delegate::require_within(by, account, book.market, &before, &after)?;
    }
    let (tip, ended) = filled(order, account, &wanted, &fill, now)?;
    Ok(Executed { fill, tip, ended })
}

/// What the account has in the market, for a delegate's limit.
#[cold]
#[inline(never)]
fn held(book: &Book, account: &MarginAccount, ranges: Option<&Ranges>, others: Others) -> Result<Held> {
    let view = View { traded: Some((book.market, book.arrays)), others };
    Held::of(book.market, account, ranges, &view)
}

/// Books a fill into its order. Returns the lamports that it earned, and why the order is over, if it is.
#[inline(never)]
fn filled(
    order: &mut PlacedOrder,
    account: &mut MarginAccount,
    wanted: &Order,
    fill: &Fill,
    now: Now,
) -> Result<(u64, Option<Ended>)> {
    if fill.end == End::Partial(Error::TickArrayMissing) {
        return Err(Error::TickArrayMissing);
    }
    let (got, asked) = (fill.base.unsigned_abs(), wanted.exact.amount());
    let is_partial = got < asked;
    if is_partial && got < order.min_fill.max(1) {
        return Err(Error::FillTooSmall);
    }
    let open = parts::open(order, Kind::of(order.kind)?, now);
    let rest = if is_partial && has(order, DROP_REST) { open.base().saturating_sub(got) } else { 0 };
    // What lies before the open part and was not filled is given up.
    let skipped = open.from.checked_sub(order.filled).and_then(|before| before.checked_add(rest));
    order.skipped = skipped.ok_or(Error::MathOverflow)?;
    order.filled = order.filled.checked_add(got).ok_or(Error::MathOverflow)?;
    let past = order.filled.checked_add(order.skipped).filter(|past| *past <= order.amount);
    let past = past.ok_or(Error::MathOverflow)?;

    // Of the whole so far, so that parts earn together what one fill would.
    let earned = pot::part_floor(order.tip, order.filled, order.amount);
    let tip = earned.checked_sub(order.tip_paid).ok_or(Error::MathOverflow)?;
    order.tip_paid = earned;

    let is_gone = || has(order, REDUCE_ONLY) && !trade::opposes(side(order), base(account, order.market));
    let ended = if past == order.amount {
        Some(if order.skipped == 0 { Ended::Filled } else { Ended::RestGivenUp })
    } else if is_gone() {
        Some(Ended::NoPosition)
    } else {
        None
    };
    if ended.is_some() {
        release(account)?;
    }
    Ok((tip, ended))
}
