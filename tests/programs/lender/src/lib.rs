//! A small lender: USDC against a margin account under a lien, which its owner keeps and goes on trading with.
//!
//! The owner signs one transaction in which the lien is placed, the account's health is asked for, and the money is paid.
//! Who repays ends the lien. After the term anyone may give the lender's notice; when that has run out, anyone may have the
//! lender make the account smaller and take what it is owed. For tests alone: one rate, one term, no pool of lenders.

#![cfg_attr(target_os = "solana", no_std)]

use anchor_lang::prelude::*;

pub mod health;
pub mod instructions;
pub mod state;

use instructions::*;

declare_id!("Lender1111111111111111111111111111111111111");

#[program]
pub mod lender {
    use super::*;

    /// Opens the lender's treasury and its margin account, into which Keel pays what is seized.
    #[discrim = 0]
    pub fn open(ctx: &mut Context<Open>) -> Result<()> {
        instructions::open(ctx)
    }

    /// Lends to the owner of a margin account, who agrees to the lien. Remaining: what the account's health needs.
    #[discrim = 1]
    pub fn borrow(ctx: &mut Context<Borrow>, amount: u64) -> Result<()> {
        instructions::borrow(ctx, amount)
    }

    /// Pays a loan back and ends the lien; anyone may.
    #[discrim = 2]
    pub fn repay(ctx: &mut Context<Repay>) -> Result<()> {
        instructions::repay(ctx)
    }

    /// Gives the lender's notice once the term has run out; anyone may.
    #[discrim = 3]
    pub fn call(ctx: &mut Context<Call>) -> Result<()> {
        instructions::call(ctx)
    }

    /// Reduces a position of an account whose notice has run out; anyone may. Remaining: as for Keel's trade.
    #[discrim = 4]
    pub fn reduce(ctx: &mut Context<Reduce>, side: u8, base: u64) -> Result<()> {
        instructions::reduce(ctx, side, base)
    }

    /// Takes what is owed out of the account's USDC; anyone may. Remaining: what the account's health needs.
    #[discrim = 5]
    pub fn seize(ctx: &mut Context<Seize>) -> Result<()> {
        instructions::seize(ctx)
    }
}

/// The lender's refusals.
#[error_code(offset = 7100)]
#[derive(Debug, PartialEq, Eq)]
pub enum LenderError {
    /// Keel set no return data, or another program did.
    #[msg("no answer of Keel's: pass what the account's health needs")]
    NoAnswer,
    /// The answer's layout is another one than this program was written for.
    #[msg("Keel answers in another version")]
    AnotherVersion,
    /// A mark is old, or the account is flagged for liquidation.
    #[msg("the account's health is not sure: refresh its markets, and cure its flag")]
    HealthUnsure,
    /// Too little equity for the loan.
    #[msg("the account's conservative equity is less than twice the debt: borrow less")]
    TooLittleEquity,
    /// The loan's term has not run out.
    #[msg("the loan is not due yet")]
    NotDue,
    /// Nothing is left to be taken.
    #[msg("the account has no USDC to take: reduce its positions first")]
    NothingToTake,
    /// A number does not fit.
    #[msg("an amount is too large")]
    TooLarge,
}
