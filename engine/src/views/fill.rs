//! What a trade did, for the program that asked for it.

use bytemuck::{Pod, Zeroable};

use super::VERSION;
use crate::trade::Fill;

/// A fill, from the account's side. Amounts are atoms.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct FillView {
    /// [`VERSION`].
    pub version: u32,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: u16,
    /// Base gained; negative was sold.
    pub base: i64,
    /// Quote gained, without the fee; negative was paid.
    pub quote: i64,
    /// Fee.
    pub fee: u64,
}

const _: () = assert!(size_of::<FillView>() == 32);

impl FillView {
    /// Of a fill in a market.
    pub const fn of(market: u16, fill: &Fill) -> Self {
        Self { version: VERSION, market, pad: 0, base: fill.base, quote: fill.quote, fee: fill.fee }
    }
}
