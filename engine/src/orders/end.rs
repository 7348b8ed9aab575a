//! How orders end without being filled: cancelled by who may, or cleaned up by anyone when they cannot be executed.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::state::{MarginAccount, Market, PlacedOrder};
use crate::{closing, delegate, trade};

use super::{Kind, REDUCE_ONLY, has, parts, side};

/// Most lamports of an order's own tip that whoever cleans it up gets: what the transaction costs him and a little more. The
/// rest of the tip was laid in for an execution that did not come.
pub const CLEANING_TIP: u64 = 10_000;

/// Why an order is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All of it was filled.
    Filled,
    /// What was not filled was given up: slices whose time went by, rests that were to be dropped.
    RestGivenUp,
    /// It is reduce-only, and there is no position left to reduce.
    NoPosition,
    /// Who may cancelled it.
    Cancelled,
    /// Its time is over.
    Expired,
    /// The market is closed, or gone.
    MarketClosed,
    /// Who placed it may not do so any more.
    NotAllowed,
}

impl Ended {
    /// Every end, in the order of its number.
    pub const ALL: [Self; 7] = [
        Self::Filled,
        Self::RestGivenUp,
        Self::NoPosition,
        Self::Cancelled,
        Self::Expired,
        Self::MarketClosed,
        Self::NotAllowed,
    ];

    /// Its name, as scenarios print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filled => "filled",
            Self::RestGivenUp => "rest_given_up",
            Self::NoPosition => "no_position",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::MarketClosed => "market_closed",
            Self::NotAllowed => "not_allowed",
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Filled => 0,
            Self::RestGivenUp => 1,
            Self::NoPosition => 2,
            Self::Cancelled => 3,
            Self::Expired => 4,
            Self::MarketClosed => 5,
            Self::NotAllowed => 6,
        }
    }
}

/// What cleaning up gave.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// Lamports for whoever did it.
    pub tip: u64,
    /// Why the order was dead.
    pub ended: Ended,
}

/// Why an order cannot be executed any more, if so. `market` is nothing once it is removed. Nothing of this is up to who
/// executes orders: time, the owner, governance and the loss of the position decide.
pub fn dead(order: &PlacedOrder, account: &MarginAccount, market: Option<&Market>, now: Now) -> Option<Ended> {
    let kind = Kind::of(order.kind).ok()?;
    let is_late = order.expires_at != 0 && now.unix >= order.expires_at;
    let permitted = || delegate::allows(account, &order.placed_by, delegate::MAY_ORDER, order.market, now).is_ok();
    if is_late || parts::is_over(order, kind, now) {
        Some(Ended::Expired)
    } else if market.is_none_or(closing::is_closed) {
        Some(Ended::MarketClosed)
    } else if has(order, REDUCE_ONLY) && !trade::opposes(side(order), base(account, order.market)) {
        Some(Ended::NoPosition)
    } else if !permitted() {
        Some(Ended::NotAllowed)
    } else {
        None
    }
}

/// Ends an order for who may: the owner, or the delegate who placed it, as long as he may place any. What it holds goes
/// back to who paid.
///
/// Errors: `Unauthorized`, `DelegateNotAllowed`.
pub fn cancel(order: &PlacedOrder, account: &mut MarginAccount, signer: &[u8; 32], now: Now) -> Result<()> {
    let by = delegate::allows(account, signer, delegate::MAY_ORDER, order.market, now)?;
    if by != delegate::By::Owner && *signer != order.placed_by {
        return Err(Error::DelegateNotAllowed);
    }
    release(account)
}

/// Ends a dead order for anyone, who gets a part of the tip that is left, at most [`CLEANING_TIP`]; the rest goes back to
/// who paid. `market` is nothing once it is removed.
///
/// Errors: `OrderAlive`, `WrongMarket`.
pub fn clean(order: &PlacedOrder, account: &mut MarginAccount, market: Option<&Market>, now: Now) -> Result<Cleaned> {
    if market.is_some_and(|market| market.index_number != order.market) {
        return Err(Error::WrongMarket);
    }
    let ended = dead(order, account, market, now).ok_or(Error::OrderAlive)?;
    release(account)?;
    Ok(Cleaned { tip: order.tip.saturating_sub(order.tip_paid).min(CLEANING_TIP), ended })
}

/// Refuses an account with waiting orders: `OrdersOpen`.
pub const fn require_none(account: &MarginAccount) -> Result<()> {
    if account.orders == 0 { Ok(()) } else { Err(Error::OrdersOpen) }
}

/// One order less.
pub(super) fn release(account: &mut MarginAccount) -> Result<()> {
    account.orders = account.orders.checked_sub(1).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// The base of an account's position in a market, 0 without one.
pub(super) fn base(account: &MarginAccount, market: u16) -> i64 {
    account.position(market).map_or(0, |position| position.base)
}
