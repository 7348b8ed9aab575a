//! The pool's reserve: the part of its money that stands in the order of losses (docs/pool-backstop.md).
//!
//! It lies in the exchange, so that resolving a loss needs nothing of the pool, and counts in the pool's value wherever it
//! lies: moving it changes nobody's shares, whenever it is moved.

use super::{free_capital, nav};
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::liquidation::clear_if_cured;
use crate::params::MILLION;
use crate::state::{Exchange, MarginAccount, Pool, Ranges};
use crate::view::View;
use crate::{margin, pot};

/// What a balancing moved, in quote atoms; one of the two is 0.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// From the pool's capital into its reserve.
    pub set_aside: u64,
    /// From its reserve into its capital.
    pub recalled: u64,
}

/// Brings the pool's reserve to `reserve_ppm` of the pool's low value, rounded down: up out of what initial margin leaves
/// free, and down when it is above. While the pool's own account is unhealthy or flagged all of it goes back there: the
/// pool's money keeps the pool from being liquidated before it pays for others. Nothing moves for a difference below
/// `hysteresis_ppm` of what it should be.
///
/// Errors: `NothingToMove`, those of [`margin::health_for_liquidation`], of [`nav()`] and of [`free_capital`].
pub fn balance_reserve(
    exchange: &mut Exchange,
    pool: &Pool,
    account: &mut MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    now: Now,
) -> Result<Moved> {
    let reserve = exchange.pool_reserve;
    let health = margin::health_for_liquidation(account, ranges, view, now)?;
    let target = if account.flagged_at != 0 || health.is_unhealthy() {
        0
    } else {
        let low = nav(reserve, account, ranges, view, now)?.low;
        ppm_floor(u64::try_from(low).unwrap_or(0), pool.reserve_ppm)
    };
    let set_aside = match target.saturating_sub(reserve) {
        0 => 0,
        missing => missing.min(free_capital(account, ranges, view, now)?),
    };
    let recalled = reserve.saturating_sub(target);
    if set_aside.max(recalled) < ppm_floor(target, pool.hysteresis_ppm).max(1) {
        return Err(Error::NothingToMove);
    }
    let capital = account.usdc().checked_add(recalled).and_then(|capital| capital.checked_sub(set_aside));
    *account.usdc_mut() = capital.ok_or(Error::MathOverflow)?;
    exchange.pool_reserve =
        reserve.checked_add(set_aside).and_then(|sum| sum.checked_sub(recalled)).ok_or(Error::MathOverflow)?;
    if recalled != 0 {
        clear_if_cured(account, &margin::health_for_liquidation(account, ranges, view, now)?);
    }
    Ok(Moved { set_aside, recalled })
}

/// Parts per million of an amount, rounded down, to the atom.
fn ppm_floor(amount: u64, ppm: u32) -> u64 {
    pot::part_floor(amount, u64::from(ppm), u64::from(MILLION))
}
