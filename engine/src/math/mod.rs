//! Arithmetic: numbers in, numbers out. No state, no allocation, total for every input.
//!
//! What rounds says so in its name; what can overflow gives an `Option` or an engine error, never a wrapped number.
//! The kernels work on 64-bit limbs, because the chain's machine multiplies and divides 64-bit words in one compute
//! unit and 128-bit ones in a hundred. Everything above calls them; they call nothing.

pub mod amounts;
pub mod bitmap;
pub mod decay;
pub mod div;
pub mod next_price;
pub mod signed;
pub mod sqrt;
pub mod tick;
pub mod wide;

/// Which way a taker trades. Buying takes base out of the curve and raises `s`; selling lowers it.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Base leaves the curve, quote enters, `s` rises.
    Buy,
    /// Base enters the curve, quote leaves, `s` falls.
    Sell,
}

impl Side {
    /// The other side.
    #[inline(always)]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}
