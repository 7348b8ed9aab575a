//! What an owner does with margin accounts: opening, funding, emptying, closing, and what it allows others.

mod approve_builder;
mod cancel_withdrawal;
mod close_account;
mod close_ranges;
mod deposit;
mod open_account;
mod open_ranges;
mod queue_withdrawal;
mod revoke_builder;
mod set_delegate;
mod transfer;
mod withdraw;

pub use {
    approve_builder::*, cancel_withdrawal::*, close_account::*, close_ranges::*, deposit::*, open_account::*,
    open_ranges::*, queue_withdrawal::*, revoke_builder::*, set_delegate::*, transfer::*, withdraw::*,
};
