//! Executes a queued change of the exchange's parameters or keys. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::errors::KeelError;
use crate::events::{self, ExchangeChanged};
use crate::state::{ChangeAccount, ExchangeAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct ChangeExchange {
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The change; it is closed.
    #[account(mut, close = payer)]
    pub change: Account<ChangeAccount>,
    /// Who paid for the change; gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn change_exchange(context: &mut Context<ChangeExchange>) -> Result<()> {
    let ChangeExchange { exchange, change, payer } = &mut context.accounts;
    let (exchange, change) = (&mut exchange.state, &change.state);
    access::require_payer(change, payer.address())?;
    governance::change_exchange(exchange, change, clock::now()?).map_err(KeelError::from)?;
    events::log(ExchangeChanged::of(exchange, change.number));
    Ok(())
}
