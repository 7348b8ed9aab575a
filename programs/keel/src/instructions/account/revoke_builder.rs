//! Ends what a builder is allowed; the rent of the approval goes back to the owner.

use anchor_lang::prelude::*;

use crate::access;
use crate::events::{self, BuilderRevoked};
use crate::state::{ApprovalAccount, TraderAccount};

/// The accounts.
#[derive(Accounts)]
pub struct RevokeBuilder {
    /// The owner; gets the rent.
    #[account(mut)]
    pub owner: Signer,
    /// The margin account.
    pub account: Account<TraderAccount>,
    /// The approval.
    #[account(mut, close = owner)]
    pub approval: Account<ApprovalAccount>,
}

/// Handles the instruction.
pub fn revoke_builder(context: &mut Context<RevokeBuilder>) -> Result<()> {
    let RevokeBuilder { owner, account, approval } = &context.accounts;
    access::require_owner(&account.state, owner.address())?;
    access::require_approval_of(&approval.state, account.address())?;
    events::log(BuilderRevoked::of(&approval.state));
    Ok(())
}
