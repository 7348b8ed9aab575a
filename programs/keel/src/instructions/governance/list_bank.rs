//! Lists a queued kind of collateral and makes its vault. Anybody may, and pays for the accounts.

use anchor_lang::prelude::*;
use keel_engine::governance;

use crate::errors::KeelError;
use crate::events::{self, BankAdded};
use crate::instructions::{BankPlace, make_bank};
use crate::state::{BANK_SEED, BankAccount, ChangeAccount, ExchangeAccount, VAULT_SEED};
use crate::{access, clock};

/// The accounts.
#[derive(Accounts)]
pub struct ListBank {
    /// Who pays for the bank and its vault.
    #[account(mut, unsafe(dup))]
    pub sender: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// The change; it is closed.
    #[account(mut, close = payer)]
    pub change: Account<ChangeAccount>,
    /// Who paid for the change; gets the rent, and may be the sender.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
    /// Mint of the collateral: a plain SPL token of at most 9 decimals.
    pub mint: UncheckedAccount,
    /// The bank.
    #[account(init, payer = sender, seeds = [BANK_SEED, mint.address()], bump)]
    pub bank: Account<BankAccount>,
    /// The bank's token account.
    #[account(mut, seeds = [VAULT_SEED, mint.address()], bump)]
    pub vault: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn list_bank(context: &mut Context<ListBank>) -> Result<()> {
    let ListBank { sender, exchange, change, payer, mint, bank, vault, .. } = &mut context.accounts;
    let (exchange, change) = (&mut exchange.state, &change.state);
    access::require_payer(change, payer.address())?;
    let key = mint.address().to_bytes();
    let terms = governance::due_bank(exchange, change, &key, clock::now()?).map_err(KeelError::from)?;
    let place = BankPlace { address: *bank.address(), bump: context.bumps.bank, vault_bump: context.bumps.vault };
    make_bank(exchange, &mut bank.state, &place, terms, sender, (mint, vault))?;
    events::log(BankAdded::of(exchange, &bank.state, &place.address, change.number));
    Ok(())
}
