//! Leaving the pool (docs/pool.md): shares in escrow, first in, first out, paid into a margin account at the low value of the
//! time at which they are, as far as the pool's open positions leave money free.
//!
//! Guarantees: when somebody is paid depends on his request and on those before it alone, never on his choice; **the first
//! never holds up the others** beyond its own window, at whose end its shares go back; what is paid in part burns so many
//! shares that nobody who stays loses; and nobody is left with a rest that is worth nothing.

use super::deposits::{Asked, open_positions, smallest};
use super::nav::{Nav, nav};
use super::shares::{burnt_ceil, worth_floor};
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::listing::VERSION;
use crate::math::div::mul_div_ceil;
use crate::state::{Exchange, MarginAccount, Pool, PoolRequest, Ranges};
use crate::view::View;
use crate::{oracle, pot};

/// `PoolRequest::kind` of a redemption.
pub const REDEMPTION: u8 = 1;

/// The smallest tip of a redemption, in lamports: what its turn in the queue costs whoever executes it, so that nobody
/// fills the queue with what nobody wants to execute.
pub const MIN_TIP: u64 = 10_000;

/// What became of the first in the queue.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// Quote atoms that went to the account.
    pub paid: u64,
    /// Shares for them, which the caller burns.
    pub burnt: u64,
    /// Shares that go back to where they came from, which the caller moves.
    pub returned: u64,
    /// Shares that still wait; those of a request whose time is over and whose shares cannot be received wait for its
    /// owner, and not in the queue.
    pub rest: u64,
    /// Lamports of the tip that whoever executes it has earned.
    pub tip: u64,
    /// What the pool was worth before it; zero where that was not asked.
    pub nav: Nav,
}

impl Paid {
    /// Whether the request's account is done with.
    pub const fn is_ended(&self) -> bool {
        self.rest == 0
    }
}

/// What became of a cancelled one.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// Shares that go back, which the caller moves.
    pub returned: u64,
    /// Whether its account is done with; else it stays as an empty one until its turn.
    pub is_ended: bool,
}

/// Puts shares, which the caller moves into the share vault, at the end of the queue, in a zeroed request.
///
/// Errors: `ZeroAmount`, `RequestTooSmall` for a tip below [`MIN_TIP`], `RequestsOpen` for an account with 255 of them,
/// `MathOverflow` for more shares than there are.
pub fn request(
    request: &mut PoolRequest,
    asked: &Asked,
    pool: &mut Pool,
    account: &mut MarginAccount,
    now: Now,
) -> Result<()> {
    if asked.amount == 0 {
        return Err(Error::ZeroAmount);
    }
    if asked.tip < MIN_TIP {
        return Err(Error::RequestTooSmall);
    }
    account.pool_redemptions = account.pool_redemptions.checked_add(1).ok_or(Error::RequestsOpen)?;
    let waiting = pool.shares_waiting.checked_add(asked.amount).filter(|waiting| *waiting <= pool.shares);
    pool.shares_waiting = waiting.ok_or(Error::MathOverflow)?;
    let ready_at = now.unix.saturating_add(i64::from(pool.cooldown_secs));
    *request = PoolRequest {
        account: asked.account,
        shares_account: asked.shares_account,
        payer: asked.payer,
        number: pool.redeem_tail,
        amount: asked.amount,
        tip: asked.tip,
        requested_at: now.unix,
        ready_at,
        lapses_at: ready_at.saturating_add(i64::from(pool.redeem_window_secs)),
        kind: REDEMPTION,
        bump: asked.bump,
        version: VERSION,
        ..*request
    };
    pool.redeem_tail = pool.redeem_tail.checked_add(1).ok_or(Error::MathOverflow)?;
    Ok(())
}

/// The pool's side of a redemption.
pub struct Payer<'a, 'v> {
    /// The pool's margin account.
    pub account: &'a mut MarginAccount,
    /// Its ranges.
    pub ranges: Option<&'a Ranges>,
    /// Its markets.
    pub view: &'a View<'v>,
    /// Whose reserve is the pool's.
    pub exchange: &'a mut Exchange,
}

