//! Events of collateral other than USDC.

use anchor_lang::prelude::*;
use keel_engine::collateral::{Sold, Updated};
use keel_engine::state::{Bank, MarginAccount};
use keel_engine::units::Price;

use super::account::capital;
use super::next;

/// The prices of a bank's collateral were brought up to date.
#[event(bytemuck)]
pub struct BankRefreshed {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// What counts in maintenance, in quote atoms per atom.
    pub price: u64,
    /// The last price taken.
    pub latest: u64,
    /// The stable price.
    pub stable: u64,
    /// The samples.
    pub samples: [u64; 3],
    /// Unix time at which the last price taken was published.
    pub price_time: i64,
    /// Unix time of the last sample.
    pub sampled_at: i64,
    /// The counted exchange rate.
    pub rate: u64,
    /// Unix time at which the last rate taken was published.
    pub rate_time: i64,
    /// Unix time up to which stable price and rate are brought up to date.
    pub refreshed_at: i64,
    /// Number of the bank.
    pub bank: u8,
    /// 1 when the price was taken.
    pub price_taken: u8,
    /// 1 when the rate was taken.
    pub rate_taken: u8,
    /// Samples in `samples`.
    pub sample_count: u8,
    /// Place of the next sample.
    pub sample_next: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
}

impl BankRefreshed {
    /// Of a bank that is up to date.
    pub fn of(bank: &mut Bank, updated: Updated) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            price: bank.price.bits,
            latest: bank.latest.bits,
            stable: bank.stable.bits,
            samples: bank.samples.map(|sample: Price| sample.bits),
            price_time: bank.price_time,
            sampled_at: bank.sampled_at,
            rate: bank.rate,
            rate_time: bank.rate_time,
            refreshed_at: bank.refreshed_at,
            bank: bank.index,
            price_taken: u8::from(updated.price),
            rate_taken: u8::from(updated.rate),
            sample_count: bank.sample_count,
            sample_next: bank.sample_next,
            pad: [0; 3],
        }
    }
}

/// Collateral of an account was sold for USDC.
#[event(bytemuck)]
pub struct CollateralSold {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account that sold.
    pub account: Address,
    /// Address of the margin account that bought.
    pub buyer: Address,
    /// Atoms of the collateral.
    pub amount: u64,
    /// Quote atoms that the buyer paid.
    pub paid: u64,
    /// The discount.
    pub discount: u64,
    /// The bank's price.
    pub price: u64,
    /// The seller's USDC capital after it.
    pub usdc: u64,
    /// The seller's capital in the bank after it.
    pub capital: u64,
    /// The buyer's USDC capital after it.
    pub buyer_usdc: u64,
    /// The buyer's capital in the bank after it.
    pub buyer_capital: u64,
    /// Number of the bank.
    pub bank: u8,
    /// 1 when the seller is still flagged for liquidation.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl CollateralSold {
    /// Of a sale that is booked.
    pub fn of(
        bank: &mut Bank,
        (account, address): (&MarginAccount, &Address),
        (buyer, buyer_address): (&MarginAccount, &Address),
        sold: &Sold,
    ) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            account: *address,
            buyer: *buyer_address,
            amount: sold.amount,
            paid: sold.paid,
            discount: sold.discount.bits,
            price: bank.price.bits,
            usdc: account.usdc(),
            capital: capital(account, bank),
            buyer_usdc: buyer.usdc(),
            buyer_capital: capital(buyer, bank),
            bank: bank.index,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 6],
        }
    }
}
