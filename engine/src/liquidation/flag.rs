//! The flag: when it is set, when it counts anew, when it clears.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin::{self, Health};
use crate::state::{MarginAccount, Ranges};
use crate::view::View;

/// Flags an unhealthy account: new risk and withdrawals stop, and the discount's clock starts. A flag that no step
/// followed for `flag_ttl` is set anew.
///
/// Errors: `AccountHealthy`, `AccountFlagged` when a live flag stands, those of [`margin::health_for_liquidation`].
pub fn begin(account: &mut MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<Health> {
    let health = margin::health_for_liquidation(account, ranges, view, now)?;
    if !health.is_unhealthy() {
        return Err(Error::AccountHealthy);
    }
    if account.flagged_at != 0 && !is_stale(account, view, now) {
        return Err(Error::AccountFlagged);
    }
    account.flagged_at = now.unix;
    account.stepped_at = 0;
    Ok(health)
}

/// Whether the flag is older than every held market's `flag_ttl` without a step. That of all of them, so that no market's
/// auction is cut short by another's. Where nothing is open there is no step to come, and what is sold for the debts has
/// one clock.
#[inline(never)]
fn is_stale(account: &MarginAccount, view: &View, now: Now) -> bool {
    if account.ranges == 0 && account.positions.iter().all(|position| position.base == 0) {
        return false;
    }
    let held = account.positions.iter().filter(|position| !position.is_empty());
    let ttl = held.filter_map(|position| view.market(position.market).ok()).map(|m| m.params.flag_ttl_secs).max();
    now.unix.saturating_sub(account.flagged_at.max(account.stepped_at)) > i64::from(ttl.unwrap_or(0))
}

/// Lets a flag that has grown stale count from now on, as the next step does.
pub(crate) fn renew_stale_flag(account: &mut MarginAccount, view: &View, now: Now) {
    if is_stale(account, view, now) {
        account.flagged_at = now.unix;
    }
}

/// Clears the flag of an account whose equity is back above maintenance with its buffer.
pub fn clear_if_cured(account: &mut MarginAccount, health: &Health) {
    if account.flagged_at != 0 && health.is_cured() {
        account.flagged_at = 0;
        account.stepped_at = 0;
    }
}

/// Clears the flag if the account has recovered. Returns whether it is free of a flag. At marks as old as those at which
/// it could be flagged: who may be liquidated may cure.
#[inline(never)]
pub fn cure(account: &mut MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<bool> {
    if account.flagged_at != 0 {
        let health = margin::health_for_liquidation(account, ranges, view, now)?;
        clear_if_cured(account, &health);
    }
    Ok(account.flagged_at == 0)
}
