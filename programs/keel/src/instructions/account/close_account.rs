//! Closes an empty margin account; its rent goes to the owner.

use anchor_lang::prelude::*;
use keel_engine::vault;

use crate::access;
use crate::errors::KeelError;
use crate::events::{self, AccountClosed};
use crate::state::TraderAccount;

/// The accounts.
#[derive(Accounts)]
pub struct CloseAccount {
    /// The owner; gets the rent.
    #[account(mut)]
    pub owner: Signer,
    /// The margin account.
    #[account(mut, close = owner)]
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn close_account(context: &mut Context<CloseAccount>) -> Result<()> {
    let CloseAccount { owner, account } = &context.accounts;
    access::require_owner(&account.state, owner.address())?;
    vault::require_closable(&account.state).map_err(KeelError::from)?;
    events::log(AccountClosed { account: *account.address(), owner: *owner.address() });
    Ok(())
}
