//! Tick arrays: 64 grid ticks in an account, with a bitmap of those that are initialised.

use bytemuck::{Pod, Zeroable};

use crate::units::{InvSqrt, SignedWide, SqrtPrice, Wide};

/// Grid ticks in an array.
pub const TICKS_PER_ARRAY: u32 = 64;

/// An initialised tick: what liquidity changes when the curve crosses it, and what each accumulator grew on the other
/// side of it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Tick {
    /// `s` at the tick.
    pub sqrt_price: SqrtPrice,
    /// `1/s` at the tick, rounded down.
    pub inv_sqrt_price: InvSqrt,
    /// What active liquidity gains when the curve crosses upwards.
    pub liquidity_net: SignedWide,
    /// The sum of liquidity of ranges that end here; zero means not initialised.
    pub liquidity_gross: Wide,
    /// `fee_growth` on the other side.
    pub fee_growth_outside: Wide,
    /// `quote_growth` on the other side.
    pub quote_growth_outside: SignedWide,
    /// `funding` on the other side.
    pub funding_outside: SignedWide,
    /// `funding_over_s` on the other side.
    pub funding_over_s_outside: SignedWide,
}

/// 64 consecutive grid ticks of a market.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct TickArray {
    /// Index of the market, from 1.
    pub market: u16,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Index of the array: its first grid tick over 64.
    pub index: i32,
    /// Which ticks are initialised.
    pub initialized: u64,
    /// Who paid for this account and gets its rent back when the market is closed.
    pub payer: [u8; 32],
    /// Room for later fields; zero.
    pub reserved: u64,
    /// The ticks, ascending.
    pub ticks: [Tick; 64],
}

const _: () = assert!(size_of::<Tick>() == 128 && size_of::<TickArray>() == 56 + 64 * 128);
