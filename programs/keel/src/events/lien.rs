//! Events of margin accounts that pass on, and of liens on them.

use anchor_lang::prelude::*;
use keel_engine::state::{Bank, MarginAccount};

use super::account::capital;
use super::next;

/// A margin account got another owner.
#[event(bytemuck)]
pub struct AccountGiven {
    /// Address of the margin account.
    pub account: Address,
    /// Whose it was.
    pub owner: Address,
    /// Whose it is.
    pub new_owner: Address,
}

/// A lien was placed, or made stronger.
#[event(bytemuck)]
pub struct LienPlaced {
    /// Address of the margin account.
    pub account: Address,
    /// Who holds the lien.
    pub holder: Address,
    /// Equity below which the owner can neither withdraw nor add risk.
    pub floor: u64,
    /// Time between the holder's notice and its rights.
    pub notice_secs: u32,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl LienPlaced {
    /// Of the lien that lies on an account.
    pub fn of(account: &MarginAccount, address: &Address) -> Self {
        Self {
            account: *address,
            holder: account.lien_holder.into(),
            floor: account.lien_floor,
            notice_secs: account.lien_notice_secs,
            pad: [0; 4],
        }
    }
}

/// A lien's holder gave notice, or took it back.
#[event(bytemuck)]
pub struct LienCalled {
    /// Address of the margin account.
    pub account: Address,
    /// Who holds the lien.
    pub holder: Address,
    /// Unix time of the notice, or 0 where it was taken back.
    pub called_at: i64,
    /// Unix time at which the holder's rights begin, or 0.
    pub due_at: i64,
}

impl LienCalled {
    /// Of the lien that lies on an account.
    pub fn of(account: &MarginAccount, address: &Address) -> Self {
        let due_at = account.lien_called_at.saturating_add(i64::from(account.lien_notice_secs));
        Self {
            account: *address,
            holder: account.lien_holder.into(),
            called_at: account.lien_called_at,
            due_at: if account.lien_called_at == 0 { 0 } else { due_at },
        }
    }
}

/// A lien ended.
#[event(bytemuck)]
pub struct LienReleased {
    /// Address of the margin account.
    pub account: Address,
    /// Who held it.
    pub holder: Address,
}

/// A lien's holder took capital.
#[event(bytemuck)]
pub struct LienSeized {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Address of the margin account under the lien.
    pub account: Address,
    /// Address of the holder's margin account.
    pub receiver: Address,
    /// Atoms.
    pub amount: u64,
    /// What the account has in the bank after it.
    pub capital: u64,
    /// What the holder's account has in the bank after it.
    pub receiver_capital: u64,
    /// What is left of the floor; 0 ends the lien.
    pub floor: u64,
    /// Number of the bank.
    pub bank: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl LienSeized {
    /// Of what is booked.
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
            floor: account.lien_floor,
            bank: bank.index,
            pad: [0; 7],
        }
    }
}
