//! Adding a range as an account does it: opened, then backed by initial margin.

use crate::book::Book;
use crate::clock::Now;
use crate::error::Result;
use crate::margin;
use crate::ranges::{self, RangeRequest};
use crate::state::{MarginAccount, Ranges};
use crate::view::{Others, View};

/// Opens a range and checks that initial margin backs the account after it. Returns the range's slot.
///
/// Errors: those of [`ranges::open`], `InsufficientMargin`.
pub fn add(
    book: &mut Book,
    account: &mut MarginAccount,
    ranges: &mut Ranges,
    others: Others,
    request: &RangeRequest,
    now: Now,
) -> Result<usize> {
    let slot = ranges::open(book, account, ranges, request, now)?;
    let view = View { traded: Some((book.market, book.arrays)), others };
    margin::initial(account, Some(ranges), &view, &[], now)?.require()?;
    Ok(slot)
}
