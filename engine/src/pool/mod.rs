//! The pool: passive capital that quotes in every market from one margin account (docs/pool.md).
//!
//! That account is one like any other, whose owner is the pool's address: trades and margin know nothing of the pool. Here
//! is what only the pool has: its value, its shares, who waits to come or to leave, what it takes over, and what it sets aside.

mod backstop;
mod collect;
pub mod deposits;
mod nav;
mod rebalance;
pub mod redemptions;
mod reduce;
mod reserve;
pub mod shares;
mod strategy;
mod terms;

pub use backstop::{Backer, backstop, day_loss_ceil, room};
pub use collect::{Collected, collect};
pub use nav::{Nav, nav, nav_at_any_mark};
pub use rebalance::{Members, Rebalanced, rebalance};
pub use reserve::{Moved, balance_reserve};
pub use strategy::reach;
pub use terms::StrategyTerms;

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::exchange_params::set_pool_defaults;
use crate::listing::VERSION;
use crate::margin::{self, InitialHealth};
use crate::state::{MarginAccount, Pool, Ranges};
use crate::view::View;

/// The addresses and bumps of what a pool is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// Address of the pool: the owner of its margin account.
    pub pool: [u8; 32],
    /// Bump of it.
    pub bump: u8,
    /// Address of its margin account.
    pub account: [u8; 32],
    /// Bump of it.
    pub account_bump: u8,
    /// Mint of its shares.
    pub share_mint: [u8; 32],
    /// Bump of it.
    pub share_mint_bump: u8,
    /// Token account of the shares of those who wait to leave.
    pub share_vault: [u8; 32],
    /// Bump of it.
    pub share_vault_bump: u8,
}

/// Fills a zeroed pool, with the default of every parameter, and its zeroed margin account, into which nobody may deposit:
/// the price of its shares is not to be moved by gifts.
pub const fn create(pool: &mut Pool, account: &mut MarginAccount, parts: &Parts) {
    set_pool_defaults(pool);
    pool.account = parts.account;
    pool.share_mint = parts.share_mint;
    pool.share_vault = parts.share_vault;
    pool.bump = parts.bump;
    pool.share_mint_bump = parts.share_mint_bump;
    pool.share_vault_bump = parts.share_vault_bump;
    pool.version = VERSION;
    account.owner = parts.pool;
    account.bump = parts.account_bump;
    account.version = VERSION;
    account.closed_to_deposits = 1;
}

/// The most quote atoms that may leave an account: as much of its USDC capital as leaves it backed as a withdrawal must,
/// nothing while it is flagged.
///
/// Errors: those of [`margin::initial`].
pub fn free_capital(account: &MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<u64> {
    let free = u64::try_from(headroom(account, ranges, view, now)?).unwrap_or(0);
    Ok(free.min(account.usdc()))
}

/// [`free_capital`] at marks of any age, for whoever only wants to know.
pub fn free_capital_at_any_mark(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    now: Now,
) -> Result<u64> {
    let health = margin::initial_at_any_mark(account, ranges, view, now)?;
    Ok(u64::try_from(beyond_kept(account, &health)).unwrap_or(0).min(account.usdc()))
}

/// What an account's equity for new risk is beyond what must stay behind a withdrawal; negative while it is not backed, and
/// as low as it can be while it is flagged.
fn headroom(account: &MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<i64> {
    Ok(beyond_kept(account, &margin::initial(account, ranges, view, &[], now)?))
}

fn beyond_kept(account: &MarginAccount, health: &InitialHealth) -> i64 {
    if account.flagged_at != 0 {
        return i64::MIN;
    }
    health.equity.saturating_sub_unsigned(health.required.max(health.notional.div_ceil(10)))
}

/// Refuses an account that waits for the pool: `RequestsOpen`.
pub const fn require_no_requests(account: &MarginAccount) -> Result<()> {
    if account.pool_deposits == 0 && account.pool_redemptions == 0 { Ok(()) } else { Err(Error::RequestsOpen) }
}
