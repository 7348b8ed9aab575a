//! An account's health and its positions.

use keel_engine::state::Market;
use keel_sdk::views::{HealthView, PositionView};
use serde::Serialize;

use super::collateral::Holding;
use super::lien::Lien;
use super::number::{Size, Usd, UsdPrice, name};
use super::table::{facts, or_dash};
use super::{Row, View};

/// What an account is worth and must be worth.
#[derive(Clone, Debug, Serialize)]
pub struct Margin {
    /// Deposits, whose losses are settled and whose profit is released.
    pub capital: Usd,
    /// What other collateral than USDC counts in equity.
    pub collateral: Usd,
    /// Worth at mark.
    pub equity: Usd,
    /// With less equity it may be liquidated.
    pub maintenance: Usd,
    /// Equity as new risk counts it.
    pub initial_equity: Usd,
    /// What new risk must leave of it.
    pub initial_required: Usd,
    /// Equity for new risk that a lien keeps in the account; 0 is none.
    pub lien_floor: Usd,
    /// What is left for new risk.
    pub free: Usd,
    /// Whether a mark under it is older than the program accepts; a command that needs a fresh one brings it.
    pub stale: bool,
    /// Whether it is flagged for liquidation.
    pub flagged: bool,
}

impl From<&HealthView> for Margin {
    fn from(health: &HealthView) -> Self {
        let kept = health.initial_required.max(health.lien_floor);
        let free = i128::from(health.initial_equity).saturating_sub(kept.into());
        Self {
            capital: Usd::of(health.capital),
            collateral: Usd::of(health.collateral),
            equity: Usd::of(health.equity),
            maintenance: Usd::of(health.maintenance),
            initial_equity: Usd::of(health.initial_equity),
            initial_required: Usd::of(health.initial_required),
            lien_floor: Usd::of(health.lien_floor),
            free: Usd(free),
            stale: health.stale != 0,
            flagged: health.flagged != 0,
        }
    }
}

/// One position.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// The market's name.
    pub market: String,
    /// Net base, ranges included; negative is short.
    pub size: Size,
    /// Its value at mark.
    pub value: Usd,
    /// Profit or loss that is not settled yet, funding due included.
    pub unsettled: Usd,
    /// Claims on the market's pot, as they are worth now.
    pub claims: Usd,
    /// Maintenance margin for it.
    pub maintenance: Usd,
    /// Ranges there.
    pub ranges: u8,
    /// The mark.
    pub mark: UsdPrice,
    /// Mark at which the account becomes unhealthy.
    pub liquidation_price: Option<UsdPrice>,
}

impl Held {
    /// A position of a market.
    pub fn of(position: &PositionView, market: &Market, liquidation_price: Option<UsdPrice>) -> Self {
        let value = i128::from(position.value);
        let unsettled = value.saturating_add(position.quote.into()).saturating_sub(position.funding_due.into());
        Self {
            market: name(market),
            size: Size::of(position.base, market),
            value: Usd(value),
            unsettled: Usd(unsettled),
            claims: Usd::of(position.claims_worth),
            maintenance: Usd::of(position.maintenance),
            ranges: position.ranges,
            mark: UsdPrice::of(market.mark, market),
            liquidation_price,
        }
    }
}

impl Row for Held {
    const COLUMNS: &'static [&'static str] =
        &["market", "size", "value", "unsettled", "claims", "maintenance", "ranges", "mark", "liquidation"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.market.clone(),
            self.size.to_string(),
            self.value.to_string(),
            self.unsettled.to_string(),
            self.claims.to_string(),
            self.maintenance.to_string(),
            self.ranges.to_string(),
            self.mark.to_string(),
            or_dash(self.liquidation_price),
        ]
    }
}

/// An account's health.
#[derive(Debug, Serialize)]
pub struct Health {
    /// Address of the margin account.
    pub account: String,
    /// The account as a whole.
    #[serde(flatten)]
    pub margin: Margin,
    /// Its collateral other than USDC.
    pub holdings: Vec<Holding>,
    /// The lien on it.
    pub lien: Option<Lien>,
    /// Its positions.
    pub positions: Vec<Held>,
}

impl View for Health {
    fn text(&self) -> String {
        let Margin { capital, equity, maintenance, initial_equity, initial_required, free, stale, flagged, .. } =
            &self.margin;
        let state = match (flagged, equity.0 < maintenance.0) {
            (true, _) => "flagged for liquidation: deposit or reduce",
            (_, true) => "unhealthy: may be liquidated; deposit or reduce",
            _ => "healthy",
        };
        let age = if *stale { ", at marks that have grown old" } else { "" };
        let whole = facts([
            ("account", self.account.clone()),
            ("state", format!("{state}{age}")),
            ("capital", capital.to_string()),
            (
                "other collateral",
                if self.holdings.is_empty() { String::new() } else { self.margin.collateral.to_string() },
            ),
            ("equity", equity.to_string()),
            ("maintenance", maintenance.to_string()),
            ("for new risk", format!("{free} free: {initial_equity} of equity, {initial_required} required")),
            ("lien", self.lien.as_ref().map_or_else(String::new, Lien::sentence)),
        ]);
        let mut parts = vec![whole];
        if !self.holdings.is_empty() {
            parts.push(super::table::rows(Holding::COLUMNS, self.holdings.iter().map(Row::cells)));
        }
        if !self.positions.is_empty() {
            parts.push(super::table::rows(Held::COLUMNS, self.positions.iter().map(Row::cells)));
        }
        parts.join("\n\n")
    }
}
