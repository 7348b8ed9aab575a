//! The Keel protocol as a library: every rule and all arithmetic of the exchange, without a Solana type in it.
//!
//! It works in place on the Pod structs of [`state`], which are the contents of the program's accounts; the program,
//! the SDK, the keeper and the simulator call the same functions, so a quote is the fill.
//!
//! Guarantees: no allocation, no panic for any input, every conversion checked, every refusal a named [`Error`].
//! **A function that returns an error may have changed its arguments in part: the caller discards them**, as a Solana
//! transaction does by itself.

#![cfg_attr(not(any(test, feature = "idl-build")), no_std)]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod book;
pub mod builder;
pub mod clock;
pub mod closing;
pub mod collateral;
pub mod curve;
pub mod delegate;
pub mod error;
pub mod exact;
pub mod exchange_params;
pub mod fees;
pub mod funding;
pub mod governance;
pub mod insurance;
pub mod legs;
pub mod lien;
pub mod liquidation;
pub mod liquidity;
pub mod listing;
pub mod margin;
pub mod mark;
pub mod math;
pub mod oracle;
pub mod orders;
pub mod outflow;
pub mod params;
pub mod payout;
#[cfg(not(feature = "planted-bugs"))]
mod planted;
#[cfg(feature = "planted-bugs")]
pub mod planted;
pub mod pledge;
pub mod pool;
pub mod pot;
pub mod ranges;
pub mod refresh;
pub mod resolve;
mod session;
pub mod state;
pub mod tickets;
pub mod trade;
pub mod units;
pub mod vault;
pub mod view;
pub mod views;

pub use clock::Now;
pub use error::{Error, Result};
pub use math::Side;
