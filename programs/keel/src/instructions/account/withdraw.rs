//! Takes tokens out of a margin account that stays backed without them.

use anchor_lang::prelude::*;
use keel_engine::vault;
use keel_engine::view::View;

use crate::errors::KeelError;
use crate::events::{self, Withdrawn};
use crate::loader::{self, Expected, Loaded};
use crate::state::{BankAccount, TraderAccount};
use crate::{access, clock, token};

/// The accounts. Remaining: what the account's health needs.
#[derive(Accounts)]
pub struct Withdraw {
    /// The owner.
    pub owner: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The bank's token account. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub vault: UncheckedAccount,
    /// Token account that gets the tokens.
    #[account(mut, unsafe(dup))]
    pub destination: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn withdraw(context: &mut Context<Withdraw>, amount: u64) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let Withdraw { owner, account, bank, vault, destination, .. } = &mut context.accounts;
    access::require_owner(&account.state, owner.address())?;
    token::require_vault(&bank.state, vault)?;
    token::require_user_account(&bank.state, destination)?;
    let now = clock::now()?;
    let address = *account.address();
    let account = &mut account.state;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;

    let view = View::of(loaded.seen.others());
    vault::withdraw(account, &mut bank.state, loaded.ranges, &view, amount, now).map_err(KeelError::from)?;
    token::send(vault, destination, bank.view(), &bank.state, amount)?;

    events::log(Withdrawn::of(account, &mut bank.state, &address, destination.address(), amount));
    Ok(())
}
