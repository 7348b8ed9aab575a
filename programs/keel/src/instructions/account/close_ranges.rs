//! Closes the companion of a margin account that holds no ranges; its rent goes to the owner.

use anchor_lang::prelude::*;
use keel_engine::state::Range;

use crate::errors::KeelError;
use crate::events::{self, RangesClosed};
use crate::state::{RangesAccount, TraderAccount};
use crate::{access, loader};

/// The accounts.
#[derive(Accounts)]
pub struct CloseRanges {
    /// The owner; gets the rent.
    #[account(mut)]
    pub owner: Signer,
    /// The margin account.
    pub account: Account<TraderAccount>,
    /// Its companion.
    #[account(mut, close = owner)]
    pub ranges: Account<RangesAccount>,
}

/// Handles the instruction.
pub fn close_ranges(context: &mut Context<CloseRanges>) -> Result<()> {
    let CloseRanges { owner, account, ranges } = &context.accounts;
    access::require_owner(&account.state, owner.address())?;
    loader::require_companion(&ranges.state, account.address())?;
    if account.state.ranges != 0 || !ranges.state.ranges.iter().all(Range::is_empty) {
        return Err(KeelError::AccountNotEmpty.into());
    }
    events::log(RangesClosed { account: *account.address(), ranges: *ranges.address() });
    Ok(())
}
