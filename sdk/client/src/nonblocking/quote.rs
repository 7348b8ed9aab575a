//! Quotes over RPC: those of [`keel_sdk::quote`] at the cluster's clock, from accounts read in one go.

use keel_engine::Side;
use keel_engine::oracle::Sample;
use keel_sdk::instructions::{
    AddRange, BuyCollateral, DepositAndTrade, ExecuteOrder, PlaceOrder, RemoveRange, Trade, TradeExact, TradeTo,
};
use keel_sdk::path::Reach;
use keel_sdk::quote::{
    self, DepositAndTradeQuote, Depth, OrderQuote, PlacementQuote, PurchaseQuote, RangeQuote, RemovalQuote, TradeQuote,
};
use keel_sdk::views::{AuctionView, DeltaView, FundingView, HealthView, LiquidationPriceView, PayoutView, PoolView};
use solana_pubkey::Pubkey;

use super::Client;
use crate::clock;
use crate::error::Result;

impl Client {
    /// What a trade would do now; see [`quote::trade`].
    pub async fn quote_trade(&self, trade: &Trade, sample: Option<&Sample>) -> Result<TradeQuote> {
        self.gather(|accounts| quote::trade(accounts, trade, sample, clock::now(accounts)?)).await
    }

    /// What a trade within a bound would do now; see [`quote::trade_exact`].
    pub async fn quote_trade_exact(&self, wanted: &TradeExact, sample: Option<&Sample>) -> Result<TradeQuote> {
        self.gather(|accounts| quote::trade_exact(accounts, wanted, sample, clock::now(accounts)?)).await
    }

    /// What a trade to a target would do now; see [`quote::trade_to`].
    pub async fn quote_trade_to(&self, wanted: &TradeTo, sample: Option<&Sample>) -> Result<TradeQuote> {
        self.gather(|accounts| quote::trade_to(accounts, wanted, sample, clock::now(accounts)?)).await
    }

    /// What bringing collateral in and trading on it would do now; see [`quote::deposit_and_trade`].
    pub async fn quote_deposit_and_trade(
        &self,
        wanted: &DepositAndTrade,
        sample: Option<&Sample>,
    ) -> Result<DepositAndTradeQuote> {
        self.gather(|accounts| quote::deposit_and_trade(accounts, wanted, sample, clock::now(accounts)?)).await
    }

    /// What buying collateral that is for sale would do now; see [`quote::buy_collateral`].
    pub async fn quote_buy_collateral(&self, buy: &BuyCollateral) -> Result<PurchaseQuote> {
        self.gather(|accounts| quote::buy_collateral(accounts, buy, clock::now(accounts)?)).await
    }

    /// What an account is exposed to in a market; see [`quote::delta`].
    pub async fn delta(&self, account: &Pubkey, market: u16) -> Result<DeltaView> {
        self.gather(|accounts| quote::delta(accounts, account, market, clock::now(accounts)?)).await
    }

    /// What adding a range would do now; see [`quote::add_range`].
    pub async fn quote_add_range(&self, add: &AddRange, sample: Option<&Sample>) -> Result<RangeQuote> {
        self.gather(|accounts| quote::add_range(accounts, add, sample, clock::now(accounts)?)).await
    }

    /// What removing a range would do now; see [`quote::remove_range`].
    pub async fn quote_remove_range(&self, remove: &RemoveRange) -> Result<RemovalQuote> {
        self.gather(|accounts| quote::remove_range(accounts, remove, clock::now(accounts)?)).await
    }

    /// What executing an order would do now; see [`quote::order`].
    pub async fn quote_order(&self, execute: &ExecuteOrder, sample: Option<&Sample>) -> Result<OrderQuote> {
        self.gather(|accounts| quote::order(accounts, execute, sample, clock::now(accounts)?)).await
    }

    /// What placing an order would do now; see [`quote::place_order`].
    pub async fn quote_place_order(&self, place: &PlaceOrder, sample: &Sample, reach: Reach) -> Result<PlacementQuote> {
        self.gather(|accounts| quote::place_order(accounts, place, sample, reach, clock::now(accounts)?)).await
    }

    /// Health of a margin account now; see [`quote::health`].
    pub async fn health(&self, account: &Pubkey) -> Result<HealthView> {
        self.gather(|accounts| quote::health(accounts, account, clock::now(accounts)?)).await
    }

    /// Where a margin account would be liquidated; see [`quote::liquidation_price`].
    pub async fn liquidation_price(&self, account: &Pubkey, market: u16) -> Result<LiquidationPriceView> {
        self.gather(|accounts| quote::liquidation_price(accounts, account, market, clock::now(accounts)?)).await
    }

    /// How the liquidation of a margin account stands; see [`quote::auction`].
    pub async fn auction(&self, account: &Pubkey, market: u16) -> Result<AuctionView> {
        self.gather(|accounts| quote::auction(accounts, account, market, clock::now(accounts)?)).await
    }

    /// A market's funding to come; see [`quote::funding`].
    pub async fn funding(&self, market: u16, side: Side, hours: u8) -> Result<FundingView> {
        self.gather(|accounts| quote::funding(accounts, market, side, hours, clock::now(accounts)?)).await
    }

    /// What a market's claims are paid; see [`quote::payout`].
    pub async fn payout(&self, market: u16) -> Result<PayoutView> {
        self.gather(|accounts| quote::payout(accounts, market, clock::now(accounts)?)).await
    }

    /// A market's depth; see [`quote::depth`].
    pub async fn depth(&self, market: u16, sample: Option<&Sample>, width_ppm: u32, steps: u32) -> Result<Depth> {
        self.gather(|accounts| quote::depth(accounts, market, sample, width_ppm, steps, clock::now(accounts)?)).await
    }

    /// The pool's value now; see [`quote::pool`].
    pub async fn pool_value(&self) -> Result<PoolView> {
        self.gather(|accounts| quote::pool(accounts, clock::now(accounts)?)).await
    }
}
