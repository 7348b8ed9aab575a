//! How far trades of growing size would move the curve, and how much one trade gets within a distance of the index.

use anyhow::Result;
use keel_engine::curve::{End, Exact};
use keel_engine::units::Price;
use keel_engine::{Now, Side};
use keel_simulator::setup::number;
use keel_simulator::{Books, native};

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

/// What one trade can buy or sell within a distance of the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Base atoms.
    pub base: u64,
    /// What is paid or got for them, without the fee, in quote atoms.
    pub quote: u64,
}

impl Within {
    /// The price at which it ends.
    pub fn limit(index: Price, side: Side, ppm: u64) -> Price {
        let room = u128::from(index.bits) * u128::from(ppm) / 1_000_000;
        let room = u64::try_from(room).unwrap_or(u64::MAX);
        Price::from_bits(match side {
            Side::Buy => index.bits.saturating_add(room),
            Side::Sell => index.bits.saturating_sub(room),
        })
    }

    /// As the engine quotes it. Nothing where there is no liquidity.
    pub fn quoted(books: &Books, market: usize, side: Side, ppm: u64, now: Now) -> Result<Self> {
        let market = number(market);
        let index = books.markets.get(&market).map_or(Price::default(), |market| market.index);
        let limit = Self::limit(index, side, ppm);
        let impact = native::impact_to(books, market, side, Exact::Base(MOST), Some(limit), now);
        let swapped = impact.map(|impact| (impact.swapped.base, impact.swapped.quote));
        let (base, quote) = swapped.unwrap_or((0, 0));
        Ok(Self { base, quote })
    }
}

/// More base than any curve has.
pub const MOST: u64 = 1 << 60;
