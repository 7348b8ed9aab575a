//! A trade before it is sent, and the fill beside it.

use keel_engine::Side;
use keel_engine::curve::{End, Exact};
use keel_engine::state::Market;
use keel_engine::units::Price;
use keel_sdk::quote::TradeQuote;
use serde::Serialize;

use super::View;
use super::health::Margin;
use super::number::{Share, Size, Tokens, Usd, UsdPrice, name};
use super::table::{facts, rows};
use crate::send::Sent;
use crate::wanted::{Form, Wanted};

/// What a trade in whole costs at most, or brings at least.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Bound {
    /// In USD, the fee included.
    Usd(Usd),
    /// In the market's asset.
    Size(Size),
}

impl Bound {
    /// Of a trade that has one.
    pub fn of(wanted: &Wanted, market: &Market) -> Option<Self> {
        let Form::Exact { bound } = wanted.form else { return None };
        Some(match wanted.trade.exact {
            Exact::Base(_) => Self::Usd(Usd::of(bound)),
            Exact::Quote(_) => Self::Size(Size::unsigned(bound, market)),
        })
    }

    /// For people.
    fn sentence(&self, buys: bool) -> String {
        match (self, buys) {
            (Self::Usd(usd), true) => format!("costs at most {usd}"),
            (Self::Usd(usd), false) => format!("brings at least {usd}"),
            (Self::Size(size), true) => format!("brings at least {size}"),
            (Self::Size(size), false) => format!("gives away at most {size}"),
        }
    }
}

/// What a trade would do.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// The market's name.
    pub market: String,
    /// `long` or `short`.
    pub direction: &'static str,
    /// Base gained; negative is sold.
    pub size: Size,
    /// What changes hands, without the fee.
    pub notional: Usd,
    /// Whether the whole of it would be filled.
    pub filled: bool,
    /// Why not, where not.
    pub reason: Option<String>,
    /// The curve's price before.
    pub price_before: UsdPrice,
    /// The mean price of the fill.
    pub mean_price: UsdPrice,
    /// The curve's price after.
    pub price_after: UsdPrice,
    /// How far the mean price is from the one before.
    pub impact: Share,
    /// Worst price at which the curve may stand after it.
    pub limit: Option<UsdPrice>,
    /// What the whole of it costs at most, or brings at least, the fee included.
    pub bound: Option<Bound>,
    /// What is deposited in front of it.
    pub deposit: Option<Tokens>,
    /// The fee.
    pub fee: Usd,
    /// The fee over what changes hands.
    pub fee_rate: Share,
    /// The position after it.
    pub position: Size,
    /// What that position pays within an hour at the funding rate now; negative is what it gets.
    pub hourly_funding: Usd,
    /// Mark at which the account becomes unhealthy after it.
    pub liquidation_price: Option<UsdPrice>,
    /// The account before.
    pub before: Margin,
    /// And after.
    pub after: Margin,
}

impl Preview {
    /// Of a quote.
    pub fn of(quote: &TradeQuote, side: Side, limit: Option<Price>) -> Self {
        let market = &quote.market;
        let held = quote.account.position(market.index_number).map_or(0, |position| position.base);
        let liquidation = quote.liquidation_price.as_ref();
        Self {
            market: name(market),
            direction: if side == Side::Buy { "long" } else { "short" },
            size: Size::of(quote.fill.base, market),
            notional: Usd::of(quote.fill.quote.unsigned_abs()),
            filled: quote.fill.end == End::Filled,
            reason: if let End::Partial(error) = quote.fill.end { Some(error.to_string()) } else { None },
            price_before: UsdPrice::of(quote.price_before, market),
            mean_price: UsdPrice::of(quote.mean_price, market),
            price_after: UsdPrice::of(quote.price_after, market),
            impact: Share::of_ppm(u32::try_from(quote.impact_ppm).unwrap_or(u32::MAX)),
            limit: limit.map(|limit| UsdPrice::of(limit, market)),
            bound: None,
            deposit: None,
            fee: Usd::of(quote.fill.fee),
            fee_rate: Share::of(quote.fee_rate),
            position: Size::of(held, market),
            hourly_funding: Usd::of(quote.hourly_funding),
            liquidation_price: liquidation.and_then(|told| UsdPrice::some(told.below.max(told.above), market)),
            before: (&quote.health_before).into(),
            after: (&quote.health_after).into(),
        }
    }
}

