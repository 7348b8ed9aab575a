//! An order that waits for its price or its time, and a trader's consent to a builder's fee.

use bytemuck::{Pod, Zeroable};

use crate::units::Price;

/// An order that anyone may execute when its condition holds. Which fields a kind uses is told by `orders::Kind`; all
/// others are zero.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct PlacedOrder {
    /// Address of the margin account.
    pub account: [u8; 32],
    /// Who paid for this account and its tip, and gets back what is left.
    pub payer: [u8; 32],
    /// Who placed it: the owner, or the delegate of that time.
    pub placed_by: [u8; 32],
    /// Its number among the margin account's orders; chosen by who places it.
    pub number: u64,
    /// Base atoms in all.
    pub amount: u64,
    /// Base atoms filled so far.
    pub filled: u64,
    /// Base atoms given up so far: slices whose time went by, rests that were cancelled.
    pub skipped: u64,
    /// Price at or below which it is executed, or 0. Of a limit, the first level or the limit of slices that buy.
    pub below: Price,
    /// Worst price of a fill then, or 0. Of levels that buy, the last.
    pub below_limit: Price,
    /// Price at or above which it is executed, or 0. Of a limit, the first level or the limit of slices that sell.
    pub above: Price,
    /// Worst price of a fill then, or 0. Of levels that sell, the last.
    pub above_limit: Price,
    /// Smallest part that is filled by itself, in base atoms.
    pub min_fill: u64,
    /// Lamports for who executes it, in all.
    pub tip: u64,
    /// Lamports of them that are paid.
    pub tip_paid: u64,
    /// Unix time at which it was placed.
    pub placed_at: i64,
    /// Unix time at which the first slice is due, or 0.
    pub starts_at: i64,
    /// Unix time from which on it may not, or 0.
    pub expires_at: i64,
    /// Seconds between slices.
    pub interval_secs: u32,
    /// Slices or levels in all.
    pub slices: u32,
    /// Most slices of earlier that one execution may make up for.
    pub catch_up: u32,
    /// Index of the market.
    pub market: u16,
    /// What it is; see `orders::Kind`.
    pub kind: u8,
    /// 0 buy, 1 sell.
    pub side: u8,
    /// 1 reduce-only, 2 all-or-nothing, 4 the rest of a partial fill is given up.
    pub flags: u8,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
    /// Room for later fields; zero.
    pub reserved: [u64; 3],
}

/// A trader's consent to a builder's fee.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct BuilderApproval {
    /// Address of the trader's margin account.
    pub account: [u8; 32],
    /// Owner of the margin accounts to which the builder's fees may go.
    pub builder: [u8; 32],
    /// Largest fee, over the notional of a fill.
    pub max_fee_ppm: u32,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Padding; zero.
    pub pad: [u8; 2],
    /// Room for later fields; zero.
    pub reserved: [u64; 3],
}

const _: () = assert!(size_of::<PlacedOrder>() == 256 && size_of::<BuilderApproval>() == 96);
