//! The whole exchange in memory: every account of the program as a struct of the engine, every instruction as a
//! function, prices as a publisher posts them, and the audit of every equality of protocol.md section 7.
//!
//! [`Books`] holds the accounts, from a chain or made here; [`operations`] does to them what each instruction of the
//! program does, through the same engine; [`Simulator`] plays [`Action`]s on them in time. What an [`Executor`] plays is
//! the same on the engine and on a chain, so their books and outcomes can be compared byte for byte. A [`scenario`] is a
//! script of actions in a file; [`vectors`] answers single operations of the arithmetic.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod action;
pub mod audit;
mod banks;
pub mod books;
pub mod compare;
pub mod dump;
pub mod executor;
pub mod genesis;
pub mod governance;
pub mod liens;
pub mod native;
pub mod operations;
pub mod orders;
pub mod permitted;
pub mod pool;
pub mod precheck;
pub mod prices;
pub mod program;
pub mod question;
pub mod replayed;
pub mod scenario;
pub mod setup;
pub mod simulator;
pub mod strategies;
pub mod vectors;
pub mod write;

pub use action::{Action, Done, RangeAt};
pub use books::Books;
pub use executor::Executor;
pub use genesis::Genesis;
pub use prices::{BankFeed, BankFeeds, Feeds, Quote};
pub use question::{Answer, Question};
pub use scenario::{Runner, Scenario};
pub use setup::Setup;
pub use simulator::{Holder, Simulator};
