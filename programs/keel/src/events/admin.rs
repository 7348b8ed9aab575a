//! Events of what the admin does.

use anchor_lang::prelude::*;
use keel_engine::state::{Bank, Exchange, Market};

use super::next;

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
    /// Number of the change that listed it, or 0 before the launch.
    pub change: u64,
    /// Number of the bank.
    pub index: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl BankAdded {
    /// Of a bank that was just made.
    pub fn of(exchange: &mut Exchange, bank: &Bank, address: &Address, change: u64) -> Self {
        Self {
            sequence: next(&mut exchange.sequence),
            bank: *address,
            mint: Address::new_from_array(bank.mint),
            vault: Address::new_from_array(bank.vault),
            change,
            index: bank.index,
            pad: [0; 7],
        }
    }
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
    /// Number of the change that listed it, or 0 before the launch.
    pub change: u64,
    /// Number of the market.
    pub number: u16,
    /// 0 floating, 1 fixed.
    pub mode: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl MarketCreated {
    /// Of a market that was just made.
    pub fn of(exchange: &mut Exchange, market: &Market, address: &Address, change: u64) -> Self {
        Self {
            sequence: next(&mut exchange.sequence),
            market: *address,
            price_owner: Address::new_from_array(market.price_owner),
            feed_id: market.feed_id,
            name: market.name,
            index: market.index.bits,
            peg: market.peg.bits,
            change,
            number: market.index_number,
            mode: market.mode,
            pad: [0; 5],
        }
    }
}

/// The exchange was launched: deposits are open, and nothing is listed or loosened without delay any more.
#[event(bytemuck)]
pub struct ExchangeLaunched {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Unix time.
    pub launched_at: i64,
    /// Who may reduce risk at once, or zero.
    pub guardian: Address,
    /// Owner of the token accounts to which the treasury's money may go, or zero.
    pub treasury: Address,
}
