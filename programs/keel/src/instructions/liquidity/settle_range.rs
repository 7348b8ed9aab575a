//! Folds what a range is entitled to into the account's position; the range stays on the curve. By its holder at any time,
//! by anybody where the engine allows it.

use anchor_lang::prelude::*;
use keel_engine::book::Book;
use keel_engine::delegate::MAY_RANGE;
use keel_engine::ranges as rules;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Folding, RangeFolded};
use crate::loader::{self, Expected, Loaded};
use crate::state::{MarketAccount, RangesAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: the tick arrays of the range's ends.
#[derive(Accounts)]
pub struct SettleRange {
    /// The owner, its delegate, or anybody.
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
pub fn settle_range(context: &mut Context<SettleRange>, slot: u8) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let SettleRange { authority, account, ranges, market } = &mut context.accounts;
    let address = *account.address();
    let (account, ranges, market) = (&mut account.state, &mut ranges.state, &mut market.state);
    loader::require_companion(ranges, &address)?;
    let now = clock::now()?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::ranges(market).reading())?;

    let own = access::may(account, authority.address(), MAY_RANGE, market.index_number, now);
    let before = Sums::of(account).and_market(market, account);
    let mut book = Book { market, arrays: &mut loaded.book };
    let slot_index = usize::from(slot);
    let folded = if own {
        rules::settle(&mut book, account, ranges, slot_index)
    } else {
        rules::settle_other(&mut book, account, ranges, slot_index, now)
    };
    let folded = folded.map_err(KeelError::from)?;
    Sums::of(account).and_market(market, account).require_same(before)?;

    events::log(RangeFolded::of(market, account, &address, slot, Folding::Settled, &folded));
    Ok(())
}
