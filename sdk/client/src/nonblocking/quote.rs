//! Quotes over RPC: those of [`keel_sdk::quote`] at the cluster's clock, from accounts read in one go.

use keel_engine::Side;
use keel_engine::oracle::Sample;
use keel_sdk::instructions::{AddRange, ExecuteOrder, PlaceOrder, RemoveRange, Trade};
use keel_sdk::path::Reach;
use keel_sdk::quote::{self, Depth, OrderQuote, PlacementQuote, RangeQuote, RemovalQuote, TradeQuote};
use keel_sdk::views::{AuctionView, FundingView, HealthView, LiquidationPriceView, PayoutView, PoolView};
use solana_pubkey::Pubkey;

use super::Client;
use crate::clock;
use crate::error::Result;

impl Client {
    /// What a trade would do now; see [`quote::trade`].
    pub async fn quote_trade(&self, trade: &Trade, sample: Option<&Sample>) -> Result<TradeQuote> {
        self.gather(|accounts| quote::trade(accounts, trade, sample, clock::now(accounts)?)).await
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
