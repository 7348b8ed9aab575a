//! The client against a local network, over real RPC: reading, quotes and fills, refusals, lost transactions, lookup
//! tables, and prices by HTTP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that panics fails")]

mod faults;
mod ground;
mod hermes;
#[path = "../../../rust/tests/hermes/made.rs"]
mod made;
mod proxy;
mod reading;
#[path = "../fits/routers.rs"]
mod routers;
mod tables;
mod trading;
