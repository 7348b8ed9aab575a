//! The exchange, withdrawals that wait, and changes that governance has queued.

use bytemuck::{Pod, Zeroable};

use super::MAX_BANKS;

/// The exchange as a whole. No trade reads or writes it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Exchange {
    /// Who may list banks and markets.
    pub admin: [u8; 32],
    /// Who may become admin by accepting, or zero.
    pub pending_admin: [u8; 32],
    /// Who may reduce risk at once, or zero.
    pub guardian: [u8; 32],
    /// Markets created; they are numbered from 1.
    pub markets: u16,
    /// Banks added; they are numbered from 0.
    pub banks: u8,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
    /// Delay of risk-increasing changes.
    pub timelock_secs: u32,
    /// Longest pause of withdrawals.
    pub max_pause_secs: u32,
    /// Insurance of the exchange, in quote atoms.
    pub insurance: u64,
    /// Sequence number of the exchange's last event.
    pub sequence: u64,
    /// Owner of the token accounts to which the treasury's money may go.
    pub treasury: [u8; 32],
    /// Unix time of the launch, or 0: until then nobody can deposit and the admin lists without delay.
    pub launched_at: i64,
    /// Changes queued so far; they are numbered from 1.
    pub changes: u64,
    /// Most that the exchange's insurance pays for one market in a day, in whole USD.
    pub insurance_day_cap_usd: u32,
    /// Most that the pool pays for one market in a day, in whole USD.
    pub pool_day_cap_usd: u32,
    /// Most markets that may be listed.
    pub max_markets: u32,
    /// Padding; zero.
    pub pad_markets: u32,
    /// What the pool has set aside for losses that nobody else pays, in quote atoms: the pool's money, outside of its margin
    /// account so that it is there at once.
    pub pool_reserve: u64,
    /// Mints of the banks, by their numbers; zero where there is none yet. A bank's address is derived from its mint: who
    /// has this account knows the banks that a margin account's capital is in.
    pub mints: [[u8; 32]; MAX_BANKS],
    /// Room for later fields; zero.
    pub reserved: [u64; 7],
}

/// A withdrawal that waits for the bank's outflow limit, first in, first out.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Ticket {
    /// Address of the margin account.
    pub account: [u8; 32],
    /// The owner's token account that gets the tokens.
    pub destination: [u8; 32],
    /// Who paid for this account and gets its rent back.
    pub payer: [u8; 32],
    /// Its place in the bank's queue.
    pub number: u64,
    /// Tokens still to be paid, in atoms; 0 once it is cancelled.
    pub amount: u64,
    /// Unix time at which it was queued.
    pub queued_at: i64,
    /// Number of the bank.
    pub bank: u8,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
    /// Room for later fields; zero.
    pub reserved: [u64; 3],
}

/// Bytes that a queued change may consist of.
pub const CHANGE_LENGTH: usize = 512;

/// A change that governance has queued and that anyone may execute once its time has come.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Change {
    /// Its number, from 1.
    pub number: u64,
    /// Unix time at which it was queued.
    pub queued_at: i64,
    /// Unix time from which on it may be executed.
    pub executable_at: i64,
    /// Who paid for this account and gets its rent back.
    pub payer: [u8; 32],
    /// Number of the market or bank that it changes, or 0.
    pub target: u16,
    /// What it changes; see `governance::Kind`.
    pub kind: u8,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
    /// Room for later fields; zero.
    pub reserved: [u64; 3],
    /// What it changes it to, zero-padded.
    pub content: [u8; CHANGE_LENGTH],
}

const _: () = assert!(size_of::<Exchange>() == 384 && size_of::<Ticket>() == 152 && size_of::<Change>() == 600);
