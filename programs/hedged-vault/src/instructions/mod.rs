//! One file for each instruction: its accounts and its handler.

mod collect;
mod create;
mod deposit;
mod rebalance;
mod swap;
mod withdraw;

pub use collect::*;
pub use create::*;
pub use deposit::*;
pub use rebalance::*;
pub use swap::*;
pub use withdraw::*;
