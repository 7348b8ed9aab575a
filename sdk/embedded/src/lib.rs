//! The exchange on an embedded chain (LiteSVM), driven through the compiled program only.
//!
//! [`Exchange`] sets it up and sends signed transactions, each followed by the audit of every equality. Scenarios, tests of
//! the program, the demo and the compute table stand on it.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod books;
pub mod chain;
pub mod collateral;
pub mod exchange;
pub mod numbers;
pub mod outcome;
pub mod player;
pub mod snapshot;
pub mod token;

pub use chain::Chain;
pub use collateral::Collateral;
pub use exchange::{Exchange, Trader};
pub use outcome::{Executed, Outcome, Reason, Refused};
pub use player::Player;
