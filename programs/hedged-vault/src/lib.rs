//! The worked example of composing on Keel: a vault that holds a token and is short as much of it, so that what it is worth
//! in USD does not move with the price. It earns funding where longs pay it, and pays it where shorts do.
//!
//! Whoever deposits brings tokens, which go straight into the vault's own margin account on Keel, where they are the
//! margin of a short position of the same size; the vault itself never holds a token. Shares are a claim on what all of
//! that is worth in USD, and are paid in tokens. docs/hedged-vault.md is the tutorial that walks through these files.
//!
//! | where | what |
//! |---|---|
//! | [`state`] | the vault's account and its addresses |
//! | [`value`] | what a vault is worth, and what a share is |
//! | [`hedge`] | the accounts that every instruction needs, and the calls to Keel |
//! | [`instructions`] | one file for each instruction |
//! | [`events`], [`errors`] | what clients read |

#![cfg_attr(target_os = "solana", no_std)]

use anchor_lang::prelude::*;

pub mod errors;
pub mod events;
pub mod hedge;
pub mod instructions;
pub mod state;
pub mod value;

pub use errors::VaultError;
use instructions::*;

declare_id!("Hedged1Vau1t1111111111111111111111111111111");

#[program]
pub mod hedged_vault {
    use super::*;

    /// Makes a vault of a market and of the bank of the same asset, with its margin account and the mint of its shares.
    ///
    /// Errors: `AnotherAsset`, `InvalidTerms`.
    #[discrim = 0]
    pub fn create(
        ctx: &mut Context<Create>,
        band_ppm: u32,
        slippage_ppm: u32,
        reserve_ppm: u32,
        spread_ppm: u32,
    ) -> Result<()> {
        instructions::create(ctx, &state::Terms { band_ppm, slippage_ppm, reserve_ppm, spread_ppm })
    }

    /// Brings token atoms in, sells as much on Keel, and gives shares for what that brought.
    ///
    /// Remaining accounts: the market's tick arrays on the way, writable.
    ///
    /// Errors: `PriceTooOld`, `AmountTooSmall`, `TooFewShares`, and Keel's.
    #[discrim = 1]
    pub fn deposit(ctx: &mut Context<Deposit>, amount: u64, min_shares: u64) -> Result<()> {
        instructions::deposit(ctx, amount, min_shares)
    }

    /// Burns shares, buys back as much of the short as they stand for, and pays tokens.
    ///
    /// Remaining accounts: as for `deposit`.
    ///
    /// Errors: `PriceTooOld`, `AmountTooSmall`, `NotEnoughTokens`, `TooFewTokens`, and Keel's.
    #[discrim = 2]
    pub fn withdraw(ctx: &mut Context<Withdraw>, shares: u64, min_amount: u64) -> Result<()> {
        instructions::withdraw(ctx, shares, min_amount)
    }

    /// Trades the short back to the tokens that are held, as far as the limit on slippage lets it; anyone may.
    ///
    /// Remaining accounts: as for `deposit`.
    ///
    /// Errors: `PriceTooOld`, `WithinBand`, and Keel's.
    #[discrim = 3]
    pub fn rebalance(ctx: &mut Context<Rebalance>) -> Result<()> {
        instructions::rebalance(ctx)
    }

    /// Turns profit into a claim, and what is mature of claims into USDC; anyone may.
    ///
    /// Errors: `PriceTooOld`, `NothingToCollect`, and Keel's.
    #[discrim = 4]
    pub fn collect(ctx: &mut Context<Collect>) -> Result<()> {
        instructions::collect(ctx)
    }

    /// Changes tokens of the vault into USDC where losses need it, and USDC into tokens where profit has left more of it
    /// than the vault keeps; anyone may, for a spread. `brings` is 0 for USDC and 1 for tokens, `amount` the most to bring.
    ///
    /// Errors: `UnknownSide`, `PriceTooOld`, `PriceUnsure`, `NothingToSwap`, `AmountTooSmall`, `TooFewTokens`, and Keel's.
    #[discrim = 5]
    pub fn swap(ctx: &mut Context<Swap>, brings: u8, amount: u64, min_out: u64) -> Result<()> {
        instructions::swap(ctx, brings, amount, min_out)
    }
}
