//! Opens the companion that holds the liquidity ranges of a margin account.

use anchor_lang::prelude::*;
use keel_engine::listing::VERSION;

use crate::access;
use crate::events::{self, RangesOpened};
use crate::state::{RANGES_SEED, RangesAccount, TraderAccount};

/// The accounts.
#[derive(Accounts)]
pub struct OpenRanges {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    pub account: Account<TraderAccount>,
    /// Its companion.
    #[account(init, payer = payer, seeds = [RANGES_SEED, account.address()], bump)]
    pub ranges: Account<RangesAccount>,
    /// Pays for the companion; may be the owner.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn open_ranges(context: &mut Context<OpenRanges>) -> Result<()> {
    let OpenRanges { owner, account, ranges, .. } = &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;
    let address = *ranges.address();

    let ranges = &mut ranges.state;
    ranges.account = account.address().to_bytes();
    ranges.bump = context.bumps.ranges;
    ranges.version = VERSION;

    events::log(RangesOpened { account: *account.address(), ranges: address });
    Ok(())
}
