//! The notice of a lien's holder, and taking it back.

use anchor_lang::prelude::*;
use keel_engine::lien;

use crate::clock;
use crate::errors::KeelError;
use crate::events::{self, LienCalled};
use crate::state::TraderAccount;

/// The accounts of what a lien's holder does with it.
#[derive(Accounts)]
pub struct CallLien {
    /// The lien's holder.
    pub holder: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
}

/// Handles the instruction.
pub fn call_lien(context: &mut Context<CallLien>, notice: bool) -> Result<()> {
    let CallLien { holder, account } = &mut context.accounts;
    let key = holder.address().to_bytes();
    let state = &mut account.state;
    let done = if notice { lien::call(state, &key, clock::now()?) } else { lien::withdraw_call(state, &key) };
    done.map_err(KeelError::from)?;
    events::log(LienCalled::of(&account.state, account.address()));
    Ok(())
}
