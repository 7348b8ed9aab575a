//! Closes what the auction has left of a flagged account's position, at the stored mark, against a named opposite holder.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::book::Book;
use keel_engine::liquidation::{self, Holder};

use crate::clock;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Deleveraged};
use crate::loader::{self, Expected, Loaded};
use crate::state::{MarketAccount, TraderAccount};

/// The accounts. Remaining: the holder's companion, writable, and the tick arrays of its ranges in the market, where it
/// has any there; and what the health of the deleveraged account needs.
#[derive(Accounts)]
pub struct Deleverage {
    /// Margin account that is paid. The same account in two places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub keeper_account: Account<TraderAccount>,
    /// Margin account of the holder who closes against the other.
    #[account(mut, unsafe(dup))]
    pub holder_account: Account<TraderAccount>,
    /// Margin account that is deleveraged.
    #[account(mut, unsafe(dup))]
    pub account: Account<TraderAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn deleverage(context: &mut Context<Deleverage>, max_base: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Deleverage { keeper_account, holder_account, account, market } = &mut context.accounts;
    let (address, holder_address) = (*account.address(), *holder_account.address());
    let keeper_address = *keeper_account.address();
    // Before any is referred to: two would be one.
    if address_eq(&address, &holder_address)
        || address_eq(&address, &keeper_address)
        || address_eq(&holder_address, &keeper_address)
    {
        return Err(KeelError::SelfLiquidation.into());
    }
    let (account, market) = (&mut account.state, &mut market.state);
    let (holder, keeper) = (&mut holder_account.state, &mut keeper_account.state);
    let in_market = holder.position(market.index_number).is_ok_and(|position| position.ranges != 0);
    let (ranges, views) = loader::split_companion(&mut views, &holder_address, in_market)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, views, &Expected::ranges(market).reading())?;

    let before = Sums::of(account).and_market(market, account).and_holder(market, holder).and_capital(keeper);
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = loaded.seen.others();
    let against = Holder { account: holder, ranges };
    let done = liquidation::deleverage(&mut book, account, against, keeper, others, max_base, clock::now()?)
        .map_err(KeelError::from)?;
    let after = Sums::of(account).and_market(market, account).and_holder(market, holder).and_capital(keeper);
    after.require_same(before)?;

    let parties = [(&*account, &address), (&*holder, &holder_address), (&*keeper, &keeper_address)];
    events::log(Deleveraged::of(market, parties, &done));
    Ok(())
}
