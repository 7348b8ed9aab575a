//! How deep an account may quote: by search over the engine's own margin functions.

use anyhow::{Context, Result};
use keel_simulator::Executor;

use super::build::Built;
use super::stress::{Move, survives};
use super::{CAPITAL, MOVE_PPM};
use crate::agents::{USED, largest_notional};
use crate::paths::{MARKETS, Published};
use crate::setup;

/// No leverage is looked for beyond it.
const MOST: f64 = 100.0;
/// Halvings of the interval: to a ten-millionth of it.
const STEPS: usize = 24;

/// The largest number below `most` of which something holds that holds up to some number.
fn largest(most: f64, holds: impl Fn(f64) -> Result<bool>) -> Result<f64> {
    let (mut low, mut high) = (0.0, most);
    for _ in 0..STEPS {
        let middle = (low + high) / 2.0;
        *(if holds(middle)? { &mut low } else { &mut high }) = middle;
    }
    Ok(low)
}

/// The leverage of the demo's LPs, each with a fifth of the capital in one market.
pub fn providers(firsts: &Published) -> Result<[f64; MARKETS]> {
    let setup = setup::at(firsts, Vec::new())?;
    let capital = CAPITAL / MARKETS as f64;
    let mut leverage = [0.0; MARKETS];
    for (leverage, market) in leverage.iter_mut().zip(&setup.markets) {
        let params = market.params;
        let notional = largest_notional(capital * USED, params.imr_ppm, params.imf_slope_ppm_per_million_usd);
        *leverage = notional / capital;
    }
    Ok(leverage)
}

/// The leverage of an account of its own in each market.
pub fn apart(firsts: &Published) -> Result<[f64; MARKETS]> {
    let mut all = [0.0; MARKETS];
    for market in 0..MARKETS {
        let found = largest(MOST, |tried| {
            let mut leverage = [0.0; MARKETS];
            leverage[market] = tried;
            holds(Built::Apart, firsts, &leverage, market..market + 1, Move::One(MOVE_PPM))
        })?;
        all[market] = found;
    }
    Ok(all)
}

/// How many times as deep as apart one account may quote in all markets.
pub fn pooled(firsts: &Published, apart: &[f64; MARKETS], moved: Move) -> Result<f64> {
    largest(MARKETS as f64 * 2.0, |factor| {
        let leverage = apart.map(|leverage| leverage * factor);
        holds(Built::Pooled, firsts, &leverage, 0..MARKETS, moved)
    })
}

/// The largest move of all markets at once that one account survives with these leverages.
pub fn survives_at_once(firsts: &Published, leverage: &[f64; MARKETS]) -> Result<u64> {
    let found = largest(1e6, |ppm| holds(Built::Pooled, firsts, leverage, 0..MARKETS, Move::All(ppm as u64)))?;
    Ok(found as u64)
}

/// Whether initial margin allows the ranges and the account survives.
fn holds(
    built: Built,
    firsts: &Published,
    leverage: &[f64; MARKETS],
    markets: std::ops::Range<usize>,
    moved: Move,
) -> Result<bool> {
    let who = built.who(markets.start);
    let Some(simulator) = built.on_engine(firsts, leverage, markets)? else { return Ok(false) };
    let account = simulator.account(who).context("nobody quotes")?;
    survives(&simulator.books, &account, moved, simulator.now())
}
