//! What a liquidity provider does: ranges, and the tick arrays that they end in.

mod add_range;
mod create_tick_array;
mod remove_range;
mod settle_range;

pub use {add_range::*, create_tick_array::*, remove_range::*, settle_range::*};
