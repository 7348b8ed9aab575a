//! What an action is called, whoever signs it.

use super::Action;

impl Action {
    /// What is done, whoever signs it.
    pub const fn signed(&self) -> &Self {
        match self {
            Self::SignedBy { action, .. } => action.signed(),
            own => own,
        }
    }

    /// Its name, as scenarios spell it: that of the instruction that it sends.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Price { .. } => "price",
            Self::Refresh { .. } => "refresh",
            Self::BankPrice { .. } => "price",
            Self::RefreshBank { .. } => "refresh_bank",
            Self::BuyCollateral { .. } => "buy_collateral",
            Self::DepositAndTrade { .. } => "deposit_and_trade",
            Self::TradeExact { .. } => "trade_exact",
            Self::TradeTo { .. } => "trade_to",
            Self::CreateTickArray { .. } => "create_tick_array",
            Self::OpenAccount { .. } => "open_account",
            Self::CloseAccount { .. } => "close_account",
            Self::OpenRanges { .. } => "open_ranges",
            Self::CloseRanges { .. } => "close_ranges",
            Self::Deposit { .. } => "deposit",
            Self::Withdraw { .. } => "withdraw",
            Self::Trade { .. } => "trade",
            Self::TradeLegs { .. } => "trade_legs",
            Self::AddRange { .. } => "add_range",
            Self::RemoveRange { .. } => "remove_range",
            Self::SettleRange { .. } => "settle_range",
            Self::Settle { .. } => "settle",
            Self::Release { .. } => "release",
            Self::BeginLiquidation { .. } => "begin_liquidation",
            Self::UnwindRange { .. } => "unwind_range",
            Self::LiquidateOnCurve { .. } => "liquidate_on_curve",
            Self::Liquidate { .. } => "liquidate",
            Self::Deleverage { .. } => "deleverage",
            Self::Backstop { .. } => "backstop",
            Self::BalanceReserve => "balance_reserve",
            Self::Resolve { .. } => "resolve",
            Self::View(question) => question.name(),
            Self::CollectPledged { .. } => "collect_pledged",
            Self::FundMarketInsurance { .. } => "fund_market_insurance",
            Self::FundInsurance { .. } => "fund_insurance",
            Self::SweepUnbooked => "sweep_unbooked",
            Self::Donate { .. } => "donate",
            Self::QueueWithdrawal { .. } => "queue_withdrawal",
            Self::PayWithdrawal { .. } => "pay_withdrawal",
            Self::CancelWithdrawal { .. } => "cancel_withdrawal",
            Self::Strategy(act) => act.name(),
            Self::Govern(act) => act.name(),
            Self::Order(act) => act.name(),
            Self::Pool(act) => act.name(),
            Self::Lien(act) => act.name(),
            Self::Transfer { .. } => "transfer",
            Self::SetDelegate { .. } => "set_delegate",
            Self::ApproveBuilder { .. } => "approve_builder",
            Self::RevokeBuilder { .. } => "revoke_builder",
            Self::TradeWithBuilder { .. } => "trade_with_builder",
            Self::SignedBy { action, .. } => action.name(),
            Self::CloseMarket { .. } => "close_market",
            Self::ClosePosition { .. } => "close_position",
            Self::CloseTickArray { .. } => "close_tick_array",
            Self::RemoveMarket { .. } => "remove_market",
        }
    }
}
