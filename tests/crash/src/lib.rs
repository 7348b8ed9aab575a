//! Crashes, replayed: what is left of two hundred accounts at up to twenty times leverage when the index falls faster than
//! the solvency envelope withstands, its feed sleeps, liquidity leaves, and the keeper is late.
//!
//! A [`Path`] is what the world does. On it people act who only see the exchange: providers leave as fast as they may,
//! traders sleep, panic, top up or run with their profit, a keeper does what there is to do. After every action the audit
//! of every equality holds, and a ledger of its own tells that an account's money changed by nothing but what it did, what
//! was done to it by name, and its own funding. At the end nobody is left whom nobody can move forward, and claims on
//! one pot are all worth the same.
//!
//! In [`WITH_COLLATERAL`] half of the traders have SOL or a dollar that earns interest as margin. There somebody buys it as
//! the keeper liquidates, and what others pay for its holders is no more than its fall and their positions explain.
//!
//! [`replay()`] plays one path on the engine alone, or on the engine and the compiled program in step.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod collateral;
mod crowd;
mod end;
mod holders;
mod keeper;
mod ledger;
mod paths;
mod people;
mod replay;
pub mod report;
mod sale;
pub mod table;
mod tally;
mod world;
mod worlds;

pub use holders::Holders;
pub use paths::{PATHS, Path};
pub use replay::{Options, Replayed, replay};
pub use tally::{Frame, Means, Tally};
pub use worlds::WITH_COLLATERAL;