impl View for Preview {
    fn text(&self) -> String {
        let buys = self.direction == "long";
        let whole = facts([
            ("deposit", self.deposit.as_ref().map_or_else(String::new, ToString::to_string)),
            (self.direction, format!("{} for {}", self.size, self.notional)),
            ("in part", self.reason.clone().unwrap_or_default()),
            ("price", format!("{} before, {} mean, {} after", self.price_before, self.mean_price, self.price_after)),
            ("impact", self.impact.to_string()),
            ("limit", self.limit.map_or_else(String::new, |limit| limit.to_string())),
            ("bound", self.bound.as_ref().map_or_else(String::new, |bound| bound.sentence(buys))),
            ("fee", format!("{} ({})", self.fee, self.fee_rate)),
            ("position", self.position.to_string()),
            ("funding", funding(self.hourly_funding)),
            (
                "liquidation",
                self.liquidation_price
                    .map_or_else(|| "at no price".to_owned(), |price| format!("at a mark of {price}")),
            ),
        ]);
        let (before, after) = (&self.before, &self.after);
        let line = |what: &str, before: Usd, after: Usd| vec![what.to_owned(), before.to_string(), after.to_string()];
        let margin = [
            line("equity", before.equity, after.equity),
            line("maintenance", before.maintenance, after.maintenance),
            line("free for new risk", before.free, after.free),
        ];
        format!("{whole}\n\n{}", rows(&["margin", "before", "after"], margin.into_iter()))
    }
}

/// Who pays how much within an hour.
fn funding(hourly: Usd) -> String {
    match hourly.0 {
        0 => "none now".to_owned(),
        1.. => format!("pays {hourly} an hour at the rate now"),
        _ => format!("gets {} an hour at the rate now", Usd(hourly.0.saturating_neg())),
    }
}

/// What the program says that was filled.
#[derive(Debug, Serialize)]
pub struct Filled {
    /// Base gained; negative is sold.
    pub size: Size,
    /// What changed hands, without the fee.
    pub notional: Usd,
    /// Their quotient.
    pub mean_price: UsdPrice,
    /// The fee.
    pub fee: Usd,
    /// Whether the whole of it was filled.
    pub filled: bool,
    /// The position after it.
    pub position: Size,
}

/// A trade that was made.
#[derive(Debug, Serialize)]
pub struct Traded {
    /// As it was quoted.
    pub quote: Preview,
    /// As it was filled; nothing where the node kept no log of it.
    pub fill: Option<Filled>,
    /// The transaction.
    #[serde(flatten)]
    pub sent: Sent,
}

impl View for Traded {
    fn text(&self) -> String {
        let quote = &self.quote;
        let Some(fill) = &self.fill else {
            return format!("it is filled within the limit, but the node kept no log of it\n{}", self.sent);
        };
        let line = |what: &str, quoted: String, filled: String| vec![what.to_owned(), quoted, filled];
        let beside = [
            line("size", quote.size.to_string(), fill.size.to_string()),
            line("for", quote.notional.to_string(), fill.notional.to_string()),
            line("mean price", quote.mean_price.to_string(), fill.mean_price.to_string()),
            line("fee", quote.fee.to_string(), fill.fee.to_string()),
        ];
        let partial = if fill.filled { "" } else { "\nfilled in part" };
        format!("{}{partial}\n{}", rows(&["", "quoted", "filled"], beside.into_iter()), self.sent)
    }
}
