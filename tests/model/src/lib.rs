//! The model: random exchanges in which everything that must always hold is checked after each step.
//!
//! [`World`] plays actions on the exchange in memory and checks protocol.md section 13 after each. [`Generator`] chooses
//! what many actors do next, with a look at the exchange, from a seeded generator or from a fuzzer's bytes. [`run`] plays
//! rounds of it; what fails is made small by [`shrink`] and printed as a scenario. [`coalition`] plays accounts with one
//! purse against others that sit still.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod check;
pub mod coalition;
mod generate;
pub mod run;
pub mod sets;
pub mod shrink;
pub mod source;
mod tally;
mod world;

pub use check::Violation;
pub use generate::{Generator, Habits, Prices};
pub use tally::Tally;
pub use world::{Copies, Timed, World};
