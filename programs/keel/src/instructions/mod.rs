//! The instructions, by who sends them. Each file holds the accounts of one and its handler, and every handler has the
//! same shape: load, refresh, engine, move tokens, check, log.

pub mod account;
pub mod admin;
pub mod closing;
pub mod governance;
pub mod keeper;
pub mod liquidity;
pub mod order;
pub mod pool;
pub mod trade;
pub mod views;

pub use {
    account::*, admin::*, closing::*, governance::*, keeper::*, liquidity::*, order::*, pool::*, trade::*, views::*,
};
