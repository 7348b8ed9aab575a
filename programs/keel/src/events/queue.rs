//! Events of withdrawals that wait, and of capital that moves without tokens.

use anchor_lang::prelude::*;
use keel_engine::state::{Bank, MarginAccount, Ticket};
use keel_engine::tickets::{Cancelled, Payout};

use super::account::capital;
use super::next;

/// A withdrawal was put into the queue.
#[event(bytemuck)]
pub struct WithdrawalQueued {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Token account that is to get the tokens.
    pub destination: Address,
    /// Its place in the queue.
    pub number: u64,
    /// Atoms.
    pub amount: u64,
    /// The account's capital in the bank after it.
    pub capital: u64,
    /// What waits in the queue after it.
    pub queued: u64,
    /// Number of the bank.
    pub bank: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl WithdrawalQueued {
    /// Of a ticket that is booked.
    pub fn of(ticket: &Ticket, account: &MarginAccount, bank: &mut Bank) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            account: ticket.account.into(),
            destination: ticket.destination.into(),
            number: ticket.number,
            amount: ticket.amount,
            capital: capital(account, bank),
            queued: bank.queued,
            bank: bank.index,
            pad: [0; 7],
        }
    }
}

/// The first in the queue was paid, wholly or in part, returned to its account, or skipped because it was cancelled.
#[event(bytemuck)]
pub struct WithdrawalPaid {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Token account that got what was paid.
    pub destination: Address,
    /// Its place in the queue.
    pub number: u64,
    /// Atoms that left the bank.
    pub paid: u64,
    /// Atoms that went back to the account's capital.
    pub returned: u64,
    /// Atoms that still wait: with 0 it ended.
    pub rest: u64,
    /// The account's capital in the bank after it; 0 for a skipped one.
    pub capital: u64,
    /// What the bank holds for everybody after it.
    pub booked: u64,
    /// What waits in the queue after it.
    pub queued: u64,
    /// Number of the bank.
    pub bank: u8,
    /// 1 when the account is flagged for liquidation.
    pub flagged: u8,
    /// 1 for a cancelled one: nothing is said about the account, which may be gone.
    pub skipped: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl WithdrawalPaid {
    /// Of a payment that is booked; without an account of one that was skipped.
    pub fn of(ticket: &Ticket, account: Option<&MarginAccount>, bank: &mut Bank, payout: &Payout) -> Self {
        let account = account.filter(|_| payout.paid != 0 || payout.returned != 0);
        Self {
            sequence: next(&mut bank.sequence),
            account: ticket.account.into(),
            destination: ticket.destination.into(),
            number: ticket.number,
            paid: payout.paid,
            returned: payout.returned,
            rest: payout.rest,
            capital: account.map_or(0, |account| capital(account, bank)),
            booked: bank.booked,
            queued: bank.queued,
            bank: bank.index,
            flagged: u8::from(account.is_some_and(|account| account.flagged_at != 0)),
            skipped: u8::from(account.is_none()),
            pad: [0; 5],
        }
    }
}

/// A waiting withdrawal was taken back.
#[event(bytemuck)]
pub struct WithdrawalCancelled {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Its place in the queue.
    pub number: u64,
    /// Atoms that went back.
    pub returned: u64,
    /// The account's capital in the bank after it.
    pub capital: u64,
    /// What waits in the queue after it.
    pub queued: u64,
    /// Number of the bank.
    pub bank: u8,
    /// 1 when the account is still flagged for liquidation.
    pub flagged: u8,
    /// 1 when it was the first and ended; else it is skipped when it is.
    pub ended: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl WithdrawalCancelled {
    /// Of a cancellation that is booked.
    pub fn of(ticket: &Ticket, account: &MarginAccount, bank: &mut Bank, cancelled: &Cancelled) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            account: ticket.account.into(),
            number: ticket.number,
            returned: cancelled.returned,
            capital: capital(account, bank),
            queued: bank.queued,
            bank: bank.index,
            flagged: u8::from(account.flagged_at != 0),
            ended: u8::from(cancelled.is_ended),
            pad: [0; 5],
        }
    }
}

/// Capital moved between two accounts of one owner.
#[event(bytemuck)]
pub struct Transferred {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account that gave.
    pub account: Address,
    /// Address of the one that got.
    pub receiver: Address,
    /// Atoms.
    pub amount: u64,
    /// The giver's capital in the bank after it.
    pub capital: u64,
    /// The receiver's capital in the bank after it.
    pub receiver_capital: u64,
    /// Number of the bank.
    pub bank: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl Transferred {
    /// Of a transfer that is booked: the giver and its address, the receiver and its.
    pub fn of(
        (account, address): (&MarginAccount, &Address),
        (receiver, to): (&MarginAccount, &Address),
        bank: &mut Bank,
        amount: u64,
    ) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            account: *address,
            receiver: *to,
            amount,
            capital: capital(account, bank),
            receiver_capital: capital(receiver, bank),
            bank: bank.index,
            pad: [0; 7],
        }
    }
}
