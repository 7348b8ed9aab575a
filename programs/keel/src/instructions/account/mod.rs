//! What an owner does with margin accounts: opening, funding, emptying, closing.

mod cancel_withdrawal;
mod close_account;
mod close_ranges;
mod deposit;
mod open_account;
mod open_ranges;
mod queue_withdrawal;
mod transfer;
mod withdraw;

pub use {
    cancel_withdrawal::*, close_account::*, close_ranges::*, deposit::*, open_account::*, open_ranges::*,
    queue_withdrawal::*, transfer::*, withdraw::*,
};
