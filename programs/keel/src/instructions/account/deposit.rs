//! Brings tokens into a margin account. Anybody may, for anybody; it never waits and is never paused.

use anchor_lang::prelude::*;
use keel_engine::vault;

use crate::errors::KeelError;
use crate::events::{self, Deposited};
use crate::state::{BankAccount, TraderAccount};
use crate::{clock, cure, loader, token};

/// The accounts. Remaining: what the health of a flagged account needs, to clear the flag; may be left out.
#[derive(Accounts)]
pub struct Deposit {
    /// Whose tokens they are.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The bank.
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
pub fn deposit(context: &mut Context<Deposit>, amount: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Deposit { authority, account, bank, vault, source, .. } = &mut context.accounts;
    token::require_vault(&bank.state, vault)?;
    token::require_user_account(&bank.state, source)?;
    let now = clock::now()?;
    let address = *account.address();
    let (account, bank) = (&mut account.state, &mut bank.state);

    vault::deposit(account, bank, amount, now).map_err(KeelError::from)?;
    token::receive(source, vault, authority, amount)?;

    cure::offer(account, &address, Some(bank), &mut views)?;
    events::log(Deposited::of(account, bank, &address, authority.address(), amount));
    Ok(())
}
