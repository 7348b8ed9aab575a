//! Prices, and what they are of.

use keel_engine::oracle::Sample;
use solana_pubkey::Pubkey;

/// What a price is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceOf {
    /// A market, by its number.
    Market(u16),
    /// The collateral of a bank, by the bank's number.
    Bank(u8),
    /// What the collateral of a bank can be exchanged for: its exchange rate.
    Rate(u8),
}

impl From<u16> for PriceOf {
    fn from(market: u16) -> Self {
        Self::Market(market)
    }
}

/// A price, as it may be taken into its market or bank now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceAt {
    /// The price update account that an instruction names.
    pub account: Pubkey,
    /// What it says.
    pub sample: Sample,
}
