//! What an owner does with margin accounts: opening, funding, emptying, closing, and what it allows others.

mod approve_builder;
mod call_lien;
mod cancel_withdrawal;
mod close_account;
mod close_ranges;
mod deposit;
mod give_account;
mod open_account;
mod open_ranges;
mod place_lien;
mod queue_withdrawal;
mod release_lien;
mod revoke_builder;
mod seize;
mod set_delegate;
mod transfer;
mod withdraw;

pub use {
    approve_builder::*, call_lien::*, cancel_withdrawal::*, close_account::*, close_ranges::*, deposit::*,
    give_account::*, open_account::*, open_ranges::*, place_lien::*, queue_withdrawal::*, release_lien::*,
    revoke_builder::*, seize::*, set_delegate::*, transfer::*, withdraw::*,
};
