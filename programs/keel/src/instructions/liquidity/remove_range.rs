//! Takes a range off the curve. Always allowed once the range is old enough, whatever state the market is in.

use anchor_lang::prelude::*;
use keel_engine::book::Book;
use keel_engine::delegate::MAY_RANGE;
use keel_engine::{pot, ranges as rules};

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Folding, RangeFolded};
use crate::loader::{self, Expected, Loaded};
use crate::state::{MarketAccount, RangesAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: the tick arrays of the range's ends, writable.
#[derive(Accounts)]
pub struct RemoveRange {
    /// The owner, or its delegate.
    pub authority: Signer,
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
pub fn remove_range(context: &mut Context<RemoveRange>, slot: u8) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let RemoveRange { authority, account, ranges, market } = &mut context.accounts;
    let address = *account.address();
    let (account, ranges, market) = (&mut account.state, &mut ranges.state, &mut market.state);
    let now = clock::now()?;
    // Whose limit it is kept to does not matter: what is taken off the curve only narrows what a position can become.
    let _ = access::require_permission(account, authority.address(), MAY_RANGE, market.index_number, now)?;
    loader::require_companion(ranges, &address)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::ranges(market))?;

    let before = Sums::of(account).and_market(market, account);
    let mut book = Book { market, arrays: &mut loaded.book };
    let folded = rules::close(&mut book, account, ranges, usize::from(slot), false, now).map_err(KeelError::from)?;
    pot::drop_if_done(market, account);
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(RangeFolded::of(market, account, &address, slot, Folding::Removed, &folded));
    Ok(())
}
