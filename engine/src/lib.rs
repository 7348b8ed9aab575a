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

pub mod clock;
pub mod error;
pub mod math;
pub mod params;
pub mod state;
pub mod units;

pub use clock::Now;
pub use error::{Error, Result};
pub use math::Side;
