//! How far trades of growing size would move the curve.

use anyhow::Result;
use keel_engine::Side;
use keel_engine::curve::{End, Exact};
use keel_simulator::native;
use keel_simulator::setup::number;

use crate::world::{USD, World};

/// Sizes from 10 thousand to 100 million USD, twelve to a decade.
const SIZES: i32 = 49;

/// The move for one size.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Notional, in USD.
    pub usd: f64,
    /// Move of the curve's price, in basis points, without its sign.
    pub bps: f64,
}

/// Impact of buying and of selling, by size.
#[derive(Clone, Debug)]
pub struct Depth {
    pub name: &'static str,
    pub buy: Vec<Point>,
    pub sell: Vec<Point>,
}

impl Depth {
    /// As the curve stands now. Ends where liquidity does.
    pub fn measure(world: &World, market: usize, name: &'static str) -> Result<Self> {
        let side = |of| side(world, market, of);
        Ok(Self { name, buy: side(Side::Buy)?, sell: side(Side::Sell)? })
    }

    /// The move that 1,000,000 USD would make, in basis points: the larger of both sides.
    pub fn million(&self) -> Option<f64> {
        let at = |points: &[Point]| points.iter().find(|point| (point.usd - 1e6).abs() < 1.0).map(|point| point.bps);
        Some(at(&self.buy)?.max(at(&self.sell)?))
    }
}

fn side(world: &World, market: usize, side: Side) -> Result<Vec<Point>> {
    let mut points = Vec::new();
    for size in 0..SIZES {
        let usd = 10f64.powf(4.0 + f64::from(size) / 12.0).round();
        let exact = Exact::Quote((usd * USD) as u64);
        let Ok(impact) = native::impact(world.books(), number(market), side, exact, world.now()) else { break };
        if impact.swapped.end != End::Filled {
            break;
        }
        points.push(Point { usd, bps: impact.move_bps().abs() });
    }
    Ok(points)
}
