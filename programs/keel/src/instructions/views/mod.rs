//! Answers as return data: instructions that change nothing, for whoever simulates them and for programs that call.
//!
//! The structs are the engine's ([`keel_engine::views`]), byte for byte; docs/views.md lists them. Nobody signs.

mod view_auction;
mod view_delta;
mod view_fee;
mod view_funding;
mod view_health;
mod view_liquidation_price;
mod view_payout;
mod view_pool;

pub use {
    view_auction::*, view_delta::*, view_fee::*, view_funding::*, view_health::*, view_liquidation_price::*,
    view_payout::*, view_pool::*,
};

use anchor_lang::pinocchio::cpi::{MAX_RETURN_DATA, set_return_data};
use bytemuck::Pod;

/// Gives an answer to the caller.
#[inline(always)]
pub(super) fn answer<T: Pod>(view: &T) {
    const { assert!(size_of::<T>() <= MAX_RETURN_DATA) };
    set_return_data(bytemuck::bytes_of(view));
}
