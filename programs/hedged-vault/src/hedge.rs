//! The accounts that every instruction needs, and the calls to Keel.
//!
//! What is checked here is what Keel cannot know: that the margin account, the market and the bank are this vault's. Keel
//! checks the rest: that the price account is of the market's feed, that the tick arrays are the market's, that token
//! accounts are of the bank's mint, and who signs.

extern crate alloc;

use alloc::vec;

use anchor_lang::pinocchio::sysvars::{Sysvar, clock::Clock};
use anchor_lang::{AccountView, CpiHandle, CpiHandleMut, prelude::*};
use keel::cpi::accounts as calls;
use keel::state::{BankAccount, MarketAccount, TraderAccount};
use keel_engine::{Now, Side, oracle};

use crate::VaultError;
use crate::state::{AUTHORITY_SEED, Vault, part};
use crate::value::Value;

/// Keel's flag: never increase or turn the position.
pub const REDUCE_ONLY: u8 = 1;
/// Keel's flag: refuse instead of filling in part.
pub const ALL_OR_NOTHING: u8 = 2;

/// A vault and what it has on Keel.
#[derive(Accounts)]
pub struct Hedge {
    /// The vault.
    pub vault: Account<Vault>,
    /// Owner of its margin account: this program signs for it.
    #[account(address = vault.authority)]
    pub authority: UncheckedAccount,
    /// Its margin account.
    #[account(mut, address = vault.account)]
    pub account: Account<TraderAccount>,
    /// Its market.
    #[account(mut, address = vault.market)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
    /// Keel.
    #[account(address = keel::ID)]
    pub keel: UncheckedAccount,
}

/// Token accounts between which Keel moves tokens of a bank.
pub struct Tokens<'a> {
    /// Keel's.
    pub vault: CpiHandleMut<'a>,
    /// The user's.
    pub user: CpiHandleMut<'a>,
    /// SPL Token program.
    pub program: CpiHandle<'a>,
}

/// The clock, as the engine takes it.
pub fn now() -> Result<Now> {
    let clock = Clock::get()?;
    Ok(Now { unix: clock.unix_timestamp, slot: clock.slot })
}

impl Hedge {
    /// Brings the market up to date, so that what the vault is worth is told at one price before a trade and after it.
    ///
    /// Errors: `PriceTooOld`.
    pub fn refresh(&mut self) -> Result<()> {
        let Self { market, price, keel, .. } = self;
        let accounts = calls::Refresh { market: market.cpi_handle_mut(), price: price.cpi_handle() };
        keel::cpi::refresh(CpiContext::new(keel.address(), accounts))?;
        oracle::require_latest(&self.market.state, now()?).map_err(|_| VaultError::PriceTooOld)?;
        Ok(())
    }

    /// What the vault is worth.
    pub fn value(&self, bank: &BankAccount) -> Result<Value> {
        Value::of(&self.account.state, &self.market.state, &bank.state)
    }

    /// The worst price at which the curve may stand after a trade that anyone may ask for: as far from the index as the
    /// vault's terms let it.
    pub fn limit(&self, side: Side) -> u64 {
        let index = self.market.state.index.bits;
        let slippage = part(index, self.vault.terms.slippage_ppm);
        match side {
            Side::Buy => index.saturating_add(slippage),
            Side::Sell => index.saturating_sub(slippage),
        }
    }

    /// Trades base atoms on the curve, which may come to stand at `limit`, 0 for wherever Keel lets it.
    pub fn trade(
        &mut self,
        bank: &Account<BankAccount>,
        (side, base): (Side, u64),
        limit: u64,
        flags: u8,
        arrays: &mut [AccountView],
    ) -> Result<()> {
        let side = if side == Side::Buy { 0 } else { 1 };
        let Self { vault, authority, account, market, price, keel } = self;
        // The account holds other collateral than USDC: its bank comes first.
        let mut remaining = vec![bank.cpi_handle()];
        remaining.extend(arrays.iter_mut().map(CpiHandle::writable));
        let accounts = calls::Trade {
            authority: authority.cpi_handle(),
            account: account.cpi_handle_mut(),
            market: market.cpi_handle_mut(),
            price: price.cpi_handle(),
        };
        let seeds: &[&[u8]] = &[AUTHORITY_SEED, vault.address().as_ref(), &[vault.authority_bump]];
        let signers = [seeds];
        let context =
            CpiContext::new_with_signer(keel.address(), accounts, &signers).with_remaining_accounts(remaining);
        keel::cpi::trade(context, side, 0, base, limit, flags)
    }

    /// Brings a user's tokens into the margin account. `other` is the bank of the account's other collateral, where that
    /// is not the one that is brought: with it, capital that cures a flagged account clears its flag.
    pub fn bring(
        &mut self,
        user: CpiHandle,
        bank: &mut Account<BankAccount>,
        other: Option<CpiHandle>,
        tokens: Tokens,
        amount: u64,
    ) -> Result<()> {
        let Self { account, market, keel, .. } = self;
        let accounts = calls::Deposit {
            authority: user,
            account: account.cpi_handle_mut(),
            bank: bank.cpi_handle_mut(),
            vault: tokens.vault,
            source: tokens.user,
            token_program: tokens.program,
        };
        let remaining = other.into_iter().chain([market.cpi_handle()]).collect();
        keel::cpi::deposit(CpiContext::new(keel.address(), accounts).with_remaining_accounts(remaining), amount)
    }

    /// Pays tokens of a bank out of the margin account to a user; `other` as for [`Self::bring`].
    pub fn pay(
        &mut self,
        bank: &mut Account<BankAccount>,
        other: Option<CpiHandle>,
        tokens: Tokens,
        amount: u64,
    ) -> Result<()> {
        let Self { vault, authority, account, market, keel, .. } = self;
        let accounts = calls::Withdraw {
            owner: authority.cpi_handle(),
            account: account.cpi_handle_mut(),
            bank: bank.cpi_handle_mut(),
            vault: tokens.vault,
            destination: tokens.user,
            token_program: tokens.program,
        };
        let remaining = other.into_iter().chain([market.cpi_handle()]).collect();
        let seeds: &[&[u8]] = &[AUTHORITY_SEED, vault.address().as_ref(), &[vault.authority_bump]];
        let signers = [seeds];
        let context =
            CpiContext::new_with_signer(keel.address(), accounts, &signers).with_remaining_accounts(remaining);
        keel::cpi::withdraw(context, amount)
    }
}
