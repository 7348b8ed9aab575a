//! What an owner does with margin accounts: opening, funding, emptying, closing.

mod close_account;
mod close_ranges;
mod deposit;
mod open_account;
mod open_ranges;
mod withdraw;

pub use {close_account::*, close_ranges::*, deposit::*, open_account::*, open_ranges::*, withdraw::*};
