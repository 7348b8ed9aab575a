//! Lists a kind of collateral and makes its vault. The first is USDC, in which everything settles.

use anchor_lang::prelude::*;
use keel_engine::exchange_params::set_bank_defaults;
use keel_engine::listing::VERSION;
use keel_engine::state::MAX_BANKS;

use crate::errors::KeelError;
use crate::events::{self, BankAdded};
use crate::state::{BANK_SEED, BankAccount, ExchangeAccount, VAULT_SEED};
use crate::{access, token};

/// The accounts.
#[derive(Accounts)]
pub struct AddBank {
    /// The exchange's admin; pays.
    #[account(mut)]
    pub admin: Signer,
    /// The exchange.
    #[account(mut)]
    pub exchange: Account<ExchangeAccount>,
    /// Mint of the collateral: a plain SPL token with 6 decimals.
    pub mint: UncheckedAccount,
    /// The bank.
    #[account(init, payer = admin, seeds = [BANK_SEED, mint.address()], bump)]
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
pub fn add_bank(context: &mut Context<AddBank>) -> Result<()> {
    let AddBank { admin, exchange, mint, bank, vault, .. } = &mut context.accounts;
    let exchange = &mut exchange.state;
    access::require_admin(exchange, admin.address())?;
    token::require_plain_mint(mint)?;
    let index = exchange.banks;
    if usize::from(index) >= MAX_BANKS {
        return Err(KeelError::BanksFull.into());
    }
    let bank_address = *bank.address();
    token::create_vault(admin, vault, context.bumps.vault, mint, &bank_address)?;

    let bank = &mut bank.state;
    bank.mint = mint.address().to_bytes();
    bank.vault = vault.address().to_bytes();
    bank.index = index;
    bank.bump = context.bumps.bank;
    bank.vault_bump = context.bumps.vault;
    bank.decimals = token::DECIMALS;
    bank.version = VERSION;
    set_bank_defaults(bank);
    exchange.banks = index.saturating_add(1);

    events::log(BankAdded {
        sequence: events::next(&mut exchange.sequence),
        bank: bank_address,
        mint: *mint.address(),
        vault: *vault.address(),
        index,
        pad: [0; 7],
    });
    Ok(())
}
