//! Executes a queued change of a bank's parameters. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::errors::KeelError;
use crate::events::{self, BankChanged};
use crate::state::{BankAccount, ChangeAccount, ExchangeAccount};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct ChangeBank {
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The change; it is closed.
    #[account(mut, close = payer)]
    pub change: Account<ChangeAccount>,
    /// Who paid for the change; gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn change_bank(context: &mut Context<ChangeBank>) -> Result<()> {
    let ChangeBank { exchange, bank, change, payer } = &mut context.accounts;
    let (bank, change) = (&mut bank.state, &change.state);
    access::require_payer(change, payer.address())?;
    governance::change_bank(&exchange.state, bank, change, clock::now()?).map_err(KeelError::from)?;
    events::log(BankChanged::of(bank, change.number));
    Ok(())
}
