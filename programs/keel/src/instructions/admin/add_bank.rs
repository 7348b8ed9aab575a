//! Lists a kind of collateral and makes its vault, before the launch. The first is USDC, in which everything settles.

use anchor_lang::{AccountView, prelude::*};
use keel_engine::governance::{self, BankTerms};
use keel_engine::listing::VERSION;
use keel_engine::state::{Bank, Exchange, USDC};

use crate::access::INSTRUCTIONS;
use crate::errors::KeelError;
use crate::events::{self, BankAdded};
use crate::state::{BANK_SEED, BankAccount, ExchangeAccount, SHARES_SEED, VAULT_SEED};
use crate::token::{MAX_DECIMALS, USDC_DECIMALS};
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
    /// Mint of the collateral: a plain SPL token; of 6 decimals for USDC, of at most 9 for what comes after it.
    pub mint: UncheckedAccount,
    /// The bank.
    #[account(init, payer = admin, seeds = [BANK_SEED, mint.address()], bump)]
    pub bank: Account<BankAccount>,
    /// The bank's token account.
    #[account(mut, seeds = [VAULT_SEED, mint.address()], bump)]
    pub vault: UncheckedAccount,
    /// The transaction's instructions.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
    /// System program.
    pub system_program: Program<System>,
}

/// Handles the instruction.
pub fn add_bank(context: &mut Context<AddBank>, terms: &BankTerms) -> Result<()> {
    let AddBank { admin, exchange, mint, bank, vault, instructions, .. } = &mut context.accounts;
    let exchange = &mut exchange.state;
    access::require_admin(exchange, admin.address(), instructions)?;
    governance::require_not_launched(exchange).map_err(KeelError::from)?;
    let place = BankPlace { address: *bank.address(), bump: context.bumps.bank, vault_bump: context.bumps.vault };
    make_bank(exchange, &mut bank.state, &place, terms, admin, (mint, vault))?;
    events::log(BankAdded::of(exchange, &bank.state, &place.address, 0));
    Ok(())
}

/// Where a bank is made.
pub struct BankPlace {
    /// Its address.
    pub address: Address,
    /// Bump of that address.
    pub bump: u8,
    /// Bump of its vault's address.
    pub vault_bump: u8,
}

/// Fills a bank and makes its vault. Errors: `UnsupportedMint`, `BanksFull`, `PoolShares`, `InvalidParameter`.
pub fn make_bank(
    exchange: &mut Exchange,
    bank: &mut Bank,
    place: &BankPlace,
    terms: &BankTerms,
    payer: &AccountView,
    (mint, vault): (&AccountView, &AccountView),
) -> Result<()> {
    let decimals = token::plain_decimals(mint)?;
    let (shares, _) = Address::find_program_address(&[SHARES_SEED], &crate::ID);
    let terms = BankTerms { mint: mint.address().to_bytes(), ..*terms };
    governance::new_bank(exchange, bank, &terms, &shares.to_bytes()).map_err(KeelError::from)?;
    let is_served = if usize::from(bank.index) == USDC { decimals == USDC_DECIMALS } else { decimals <= MAX_DECIMALS };
    if !is_served {
        return Err(KeelError::UnsupportedMint.into());
    }
    token::create_vault(payer, vault, place.vault_bump, mint, &place.address)?;
    bank.vault = vault.address().to_bytes();
    bank.bump = place.bump;
    bank.vault_bump = place.vault_bump;
    bank.decimals = decimals;
    bank.version = VERSION;
    Ok(())
}
