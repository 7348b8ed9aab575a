//! Closing a market down after notice: the final mark, everybody out at it, the rent back. Anybody may do each of it.

mod close_market;
mod close_position;
mod close_tick_array;
mod remove_market;

pub use {close_market::*, close_position::*, close_tick_array::*, remove_market::*};
