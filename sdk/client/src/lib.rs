//! Keel over RPC: what a bot, a back end or a command line speaks to an exchange on a real cluster with.
//!
//! [`nonblocking::Client`] is asynchronous, [`Client`] has the same methods and waits. Both read accounts, quote by the
//! engine ([`keel_sdk::quote`]), compose transactions with a compute budget, a fresh price and lookup tables, send them
//! until they are confirmed or can never be, and tell what the program said: events where it agreed, the engine's error
//! with its sentence where it did not.
//!
//! Nothing is computed here: layouts, instructions and arithmetic are those of [`keel_sdk`] and the engine.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod blocking;
pub mod clock;
pub mod error;
pub mod filter;
pub mod keys;
pub mod logs;
pub mod message;
pub mod nonblocking;
pub mod price;
pub mod send;
pub mod tables;

mod refusal;

pub use blocking::Client;
pub use error::{ClientError, Result};
pub use price::{CollateralPriced, Hermes, PriceSource, Priced, Pushed};
pub use send::{Receipt, SendOptions, Simulated};
