//! Events of what the admin does.

use anchor_lang::prelude::*;

/// The exchange was made.
#[event(bytemuck)]
pub struct ExchangeInitialized {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Who may list banks and markets.
    pub admin: Address,
    /// Who may reduce risk at once, or zero.
    pub guardian: Address,
}

/// A kind of collateral was listed.
#[event(bytemuck)]
pub struct BankAdded {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Address of the bank.
    pub bank: Address,
    /// Mint of the collateral.
    pub mint: Address,
    /// The bank's token account.
    pub vault: Address,
    /// Number of the bank.
    pub index: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

/// A market was listed.
#[event(bytemuck)]
pub struct MarketCreated {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Address of the market.
    pub market: Address,
    /// Program that owns its price accounts.
    pub price_owner: Address,
    /// Feed of its index.
    pub feed_id: [u8; 32],
    /// Name in UTF-8, zero-padded.
    pub name: [u8; 16],
    /// The first index.
    pub index: u64,
    /// The first peg.
    pub peg: u64,
    /// Number of the market.
    pub number: u16,
    /// 0 floating, 1 fixed.
    pub mode: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}
