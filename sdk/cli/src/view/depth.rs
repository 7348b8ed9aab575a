//! A market's depth: how far the price goes for so much.

use keel_engine::state::Market;
use keel_sdk::quote::{Depth, DepthPoint};
use serde::Serialize;

use super::View;
use super::number::{Size, Usd, UsdPrice, name};
use super::plot::{Axes, Point, lines};
use super::table::rows;

/// What may be traded up to a price.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The price.
    pub price: UsdPrice,
    /// Base until there.
    pub size: Size,
    /// What it costs or brings, without the fee.
    pub notional: Usd,
}

/// Depth on both sides.
#[derive(Debug, Serialize)]
pub struct DepthShown {
    /// The market's name.
    pub market: String,
    /// What may be bought, by rising price.
    pub buy: Vec<Step>,
    /// What may be sold, by falling price.
    pub sell: Vec<Step>,
}

impl DepthShown {
    /// Of a market.
    pub fn of(market: &Market, depth: &Depth) -> Self {
        let step = |point: &DepthPoint| Step {
            price: UsdPrice::of(point.price, market),
            size: Size::unsigned(point.base, market),
            notional: Usd::of(point.quote),
        };
        Self {
            market: name(market),
            buy: depth.buy.iter().map(step).collect(),
            sell: depth.sell.iter().map(step).collect(),
        }
    }
}

impl View for DepthShown {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "points on a plot")]
    fn text(&self) -> String {
        if self.buy.is_empty() && self.sell.is_empty() {
            return format!("there is no liquidity in {} within that width", self.market);
        }
        let line = |side: &'static str| {
            move |step: &Step| {
                vec![side.to_owned(), step.price.to_string(), step.size.to_string(), step.notional.to_string()]
            }
        };
        let above = self.buy.iter().rev().map(line("buy"));
        let below = self.sell.iter().map(line("sell"));
        let table = rows(&["side", "price", "size", "for"], above.chain(below));
        let points = |steps: &[Step]| -> Vec<Point> {
            steps.iter().map(|step| (step.price.plotted() as f32, step.notional.0 as f32 / 1e6)).collect()
        };
        let below: Vec<Point> = points(&self.sell).into_iter().rev().collect();
        let axes = Axes {
            upwards: "USD that may be traded up to a price",
            across: "price; what may be sold on the left, bought on the right",
            label: &|usd| format!("{usd:.0}"),
            mark: &|price| format!("{price:.4}"),
        };
        format!("{table}\n\n{}", lines(&[below, points(&self.buy)], &axes))
    }
}
