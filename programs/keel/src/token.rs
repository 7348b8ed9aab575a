//! Tokens of the bank's vault: what may come in and go out, and that exactly as much moved as was booked.
//!
//! Only the SPL Token program is served: the vault's program is checked when the bank is added, and no account of
//! another program can send tokens of its mint.

use anchor_lang::{
    AccountView, Id, address_eq,
    cpi::{CpiSeed, CpiSigner},
    create_account_signed,
    pinocchio::account::Ref,
    prelude::*,
};
use anchor_spl::{mint::Mint, token::TokenAccount};
use keel_engine::state::Bank;
use pinocchio_token::instructions::{InitializeAccount3, Transfer};

use crate::errors::KeelError;
use crate::state::{BANK_SEED, VAULT_SEED};

/// Decimals of USDC: quote atoms are 1e-6.
pub const USDC_DECIMALS: u8 = 6;
/// Most decimals of other collateral.
pub const MAX_DECIMALS: u8 = 9;

/// The decimals of a plain, initialised SPL token; anything else is refused: `UnsupportedMint`. Mints of other token
/// programs may have extensions (fees, hooks, a permanent delegate) that break "what was booked is there".
pub fn plain_decimals(mint: &AccountView) -> Result<u8> {
    let data = mint.try_borrow()?;
    if !address_eq(mint.owner(), &Token::id()) {
        return Err(KeelError::UnsupportedMint.into());
    }
    let mint = bytemuck::try_from_bytes::<Mint>(&data).map_err(|_| KeelError::UnsupportedMint)?;
    if mint.is_initialized() { Ok(mint.decimals()) } else { Err(KeelError::UnsupportedMint.into()) }
}

/// Creates a bank's vault at its address: a token account that the bank's address owns.
pub fn create_vault(
    payer: &AccountView,
    vault: &AccountView,
    bump: u8,
    mint: &AccountView,
    bank: &Address,
) -> Result<()> {
    let seeds: &[&[u8]] = &[VAULT_SEED, mint.address().as_ref(), &[bump]];
    create_account_signed(payer, vault, size_of::<TokenAccount>(), &Token::id(), seeds)?;
    InitializeAccount3::new(vault, mint, bank).invoke()
}

/// Refuses a vault that is not the bank's: `WrongBank`.
#[inline(always)]
pub fn require_vault(bank: &Bank, vault: &AccountView) -> Result<()> {
    let matches = address_eq(vault.address(), bytemuck::cast_ref(&bank.vault));
    if matches { Ok(()) } else { Err(KeelError::WrongBank.into()) }
}

/// Refuses a user's token account of another mint, one that is frozen, and the vault itself: `WrongTokenAccount`.
#[inline(never)]
pub fn require_user_account(bank: &Bank, user: &AccountView) -> Result<()> {
    let account = holding(user)?;
    let usable = address_eq(account.mint(), bytemuck::cast_ref(&bank.mint))
        && account.is_initialized()
        && !account.is_frozen()
        && !address_eq(user.address(), bytemuck::cast_ref(&bank.vault));
    if usable { Ok(()) } else { Err(KeelError::WrongTokenAccount.into()) }
}

/// Refuses a token account of another owner: `WrongTokenAccount`.
pub fn require_owned_by(user: &AccountView, owner: &[u8; 32]) -> Result<()> {
    let is_owned = address_eq(holding(user)?.owner(), bytemuck::cast_ref(owner));
    if is_owned { Ok(()) } else { Err(KeelError::WrongTokenAccount.into()) }
}

/// Refuses what [`require_user_account`] and [`require_owned_by`] refuse.
pub fn require_account_of(bank: &Bank, user: &AccountView, owner: &[u8; 32]) -> Result<()> {
    require_user_account(bank, user)?;
    require_owned_by(user, owner)
}

/// Moves tokens from a user's account into the vault.
#[inline(always)]
pub fn receive(source: &AccountView, vault: &AccountView, authority: &AccountView, amount: u64) -> Result<()> {
    let before = holding(vault)?.amount();
    Transfer::new(source, vault, authority, amount).invoke()?;
    require_moved(before.checked_add(amount), vault)
}

/// Moves tokens from the vault to a user's account; the bank signs.
#[inline(always)]
pub fn send(
    vault: &AccountView,
    destination: &AccountView,
    bank_account: &AccountView,
    bank: &Bank,
    amount: u64,
) -> Result<()> {
    let before = holding(vault)?.amount();
    let bump = [bank.bump];
    let seeds = [CpiSeed::from(BANK_SEED), CpiSeed::from(&bank.mint), CpiSeed::from(&bump)];
    Transfer::new(vault, destination, bank_account, amount).invoke_signed(&[CpiSigner::from(&seeds)])?;
    require_moved(before.checked_sub(amount), vault)
}

/// Tokens in a token account. Errors with `WrongTokenAccount` for anything else.
pub fn balance(view: &AccountView) -> Result<u64> {
    let account = holding(view)?;
    if account.is_initialized() { Ok(account.amount()) } else { Err(KeelError::WrongTokenAccount.into()) }
}

/// Refuses when the vault does not hold what it must now hold.
#[inline(always)]
fn require_moved(expected: Option<u64>, vault: &AccountView) -> Result<()> {
    if expected == Some(holding(vault)?.amount()) { Ok(()) } else { Err(KeelError::WrongTokenAccount.into()) }
}

/// The contents of a token account. Errors with `WrongTokenAccount` for anything else.
#[inline(never)]
pub(crate) fn holding(view: &AccountView) -> Result<Ref<'_, TokenAccount>> {
    if !address_eq(view.owner(), &Token::id()) {
        return Err(KeelError::WrongTokenAccount.into());
    }
    Ref::try_map(view.try_borrow()?, bytemuck::try_from_bytes).map_err(|_| KeelError::WrongTokenAccount.into())
}
