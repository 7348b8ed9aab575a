//! Folds what a range is entitled to into the account's position; the range stays on the curve.

use anchor_lang::prelude::*;
use keel_engine::book::Book;
use keel_engine::ranges as rules;

use crate::access;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Folding, RangeFolded};
use crate::loader::{self, Expected};
use crate::state::{MarketAccount, RangesAccount, TraderAccount};

/// The accounts. Remaining: the tick arrays of the range's ends.
#[derive(Accounts)]
pub struct SettleRange {
    /// The owner.
    pub owner: Signer,
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
pub fn settle_range(context: &mut Context<SettleRange>, slot: u8) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let SettleRange { owner, account, ranges, market } = &mut context.accounts;
    let address = *account.address();
    let (account, ranges, market) = (&mut account.state, &mut ranges.state, &mut market.state);
    access::require_owner(account, owner.address())?;
    loader::require_companion(ranges, &address)?;
    let mut loaded = loader::load(&mut views, &Expected::ranges(market).reading())?;

    let before = Sums::of(account).and_market(market, account);
    let mut book = Book { market, arrays: &mut loaded.book };
    let folded = rules::settle(&mut book, account, ranges, usize::from(slot)).map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(RangeFolded::of(market, account, &address, slot, Folding::Settled, &folded));
    Ok(())
}
