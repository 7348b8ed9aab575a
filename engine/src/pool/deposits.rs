//! Coming into the pool (docs/pool.md): asking with capital of a margin account, shares at the high value of a later time.
//!
//! Guarantees: nobody buys shares at a value whose marks have not followed the index yet; what waits is neither lost nor
//! hidden: it becomes shares or goes back to the account that it came from, and anybody may bring it back there while that
//! account is flagged or owes.

use super::nav::{Nav, nav};
use super::shares::shares_floor;
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::listing::VERSION;
use crate::params::MILLION;
use crate::state::{MarginAccount, Pool, PoolRequest, Position, Ranges};
use crate::view::View;
use crate::{liquidation, margin, oracle, tickets};

/// `PoolRequest::kind` of a deposit.
pub const DEPOSIT: u8 = 0;

/// Seconds that the longest mark ring which parameters allow takes to fill, and one: from then on every deposit may have
/// been executed, and its owner may take it back.
pub const CANCELLABLE_AFTER_SECS: i64 = 71;

/// Who asks, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Address of the margin account.
    pub account: [u8; 32],
    /// The token account of shares.
    pub shares_account: [u8; 32],
    /// Who pays for the request's account.
    pub payer: [u8; 32],
    /// Quote atoms of a deposit, shares of a redemption.
    pub amount: u64,
    /// Fewest shares for a deposit.
    pub min_shares: u64,
    /// Lamports for who executes it.
    pub tip: u64,
    /// Bump of the request's address.
    pub bump: u8,
}

/// What became of a deposit: shares, or the money went back.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// Quote atoms that came into the pool.
    pub deposited: u64,
    /// Shares for them, which the caller mints.
    pub shares: u64,
    /// Quote atoms that went back to the account instead.
    pub returned: u64,
    /// What the pool was worth before it; zero where that was not asked.
    pub nav: Nav,
}

