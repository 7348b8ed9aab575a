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
    /// Where it trades: in any of them at a time.
    markets: Vec<usize>,
    /// Largest position in a market, in USD.
    size: f64,
    random: Random,
}

impl Noise {
    pub fn new(seat: Seat, markets: Vec<usize>, size: f64, seed: u64) -> Self {
        Self { seat, markets, size, random: Random::new(seed) }
    }
}

impl Agent for Noise {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        if self.random.unit() < CHANCE {
            let market = self.markets[(self.random.unit() * self.markets.len() as f64) as usize];
            let size = self.size / world.index(market)?;
            let step = self.random.normal() * size / 3.0;
            let target = (world.contracts(self.seat.who, market) + step).clamp(-size, size);
            self.seat.approach(world, market, target, size / 1_000.0, size)?;
        }
        self.seat.bank(world, at, 160)
    }
}
