//! What the admin does: the exchange, its collateral, its markets.

mod add_bank;
mod create_market;
mod initialize;

pub use {add_bank::*, create_market::*, initialize::*};
