//! Takes a range of a flagged account off the curve, whatever its age, or one of any account where the market is closed.
//! That often restores the account.

use anchor_lang::prelude::*;
use keel_engine::book::Book;
use keel_engine::liquidation;

use crate::clock;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Folding, RangeFolded};
use crate::loader::{self, Expected, Loaded};
use crate::state::{MarketAccount, RangesAccount, TraderAccount};

/// The accounts. Remaining: what the account's health needs, and the tick arrays of the range's ends, writable.
#[derive(Accounts)]
pub struct UnwindRange {
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// Its companion.
    #[account(mut)]
    pub ranges: Account<RangesAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
}

/// Handles the instruction.
pub fn unwind_range(context: &mut Context<UnwindRange>, slot: u8) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let UnwindRange { account, ranges, market } = &mut context.accounts;
    let address = *account.address();
    let (account, ranges, market) = (&mut account.state, &mut ranges.state, &mut market.state);
    loader::require_companion(ranges, &address)?;
    let now = clock::now()?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::ranges(market))?;

    let before = Sums::of(account).and_market(market, account);
    let mut book = Book { market, arrays: &mut loaded.book };
    let others = loaded.seen.others();
    let folded =
        liquidation::unwind(&mut book, account, ranges, others, usize::from(slot), now).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(RangeFolded::of(market, account, &address, slot, Folding::Unwound, &folded));
    Ok(())
}
