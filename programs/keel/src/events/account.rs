//! Events of margin accounts being opened, funded, emptied and closed.

use anchor_lang::prelude::*;
use keel_engine::state::{Bank, MarginAccount};

use super::next;

/// A margin account was opened.
#[event(bytemuck)]
pub struct AccountOpened {
    /// Address of the margin account.
    pub account: Address,
    /// Its owner.
    pub owner: Address,
    /// Its number among the owner's.
    pub sub_account: u16,
    /// The only market it may trade, or 0.
    pub isolated_market: u16,
    /// Padding; zero.
    pub pad: [u8; 4],
}

/// A margin account was closed.
#[event(bytemuck)]
pub struct AccountClosed {
    /// Address of the margin account.
    pub account: Address,
    /// Its owner.
    pub owner: Address,
}

/// The companion for a margin account's ranges was opened.
#[event(bytemuck)]
pub struct RangesOpened {
    /// Address of the margin account.
    pub account: Address,
    /// Address of the companion.
    pub ranges: Address,
}

/// The companion for a margin account's ranges was closed.
#[event(bytemuck)]
pub struct RangesClosed {
    /// Address of the margin account.
    pub account: Address,
    /// Address of the companion.
    pub ranges: Address,
}

/// Tokens came in.
#[event(bytemuck)]
pub struct Deposited {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Whose tokens they were.
    pub authority: Address,
    /// Atoms.
    pub amount: u64,
    /// The account's capital in the bank after it.
    pub capital: u64,
    /// What the bank holds for everybody after it.
    pub booked: u64,
    /// Number of the bank.
    pub bank: u8,
    /// 1 when the account is still flagged for liquidation.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl Deposited {
    /// Of a deposit that is booked.
    pub fn of(account: &MarginAccount, bank: &mut Bank, address: &Address, authority: &Address, amount: u64) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            account: *address,
            authority: *authority,
            amount,
            capital: capital(account, bank),
            booked: bank.booked,
            bank: bank.index,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 6],
        }
    }
}

/// Tokens went out.
#[event(bytemuck)]
pub struct Withdrawn {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Token account that got them.
    pub destination: Address,
    /// Atoms.
    pub amount: u64,
    /// The account's capital in the bank after it.
    pub capital: u64,
    /// What the bank holds for everybody after it.
    pub booked: u64,
    /// Number of the bank.
    pub bank: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl Withdrawn {
    /// Of a withdrawal that is booked.
    pub fn of(account: &MarginAccount, bank: &mut Bank, address: &Address, destination: &Address, amount: u64) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            account: *address,
            destination: *destination,
            amount,
            capital: capital(account, bank),
            booked: bank.booked,
            bank: bank.index,
            pad: [0; 7],
        }
    }
}

/// An account's capital in a bank.
pub(super) fn capital(account: &MarginAccount, bank: &Bank) -> u64 {
    account.capital.get(usize::from(bank.index)).copied().unwrap_or_default()
}
