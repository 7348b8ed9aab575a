//! Gives a margin account to another owner: a wallet, or a program that holds it as a security.

use anchor_lang::prelude::*;
use keel_engine::lien;

use crate::access;
use crate::errors::KeelError;
use crate::events::{self, AccountGiven};
use crate::state::TraderAccount;

/// The accounts.
#[derive(Accounts)]
pub struct GiveAccount {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn give_account(context: &mut Context<GiveAccount>, new_owner: [u8; 32]) -> Result<()> {
    let GiveAccount { owner, account } = &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;
    lien::hand_over(&mut account.state, new_owner).map_err(KeelError::from)?;
    events::log(AccountGiven { account: *account.address(), owner: *owner.address(), new_owner: new_owner.into() });
    Ok(())
}
