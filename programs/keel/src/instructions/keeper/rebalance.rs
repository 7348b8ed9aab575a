//! Rolls the pool's range in a market to its strategy, and takes its position down where the strategy has no place for it.
//! Anybody may, for a tip out of the pool's capital.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::book::Book;
use keel_engine::pool::{self as rules, Members};
use keel_engine::refresh;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, PoolRebalanced};
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::state::{ExchangeAccount, MarketAccount, PoolAccount, RangesAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: what the health of the pool's margin account needs, and the market's tick arrays at the ends of
/// the old range and of the new, and on the way of a reduction, writable.
#[derive(Accounts)]
pub struct Rebalance {
    /// The exchange, which holds the pool's reserve.
    pub exchange: Account<ExchangeAccount>,
    /// Margin account that is paid. The pool's own in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub keeper_account: Account<TraderAccount>,
    /// The pool.
    #[account(mut)]
    pub pool: Account<PoolAccount>,
    /// The pool's margin account.
    #[account(mut, unsafe(dup))]
    pub pool_account: Account<TraderAccount>,
    /// Its companion.
    #[account(mut)]
    pub ranges: Account<RangesAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
}

/// Handles the instruction.
pub fn rebalance(context: &mut Context<Rebalance>) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Rebalance { exchange, keeper_account, pool, pool_account, ranges, market, price } = &mut context.accounts;
    let (address, keeper_address) = (*pool_account.address(), *keeper_account.address());
    // Before either is referred to: the two would be one.
    if address_eq(&address, &keeper_address) {
        return Err(KeelError::SelfLiquidation.into());
    }
    let (account, keeper, ranges) = (&mut pool_account.state, &mut keeper_account.state, &mut ranges.state);
    let (pool, market) = (&mut pool.state, &mut market.state);
    access::require_pool_account(pool, &address)?;
    loader::require_companion(ranges, &address)?;
    let now = clock::now()?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::ranges(market))?;

    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;

    let before = Sums::of(account).and_market(market, account).and_capital(keeper);
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = loaded.seen.others();
    let mut members = Members { pool, account, ranges, keeper };
    let reserve = exchange.state.pool_reserve;
    let done = rules::rebalance(&mut book, &mut members, reserve, others, now).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).and_capital(keeper).require_same(before)?;

    events::log(PoolRebalanced::of(market, (account, &address), (keeper, &keeper_address), &done));
    Ok(())
}
