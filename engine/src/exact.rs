//! Trades that another program can rely on: the whole of it within a bound, and to a target.

use crate::curve::Exact;
use crate::error::{Error, Result};
use crate::math::Side;
use crate::state::MarginAccount;
use crate::trade::{Fill, Order};
use crate::units::{MAX_BASE, Price};

/// Refuses a fill that costs more, or brings less, than `bound` (0: none). Of an exact base amount the bound is quote atoms
/// with the fee: the most that a purchase costs, the least that a sale brings. Of an exact quote amount it is base atoms:
/// the least that a purchase brings, the most that a sale gives away.
///
/// Errors: `BoundNotMet`.
pub fn require_bound(order: &Order, fill: &Fill, bound: u64) -> Result<()> {
    let (base, quote) = (fill.base.unsigned_abs(), fill.quote.unsigned_abs());
    let is_met = match (order.exact, order.side) {
        _ if bound == 0 => true,
        (Exact::Base(_), Side::Buy) => quote.checked_add(fill.fee).is_some_and(|cost| cost <= bound),
        (Exact::Base(_), Side::Sell) => quote.checked_sub(fill.fee).is_some_and(|proceeds| proceeds >= bound),
        (Exact::Quote(_), Side::Buy) => base >= bound,
        (Exact::Quote(_), Side::Sell) => base <= bound,
    };
    if is_met { Ok(()) } else { Err(Error::BoundNotMet) }
}

/// The order that brings an account's position in a market to `target` base atoms, all or nothing. Ranges are no part of
/// it: who hedges them asks for the target that their delta leaves.
///
/// Errors: `NearTarget` where the position is no more than `tolerance` base atoms away from it, `AmountTooLarge`.
pub fn order_to(
    account: &MarginAccount,
    market: u16,
    target: i64,
    tolerance: u64,
    limit: Option<Price>,
) -> Result<Order> {
    let held = account.position(market).map_or(0, |position| position.base);
    let distance = held.abs_diff(target);
    if distance == 0 || distance <= tolerance {
        return Err(Error::NearTarget);
    }
    if target.unsigned_abs() > MAX_BASE || distance > MAX_BASE {
        return Err(Error::AmountTooLarge);
    }
    let side = if target > held { Side::Buy } else { Side::Sell };
    Ok(Order { side, exact: Exact::Base(distance), limit, reduce_only: false, all_or_nothing: true })
}
