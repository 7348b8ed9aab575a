//! Bets on the return to the mean: the further the price is above its average, the shorter.

use anyhow::Result;

use super::{Agent, Moment, Seat};
use crate::world::World;

/// Distance from the average at which the whole size is on.
const FULL_DISTANCE: f64 = 0.01;
/// Minutes of the average.
const MINUTES: f64 = 90.0;

/// A mean-reversion trader.
pub struct Reversion {
    seat: Seat,
    market: usize,
    /// Largest position, in USD.
    size: f64,
    average: Option<f64>,
}

impl Reversion {
    pub fn new(seat: Seat, market: usize, size: f64) -> Self {
        Self { seat, market, size, average: None }
    }
}

impl Agent for Reversion {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        let price = world.index(self.market)?;
        let average = self.average.unwrap_or(price);
        let average = average + (price - average) / MINUTES;
        self.average = Some(average);
        if at.minute % 3 == 1 {
            let signal = -((price / average - 1.0) / FULL_DISTANCE).clamp(-1.0, 1.0);
            let size = self.size / price;
            self.seat.approach(world, self.market, signal * size, size / 8.0, size / 3.0)?;
        }
        self.seat.bank(world, at, 80)
    }
}
