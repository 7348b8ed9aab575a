//! Executes a queued change of the pool: its parameters, a strategy, or that it takes deposits again. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::errors::KeelError;
use crate::events::{self, PoolChanged};
use crate::state::{ChangeAccount, ExchangeAccount, MarketAccount, PoolAccount, TraderAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct ChangePool {
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The pool's margin account.
    pub pool_account: Account<TraderAccount>,
    /// The market of a strategy; left out where nothing is asked of it, which one that is dropped does.
    pub market: Option<Account<MarketAccount>>,
    /// The change; it is closed.
    #[account(mut, close = payer)]
    pub change: Account<ChangeAccount>,
    /// Who paid for the change; gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn change_pool(context: &mut Context<ChangePool>) -> Result<()> {
    let ChangePool { exchange, pool, pool_account, market, change, payer } = &mut context.accounts;
    let (pool, change) = (&mut pool.state, &change.state);
    access::require_payer(change, payer.address())?;
    access::require_pool_account(pool, pool_account.address())?;
    let market = market.as_ref().map(|market| &market.state);
    let now = clock::now()?;
    governance::change_pool(&exchange.state, pool, &pool_account.state, market, change, now)
        .map_err(KeelError::from)?;
    events::log(PoolChanged::of(pool, change.number, change.target));
    Ok(())
}
