//! Tells what the pool is worth, what its shares cost, and who waits.

use anchor_lang::prelude::*;
use keel_engine::view::View;
use keel_engine::views::pool;

use super::answer;
use crate::clock;
use crate::errors::KeelError;
use crate::loader::{self, Expected, Loaded};
use crate::state::{ExchangeAccount, PoolAccount, TraderAccount};

/// The accounts. Remaining: what the health of the pool's margin account needs.
#[derive(Accounts)]
pub struct ViewPool {
    /// The exchange, which holds the pool's reserve.
    pub exchange: Account<ExchangeAccount>,
    /// The pool.
    pub pool: Account<PoolAccount>,
    /// Its margin account.
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn view_pool(context: &mut Context<ViewPool>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let ViewPool { exchange, pool, account } = &context.accounts;
    if account.address().to_bytes() != pool.state.account {
        return Err(KeelError::AccountForeign.into());
    }
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(&account.state, account.address()))?;
    let view = View::of(loaded.seen.others());
    let told = pool::view(&pool.state, &exchange.state, &account.state, (loaded.ranges, &view), clock::now()?)
        .map_err(KeelError::from)?;
    answer(&told);
    Ok(())
}
