//! Provides liquidity: in each of its markets one range to either side of the index, sized so that at most half of the
//! margin is used, folded and released every two hours, put back if it was taken off.

use anyhow::{Context, Result};
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::ranges::RangeRequest;
use keel_engine::units::SqrtPrice;
use keel_simulator::setup::number;
use keel_simulator::{Action, RangeAt};

use super::gambler::largest_notional;
use super::{Agent, Moment, Seat};
use crate::world::World;

/// Part of the margin that the ranges use as initial margin.
pub const USED: f64 = 0.49;
/// Minutes between folds.
const FOLD_MINUTES: u64 = 120;

/// A range in a market.
#[derive(Clone, Copy, Debug)]
pub struct Quoting {
    /// The market.
    pub market: usize,
    /// Half width of the range, in ticks of 0.01%.
    pub width: i32,
    /// Part of what the provider uses.
    pub part: f64,
}

/// A liquidity provider.
pub struct Provider {
    seat: Seat,
    quotings: Vec<Quoting>,
    offset: u64,
}

impl Provider {
    /// `offset` keeps two of them from folding in the same minute.
    pub fn new(seat: Seat, quotings: Vec<Quoting>, offset: u64) -> Self {
        Self { seat, quotings, offset }
    }

    /// Whether this is the only market in which it provides.
    pub fn is_alone_in(&self, market: usize) -> bool {
        self.quotings.iter().all(|quoting| quoting.market == market)
    }

    /// Puts the ranges on the curves that are not there. Returns whether the program took them.
    pub fn provide(&self, world: &mut World) -> Result<bool> {
        let mut taken = true;
        for quoting in &self.quotings {
            if !self.quotes(world, quoting.market)? {
                taken &= self.quote(world, quoting)?;
            }
        }
        Ok(taken)
    }

    /// Whether a range of its is on the market's curve.
    fn quotes(&self, world: &World, market: usize) -> Result<bool> {
        let ranges = world.books().ranges.get(&world.address(self.seat.who)?);
        Ok(ranges.is_some_and(|ranges| ranges.ranges.iter().any(|range| range.market == number(market))))
    }

    fn quote(&self, world: &mut World, quoting: &Quoting) -> Result<bool> {
        let Quoting { market, width, part } = *quoting;
        let (params, price) = (world.market(market)?.params, world.index(market)?);
        let margin = self.seat.capital * USED * part;
        let notional = largest_notional(margin, params.imr_ppm, params.imf_slope_ppm_per_million_usd);
        let request = symmetric(width, notional / price)?;
        Ok(world.perform(Action::AddRange { who: self.seat.who, market, request })?.is_ok())
    }

    /// Folds what the ranges have earned into the positions.
    fn fold(&mut self, world: &mut World) -> Result<()> {
        let who = self.seat.who;
        for Quoting { market, .. } in self.quotings.clone() {
            if self.quotes(world, market)? {
                let fold = Action::SettleRange { who, market, range: RangeAt::First, by: who };
                let _counted = world.perform(fold)?;
            }
        }
        self.seat.settle(world)?;
        self.seat.release(world)
    }
}

/// A range to either side of the peg of which the whole, sold from the peg down, would be that many contracts.
pub fn symmetric(width: i32, contracts: f64) -> Result<RangeRequest> {
    let low: SqrtPrice = sqrt_price_at_tick(-width)?;
    let inverse = 2f64.powi(64) / low.get() as f64;
    let liquidity = contracts * 1e9 / (inverse - 1.0);
    Ok(RangeRequest {
        lower: -width,
        upper: width,
        liquidity: (liquidity > 0.0).then_some(liquidity as u128).context("a range of no liquidity")?,
        // The price is published in the same second: there is no slippage to guard against.
        min_sqrt_price: SqrtPrice::from_bits(0),
        max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
    })
}

impl Agent for Provider {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        if (at.minute + self.offset) % FOLD_MINUTES == FOLD_MINUTES - 1 {
            self.fold(world)?;
            let _counted = self.provide(world)?;
        }
        Ok(())
    }
}
