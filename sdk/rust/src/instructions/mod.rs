//! The program's instructions as structs. Those that stand for themselves have `.instruction()`; those that look at more
//! accounts than they declare have `.instruction(&accounts)`, which finds them.
//!
//! Files follow who signs: [`admin`], [`governance`], [`owner`] of a margin account, [`queue`] of its waiting withdrawals,
//! [`trader`], [`order`], [`provider`] of liquidity, the [`pool`]'s LPs, [`keeper`]; [`delegate`] has what an owner allows
//! others; [`insurance`], [`backstop`] and [`closing`] are anybody's too; [`collateral`] has what is only about other
//! collateral than USDC, [`exact`] trades for other programs, [`lien`] what lenders need.

pub mod admin;
pub mod backstop;
pub mod closing;
pub mod collateral;
pub mod delegate;
pub mod exact;
pub mod governance;
pub mod insurance;
pub mod keeper;
pub mod lien;
pub mod order;
pub mod owner;
pub mod pool;
pub mod provider;
pub mod queue;
pub mod strategy;
pub mod trader;
pub mod views;

mod data;

pub use admin::{AddBank, CreateMarket, CreateTickArray, Initialize};
pub use backstop::{Backstop, BalanceReserve};
pub use closing::{CloseMarket, ClosePosition, CloseTickArray, RemoveMarket};
pub use collateral::{BuyCollateral, DepositAndTrade, RefreshBank};
pub use delegate::{ApproveBuilder, RevokeBuilder, SetDelegate, TradeWithBuilder};
pub use exact::{TradeExact, TradeTo};
pub use governance::{
    AcceptAdmin, CancelChange, ExecuteChange, GuardBank, GuardMarket, GuardPool, Launch, Plan, QueueChange,
    WithdrawTreasury,
};
pub use insurance::{CollectPledged, FundInsurance, FundMarketInsurance, SweepUnbooked};
pub use keeper::{BeginLiquidation, Deleverage, Liquidate, LiquidateOnCurve, Refresh, Resolve, UnwindRange};
pub use lien::{CallLien, GiveAccount, PlaceLien, ReleaseLien, Seize};
pub use order::{CancelOrder, CleanOrder, ExecuteOrder, PlaceOrder, pegged_order};
pub use owner::{CloseAccount, CloseRanges, CreateTokenAccount, Deposit, OpenAccount, OpenRanges, Withdraw};
pub use pool::{
    CancelDeposit, CancelRedeem, CreatePool, ExecuteDeposit, ExecuteRedeem, RequestDeposit, RequestRedeem, ViewPool,
};
pub use provider::{AddRange, RemoveRange, SettleRange};
pub use queue::{CancelWithdrawal, PayWithdrawal, QueueWithdrawal, Transfer};
pub use strategy::{CollectPool, Rebalance};
pub use trader::{Leg, Release, Settle, Trade, TradeLegs};
pub use views::{
    QUOTE_REACH, ViewAuction, ViewDelta, ViewFee, ViewFunding, ViewHealth, ViewLiquidationPrice, ViewPayout,
};
