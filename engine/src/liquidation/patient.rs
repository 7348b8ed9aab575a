//! What every step begins and ends with: the account as it stands, and the proof that its health did not fall.

use crate::book::Book;
use crate::clock::Now;
use crate::closing;
use crate::collateral;
use crate::error::{Error, Result};
use crate::margin::{Health, Scope};
use crate::oracle::MarkUse;
use crate::pot;
use crate::state::{MarginAccount, Market};
use crate::view::{Others, View};

use super::clear_if_cured;
use super::flag::renew_stale_flag;

/// A flagged, unhealthy account before a step in one market.
pub(crate) struct Patient<'o> {
    others: Others<'o>,
    now: Now,
    /// What the step does not touch.
    elsewhere: Health,
    /// Health before the step.
    pub before: Health,
    /// Base that it holds in the market; not 0.
    pub held: i64,
}

impl<'o> Patient<'o> {
    /// Looks at the account and brings its flag and its funding up to date.
    ///
    /// Errors: `MarketClosed`, `AccountNotFlagged`, `RangesOpen`, `AccountHealthy`, `PositionNotFound`, `StepTooSoon`, those of
    /// [`crate::margin::health_for_liquidation`].
    #[inline(never)]
    pub fn examine(book: &mut Book, account: &mut MarginAccount, others: Others<'o>, now: Now) -> Result<Self> {
        closing::require_open(book.market)?;
        if account.flagged_at == 0 {
            return Err(Error::AccountNotFlagged);
        }
        if account.ranges != 0 {
            return Err(Error::RangesOpen);
        }
        let number = book.market.index_number;
        let view = View { traded: Some((book.market, book.arrays)), others };
        let scope = Scope { ranges: None, view: &view, marks: MarkUse::Liquidation, now };
        let elsewhere = scope.health_elsewhere(account, number)?;
        let before = scope.health_with(&elsewhere, account, number)?;
        if !before.is_unhealthy() {
            return Err(Error::AccountHealthy);
        }
        renew_stale_flag(account, &view, now);
        let missing = before.excess().min(0).unsigned_abs();
        let collateral = collateral::notice_secs(account, &view, missing, now);
        let position = account.position_mut(number)?;
        pot::fold_funding(book.market, position)?;
        let held = position.base;
        if held == 0 {
            return Err(Error::PositionNotFound);
        }
        require_notice(book.market, account, collateral, now)?;
        Ok(Self { others, now, elsewhere, before, held })
    }

    /// Health as it stands.
    #[inline(never)]
    pub fn health(&self, book: &Book, account: &MarginAccount) -> Result<Health> {
        let view = View { traded: Some((book.market, book.arrays)), others: self.others };
        let scope = Scope { ranges: None, view: &view, marks: MarkUse::Liquidation, now: self.now };
        scope.health_with(&self.elsewhere, account, book.market.index_number)
    }

    /// Settles a position that is closed, and clears the flag of an account that is cured. Returns health after the step.
    ///
    /// Errors: `HealthFell`.
    #[inline(never)]
    pub fn discharge(&self, book: &mut Book, account: &mut MarginAccount) -> Result<Health> {
        let number = book.market.index_number;
        if account.position(number)?.base == 0 {
            let _settled = pot::settle(book.market, account, self.now)?;
        }
        let health = self.health(book, account)?;
        if health.excess() < self.before.excess() {
            return Err(Error::HealthFell);
        }
        clear_if_cured(account, &health);
        pot::drop_if_done(book.market, account);
        Ok(health)
    }

    /// Pays a tip out of the account's capital: no more than it has, and no more than the step has improved its health,
    /// so that the tip alone never undoes a step. `equity` is what the tip may take.
    #[inline(never)]
    pub fn tip(&self, book: &Book, account: &mut MarginAccount, paid: &mut MarginAccount, equity: u64) -> Result<u64> {
        let improved = self.health(book, account)?.excess().saturating_sub(self.before.excess());
        let improved = u64::try_from(improved).unwrap_or(0);
        let tip = u64::from(book.market.params.liquidation_tip_quote).min(account.usdc()).min(equity).min(improved);
        *account.usdc_mut() = account.usdc().saturating_sub(tip);
        *paid.usdc_mut() = paid.usdc().checked_add(tip).ok_or(Error::MathOverflow)?;
        Ok(tip)
    }
}

/// At a mark that is too old for its owner a step waits until the flag is as old: whoever knows a fresher price, the owner
/// first, had the time to bring it. At such a price of collateral it waits no longer than that either.
fn require_notice(market: &Market, account: &MarginAccount, collateral: u32, now: Now) -> Result<()> {
    let is_fresh = MarkUse::Owner.require(market, now).is_ok();
    let most = market.params.max_age_mark_secs;
    let notice = if is_fresh { collateral.min(most) } else { most };
    let waited = now.unix.saturating_sub(account.flagged_at) >= i64::from(notice);
    if waited { Ok(()) } else { Err(Error::StepTooSoon) }
}

/// Keeps the flag alive after a step that asks for no gap before the next: the clock that steps on the curve wait for
/// stands no later than it did or than it allows one.
pub(crate) fn note_step(account: &mut MarginAccount, market: &Market, now: Now) {
    let rested = now.unix.saturating_sub(i64::from(market.params.step_gap_secs));
    account.stepped_at = account.stepped_at.max(rested);
}
