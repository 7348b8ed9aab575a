//! Lets somebody keep a floor of equity in a margin account.

use anchor_lang::prelude::*;
use keel_engine::lien::{self, Terms};

use crate::access;
use crate::errors::KeelError;
use crate::events::{self, LienPlaced};
use crate::state::TraderAccount;

/// The accounts.
#[derive(Accounts)]
pub struct PlaceLien {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn place_lien(context: &mut Context<PlaceLien>, terms: &Terms) -> Result<()> {
    let PlaceLien { owner, account } = &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;
    lien::place(&mut account.state, terms).map_err(KeelError::from)?;
    events::log(LienPlaced::of(&account.state, account.address()));
    Ok(())
}
