//! Trades for no reason at all, now this way, now that.

use anyhow::Result;

use super::{Agent, Moment, Seat};
use crate::random::Random;
use crate::world::World;

/// Chance of a trade in a minute.
const CHANCE: f64 = 0.25;

/// A noise trader.
pub struct Noise {
    seat: Seat,
    /// Largest position, in USD.
    size: f64,
    random: Random,
}

impl Noise {
    pub fn new(seat: Seat, size: f64, seed: u64) -> Self {
        Self { seat, size, random: Random::new(seed) }
    }
}

impl Agent for Noise {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        if self.random.unit() < CHANCE {
            let size = self.size / at.price;
            let step = self.random.normal() * size / 5.0;
            let target = (world.contracts(self.seat.who) + step).clamp(-size, size);
            self.seat.approach(world, target, size / 1_000.0, size)?;
        }
        self.seat.bank(world, at, 160)
    }
}
