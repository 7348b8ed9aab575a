//! Orders that wait.

use keel_engine::Side;
use keel_engine::orders::{ALL_OR_NOTHING, Kind, REDUCE_ONLY, Terms};
use keel_engine::state::{Market, PlacedOrder};
use serde::Serialize;

use super::number::{Size, UsdPrice, exact, name};
use super::table::{facts, or_dash};
use super::time::{Lasting, Moment};
use super::{Row, View};

/// An order.
#[derive(Debug, Serialize)]
pub struct Waiting {
    /// Its number among the account's.
    pub number: u64,
    /// The market's name.
    pub market: String,
    /// `trigger`, `limit`, `scale` or `twap`.
    pub kind: &'static str,
    /// `long` or `short`.
    pub direction: &'static str,
    /// Base in all.
    pub size: Size,
    /// Base filled so far.
    pub filled: Size,
    /// Price at or below which it is executed.
    pub below: Option<UsdPrice>,
    /// Worst price then, or the last level.
    pub below_limit: Option<UsdPrice>,
    /// Price at or above which it is executed.
    pub above: Option<UsdPrice>,
    /// Worst price then, or the last level.
    pub above_limit: Option<UsdPrice>,
    /// Whether it never grows or turns a position.
    pub reduce_only: bool,
    /// Whether what is due is filled in whole or not at all.
    pub all_or_nothing: bool,
    /// Slices or levels in all.
    pub slices: Option<u32>,
    /// Seconds between slices.
    pub every: Option<Lasting>,
    /// For who executes it, in SOL.
    pub tip_sol: String,
    /// From then on it may not be executed.
    pub expires_at: Option<Moment>,
}

impl Waiting {
    /// An order that would be placed.
    pub fn planned(number: u64, terms: &Terms, market: &Market) -> Self {
        Self {
            number,
            market: name(market),
            kind: match terms.kind {
                Kind::Trigger => "trigger",
                Kind::Limit => "limit",
                Kind::Scale => "scale",
                Kind::Twap => "twap",
            },
            direction: if terms.side == Side::Buy { "long" } else { "short" },
            size: Size::unsigned(terms.amount, market),
            filled: Size::unsigned(0, market),
            below: UsdPrice::some(terms.below.bits, market),
            below_limit: UsdPrice::some(terms.below_limit.bits, market),
            above: UsdPrice::some(terms.above.bits, market),
            above_limit: UsdPrice::some(terms.above_limit.bits, market),
            reduce_only: terms.flags & REDUCE_ONLY != 0,
            all_or_nothing: terms.flags & ALL_OR_NOTHING != 0,
            slices: (terms.slices != 0).then_some(terms.slices),
            every: (terms.interval_secs != 0).then(|| Lasting(terms.interval_secs.into())),
            tip_sol: exact(terms.tip.into(), 9),
            expires_at: Moment::some(terms.expires_at),
        }
    }

    /// One that is placed.
    pub fn of(order: &PlacedOrder, market: &Market) -> Self {
        let terms = Terms {
            kind: Kind::of(order.kind).unwrap_or(Kind::Trigger),
            side: if order.side == 0 { Side::Buy } else { Side::Sell },
            flags: order.flags,
            amount: order.amount,
            below: order.below,
            below_limit: order.below_limit,
            above: order.above,
            above_limit: order.above_limit,
            min_fill: order.min_fill,
            tip: order.tip,
            starts_at: order.starts_at,
            expires_at: order.expires_at,
            interval_secs: order.interval_secs,
            slices: order.slices,
            catch_up: order.catch_up,
        };
        Self { filled: Size::unsigned(order.filled, market), ..Self::planned(order.number, &terms, market) }
    }

    /// What it waits for, in words.
    fn condition(&self) -> String {
        let of = |from: Option<UsdPrice>, until: Option<UsdPrice>, way: &str, and: &str| {
            let from = from?;
            let until = until.map_or_else(String::new, |until| format!("{and}{until}"));
            Some(format!("{way} {from}{until}"))
        };
        let and = if self.kind == "scale" { " to " } else { ", within " };
        let parts = [of(self.below, self.below_limit, "<=", and), of(self.above, self.above_limit, ">=", and)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let what = if self.kind == "trigger" { "mark" } else { "price" };
        if parts.is_empty() { "its time".to_owned() } else { format!("{what} {}", parts.join(" or ")) }
    }

    fn parts(&self) -> String {
        match (self.slices, self.every) {
            (Some(slices), Some(every)) => format!("{slices} slices, one each {every}"),
            (Some(levels), None) => format!("{levels} levels"),
            _ => String::new(),
        }
    }
}

impl Row for Waiting {
    const COLUMNS: &'static [&'static str] =
        &["number", "market", "kind", "direction", "size", "filled", "waits for", "tip (SOL)", "expires at"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.market.clone(),
            self.kind.to_owned(),
            self.direction.to_owned(),
            self.size.to_string(),
            self.filled.to_string(),
            self.condition(),
            self.tip_sol.clone(),
            or_dash(self.expires_at),
        ]
    }
}

impl View for Waiting {
    fn text(&self) -> String {
        let reduces = if self.reduce_only { ", reduce-only" } else { "" };
        let whole = if self.all_or_nothing { ", all or nothing" } else { "" };
        facts([
            (self.kind, format!("{} {} in {}{reduces}{whole}", self.direction, self.size, self.market)),
            ("waits for", self.condition()),
            ("in parts", self.parts()),
            ("tip", format!("{} SOL", self.tip_sol)),
            ("expires at", self.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string())),
        ])
    }
}
