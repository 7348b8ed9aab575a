//! Tokens of the pool's shares: its mint and the account in which those wait that are to be redeemed, of both of which the
//! pool is the authority. Exactly as much moves as the engine says.

use anchor_lang::{
    AccountView, Id, address_eq,
    cpi::{CpiSeed, CpiSigner},
    create_account_signed,
    prelude::*,
};
use anchor_spl::{mint::Mint, token::TokenAccount};
use keel_engine::state::{MarginAccount, Pool};
use pinocchio_token::instructions::{Burn, InitializeAccount3, InitializeMint2, MintTo, Transfer};

use crate::errors::KeelError;
use crate::state::{POOL_SEED, SHARE_VAULT_SEED, SHARES_SEED};
use crate::token::{USDC_DECIMALS, balance, holding, require_owned_by};

/// Creates the mint of the shares, which nobody can freeze, and the token account of those that wait.
pub fn create(
    payer: &AccountView,
    (mint, mint_bump): (&AccountView, u8),
    (vault, vault_bump): (&AccountView, u8),
    pool: &Address,
) -> Result<()> {
    let seeds: &[&[u8]] = &[SHARES_SEED, &[mint_bump]];
    create_account_signed(payer, mint, size_of::<Mint>(), &Token::id(), seeds)?;
    InitializeMint2::new(mint, USDC_DECIMALS, pool, None).invoke()?;
    let seeds: &[&[u8]] = &[SHARE_VAULT_SEED, &[vault_bump]];
    create_account_signed(payer, vault, size_of::<TokenAccount>(), &Token::id(), seeds)?;
    InitializeAccount3::new(vault, mint, pool).invoke()
}

/// Refuses another token account than the one for shares that wait: `WrongTokenAccount`.
pub fn require_vault(pool: &Pool, vault: &AccountView) -> Result<()> {
    require_same(vault, &pool.share_vault)
}

/// Refuses another mint than that of the shares: `WrongTokenAccount`.
pub fn require_mint(pool: &Pool, mint: &AccountView) -> Result<()> {
    require_same(mint, &pool.share_mint)
}

/// Refuses a token account that is not for shares, or not of the margin account's owner, or the vault: `WrongTokenAccount`.
pub fn require_account_of(pool: &Pool, user: &AccountView, account: &MarginAccount) -> Result<()> {
    let usable = {
        let shares = holding(user)?;
        let is_other = !address_eq(user.address(), bytemuck::cast_ref(&pool.share_vault));
        shares.is_initialized() && address_eq(shares.mint(), bytemuck::cast_ref(&pool.share_mint)) && is_other
    };
    if !usable {
        return Err(KeelError::WrongTokenAccount.into());
    }
    require_owned_by(user, &account.owner)
}

/// Refuses another account than a stored one: `WrongTokenAccount`.
pub fn require_same(view: &AccountView, stored: &[u8; 32]) -> Result<()> {
    let is_same = address_eq(view.address(), bytemuck::cast_ref(stored));
    if is_same { Ok(()) } else { Err(KeelError::WrongTokenAccount.into()) }
}

/// Makes shares in a user's account.
pub fn mint(mint: &AccountView, user: &AccountView, pool: (&AccountView, &Pool), amount: u64) -> Result<()> {
    let before = balance(user)?;
    signed_by(pool.1, |signers| MintTo::new(mint, user, pool.0, amount).invoke_signed(signers))?;
    require_balance(before.checked_add(amount), user)
}

/// Moves shares from a user's account to those that wait.
pub fn take(user: &AccountView, vault: &AccountView, owner: &AccountView, amount: u64) -> Result<()> {
    let before = balance(vault)?;
    Transfer::new(user, vault, owner, amount).invoke()?;
    require_balance(before.checked_add(amount), vault)
}

/// Moves shares that waited back to a user's account.
pub fn give_back(vault: &AccountView, user: &AccountView, pool: (&AccountView, &Pool), amount: u64) -> Result<()> {
    let before = balance(vault)?;
    signed_by(pool.1, |signers| Transfer::new(vault, user, pool.0, amount).invoke_signed(signers))?;
    require_balance(before.checked_sub(amount), vault)
}

/// Destroys shares that waited.
pub fn burn(vault: &AccountView, mint: &AccountView, pool: (&AccountView, &Pool), amount: u64) -> Result<()> {
    let before = balance(vault)?;
    signed_by(pool.1, |signers| Burn::new(vault, mint, pool.0, amount).invoke_signed(signers))?;
    require_balance(before.checked_sub(amount), vault)
}

/// The pool signs.
fn signed_by(pool: &Pool, invoke: impl FnOnce(&[CpiSigner]) -> Result<()>) -> Result<()> {
    let bump = [pool.bump];
    let seeds = [CpiSeed::from(POOL_SEED), CpiSeed::from(&bump)];
    invoke(&[CpiSigner::from(&seeds)])
}

/// Refuses when an account does not hold what it must now hold.
fn require_balance(expected: Option<u64>, view: &AccountView) -> Result<()> {
    if expected == Some(balance(view)?) { Ok(()) } else { Err(KeelError::WrongTokenAccount.into()) }
}
