//! Keel for Rust clients: addresses, account contents, instructions, events, price updates and quotes.
//!
//! Layouts and arithmetic are the engine's own structs and functions, never a copy. Instructions are built by hand from
//! the program's interface, so this crate depends on no framework: bots, tests and other programs' clients can use it
//! with any 3.x version of the Solana crates. What has to be read from the chain to build an instruction (which markets
//! an account holds, which tick arrays a trade will touch) is read through the small trait [`chain::Accounts`], and so is
//! what a [`quote`] needs. Nothing here knows a network, a clock or a file.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod accounts;
pub mod address;
pub mod budget;
pub mod chain;
pub mod error;
pub mod events;
pub mod hermes;
pub mod instructions;
pub mod logs;
pub mod path;
pub mod pyth;
pub mod quote;
pub mod remaining;
pub mod replay;
pub mod views;

pub use address::PROGRAM_ID;
pub use error::{Result, SdkError};
