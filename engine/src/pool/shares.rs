//! The price of the pool's shares, with virtual shares beside the real ones (docs/pool.md).
//!
//! Guarantees: the price moves by profit and loss alone. Whoever comes in pays at least the price, whoever leaves gets at
//! most it, each rounded to the good of who stays, so that no order of deposits and redemptions gains anything; and nobody
//! makes a share so dear that the next deposit rounds to nothing: the virtual shares would own nearly all of what that costs.

use super::Nav;
use crate::error::{Error, Result};
use crate::math::div::{mul_div_ceil, mul_div_floor};
use crate::planted::{self, Bug};

/// Shares that belong to nobody.
pub const VIRTUAL_SHARES: u64 = 1_000_000;
/// Quote atoms that stand for them beside the pool's value: the first share costs as many quote atoms as it has.
pub const VIRTUAL_QUOTE: u64 = 1_000_000;
/// Atoms of a whole share.
pub const WHOLE_SHARE: u64 = 1_000_000;

/// Shares for a deposit of `amount` quote atoms when there are `total`: `amount * (total + virtual) / (high + virtual)`,
/// rounded down.
///
/// Errors: `PoolInsolvent` for a pool that owes more than it has, or whose shares are worth nothing, `MathOverflow`.
pub fn shares_floor(amount: u64, nav: &Nav, total: u64) -> Result<u64> {
    if nav.low < 0 || (nav.low == 0 && total != 0) {
        return Err(Error::PoolInsolvent);
    }
    let value = if planted::is(Bug::SellsSharesLow) { nav.low } else { nav.high };
    let (all, value) = (beside(total, VIRTUAL_SHARES), beside(positive(value), VIRTUAL_QUOTE));
    narrow(mul_div_floor(u128::from(amount), all, value))
}

/// What `shares` of `total` are worth to who leaves, in quote atoms: at the price with the virtual shares,
/// `shares * (low + virtual) / (total + virtual)`, and no more than their part of what there is, rounded down.
///
/// Errors with `MathOverflow` for more shares than there are.
pub fn worth_floor(shares: u64, nav: &Nav, total: u64) -> Result<u64> {
    if shares > total {
        return Err(Error::MathOverflow);
    }
    let low = positive(nav.low);
    if low == 0 || total == 0 {
        return Ok(0);
    }
    let (all, value) = (beside(total, VIRTUAL_SHARES), beside(low, VIRTUAL_QUOTE));
    let at_price = narrow(mul_div_floor(u128::from(shares), value, all))?;
    let part = narrow(mul_div_floor(u128::from(shares), u128::from(low), u128::from(total)))?;
    Ok(at_price.min(part))
}

/// The fewest shares that are worth `amount` by [`worth_floor`]: what a payment of it burns.
///
/// Errors with `MathOverflow` when nothing is worth anything.
pub fn burnt_ceil(amount: u64, nav: &Nav, total: u64) -> Result<u64> {
    let low = positive(nav.low);
    let (all, value) = (beside(total, VIRTUAL_SHARES), beside(low, VIRTUAL_QUOTE));
    let at_price = narrow(mul_div_ceil(u128::from(amount), all, value))?;
    let part = narrow(mul_div_ceil(u128::from(amount), u128::from(total), u128::from(low)))?;
    Ok(at_price.max(part))
}

/// What a whole share costs who comes in, in quote atoms, rounded up; at most the type's end.
pub fn price_ceil(nav: &Nav, total: u64) -> u64 {
    let (all, value) = (beside(total, VIRTUAL_SHARES), beside(positive(nav.high), VIRTUAL_QUOTE));
    narrow(mul_div_ceil(u128::from(WHOLE_SHARE), value, all)).unwrap_or(u64::MAX)
}

/// What a whole share is worth to who leaves, in quote atoms, rounded down: as [`worth_floor`], whether or not there are so
/// many.
pub fn price_floor(nav: &Nav, total: u64) -> u64 {
    let low = positive(nav.low);
    let (all, value) = (beside(total, VIRTUAL_SHARES), beside(low, VIRTUAL_QUOTE));
    let at_price = narrow(mul_div_floor(u128::from(WHOLE_SHARE), value, all)).unwrap_or(u64::MAX);
    let part = narrow(mul_div_floor(u128::from(WHOLE_SHARE), u128::from(low), u128::from(total)));
    at_price.min(part.unwrap_or(u64::MAX))
}

fn positive(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn beside(amount: u64, virtual_amount: u64) -> u128 {
    u128::from(amount).saturating_add(u128::from(virtual_amount))
}

fn narrow(amount: Option<u128>) -> Result<u64> {
    amount.and_then(|amount| u64::try_from(amount).ok()).ok_or(Error::MathOverflow)
}
