//! What the keeper may do and what it wants for it.

use solana_pubkey::Pubkey;

/// Who the keeper is, what it may risk, and for how much it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pays fees and rent, and is paid the tips of orders and requests.
    pub payer: Pubkey,
    /// Owner of the margin account; signs where its capital is used.
    pub owner: Pubkey,
    /// The keeper's margin account, which is paid for liquidations. Jobs that pay into one wait until there is one.
    pub account: Pubkey,
    /// Most notional that it holds from take-overs in all markets together, other collateral than USDC at its price
    /// included, in quote atoms; 0 takes nothing over and buys nothing.
    pub capital: u64,
    /// Most of it in one market or in one bank's collateral, in quote atoms.
    pub exposure: u64,
    /// Least discount, less insurance's part of it, for which a position is taken over, in parts per million of its notional.
    pub min_discount_ppm: u32,
    /// Least discount for which collateral is bought, in parts per million of its price: what selling it elsewhere costs.
    pub min_collateral_discount_ppm: u32,
    /// Quote atoms for a SOL: what makes tips of both kinds comparable.
    pub quote_per_sol: u64,
    /// What a transaction costs, in lamports.
    pub cost: u64,
    /// Least profit of a job that is done for its pay, in lamports, its cost taken off.
    pub min_profit: i64,
    /// Whether it also does what pays nothing and somebody has to do: refreshing, flags, settling, resolving, governance.
    pub unpaid: bool,
    /// Whether it executes governance's changes whose time has come.
    pub governance: bool,
    /// Most jobs in a round.
    pub jobs: usize,
    /// Smallest loss or profit of somebody else that is worth settling, in quote atoms.
    pub min_settlement: u64,
    /// Seconds without a refresh after which a market is refreshed though nobody asks for it; never more than what its
    /// mark's age allows.
    pub refresh_secs: u32,
    /// Age of the price of collateral that somebody has from which on its bank is refreshed, in seconds; never more than half
    /// of what the bank allows.
    pub refresh_bank_secs: u32,
    /// Change of the price from which on a market or bank is refreshed at once, until its mark or median stands for it, in
    /// parts per million.
    pub refresh_move_ppm: u32,
    /// Seconds between two collections of what the pool earned in a market.
    pub pool_secs: u32,
    /// Most tick arrays ahead of the curve that a trade brings.
    pub arrays: usize,
}

impl Limits {
    /// A keeper without capital that does everything, for the least tip that covers its cost.
    pub const fn of(payer: Pubkey, owner: Pubkey, account: Pubkey) -> Self {
        Self {
            payer,
            owner,
            account,
            capital: 0,
            exposure: 0,
            min_discount_ppm: 3_000,
            min_collateral_discount_ppm: 10_000,
            quote_per_sol: 150_000_000,
            cost: 5_000,
            min_profit: 0,
            unpaid: true,
            governance: true,
            jobs: 256,
            min_settlement: 10_000_000,
            refresh_secs: 5,
            refresh_bank_secs: 20,
            refresh_move_ppm: 1_000,
            pool_secs: 3_600,
            arrays: 2,
        }
    }
}
