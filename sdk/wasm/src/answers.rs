//! How the SDK's quotes and views are told: which of their fields, in which form.

use keel_engine::collateral::Sold;
use keel_engine::curve::End;
use keel_engine::margin::{Health, InitialHealth};
use keel_engine::orders::{Ended, Executed};
use keel_engine::pot::Settled;
use keel_engine::ranges::Entitlement;
use keel_engine::state::Range;
use keel_engine::trade::Fill;
use keel_sdk::quote::{BankQuote, Depth, DepthPoint, HoldingQuote, RangeQuote, RemovalQuote, TradeQuote};
use keel_sdk::views::{
    AuctionView, DeltaView, FundingView, HealthView, LiquidationPriceView, PayoutView, PoolView, PositionView,
};
use serde_json::Value;

use crate::refusal;
use crate::tell::{self, Tell};

tell::tells! {
    TradeQuote {
        fill, price_before, price_after, mean_price, impact_ppm, fee_rate, health_before, health_after, liquidation_price,
        hourly_funding,
    }
    Fill { base, quote, fee, steps, crossings, end, settled }
    Settled { profit, cancelled, paid, owed }
    RangeQuote { slot, creates, opens_ranges, range, health_before, health_after }
    Range { market, lower, upper, liquidity, lower_sqrt_price, upper_sqrt_price }
    RemovalQuote { folded, health_before, health_after }
    Entitlement { base, quote, fees, funding }
    Executed { fill, tip, ended }
    HealthView {
        stale, flagged, capital, equity, maintenance, target, initial_equity, initial_required, notional, flagged_at,
        collateral, lien_floor, positions,
    }
    PositionView {
        market, stale, ranges, base, worst_base, value, quote, funding_due, claims, claims_worth, maintenance, drift,
    }
    Sold { amount, paid, discount, health }
    Health { equity, maintenance, target }
    BankQuote { weight_ppm, initial_weight_ppm, stale, held, room }
    HoldingQuote { bank, amount, value, maintenance, initial, stale }
    DeltaView {
        market, stale, ranges, position, ranges_base, delta, delta_up, delta_down, mark, funding, funding_at,
    }
    InitialHealth { equity, required, notional }
    LiquidationPriceView { stale, market, mark, base, excess, below, above }
    AuctionView {
        phase, stale, market, base, ranges, equity, maintenance, target, flagged_at, mark, discount, price, largest_step,
        threshold,
    }
    PayoutView {
        market, pot, claims, h, worth, backed, shortfall, written_off, uncovered, surplus, insurance,
        insurance_claim, treasury, treasury_claim, exchange_today, pool_today, backing,
    }
    PoolView {
        stale, closed, flagged, nav_high, nav_low, shares, price_high, price_low, capital, free, reserve, deposits_waiting,
        shares_waiting, redeem_head, redeem_tail,
    }
    Depth { buy, sell }
    DepthPoint { price, base, quote }
}

/// Null where the whole amount was filled, otherwise the error that ended it.
impl Tell for End {
    fn tell(&self) -> Value {
        match self {
            Self::Filled => Value::Null,
            Self::Partial(error) => refusal::engine(*error),
        }
    }
}

impl Tell for Ended {
    fn tell(&self) -> Value {
        Value::from(match self {
            Self::Filled => "filled",
            Self::RestGivenUp => "restGivenUp",
            Self::NoPosition => "noPosition",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::MarketClosed => "marketClosed",
            Self::NotAllowed => "notAllowed",
        })
    }
}

/// A forecast, with as many points as it has.
pub(crate) fn funding(view: &FundingView) -> Value {
    let points = usize::from(view.points);
    let told = |points_of: &[i64]| points_of.get(..points).unwrap_or(points_of).tell();
    tell::object([
        ("market", view.market.into()),
        ("side", if view.side == 0 { "buy" } else { "sell" }.into()),
        ("at", view.at.tell()),
        ("rate", view.rate.tell()),
        ("premium", view.premium.tell()),
        ("index", view.index.tell()),
        ("forecast", told(&view.forecast)),
        ("worst", told(&view.worst)),
    ])
}
