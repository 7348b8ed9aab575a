//! What a trader does: trading, settling, taking profit out.

mod release;
mod settle;
#[allow(clippy::module_inception, reason = "a folder for the trader, a file for each instruction")]
mod trade;
mod trade_legs;
mod trade_with_builder;

pub use {release::*, settle::*, trade::*, trade_legs::*, trade_with_builder::*};
