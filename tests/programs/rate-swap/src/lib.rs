//! A swap of fixed against floating funding: for a term, one party pays a fixed rate and gets what a long position of the
//! notional pays in funding on Keel; the other party the other way round. Nobody trades: the market's index of funding is
//! read out of its account, at the beginning and at the end.
//!
//! ```text
//! what the fixed side gets = N * (K - F * dt)
//! ```
//!
//! with `N` the base, `K` what the index of funding grew by in quote atoms per base atom, and `F` the fixed rate in the same
//! unit per second. Both put quote atoms into escrow; neither can lose more than that. For tests alone.

#![cfg_attr(target_os = "solana", no_std)]

use anchor_lang::prelude::*;

pub mod funding;
pub mod instructions;

use instructions::*;

declare_id!("RateSwap11111111111111111111111111111111111");

#[program]
pub mod rate_swap {
    use super::*;

    /// Agrees on a swap, signed by both, who pay so many quote atoms each into escrow. `rate` is quote atoms per base atom
    /// and second with 64 fraction bits.
    #[discrim = 0]
    pub fn agree(ctx: &mut Context<Agree>, base: u64, rate: i64, term_secs: u32, escrow: u64) -> Result<()> {
        instructions::agree(ctx, base, rate, term_secs, escrow)
    }

    /// Settles a swap whose term has run out: pays both out of escrow; anyone may.
    #[discrim = 1]
    pub fn settle(ctx: &mut Context<Settle>) -> Result<()> {
        instructions::settle(ctx)
    }
}

/// The swap's refusals.
#[error_code(offset = 7200)]
#[derive(Debug, PartialEq, Eq)]
pub enum SwapError {
    /// Not a market of Keel's.
    #[msg("the account is no market of Keel's")]
    NoMarket,
    /// The account's layout is another one than this program was written for.
    #[msg("the market has another layout")]
    AnotherVersion,
    /// The market's funding is not brought up to now.
    #[msg("the market's funding is behind: refresh the market in front, in the same transaction")]
    FundingBehind,
    /// The term has not run out.
    #[msg("the swap has not run out")]
    NotDue,
    /// Nothing to swap, nothing in escrow, or no term.
    #[msg("a base, an escrow and a term are needed")]
    NothingAgreed,
    /// A number does not fit.
    #[msg("an amount is too large")]
    TooLarge,
}
