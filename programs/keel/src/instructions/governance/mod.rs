//! What anyone does for governance once the time has come, and what the guardian does at once.

mod change_bank;
mod change_exchange;
mod change_market;
mod change_pool;
mod guard_bank;
mod guard_market;
mod guard_pool;
mod list_bank;
mod list_market;
mod withdraw_treasury;

pub use {
    change_bank::*, change_exchange::*, change_market::*, change_pool::*, guard_bank::*, guard_market::*,
    guard_pool::*, list_bank::*, list_market::*, withdraw_treasury::*,
};
