//! Sets who may act for a margin account, or that nobody may.

use anchor_lang::prelude::*;
use keel_engine::delegate::{self, Terms};

use crate::errors::KeelError;
use crate::events::{self, DelegateSet};
use crate::state::TraderAccount;
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct SetDelegate {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn set_delegate(context: &mut Context<SetDelegate>, terms: &Terms) -> Result<()> {
    let SetDelegate { owner, account } = &mut context.accounts;
    let address = *account.address();
    let account = &mut account.state;
    access::require_owner(account, owner.address())?;
    delegate::set(account, terms, clock::now()?).map_err(KeelError::from)?;
    events::log(DelegateSet::of(account, &address));
    Ok(())
}
