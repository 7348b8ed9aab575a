//! Loans, and what the lender asks for.

use anchor_lang::prelude::*;

/// Seed of the lender's own address, which owns its treasury and its margin account and has no data.
pub const LENDER_SEED: &[u8] = b"lender";
/// Seed of its USDC.
pub const TREASURY_SEED: &[u8] = b"treasury";
/// First seed of a loan; the margin account is the other.
pub const LOAN_SEED: &[u8] = b"loan";

/// Conservative equity over the debt, for a loan to be made.
pub const COVER: u64 = 2;
/// Time until a loan is due.
pub const TERM_SECS: i64 = 86_400;
/// Time between the notice and the lender's rights.
pub const NOTICE_SECS: u32 = 3_600;

/// A loan.
#[account]
pub struct Loan {
    /// Who owes it.
    pub borrower: Address,
    /// The margin account under the lien.
    pub account: Address,
    /// Quote atoms.
    pub owed: u64,
    /// Unix time.
    pub due_at: i64,
}

/// What is to be paid back for a loan: a hundredth more.
pub fn owed_for(amount: u64) -> Option<u64> {
    amount.checked_add(amount.div_ceil(100))
}

/// The lien's floor: what is owed, and half as much for what a forced way out costs.
pub fn floor_for(owed: u64) -> Option<u64> {
    owed.checked_add(owed.div_ceil(2))
}
