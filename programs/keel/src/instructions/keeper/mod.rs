//! What keepers do, and anybody may: refreshing, liquidating, resolving, paying what waits.

mod begin_liquidation;
mod deleverage;
mod liquidate;
mod liquidate_on_curve;
mod pay_withdrawal;
mod refresh;
mod resolve;
mod unwind_range;

pub use {
    begin_liquidation::*, deleverage::*, liquidate::*, liquidate_on_curve::*, pay_withdrawal::*, refresh::*,
    resolve::*, unwind_range::*,
};
