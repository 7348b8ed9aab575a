//! Moves what the auction has left of a flagged account's position to the pool, at the stored mark less the largest
//! discount.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::book::Book;
use keel_engine::pool::{self, Backer};

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Backstopped};
use crate::loader::{self, Expected, Loaded};
use crate::state::{MarketAccount, PoolAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: what the health of the pool's margin account and of the other one needs.
#[derive(Accounts)]
pub struct Backstop {
    /// Margin account that is paid. The same account in two places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub keeper_account: Account<TraderAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The pool's margin account.
    #[account(mut, unsafe(dup))]
    pub pool_account: Account<TraderAccount>,
    /// Margin account that is liquidated.
    #[account(mut, unsafe(dup))]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn backstop(context: &mut Context<Backstop>, max_base: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Backstop { keeper_account, pool, pool_account, account, market } = &mut context.accounts;
    let (address, pool_address) = (*account.address(), *pool_account.address());
    let keeper_address = *keeper_account.address();
    // Before any is referred to: two would be one.
    if address_eq(&address, &pool_address)
        || address_eq(&address, &keeper_address)
        || address_eq(&pool_address, &keeper_address)
    {
        return Err(KeelError::SelfLiquidation.into());
    }
    let (account, market, pool) = (&mut account.state, &mut market.state, &mut pool.state);
    let (backer, keeper) = (&mut pool_account.state, &mut keeper_account.state);
    access::require_pool_account(pool, &pool_address)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::trade(backer, &pool_address, market).reading())?;

    let before = Sums::of(account).and_market(market, account).and_holder(market, backer).and_capital(keeper);
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = loaded.seen.others();
    let by = Backer { pool, account: backer, ranges: loaded.ranges };
    let taken =
        pool::backstop(&mut book, account, by, keeper, others, max_base, clock::now()?).map_err(KeelError::from)?;
    let after = Sums::of(account).and_market(market, account).and_holder(market, backer).and_capital(keeper);
    after.require_same(before)?;

    let parties = [(&*account, &address), (&*backer, &pool_address), (&*keeper, &keeper_address)];
    events::log(Backstopped::of(market, pool, parties, &taken));
    Ok(())
}
