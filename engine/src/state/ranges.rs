//! The companion account of a margin account that provides liquidity.

use bytemuck::{Pod, Zeroable};

use crate::units::{InvSqrt, SignedWide, SqrtPrice, Wide};

/// Ranges in one companion account.
pub const MAX_RANGES: usize = 8;

/// A range `[lower, upper)` of liquidity, with what it had seen of each accumulator when it was last settled.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Range {
    /// Index of the market, from 1; 0 is an empty slot.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
    /// Lower tick, included.
    pub lower: i32,
    /// Upper tick, excluded.
    pub upper: i32,
    /// L.
    pub liquidity: Wide,
    /// Base atoms that count as owed: what the range held when it was opened or last settled, rounded up.
    pub base_debt: i64,
    /// Slot in which the range was opened.
    pub opened_slot: u64,
    /// `s` at the lower tick.
    pub lower_sqrt_price: SqrtPrice,
    /// `s` at the upper tick.
    pub upper_sqrt_price: SqrtPrice,
    /// `1/s` at the lower tick.
    pub lower_inv_sqrt_price: InvSqrt,
    /// `1/s` at the upper tick.
    pub upper_inv_sqrt_price: InvSqrt,
    /// Checkpoint of `fee_growth` inside.
    pub fee_growth_inside: Wide,
    /// Checkpoint of `quote_growth` inside.
    pub quote_growth_inside: SignedWide,
    /// Checkpoint of `funding` inside.
    pub funding_inside: SignedWide,
    /// Checkpoint of `funding` below.
    pub funding_below: SignedWide,
    /// Checkpoint of `funding_over_s` inside.
    pub funding_over_s_inside: SignedWide,
    /// Checkpoint of `funding` as a whole.
    pub funding: SignedWide,
    /// Base folded into the account's position since the range was opened.
    pub folded_base: i64,
    /// Unix time at which somebody other than the holder settled it last, or 0.
    pub settled_at: i64,
}

impl Range {
    /// Whether the slot holds no range.
    pub const fn is_empty(&self) -> bool {
        self.market == 0
    }
}

/// Up to eight ranges of one margin account.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Ranges {
    /// Address of the margin account.
    pub account: [u8; 32],
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Which companion of the margin account this is.
    pub number: u16,
    /// Padding; zero.
    pub pad: [u8; 4],
    /// Room for later fields; zero.
    pub reserved: [u64; 3],
    /// The ranges.
    pub ranges: [Range; MAX_RANGES],
}

const _: () = assert!(size_of::<Range>() == 224 && size_of::<Ranges>() == 64 + 8 * 224);
