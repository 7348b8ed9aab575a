//! What an order may be, and placing it.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::listing::VERSION;
use crate::math::Side;
use crate::state::{MarginAccount, Market, PlacedOrder};
use crate::units::{MAX_BASE, Price};
use crate::{closing, delegate, trade};

use super::{ALL_OR_NOTHING, DROP_REST, Kind, MAX_LEVELS, MAX_ORDERS, MAX_SLICES, REDUCE_ONLY};

/// What an order says. Which prices and times a kind uses is told by [`Kind`]; the others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it waits for.
    pub kind: Kind,
    /// Buy or sell.
    pub side: Side,
    /// [`REDUCE_ONLY`], [`ALL_OR_NOTHING`], [`DROP_REST`].
    pub flags: u8,
    /// Base atoms in all.
    pub amount: u64,
    /// See [`Kind`].
    pub below: Price,
    /// See [`Kind`].
    pub below_limit: Price,
    /// See [`Kind`].
    pub above: Price,
    /// See [`Kind`].
    pub above_limit: Price,
    /// Smallest part that is filled by itself, in base atoms, or 0.
    pub min_fill: u64,
    /// Lamports for who executes it, in all.
    pub tip: u64,
    /// Unix time at which the first slice is due; 0 is now.
    pub starts_at: i64,
    /// Unix time from which on it may not be executed, or 0.
    pub expires_at: i64,
    /// Seconds between slices.
    pub interval_secs: u32,
    /// Slices or levels in all.
    pub slices: u32,
    /// Intervals during which a slice that was missed may be made up for.
    pub catch_up: u32,
}

/// Who places what, for whom.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Address of the margin account.
    pub account: [u8; 32],
    /// Who pays for the order's account and its tip, and gets back what is left of them.
    pub payer: [u8; 32],
    /// Who signs.
    pub placed_by: [u8; 32],
    /// The order's number among the margin account's.
    pub number: u64,
    /// Bump of the order's address.
    pub bump: u8,
    /// What it says.
    pub terms: Terms,
}

/// Places an order, in a zeroed account; the caller moves the tip's lamports into it. A reduce-only order needs the
/// position that it is to reduce: what could be cleaned up at once is not placed.
///
/// Errors: `Unauthorized`, `DelegateNotAllowed`, `MarketClosed`, `WrongMarket` for an account that is isolated to another,
/// `ZeroAmount`, `AmountTooLarge`, `InvalidOrder`, `ReduceOnly`, `OrdersOpen` for an account with [`MAX_ORDERS`] of them.
pub fn place(
    order: &mut PlacedOrder,
    request: &Request,
    account: &mut MarginAccount,
    market: &Market,
    now: Now,
) -> Result<()> {
    let (terms, number) = (&request.terms, market.index_number);
    let _by = delegate::allows(account, &request.placed_by, delegate::MAY_ORDER, number, now)?;
    closing::require_open(market)?;
    if account.isolated_market != 0 && account.isolated_market != number {
        return Err(Error::WrongMarket);
    }
    let starts_at = check(terms, now)?;
    if terms.flags & REDUCE_ONLY != 0 && !trade::opposes(terms.side, super::end::base(account, number)) {
        return Err(Error::ReduceOnly);
    }
    if account.orders >= MAX_ORDERS {
        return Err(Error::OrdersOpen);
    }
    account.orders = account.orders.saturating_add(1);
    *order = PlacedOrder {
        account: request.account,
        payer: request.payer,
        placed_by: request.placed_by,
        number: request.number,
        amount: terms.amount,
        below: terms.below,
        below_limit: terms.below_limit,
        above: terms.above,
        above_limit: terms.above_limit,
        min_fill: terms.min_fill,
        tip: terms.tip,
        placed_at: now.unix,
        starts_at,
        expires_at: terms.expires_at,
        interval_secs: terms.interval_secs,
        slices: terms.slices,
        catch_up: terms.catch_up,
        market: number,
        kind: terms.kind.number(),
        side: u8::from(matches!(terms.side, Side::Sell)),
        flags: terms.flags,
        bump: request.bump,
        version: VERSION,
        ..bytemuck::Zeroable::zeroed()
    };
    Ok(())
}

