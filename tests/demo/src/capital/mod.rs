//! What the same capital does for the depth of the markets: quoted with half of it as the demo's LPs do, kept apart for
//! each market, and pooled.
//!
//! The rule (docs/depth.md): every account quotes one range to either side of the index in each of its markets, as deep
//! as it may while it stays above maintenance when any one of its markets runs through its range and then moves on by
//! [`MOVE_PPM`] against it, the ranges of its other markets run through at unmoved prices; and initial margin allows all
//! ranges. An account apart has a fifth of the capital and one market; the pool has all of it and quotes in each market
//! so many times as deep as the account apart: that factor is the gain. Both are built on the chain, and the depth is
//! what the engine quotes there, checked by a trade in each market.

mod build;
mod search;
mod strategies;
mod stress;

use anyhow::{Context, Result};
use keel_engine::Side;

use crate::depth::Within;
use crate::paths::{MARKETS, Published, follow};
use crate::prices::{built_in, samples};
use crate::world::{USD, World};

use build::Built;
pub use stress::Move;

/// The capital, in USD.
pub const CAPITAL: f64 = 5_000_000.0;
/// How far the price moves on after a range was run through.
pub const MOVE_PPM: u64 = 100_000;
/// Distances from the index within which depth is measured.
pub const DISTANCES_PPM: [u64; 2] = [5_000, 10_000];
/// Ticks from the index to either end of the range in each market.
pub const WIDTHS: [i32; MARKETS] = [100, 100, 100, 300, 150];

/// Depth of a market: buying and selling, within each of [`DISTANCES_PPM`].
pub type MarketDepth = [[Within; 2]; DISTANCES_PPM.len()];

/// One way to use the capital.
#[derive(Clone, Debug)]
pub struct Column {
    /// Notional of a side of the range over a fifth of the capital, in each market.
    pub leverage: [f64; MARKETS],
    /// Depth of each market.
    pub depth: [MarketDepth; MARKETS],
    /// Trades on the chain that got exactly what the engine had quoted.
    pub trades: usize,
}

impl Column {
    /// The smaller of what one trade can buy and sell within a distance, in USD.
    pub fn usd(&self, market: usize, distance: usize) -> f64 {
        smaller(&self.depth[market][distance])
    }
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Capital {
    /// Range LPs as in the demo: half of the margin used.
    pub providers: Column,
    /// Accounts of their own for each market.
    pub apart: Column,
    /// One account for all.
    pub pooled: Column,
    /// The pool itself, whose strategies leave a tenth of the notional free for who wants to leave, and its reserve aside.
    pub pool: Column,
    /// The gain that the pool would have if it had to survive that move of all markets at once.
    pub gain_at_once: f64,
    /// The largest move of all markets at once that the pool as it is survives, in parts per million.
    pub survives_at_once_ppm: u64,
}

impl Capital {
    /// How many times as deep a market is pooled as apart, within a distance.
    pub fn gain(&self, column: &Column, market: usize, distance: usize) -> f64 {
        column.usd(market, distance) / self.apart.usd(market, distance)
    }

    /// The same of all markets together.
    pub fn total_gain(&self, column: &Column, distance: usize) -> f64 {
        let sum = |column: &Column| (0..MARKETS).map(|market| column.usd(market, distance)).sum::<f64>();
        sum(column) / sum(&self.apart)
    }
}

/// Builds the exchanges and measures.
pub fn measure() -> Result<Capital> {
    let firsts = firsts()?;
    let apart = search::apart(&firsts)?;
    let factor = search::pooled(&firsts, &apart, Move::One(MOVE_PPM))?;
    let pooled = apart.map(|leverage| leverage * factor);
    let (pool, pool_leverage) = strategies::on_chain(&firsts, &apart, factor)?;
    let built = |built: Built, leverage| column(built.on_chain(&firsts, &leverage)?, leverage);
    Ok(Capital {
        providers: built(Built::Providers, search::providers(&firsts)?)?,
        apart: built(Built::Apart, apart)?,
        pooled: built(Built::Pooled, pooled)?,
        pool: column(pool, pool_leverage)?,
        gain_at_once: search::pooled(&firsts, &apart, Move::All(MOVE_PPM))?,
        survives_at_once_ppm: search::survives_at_once(&firsts, &pooled)?,
    })
}

/// The first prices of the built-in path.
fn firsts() -> Result<Published> {
    let samples = samples(&built_in(), 1);
    follow(samples.get(..1).context("no price")?).into_iter().next().context("no price")
}

/// Depth of every market as it stands.
pub fn depth(world: &World) -> Result<[MarketDepth; MARKETS]> {
    let mut depth = [[[Within::default(); 2]; DISTANCES_PPM.len()]; MARKETS];
    for (market, depth) in depth.iter_mut().enumerate() {
        for (depth, ppm) in depth.iter_mut().zip(DISTANCES_PPM) {
            for (within, side) in depth.iter_mut().zip([Side::Buy, Side::Sell]) {
                *within = Within::quoted(world.books(), market, side, ppm, world.now())?;
            }
        }
    }
    Ok(depth)
}

/// The smaller of what one trade can buy and sell, in USD.
pub fn smaller(depth: &[Within; 2]) -> f64 {
    let [buy, sell] = depth;
    buy.quote.min(sell.quote) as f64 / USD
}

/// Measures an exchange on the chain, each market by a trade too.
fn column(mut world: World, leverage: [f64; MARKETS]) -> Result<Column> {
    let depth = depth(&world)?;
    let mut trades = 0;
    for (market, depth) in depth.iter().enumerate() {
        trades += usize::from(build::trade_is_as_quoted(&mut world, market, &depth[0][0])?);
    }
    Ok(Column { leverage, depth, trades })
}
