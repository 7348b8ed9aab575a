//! Provides liquidity: one range to either side of the index, sized so that at most half of the margin is used, folded
//! and released every two hours, put back if it was taken off.

use anyhow::{Context, Result};
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::ranges::RangeRequest;
use keel_engine::units::SqrtPrice;
use keel_simulator::{Action, RangeAt};

use super::gambler::largest_notional;
use super::{Agent, Moment, Seat};
use crate::world::{MARKET, World};

/// Half width of the range, in ticks of 0.01%.
const WIDTH: i32 = 100;
/// Part of the margin that the range uses as initial margin.
const USED: f64 = 0.49;
/// Minutes between folds.
const FOLD_MINUTES: u64 = 120;

/// A liquidity provider.
pub struct Provider {
    seat: Seat,
    offset: u64,
}

impl Provider {
    /// `offset` keeps two of them from folding in the same minute.
    pub fn new(seat: Seat, offset: u64) -> Self {
        Self { seat, offset }
    }

    /// Puts the range on the curve. Returns whether the program took it.
    pub fn provide(&self, world: &mut World, price: f64) -> Result<bool> {
        let params = world.market()?.params;
        let margin = self.seat.capital * USED;
        let notional = largest_notional(margin, params.imr_ppm, params.imf_slope_ppm_per_million_usd);
        let request = RangeRequest {
            lower: -WIDTH,
            upper: WIDTH,
            liquidity: liquidity(notional / price)?,
            // The price is published in the same second: there is no slippage to guard against.
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        };
        Ok(world.perform(Action::AddRange { who: self.seat.who, market: MARKET, request })?.is_ok())
    }

    /// Folds what the range has earned into the position.
    fn fold(&mut self, world: &mut World) -> Result<()> {
        let who = self.seat.who;
        let fold = Action::SettleRange { who, market: MARKET, range: RangeAt::First, by: who };
        let _counted = world.perform(fold)?;
        self.seat.settle(world)?;
        self.seat.release(world)
    }
}

/// Liquidity of which the whole range, sold from the index down, would be that many contracts.
fn liquidity(contracts: f64) -> Result<u128> {
    let low: SqrtPrice = sqrt_price_at_tick(-WIDTH)?;
    let inverse = 2f64.powi(64) / low.get() as f64;
    let liquidity = contracts * 1e9 / (inverse - 1.0);
    (liquidity > 0.0).then_some(liquidity as u128).context("a range of no liquidity")
}

impl Agent for Provider {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        if (at.minute + self.offset) % FOLD_MINUTES != FOLD_MINUTES - 1 {
            return Ok(());
        }
        match world.account(self.seat.who)?.ranges {
            0 => self.provide(world, at.price).map(drop),
            _ => self.fold(world),
        }
    }
}
