//! Burns shares and pays tokens: what the shares are worth at the lower of what the vault may be worth, less what it cost
//! to buy back the short that those tokens were hedged with.

use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::{self, TokenAccount};
use keel::state::BankAccount;
use keel_engine::Side;

use crate::VaultError;
use crate::events::Withdrawn;
use crate::hedge::*;
use crate::value::{Unit, short_of, tokens_of};

/// The accounts. Remaining: the market's tick arrays on the way, writable.
#[derive(Accounts)]
pub struct Withdraw {
    /// The vault.
    pub hedge: Nested<Hedge>,
    /// The bank of its token.
    #[account(mut, address = hedge.vault.bank)]
    pub bank: Account<BankAccount>,
    /// Keel's token account of the bank.
    #[account(mut)]
    pub bank_tokens: UncheckedAccount,
    /// Whose shares they are.
    pub user: Signer,
    /// Where the tokens go.
    #[account(mut)]
    pub tokens: UncheckedAccount,
    /// The mint of the vault's shares.
    #[account(mut, address = hedge.vault.shares)]
    pub mint: Account<Mint>,
    /// The user's shares.
    #[account(mut)]
    pub shares: Account<TokenAccount>,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn withdraw(context: &mut Context<Withdraw>, burned: u64, min_amount: u64) -> Result<()> {
    let mut arrays = context.remaining_accounts()?;
    let Withdraw { hedge, bank, bank_tokens, user, tokens, mint, shares, token_program } = &mut context.accounts;
    hedge.refresh()?;
    let before = hedge.value(bank)?;
    let owed = before.of_shares(burned, mint.supply())?;
    let accounts =
        token::Burn { mint: mint.cpi_handle_mut(), from: shares.cpi_handle_mut(), authority: user.cpi_handle() };
    token::burn(CpiContext::new(token_program.address(), accounts), burned)?;

    let (unit, index) = (Unit::of(&hedge.market.state, &bank.state)?, hedge.market.state.index);
    let (held, short) =
        (tokens_of(&hedge.account.state, &bank.state), short_of(&hedge.account.state, &hedge.market.state));
    let leaving = unit.tokens(owed, index)?.min(held);
    // With the last token goes the last of the short.
    let base = if leaving == held { short } else { unit.base(leaving)?.min(short) };
    if base != 0 {
        // No limit: who leaves pays for it, and says with `min_amount` how much.
        hedge.trade(bank, (Side::Buy, base), 0, ALL_OR_NOTHING | REDUCE_ONLY, &mut arrays)?;
    }
    let cost = before.face.saturating_sub(hedge.value(bank)?.face);
    let paid = i64::try_from(owed).unwrap_or(i64::MAX).saturating_sub(cost).max(0).unsigned_abs();
    let amount = unit.tokens(paid, index)?;
    require!(amount != 0, VaultError::AmountTooSmall);
    require!(amount <= held, VaultError::NotEnoughTokens);
    require!(amount >= min_amount, VaultError::TooFewTokens);
    let moved = Tokens {
        vault: bank_tokens.cpi_handle_mut(),
        user: tokens.cpi_handle_mut(),
        program: token_program.cpi_handle(),
    };
    hedge.pay(bank, None, moved, amount)?;

    let (vault, user) = (*hedge.vault.address(), *user.address());
    emit!(Withdrawn { vault, user, shares: burned, base, paid, amount, supply: mint.supply() });
    Ok(())
}
