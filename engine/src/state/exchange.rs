//! The exchange and its banks.

use bytemuck::{Pod, Zeroable};

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
    /// Room for governance, pool and orders; zero.
    pub reserved: [u64; 32],
}

/// One kind of collateral and the vault that holds it for everyone.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Bank {
    /// Mint of the collateral.
    pub mint: [u8; 32],
    /// The bank's token account, owned by the bank's address.
    pub vault: [u8; 32],
    /// Number of the bank, from 0.
    pub index: u8,
    /// Bump of the bank's address.
    pub bump: u8,
    /// Bump of the vault's address.
    pub vault_bump: u8,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Layout version.
    pub version: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
    /// Tokens that belong to somebody: deposits less withdrawals. What the vault holds beyond is unbooked.
    pub booked: u64,
    /// Sequence number of the bank's last event.
    pub sequence: u64,
    /// Haircut of the collateral.
    pub haircut_ppm: u32,
    /// Cap on deposits, or 0.
    pub cap_usd: u32,
    /// Ramp of a new listing.
    pub ramp_secs: u32,
    /// Age from which debt is auctioned.
    pub debt_grace_secs: u32,
    /// Largest net outflow in an hour.
    pub outflow_limit_ppm_per_hour: u32,
    /// Smallest ticket of the queue, in whole USD.
    pub min_ticket_usd: u32,
    /// Room for the outflow bucket, the queue and the oracle of other collateral; zero.
    pub reserved: [u64; 32],
}

const _: () = assert!(size_of::<Exchange>() == 384 && size_of::<Bank>() == 368);
