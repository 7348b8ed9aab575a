//! Brings tokens into a market's insurance, which covers what is written off there first. Anybody may.

use anchor_lang::prelude::*;
use keel_engine::insurance;

use crate::errors::KeelError;
use crate::events::{self, MarketInsured, TokensBooked};
use crate::state::{BankAccount, MarketAccount};
use crate::{clock, token};

/// The accounts.
#[derive(Accounts)]
pub struct FundMarketInsurance {
    /// Whose tokens they are.
    pub authority: Signer,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
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
pub fn fund_market_insurance(context: &mut Context<FundMarketInsurance>, amount: u64) -> Result<()> {
    let FundMarketInsurance { authority, market, bank, vault, source, .. } = &mut context.accounts;
    token::require_vault(&bank.state, vault)?;
    token::require_user_account(&bank.state, source)?;
    let (market, bank) = (&mut market.state, &mut bank.state);

    insurance::fund_market(market, bank, amount, clock::now()?).map_err(KeelError::from)?;
    token::receive(source, vault, authority, amount)?;

    events::log(TokensBooked::of(bank, authority.address(), amount));
    events::log(MarketInsured::of(market, amount));
    Ok(())
}
