//! Books what the vault of USDC holds beyond what belongs to somebody as the exchange's insurance. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::insurance;

use crate::errors::KeelError;
use crate::events::{self, ExchangeInsured, TokensBooked};
use crate::state::{BankAccount, ExchangeAccount};
use crate::{clock, token};

/// The accounts.
#[derive(Accounts)]
pub struct SweepUnbooked {
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The bank of USDC.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The bank's token account.
    pub vault: UncheckedAccount,
}

/// Handles the instruction.
pub fn sweep_unbooked(context: &mut Context<SweepUnbooked>) -> Result<()> {
    let SweepUnbooked { exchange, bank, vault } = &mut context.accounts;
    token::require_vault(&bank.state, vault)?;
    let (exchange, bank) = (&mut exchange.state, &mut bank.state);

    let amount =
        insurance::sweep_unbooked(exchange, bank, token::balance(vault)?, clock::now()?).map_err(KeelError::from)?;

    events::log(TokensBooked::of(bank, &Address::default(), amount));
    events::log(ExchangeInsured::funded(exchange, amount));
    Ok(())
}