/// Takes capital out of an account, checked as a withdrawal, into a zeroed request. No token leaves, so neither the outflow
/// limit nor a pause refuses it. `ranges` and `view` are of that account.
///
/// Errors: `PoolClosed`, `RequestTooSmall`, `AccountFlagged`, `RequestsOpen` for an account with 255 of them,
/// `InsufficientCapital`, `InsufficientMargin`, those of [`margin::initial`].
pub fn request(
    request: &mut PoolRequest,
    asked: &Asked,
    pool: &mut Pool,
    account: &mut MarginAccount,
    (ranges, view): (Option<&Ranges>, &View),
    now: Now,
) -> Result<()> {
    if pool.closed != 0 {
        return Err(Error::PoolClosed);
    }
    if asked.amount < smallest(pool) || asked.amount == 0 {
        return Err(Error::RequestTooSmall);
    }
    if account.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    account.pool_deposits = account.pool_deposits.checked_add(1).ok_or(Error::RequestsOpen)?;
    let capital = account.usdc_mut();
    *capital = capital.checked_sub(asked.amount).ok_or(Error::InsufficientCapital)?;
    pool.deposits_waiting = pool.deposits_waiting.checked_add(asked.amount).ok_or(Error::MathOverflow)?;
    margin::initial(account, ranges, view, &[], now)?.require_withdrawal()?;
    *request = PoolRequest {
        account: asked.account,
        shares_account: asked.shares_account,
        payer: asked.payer,
        number: pool.deposits,
        amount: asked.amount,
        min_shares: asked.min_shares,
        tip: asked.tip,
        requested_at: now.unix,
        ready_at: now.unix.saturating_add(CANCELLABLE_AFTER_SECS),
        kind: DEPOSIT,
        bump: asked.bump,
        version: VERSION,
        ..*request
    };
    pool.deposits = pool.deposits.checked_add(1).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// The smallest deposit, and the smallest part of a redemption that is paid by itself, in quote atoms.
pub(crate) const fn smallest(pool: &Pool) -> u64 {
    (pool.min_request_usd as u64).saturating_mul(MILLION as u64)
}

/// Makes a deposit shares at the high value, once every mark of a market that the pool holds anything in has followed the
/// index since it was asked for. It goes back to its account instead where that is flagged or owes, where its shares cannot
/// be received (`is_receivable` false), and where they would be fewer than it asked for. `account` is who asked,
/// `pool_account` the pool's, and `ranges` and `view` are the pool's. A deposit that cures the pool clears its flag.
///
/// Prices must be as fresh as for a trade: who executes chooses the moment, and would choose one in which he knows a price
/// that the value does not know yet.
///
/// Errors: `AccountForeign` for a redemption, `RequestNotReady`, `PriceStale`, `PoolClosed`, `MarketGuarded`,
/// `PoolInsolvent`, `PoolCap`, those of [`nav`].
#[allow(clippy::too_many_arguments, reason = "two accounts, each with what belongs to it")]
pub fn execute(
    request: &mut PoolRequest,
    pool: &mut Pool,
    account: &mut MarginAccount,
    reserve: u64,
    pool_account: &mut MarginAccount,
    (ranges, view): (Option<&Ranges>, &View),
    is_receivable: bool,
    now: Now,
) -> Result<Executed> {
    if request.kind != DEPOSIT {
        return Err(Error::AccountForeign);
    }
    if !is_receivable || tickets::may_cancel_other(account) {
        return give_back(request, pool, account, Nav::default());
    }
    let nav = nav(reserve, pool_account, ranges, view, now)?;
    let since = now.unix.saturating_sub(request.requested_at);
    let mut wait = 1;
    for position in open_positions(pool_account) {
        let market = view.market(position.market)?;
        if market.is_guarded() {
            return Err(Error::MarketGuarded);
        }
        oracle::require_latest(market, now)?;
        let ring = i64::from(market.params.mark_ring).saturating_mul(i64::from(market.params.mark_step_secs));
        wait = wait.max(ring.saturating_add(1));
    }
    if since < wait {
        return Err(Error::RequestNotReady);
    }
    if pool.closed != 0 {
        return Err(Error::PoolClosed);
    }
    let amount = request.amount;
    let shares = shares_floor(amount, &nav, pool.shares)?;
    if shares == 0 || shares < request.min_shares {
        return give_back(request, pool, account, nav);
    }
    let cap = i64::from(pool.pool_cap_usd).saturating_mul(i64::from(MILLION));
    if cap != 0 && nav.high.saturating_add_unsigned(amount) > cap {
        return Err(Error::PoolCap);
    }
    end(request, pool, account)?;
    let capital = pool_account.usdc_mut();
    *capital = capital.checked_add(amount).ok_or(Error::MathOverflow)?;
    pool.shares = pool.shares.checked_add(shares).ok_or(Error::MathOverflow)?;
    liquidation::cure(pool_account, ranges, view, now)?;
    Ok(Executed { deposited: amount, shares, returned: 0, nav })
}

/// Takes a deposit back to its account: its owner once it may have been executed, anybody (`is_owner` false) while the
/// account is flagged or owes. Returns the quote atoms.
///
/// Errors: `AccountForeign` for a redemption, `Unauthorized`, `RequestNotReady`.
pub fn cancel(
    request: &mut PoolRequest,
    pool: &mut Pool,
    account: &mut MarginAccount,
    is_owner: bool,
    now: Now,
) -> Result<u64> {
    if request.kind != DEPOSIT {
        return Err(Error::AccountForeign);
    }
    if !tickets::may_cancel_other(account) {
        if !is_owner {
            return Err(Error::Unauthorized);
        }
        if now.unix < request.ready_at {
            return Err(Error::RequestNotReady);
        }
    }
    Ok(give_back(request, pool, account, Nav::default())?.returned)
}

/// Refuses an account whose money waits to come into the pool: `RequestsOpen`.
pub const fn require_none(account: &MarginAccount) -> Result<()> {
    if account.pool_deposits == 0 { Ok(()) } else { Err(Error::RequestsOpen) }
}

/// What the pool holds that moves with a price.
pub(super) fn open_positions(account: &MarginAccount) -> impl Iterator<Item = &Position> {
    account.positions.iter().filter(|position| position.base != 0 || position.ranges != 0)
}

fn give_back(request: &mut PoolRequest, pool: &mut Pool, account: &mut MarginAccount, nav: Nav) -> Result<Executed> {
    let returned = request.amount;
    let capital = account.usdc_mut();
    *capital = capital.checked_add(returned).ok_or(Error::MathOverflow)?;
    end(request, pool, account)?;
    Ok(Executed { deposited: 0, shares: 0, returned, nav })
}

fn end(request: &mut PoolRequest, pool: &mut Pool, account: &mut MarginAccount) -> Result<()> {
    pool.deposits_waiting = pool.deposits_waiting.checked_sub(request.amount).ok_or(Error::MathOverflow)?;
    account.pool_deposits = account.pool_deposits.checked_sub(1).ok_or(Error::MathOverflow)?;
    request.amount = 0;
    Ok(())
}
