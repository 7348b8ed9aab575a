//! Gives away what does not belong here. Anyone may bring any collateral into any margin account, and from then on each check
//! of its margin asks for one bank more, and for its price. Who makes such a gift to stop the vault has given it to the
//! first who asks for it, who may do so in front of whatever else he wants, in the same transaction.

use anchor_lang::{CpiHandle, prelude::*};
use keel::state::BankAccount;
use keel_engine::state::USDC;

use crate::VaultError;
use crate::events::Swept;
use crate::hedge::*;
use crate::value::tokens_of;

/// The accounts. Remaining: the banks of all other collateral than USDC that the vault then holds, ascending by number.
#[derive(Accounts)]
pub struct Sweep {
    /// The vault.
    pub hedge: Nested<Hedge>,
    /// The bank of the gift: neither of USDC nor of the vault's token.
    #[account(
        mut,
        constraint(*stray.address() != hedge.vault.bank && usize::from(stray.state.index) != USDC @ VaultError::NotStray)
    )]
    pub stray: Account<BankAccount>,
    /// Keel's token account of it.
    #[account(mut)]
    pub stray_tokens: UncheckedAccount,
    /// Where the gift goes.
    #[account(mut)]
    pub tokens: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn sweep(context: &mut Context<Sweep>) -> Result<()> {
    let banks = context.remaining_accounts()?;
    let Sweep { hedge, stray, stray_tokens, tokens, token_program } = &mut context.accounts;
    hedge.refresh()?;
    let amount = tokens_of(&hedge.account.state, &stray.state);
    require!(amount != 0, VaultError::NotStray);
    let moved = Tokens {
        vault: stray_tokens.cpi_handle_mut(),
        user: tokens.cpi_handle_mut(),
        program: token_program.cpi_handle(),
    };
    hedge.pay(stray, banks.iter().map(CpiHandle::readonly), moved, amount)?;
    let (vault, tokens) = (*hedge.vault.address(), *tokens.address());
    emit!(Swept { vault, bank: *stray.address(), tokens, amount });
    Ok(())
}
