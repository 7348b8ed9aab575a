//! Brings the pool's reserve for losses to its part of the pool's value. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::pool;
use keel_engine::view::View;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, ReserveBalanced};
use crate::loader::{self, Expected, Loaded};
use crate::state::{ExchangeAccount, PoolAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: what the health of the pool's margin account needs.
#[derive(Accounts)]
pub struct BalanceReserve {
    /// The exchange, which holds the reserve.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The pool.
    pub pool: Account<PoolAccount>,
    /// The pool's margin account.
    #[account(mut)]
    pub pool_account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn balance_reserve(context: &mut Context<BalanceReserve>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let BalanceReserve { exchange, pool, pool_account } = &mut context.accounts;
    let address = *pool_account.address();
    let (exchange, pool, account) = (&mut exchange.state, &pool.state, &mut pool_account.state);
    access::require_pool_account(pool, &address)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;

    let before = Sums::of(account).and_exchange(exchange);
    let view = View::of(loaded.seen.others());
    let moved =
        pool::balance_reserve(exchange, pool, account, loaded.ranges, &view, clock::now()?).map_err(KeelError::from)?;
    Sums::of(account).and_exchange(exchange).require_same(before)?;

    events::log(ReserveBalanced::of(exchange, account, &address, &moved));
    Ok(())
}
