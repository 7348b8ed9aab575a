//! What keepers do, and anybody may: refreshing, liquidating, resolving.

mod begin_liquidation;
mod deleverage;
mod liquidate;
mod liquidate_on_curve;
mod refresh;
mod resolve;
mod unwind_range;

pub use {
    begin_liquidation::*, deleverage::*, liquidate::*, liquidate_on_curve::*, refresh::*, resolve::*, unwind_range::*,
};
