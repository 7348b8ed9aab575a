//! Turns what the pool has earned in a market into capital. Anybody may; nobody signs for the pool.

use anchor_lang::prelude::*;
use keel_engine::book::Book;
use keel_engine::pool as rules;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, PoolCollected};
use crate::loader::{self, Expected, Loaded};
use crate::state::{MarketAccount, PoolAccount, RangesAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: the tick arrays at the ends of the pool's range in the market.
#[derive(Accounts)]
pub struct CollectPool {
    /// The pool.
    pub pool: Account<PoolAccount>,
    /// The pool's margin account.
    #[account(mut)]
    pub pool_account: Account<TraderAccount>,
    /// Its companion.
    #[account(mut)]
    pub ranges: Account<RangesAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn collect_pool(context: &mut Context<CollectPool>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let CollectPool { pool, pool_account, ranges, market } = &mut context.accounts;
    let address = *pool_account.address();
    let (account, ranges, market) = (&mut pool_account.state, &mut ranges.state, &mut market.state);
    access::require_pool_account(&pool.state, &address)?;
    loader::require_companion(ranges, &address)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::ranges(market).reading())?;

    let before = Sums::of(account).and_market(market, account);
    let mut book = Book { market, arrays: &mut loaded.book };
    let collected = rules::collect(&mut book, account, ranges, clock::now()?).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(PoolCollected::of(market, account, &address, &collected));
    Ok(())
}
