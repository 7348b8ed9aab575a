//! Ranges: before they are placed, as they stand, and what they brought.

use keel_engine::curve::price_floor;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::state::{Market, Range};
use keel_engine::units::{Price, SqrtPrice};
use keel_sdk::quote::RangeQuote;
use serde::Serialize;

use super::health::Margin;
use super::number::{Size, Usd, UsdPrice, name};
use super::table::{facts, rows};
use super::{Row, View};
use crate::send::Sent;

/// The price of the curve at a tick, with the market's peg now.
fn price_at(market: &Market, tick: i32) -> UsdPrice {
    let s = sqrt_price_at_tick(tick).unwrap_or(SqrtPrice::from_bits(0));
    let at = Market { sqrt_price: s, ..*market };
    UsdPrice::of(Price::from_bits(price_floor(&at, market.peg)), market)
}

/// A range as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Placed {
    /// Its slot among the account's.
    pub range_slot: u8,
    /// The market's name.
    pub market: String,
    /// Lower tick, included.
    pub lower_tick: i32,
    /// Upper tick, excluded.
    pub upper_tick: i32,
    /// The curve's price at the lower end, now.
    pub lower: UsdPrice,
    /// And at the upper end.
    pub upper: UsdPrice,
    /// L.
    pub liquidity: String,
    /// Whether the curve stands in it.
    pub active: bool,
}

impl Placed {
    /// A range of a market.
    pub fn of(slot: u8, range: &Range, market: &Market) -> Self {
        let s = market.sqrt_price.get();
        Self {
            range_slot: slot,
            market: name(market),
            lower_tick: range.lower,
            upper_tick: range.upper,
            lower: price_at(market, range.lower),
            upper: price_at(market, range.upper),
            liquidity: range.liquidity.get().to_string(),
            active: range.lower_sqrt_price.get() <= s && s < range.upper_sqrt_price.get(),
        }
    }
}

impl Row for Placed {
    const COLUMNS: &'static [&'static str] = &["slot", "market", "from", "to", "ticks", "liquidity", "in use"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.range_slot.to_string(),
            self.market.clone(),
            self.lower.to_string(),
            self.upper.to_string(),
            format!("{} .. {}", self.lower_tick, self.upper_tick),
            self.liquidity.clone(),
            if self.active { "yes" } else { "no" }.to_owned(),
        ]
    }
}

/// A range before it is placed.
#[derive(Debug, Serialize)]
pub struct RangePreview {
    /// The range.
    #[serde(flatten)]
    pub range: Placed,
    /// What trades between its ends.
    pub trades: Usd,
    /// The account before.
    pub before: Margin,
    /// And after.
    pub after: Margin,
}

impl RangePreview {
    /// Of a quote.
    pub fn of(quote: &RangeQuote, trades: u64) -> Self {
        Self {
            range: Placed::of(quote.slot, &quote.range, &quote.market),
            trades: Usd::of(trades),
            before: (&quote.health_before).into(),
            after: (&quote.health_after).into(),
        }
    }
}

impl View for RangePreview {
    fn text(&self) -> String {
        let range = &self.range;
        let whole = facts([
            ("range", format!("{} .. {} in {}", range.lower, range.upper, range.market)),
            ("ticks", format!("{} .. {}", range.lower_tick, range.upper_tick)),
            ("trades", format!("{} from end to end", self.trades)),
            ("in use", if range.active { "from now on" } else { "when the curve comes to it" }.to_owned()),
        ]);
        let line = |what: &str, before: Usd, after: Usd| vec![what.to_owned(), before.to_string(), after.to_string()];
        let (before, after) = (&self.before, &self.after);
        let margin = [
            line("maintenance", before.maintenance, after.maintenance),
            line("required for new risk", before.initial_required, after.initial_required),
            line("free for new risk", before.free, after.free),
        ];
        format!("{whole}\n\n{}", rows(&["margin", "before", "after"], margin.into_iter()))
    }
}

/// A range that was placed.
#[derive(Debug, Serialize)]
pub struct Added {
    /// Its slot.
    pub range_slot: u8,
    /// As it was quoted.
    pub range: RangePreview,
    /// The transaction.
    #[serde(flatten)]
    pub sent: Sent,
}

impl View for Added {
    fn text(&self) -> String {
        format!("the range is on the curve, in slot {}\n{}", self.range_slot, self.sent)
    }
}

/// What a range brought into its holder's position.
#[derive(Debug, Serialize)]
pub struct Folded {
    /// Its slot.
    pub range_slot: u8,
    /// `removed` or `settled`.
    pub what: &'static str,
    /// The market's name.
    pub market: String,
    /// Base.
    pub base: Size,
    /// Quote.
    pub quote: Usd,
    /// Fees earned.
    pub fees: Usd,
    /// Funding paid; negative was got.
    pub funding_paid: Usd,
    /// The position after it.
    pub position: Size,
    /// The transaction.
    #[serde(flatten)]
    pub sent: Sent,
}

impl View for Folded {
    fn text(&self) -> String {
        let whole = facts([
            ("base", self.base.to_string()),
            ("quote", self.quote.to_string()),
            ("fees earned", self.fees.to_string()),
            ("funding paid", self.funding_paid.to_string()),
            ("position", self.position.to_string()),
        ]);
        format!("range {} in {} is {}\n{whole}\n{}", self.range_slot, self.market, self.what, self.sent)
    }
}
