//! Sends what a market has paid to the treasury to a token account of the treasury's owner. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::errors::KeelError;
use crate::events::{self, TreasuryPaid, TreasuryWithdrawn};
use crate::state::{BankAccount, ExchangeAccount, MarketAccount};
use crate::{clock, token};

/// The accounts.
#[derive(Accounts)]
pub struct WithdrawTreasury {
    /// The exchange.
    pub exchange: Account<ExchangeAccount>,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// The USDC bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The bank's token account. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub vault: UncheckedAccount,
    /// A token account of the treasury's owner.
    #[account(mut, unsafe(dup))]
    pub destination: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn withdraw_treasury(context: &mut Context<WithdrawTreasury>, amount: u64) -> Result<()> {
    let WithdrawTreasury { exchange, market, bank, vault, destination, .. } = &mut context.accounts;
    let (exchange, market) = (&exchange.state, &mut market.state);
    token::require_vault(&bank.state, vault)?;
    token::require_user_account(&bank.state, destination)?;

    let now = clock::now()?;
    governance::withdraw_treasury(exchange, market, &mut bank.state, amount, now).map_err(KeelError::from)?;
    token::require_owned_by(destination, &exchange.treasury)?;
    token::send(vault, destination, bank.view(), &bank.state, amount)?;

    events::log(TreasuryPaid::of(&mut bank.state, destination.address(), amount));
    events::log(TreasuryWithdrawn::of(market, destination.address(), amount));
    Ok(())
}
