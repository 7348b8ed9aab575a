//! Follows the trend: long while the faster average is above the slower one, short below. A stop-loss and a take-profit
//! stand on what it holds.

use anyhow::Result;

use super::orders::{bracket, cancel_all, place};
use super::{Agent, Moment, Seat};
use crate::world::World;

/// Distance of the averages at which the whole size is on.
const FULL_SIGNAL: f64 = 0.004;
/// Distances of the stop-loss and the take-profit from the index at which they were placed.
const LOSS: f64 = 0.015;
const PROFIT: f64 = 0.03;
/// Minutes between two looks at its orders.
const MINUTES: u64 = 30;

/// A trend follower.
pub struct Trend {
    seat: Seat,
    market: usize,
    /// Largest position, in USD.
    size: f64,
    /// Minutes of the two averages.
    fast: f64,
    slow: f64,
    averages: Option<(f64, f64)>,
}

impl Trend {
    pub fn new(seat: Seat, market: usize, size: f64, fast: f64, slow: f64) -> Self {
        Self { seat, market, size, fast, slow, averages: None }
    }

    /// Brackets what it holds, anew where the position has changed.
    fn protect(&self, world: &mut World, price: f64) -> Result<()> {
        let who = self.seat.who;
        cancel_all(world, who, self.market)?;
        let held = world.contracts(who, self.market);
        if held != 0.0 {
            let _counted = place(world, who, self.market, bracket(held, price, LOSS, PROFIT), None)?;
        }
        Ok(())
    }
}

impl Agent for Trend {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        let price = world.index(self.market)?;
        let (fast, slow) = self.averages.unwrap_or((price, price));
        let follow = |average: f64, minutes: f64| average + (price - average) / minutes;
        let (fast, slow) = (follow(fast, self.fast), follow(slow, self.slow));
        self.averages = Some((fast, slow));
        if at.minute.is_multiple_of(5) {
            let signal = ((fast / slow - 1.0) / FULL_SIGNAL).clamp(-1.0, 1.0);
            let size = self.size / price;
            self.seat.approach(world, self.market, signal * size, size / 6.0, size / 2.0)?;
        }
        if at.minute % MINUTES == 5 {
            self.protect(world, price)?;
        }
        self.seat.bank(world, at, self.fast as u64)
    }
}
