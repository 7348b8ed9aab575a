//! Brings tokens into the exchange's insurance. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::insurance;

use crate::errors::KeelError;
use crate::events::{self, ExchangeInsured, TokensBooked};
use crate::state::{BankAccount, ExchangeAccount};
use crate::{clock, token};

/// The accounts.
#[derive(Accounts)]
pub struct FundInsurance {
    /// Whose tokens they are.
    pub authority: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The bank of USDC.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The bank's token account. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub vault: UncheckedAccount,
    /// Token account of the authority.
    #[account(mut, unsafe(dup))]
    pub source: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn fund_insurance(context: &mut Context<FundInsurance>, amount: u64) -> Result<()> {
    let FundInsurance { authority, exchange, bank, vault, source, .. } = &mut context.accounts;
    token::require_vault(&bank.state, vault)?;
    token::require_user_account(&bank.state, source)?;
    let (exchange, bank) = (&mut exchange.state, &mut bank.state);

    insurance::fund(exchange, bank, amount, clock::now()?).map_err(KeelError::from)?;
    token::receive(source, vault, authority, amount)?;

    events::log(TokensBooked::of(bank, authority.address(), amount));
    events::log(ExchangeInsured::funded(exchange, amount));
    Ok(())
}
