//! Events of insurance: what comes in, and what the exchange's pays.

use anchor_lang::prelude::*;
use keel_engine::pledge::Collected;
use keel_engine::state::{Bank, Exchange, MarginAccount, Market};

use super::{Holding, Ledger, next};

/// Tokens came in for no margin account, or were there already.
#[event(bytemuck)]
pub struct TokensBooked {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Whose tokens they were; zero when they were found in the vault.
    pub authority: Address,
    /// Atoms.
    pub amount: u64,
    /// What the bank holds for everybody after it.
    pub booked: u64,
    /// Number of the bank.
    pub bank: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl TokensBooked {
    /// Of tokens that are booked.
    pub fn of(bank: &mut Bank, authority: &Address, amount: u64) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            authority: *authority,
            amount,
            booked: bank.booked,
            bank: bank.index,
            pad: [0; 7],
        }
    }
}

/// Money came into a market's insurance, where it covered what is written off first.
#[event(bytemuck)]
pub struct MarketInsured {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Quote atoms.
    pub amount: u64,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl MarketInsured {
    /// Of money that is booked.
    pub fn of(market: &mut Market, amount: u64) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            amount,
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}

/// Money came into the exchange's insurance, or went from it into the pot of a market for somebody's debt there.
#[event(bytemuck)]
pub struct ExchangeInsured {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Quote atoms that came in.
    pub funded: u64,
    /// Quote atoms that went out.
    pub paid: u64,
    /// What the insurance is after it.
    pub insurance: u64,
    /// Number of the market for which it paid, or 0.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl ExchangeInsured {
    /// Of money that came in.
    pub fn funded(exchange: &mut Exchange, funded: u64) -> Self {
        let sequence = next(&mut exchange.sequence);
        Self { sequence, funded, paid: 0, insurance: exchange.insurance, market: 0, pad: [0; 6] }
    }

    /// Of money that went into a market's pot.
    pub fn paid(exchange: &mut Exchange, market: u16, paid: u64) -> Self {
        let sequence = next(&mut exchange.sequence);
        Self { sequence, funded: 0, paid, insurance: exchange.insurance, market, pad: [0; 6] }
    }
}

/// What is mature of a pledged claim was paid into the creditor's insurance, whose `MarketInsured` is in front.
#[event(bytemuck)]
pub struct PledgeCollected {
    /// Sequence number of the market on whose pot the claim is.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Claim that ended.
    pub claim: u64,
    /// What it was paid.
    pub paid: u64,
    /// The account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Number of the market whose insurance was paid.
    pub creditor: u16,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl PledgeCollected {
    /// Of a collection that is booked.
    pub fn of(
        market: &mut Market,
        creditor: &Market,
        account: &MarginAccount,
        address: &Address,
        collected: &Collected,
    ) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            claim: collected.claim,
            paid: collected.paid,
            holding: Holding::of(account, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            creditor: creditor.index_number,
            pad: [0; 4],
        }
    }
}
