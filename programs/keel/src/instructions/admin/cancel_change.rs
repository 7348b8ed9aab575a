//! Takes a queued change back. The admin may, and the guardian: what is never done loosens nothing.

use anchor_lang::prelude::*;

use crate::access::{self, INSTRUCTIONS};
use crate::events::{self, ChangeCancelled};
use crate::state::{ChangeAccount, ExchangeAccount};

/// The accounts.
#[derive(Accounts)]
pub struct CancelChange {
    /// The exchange's admin or guardian.
    pub authority: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The change.
    #[account(mut, close = payer)]
    pub change: Account<ChangeAccount>,
    /// Who paid for the change; gets the rent, and may be the authority.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
}

/// Handles the instruction.
pub fn cancel_change(context: &mut Context<CancelChange>) -> Result<()> {
    let CancelChange { authority, exchange, change, payer, instructions } = &mut context.accounts;
    let (exchange, change) = (&mut exchange.state, &change.state);
    access::require_guardian(exchange, authority.address(), instructions)?;
    access::require_payer(change, payer.address())?;
    events::log(ChangeCancelled::of(exchange, change, authority.address()));
    Ok(())
}
