//! What a trader does: trading, settling, taking profit out.

mod deposit_and_trade;
mod release;
mod settle;
#[allow(clippy::module_inception, reason = "a folder for the trader, a file for each instruction")]
mod trade;
mod trade_exact;
mod trade_legs;
mod trade_with_builder;

pub use {deposit_and_trade::*, release::*, settle::*, trade::*, trade_exact::*, trade_legs::*, trade_with_builder::*};
