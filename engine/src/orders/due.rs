//! Whether an order's condition holds, and the trade that it asks for then.

use crate::clock::Now;
use crate::curve::{Bound, Exact};
use crate::error::{Error, Result};
use crate::math::Side;
use crate::oracle;
use crate::state::{MarginAccount, Market, PlacedOrder};
use crate::trade;
use crate::units::Price;

use super::end::{Ended, base, dead};
use super::{ALL_OR_NOTHING, Kind, REDUCE_ONLY, has, level_price, parts, side};

/// The trade that an order asks for now, of its own market, brought up to date. A reduce-only one is cut to the position.
///
/// Errors: `WrongMarket`, `OrderExpired`, `OrderDead`, `MarkStale` for one that waits for the mark, `OrderNotDue`.
pub fn due(order: &PlacedOrder, account: &MarginAccount, market: &Market, now: Now) -> Result<trade::Order> {
    if order.market != market.index_number {
        return Err(Error::WrongMarket);
    }
    match dead(order, account, Some(market), now) {
        Some(Ended::Expired) => return Err(Error::OrderExpired),
        Some(_) => return Err(Error::OrderDead),
        None => {}
    }
    let (kind, side) = (Kind::of(order.kind)?, side(order));
    let open = parts::open(order, kind, now);
    if open.base() == 0 {
        return Err(Error::OrderNotDue);
    }
    let limit = match kind {
        Kind::Trigger => fired(order, market, now)?,
        Kind::Limit => Some(reached(market, side, own_price(order, side), now)?),
        Kind::Scale => Some(reached(market, side, level_price(order, open.level), now)?),
        Kind::Twap => given(own_price(order, side)),
    };
    let reduce_only = has(order, REDUCE_ONLY);
    let amount = if reduce_only { open.base().min(base(account, order.market).unsigned_abs()) } else { open.base() };
    Ok(trade::Order {
        side,
        exact: Exact::Base(amount),
        limit,
        reduce_only,
        all_or_nothing: has(order, ALL_OR_NOTHING),
    })
}

/// The limit of the trigger that the mark has reached. The mark is a median of samples and an average of the premium, each
/// over seconds: neither one price nor one push of the curve fires anything.
fn fired(order: &PlacedOrder, market: &Market, now: Now) -> Result<Option<Price>> {
    oracle::require_mark(market, now)?;
    if order.below.bits != 0 && market.mark <= order.below {
        Ok(given(order.below_limit))
    } else if order.above.bits != 0 && market.mark >= order.above {
        Ok(given(order.above_limit))
    } else {
        Err(Error::OrderNotDue)
    }
}

/// The price itself, where a fill would begin at it or better.
fn reached(market: &Market, side: Side, price: Price, now: Now) -> Result<Price> {
    let bound = Bound { price, peg: oracle::fill_peg(market, side, now), refusal: Error::OrderNotDue };
    if bound.is_broken_by(market.sqrt_price, side) { Err(bound.refusal) } else { Ok(price) }
}

/// The one price of an order that does not wait for the mark.
const fn own_price(order: &PlacedOrder, side: Side) -> Price {
    match side {
        Side::Buy => order.below,
        Side::Sell => order.above,
    }
}

/// A price, if it is one.
fn given(price: Price) -> Option<Price> {
    (price.bits != 0).then_some(price)
}
