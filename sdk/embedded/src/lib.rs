//! The exchange on an embedded chain (LiteSVM), driven through the compiled program only.
//!
//! [`Exchange`] sets it up and sends signed transactions; [`audit`] recomputes every equality of protocol.md section 7
//! from account data alone; [`genesis`] reads the markets that a cluster starts with. Tests of the program, the demo and
//! the compute table stand on it.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod audit;
pub mod books;
pub mod chain;
pub mod exchange;
pub mod genesis;
pub mod mirror;
pub mod native;
pub mod numbers;
pub mod outcome;
pub mod snapshot;
pub mod token;

pub use chain::Chain;
pub use exchange::{Exchange, Quote, Trader};
pub use outcome::{Executed, Outcome, Reason, Refused};
