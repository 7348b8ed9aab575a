//! What the tests of the compiled program share.
//!
//! [`World`] is an exchange with two markets and a ring of keys: it signs what an instruction asks for and audits the
//! books behind every transaction that went through. [`refusal`] names the exact error of those that did not, and proves
//! that not a byte moved. [`Cast`] is a crash in progress, in which every instruction has somebody who may send it now;
//! [`cases`] has one example of each, [`idl`] tells what the program declares of it, and [`mutation`] makes of both every
//! way in which one of its accounts can be wrong. [`written`] holds the files that are made from the interface to it,
//! [`purse`] is a world with collateral beside USDC.

#![forbid(unsafe_code)]

pub mod cases;
pub mod cast;
pub mod crowd;
pub mod frozen;
pub mod hostile;
pub mod idl;
pub mod lists;
pub mod mutation;
pub mod purse;
pub mod random;
pub mod raw;
pub mod readdress;
pub mod refusal;
pub mod sort;
pub mod trial;
pub mod world;
pub mod written;

pub use cast::Cast;
pub use refusal::Refusal;
pub use world::{BTC, SOL, World, dollars};
