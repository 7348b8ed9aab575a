//! Brings tokens in and sells as much: what a deposit adds is what that sale brought, so whoever enters bears its fee and
//! its slippage alone.

use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::{self, TokenAccount};
use keel::state::BankAccount;
use keel_engine::Side;

use crate::VaultError;
use crate::events::Deposited;
use crate::hedge::*;
use crate::state::AUTHORITY_SEED;
use crate::value::Unit;

/// The accounts. Remaining: the market's tick arrays on the way, writable.
#[derive(Accounts)]
pub struct Deposit {
    /// The vault.
    pub hedge: Nested<Hedge>,
    /// The bank of its token.
    #[account(mut, address = hedge.vault.bank)]
    pub bank: Account<BankAccount>,
    /// Keel's token account of the bank.
    #[account(mut)]
    pub bank_tokens: UncheckedAccount,
    /// Whose tokens they are.
    pub user: Signer,
    /// The user's token account.
    #[account(mut)]
    pub tokens: UncheckedAccount,
    /// The mint of the vault's shares.
    #[account(mut, address = hedge.vault.shares)]
    pub mint: Account<Mint>,
    /// Where the shares go.
    #[account(mut)]
    pub shares: Account<TokenAccount>,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn deposit(context: &mut Context<Deposit>, amount: u64, min_shares: u64) -> Result<()> {
    let mut arrays = context.remaining_accounts()?;
    let Deposit { hedge, bank, bank_tokens, user, tokens, mint, shares, token_program } = &mut context.accounts;
    hedge.refresh()?;
    let before = hedge.value(bank)?;
    let base = Unit::of(&hedge.market.state, &bank.state)?.base(amount)?;
    require!(base != 0, VaultError::AmountTooSmall);

    let moved = Tokens {
        vault: bank_tokens.cpi_handle_mut(),
        user: tokens.cpi_handle_mut(),
        program: token_program.cpi_handle(),
    };
    hedge.bring(user.cpi_handle(), bank, None, moved, amount)?;
    // No limit: who enters pays for the sale, and says with `min_shares` how much.
    hedge.trade(bank, (Side::Sell, base), 0, ALL_OR_NOTHING, &mut arrays)?;

    let added = hedge.value(bank)?.face.saturating_sub(before.face).max(0).unsigned_abs();
    let minted = before.shares(added, mint.supply())?;
    require!(minted != 0, VaultError::AmountTooSmall);
    require!(minted >= min_shares, VaultError::TooFewShares);
    let accounts = token::MintTo {
        mint: mint.cpi_handle_mut(),
        to: shares.cpi_handle_mut(),
        authority: hedge.authority.cpi_handle(),
    };
    let seeds: &[&[u8]] = &[AUTHORITY_SEED, hedge.vault.address().as_ref(), &[hedge.vault.authority_bump]];
    token::mint_to(CpiContext::new_with_signer(token_program.address(), accounts, &[seeds]), minted)?;

    let (vault, user) = (*hedge.vault.address(), *user.address());
    emit!(Deposited { vault, user, amount, base, added, shares: minted, supply: mint.supply() });
    Ok(())
}
