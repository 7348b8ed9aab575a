//! What keepers do, and anybody may: refreshing, liquidating, resolving, balancing, collecting, paying into insurance,
//! paying what waits.

mod backstop;
mod balance_reserve;
mod begin_liquidation;
mod buy_collateral;
mod collect_pledged;
mod collect_pool;
mod deleverage;
mod fund_insurance;
mod fund_market_insurance;
mod liquidate;
mod liquidate_on_curve;
mod pay_withdrawal;
mod rebalance;
mod refresh;
mod refresh_bank;
mod resolve;
mod sweep_unbooked;
mod unwind_range;

pub use {
    backstop::*, balance_reserve::*, begin_liquidation::*, buy_collateral::*, collect_pledged::*, collect_pool::*,
    deleverage::*, fund_insurance::*, fund_market_insurance::*, liquidate::*, liquidate_on_curve::*, pay_withdrawal::*,
    rebalance::*, refresh::*, refresh_bank::*, resolve::*, sweep_unbooked::*, unwind_range::*,
};