/// Pays the first in the queue at the low value, as far as the pool's open positions leave money free: all of it, for which
/// the reserve gives its part, or a part that is worth the trouble, out of capital. One whose time is over is given back its
/// shares (`is_receivable` says whether they can be; if not, they wait for its owner outside of the queue), as is a rest that
/// is worth nothing.
///
/// Prices must be as fresh as for a trade, as for a deposit.
///
/// Errors: `AccountForeign` for a deposit, `RequestNotNext`, `RequestNotReady`, `PriceStale`, `PoolCommitted` with less free
/// than is worth a payment, those of [`nav`] and of [`super::free_capital`].
pub fn execute(
    request: &mut PoolRequest,
    pool: &mut Pool,
    account: &mut MarginAccount,
    payer: &mut Payer,
    is_receivable: bool,
    now: Now,
) -> Result<Paid> {
    require_next(request, pool)?;
    if request.amount == 0 {
        return skip(request, pool);
    }
    if now.unix < request.ready_at {
        return Err(Error::RequestNotReady);
    }
    if now.unix >= request.lapses_at {
        return lapse(request, pool, account, is_receivable, Nav::default());
    }
    let nav = nav(payer.exchange.pool_reserve, payer.account, payer.ranges, payer.view, now)?;
    for position in open_positions(payer.account) {
        oracle::require_latest(payer.view.market(position.market)?, now)?;
    }
    if nav.low <= 0 {
        return Err(Error::PoolCommitted);
    }
    let asked = request.amount;
    let worth = worth_floor(asked, &nav, pool.shares)?;
    if worth == 0 {
        return lapse(request, pool, account, is_receivable, nav);
    }
    let of_reserve = reserve_part_ceil(payer.exchange.pool_reserve, asked, pool.shares)?;
    let headroom = super::headroom(payer.account, payer.ranges, payer.view, now)?;
    let free = |more: u64| {
        let free = u64::try_from(headroom.saturating_add_unsigned(more)).unwrap_or(0);
        free.min(payer.account.usdc().saturating_add(more))
    };
    let (paid, burnt) = if free(of_reserve) >= worth {
        let reserve = &mut payer.exchange.pool_reserve;
        *reserve = reserve.checked_sub(of_reserve).ok_or(Error::MathOverflow)?;
        let capital = payer.account.usdc_mut();
        *capital = capital.checked_add(of_reserve).ok_or(Error::MathOverflow)?;
        (worth, asked)
    } else {
        let paid = free(0).min(worth);
        if paid == 0 || paid < smallest(pool).min(worth) {
            return Err(Error::PoolCommitted);
        }
        (paid, burnt_ceil(paid, &nav, pool.shares)?.min(asked))
    };
    let capital = payer.account.usdc_mut();
    *capital = capital.checked_sub(paid).ok_or(Error::MathOverflow)?;
    let capital = account.usdc_mut();
    *capital = capital.checked_add(paid).ok_or(Error::MathOverflow)?;
    pool.shares = pool.shares.checked_sub(burnt).ok_or(Error::MathOverflow)?;
    pool.shares_waiting = pool.shares_waiting.checked_sub(burnt).ok_or(Error::MathOverflow)?;
    request.paid = request.paid.checked_add(paid).ok_or(Error::MathOverflow)?;
    request.amount = asked.saturating_sub(burnt);
    // The part of the tip that belongs to so many of the shares that wait.
    let tip = pot::part_floor(request.tip, burnt, asked);
    request.tip = request.tip.saturating_sub(tip);
    let mut outcome = Paid { paid, burnt, returned: 0, rest: request.amount, tip, nav };
    if request.amount == 0 {
        advance(pool);
        account.pool_redemptions = account.pool_redemptions.checked_sub(1).ok_or(Error::MathOverflow)?;
        outcome.tip = outcome.tip.saturating_add(core::mem::take(&mut request.tip));
    }
    Ok(outcome)
}

/// Ends a cancelled request whose turn it is; its account may be gone.
///
/// Errors: `RequestNotNext`, `AccountMissing` for one that is not cancelled, which is paid into its account.
pub fn skip(request: &mut PoolRequest, pool: &mut Pool) -> Result<Paid> {
    require_next(request, pool)?;
    if request.amount != 0 {
        return Err(Error::AccountMissing);
    }
    advance(pool);
    Ok(Paid { tip: core::mem::take(&mut request.tip), ..Paid::default() })
}

/// Takes shares back out of the queue: before they may be paid, and once their time is over. In between it would be an
/// option that the others pay for.
///
/// Errors: `AccountForeign` for a deposit, `ZeroAmount` for one that is cancelled already, `RequestNotReady`.
pub fn cancel(request: &mut PoolRequest, pool: &mut Pool, account: &mut MarginAccount, now: Now) -> Result<Cancelled> {
    if request.kind != REDEMPTION {
        return Err(Error::AccountForeign);
    }
    if request.amount == 0 {
        return Err(Error::ZeroAmount);
    }
    let has_passed = request.number < pool.redeem_head;
    if !has_passed && now.unix >= request.ready_at && now.unix < request.lapses_at {
        return Err(Error::RequestNotReady);
    }
    let returned = give_back(request, pool, account)?;
    let is_first = request.number == pool.redeem_head;
    if is_first {
        advance(pool);
    } else {
        // What its turn costs whoever skips it; the rest goes back to its payer.
        request.tip = request.tip.min(MIN_TIP);
    }
    Ok(Cancelled { returned, is_ended: is_first || has_passed })
}

/// Gives shares back whose time is over, or moves them out of the queue where they cannot be received.
fn lapse(
    request: &mut PoolRequest,
    pool: &mut Pool,
    account: &mut MarginAccount,
    is_receivable: bool,
    nav: Nav,
) -> Result<Paid> {
    advance(pool);
    let tip = core::mem::take(&mut request.tip);
    if !is_receivable {
        return Ok(Paid { rest: request.amount, tip, nav, ..Paid::default() });
    }
    let returned = give_back(request, pool, account)?;
    Ok(Paid { returned, tip, nav, ..Paid::default() })
}

fn give_back(request: &mut PoolRequest, pool: &mut Pool, account: &mut MarginAccount) -> Result<u64> {
    let shares = core::mem::take(&mut request.amount);
    pool.shares_waiting = pool.shares_waiting.checked_sub(shares).ok_or(Error::MathOverflow)?;
    account.pool_redemptions = account.pool_redemptions.checked_sub(1).ok_or(Error::MathOverflow)?;
    Ok(shares)
}

fn require_next(request: &PoolRequest, pool: &Pool) -> Result<()> {
    if request.kind != REDEMPTION {
        return Err(Error::AccountForeign);
    }
    if request.number == pool.redeem_head { Ok(()) } else { Err(Error::RequestNotNext) }
}

const fn advance(pool: &mut Pool) {
    pool.redeem_head = pool.redeem_head.saturating_add(1);
}

/// The part of the reserve that belongs to so many shares, rounded up: the last who leaves takes the last of it along.
fn reserve_part_ceil(reserve: u64, shares: u64, total: u64) -> Result<u64> {
    let part = mul_div_ceil(u128::from(reserve), u128::from(shares), u128::from(total)).ok_or(Error::MathOverflow)?;
    Ok(u64::try_from(part).unwrap_or(u64::MAX).min(reserve))
}