/// Refuses what contradicts itself. Returns the time of the first slice, or 0.
fn check(terms: &Terms, now: Now) -> Result<i64> {
    match terms.amount {
        0 => return Err(Error::ZeroAmount),
        amount if amount > MAX_BASE => return Err(Error::AmountTooLarge),
        _ => {}
    }
    let is_partial_only = terms.flags & DROP_REST != 0 || terms.min_fill != 0;
    let is_time_ahead = terms.expires_at == 0 || terms.expires_at > now.unix;
    let holds = terms.flags & !(REDUCE_ONLY | ALL_OR_NOTHING | DROP_REST) == 0
        && !(terms.flags & ALL_OR_NOTHING != 0 && is_partial_only)
        && terms.min_fill <= terms.amount
        && is_time_ahead
        && [terms.below, terms.below_limit, terms.above, terms.above_limit].into_iter().all(is_served)
        && match terms.kind {
            Kind::Trigger => is_trigger(terms),
            Kind::Limit => is_limit(terms),
            Kind::Scale => is_scale(terms),
            Kind::Twap => is_twap(terms, now),
        };
    if !holds {
        return Err(Error::InvalidOrder);
    }
    Ok(match terms.kind {
        Kind::Twap if terms.starts_at == 0 => now.unix,
        _ => terms.starts_at,
    })
}

/// Whether a price is one that markets have, or none.
fn is_served(price: Price) -> bool {
    price.bits == 0 || (Price::MIN..=Price::MAX).contains(&price)
}

/// One trigger or both, the lower one below; a limit only with its trigger, and such that the order can be filled at the
/// price that fires it.
fn is_trigger(terms: &Terms) -> bool {
    let one = |trigger: Price, limit: Price| {
        let reaches = match terms.side {
            Side::Buy => limit >= trigger,
            Side::Sell => limit <= trigger,
        };
        limit.bits == 0 || (trigger.bits != 0 && reaches)
    };
    let any = terms.below.bits != 0 || terms.above.bits != 0;
    let apart = terms.below.bits == 0 || terms.above.bits == 0 || terms.below < terms.above;
    any && apart
        && one(terms.below, terms.below_limit)
        && one(terms.above, terms.above_limit)
        && has_no_slices(terms)
        && has_no_times(terms)
}

/// One price, on its side.
fn is_limit(terms: &Terms) -> bool {
    let [price, second, ..] = own_prices(terms);
    price.bits != 0 && second.bits == 0 && has_no_other_price(terms) && has_no_slices(terms) && has_no_times(terms)
}

/// The first and the last level, away from the market, each with an atom at least.
fn is_scale(terms: &Terms) -> bool {
    let [first, last] = own_prices(terms);
    let away = match terms.side {
        Side::Buy => last.bits != 0 && last < first,
        Side::Sell => first.bits != 0 && last > first,
    };
    away && has_no_other_price(terms)
        && (2..=MAX_LEVELS).contains(&terms.slices)
        && u64::from(terms.slices) <= terms.amount
        && has_no_times(terms)
}

/// Slices that lie ahead, each with an atom at least, the first before the order's time is over.
fn is_twap(terms: &Terms, now: Now) -> bool {
    let [_limit, second] = own_prices(terms);
    second.bits == 0
        && has_no_other_price(terms)
        && (1..=MAX_SLICES).contains(&terms.slices)
        && u64::from(terms.slices) <= terms.amount
        && terms.interval_secs != 0
        && terms.catch_up < terms.slices
        && (terms.starts_at == 0 || terms.starts_at >= now.unix)
        && (terms.expires_at == 0 || terms.expires_at > terms.starts_at)
}

/// The two prices of an order's side that does not wait for the mark.
const fn own_prices(terms: &Terms) -> [Price; 2] {
    match terms.side {
        Side::Buy => [terms.below, terms.below_limit],
        Side::Sell => [terms.above, terms.above_limit],
    }
}

const fn has_no_other_price(terms: &Terms) -> bool {
    match terms.side {
        Side::Buy => terms.above.bits | terms.above_limit.bits == 0,
        Side::Sell => terms.below.bits | terms.below_limit.bits == 0,
    }
}

const fn has_no_slices(terms: &Terms) -> bool {
    terms.slices == 0
}

const fn has_no_times(terms: &Terms) -> bool {
    terms.starts_at == 0 && terms.interval_secs == 0 && terms.catch_up == 0
}
