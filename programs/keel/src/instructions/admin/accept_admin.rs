//! The second step of handing the exchange over: whoever is to be the admin says so with its own key.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::access::{INSTRUCTIONS, refuse_durable_nonce};
use crate::errors::KeelError;
use crate::events::{self, ExchangeChanged};
use crate::state::ExchangeAccount;

/// The accounts.
#[derive(Accounts)]
pub struct AcceptAdmin {
    /// The pending admin.
    pub admin: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
}

/// Handles the instruction.
pub fn accept_admin(context: &mut Context<AcceptAdmin>) -> Result<()> {
    let AcceptAdmin { admin, exchange, instructions } = &mut context.accounts;
    let exchange = &mut exchange.state;
    governance::accept_admin(exchange, &admin.address().to_bytes()).map_err(KeelError::from)?;
    refuse_durable_nonce(instructions)?;
    events::log(ExchangeChanged::of(exchange, 0));
    Ok(())
}
