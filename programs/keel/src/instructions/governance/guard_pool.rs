//! Reduces what the pool takes upon itself, at once: no deposits, no quotes or backstop in a market, lower caps. Never the
//! other way.

use anchor_lang::prelude::*;
use keel_engine::governance::{self, PoolGuard};

use crate::access;
use crate::access::INSTRUCTIONS;
use crate::errors::KeelError;
use crate::events::{self, PoolChanged};
use crate::state::{ExchangeAccount, PoolAccount};

/// The accounts.
#[derive(Accounts)]
pub struct GuardPool {
    /// The exchange's guardian or admin.
    pub authority: Signer,
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
}

/// Handles the instruction.
pub fn guard_pool(context: &mut Context<GuardPool>, action: u8, market: u16, value: u32) -> Result<()> {
    let GuardPool { authority, exchange, pool, instructions } = &mut context.accounts;
    let pool = &mut pool.state;
    access::require_guardian(&exchange.state, authority.address(), instructions)?;
    let guard = PoolGuard::of(action, market, value).map_err(KeelError::from)?;
    governance::guard_pool(pool, guard).map_err(KeelError::from)?;
    events::log(PoolChanged::of(pool, 0, market));
    Ok(())
}
