//! Holds a basket against itself: long what has risen more than the others lately, short what has risen less, all legs
//! turned in one transaction, so that margin is looked at once and the legs carry each other.

use anyhow::Result;
use keel_simulator::Action;
use keel_simulator::action::Leg;

use super::{Agent, Moment, Seat};
use crate::world::{World, order};

/// Legs of the basket.
const LEGS: usize = 3;
/// Minutes between two turns.
const MINUTES: u64 = 20;
/// Return beyond the others' at which the whole size is on.
const FULL_SIGNAL: f64 = 0.006;

/// A trader of a basket.
pub struct Basket {
    seat: Seat,
    /// Where, ascending.
    markets: [usize; LEGS],
    /// Largest position in a market, in USD.
    size: f64,
    /// Prices at the last turn.
    last: Option<[f64; LEGS]>,
}

impl Basket {
    pub const fn new(seat: Seat, markets: [usize; LEGS], size: f64) -> Self {
        Self { seat, markets, size, last: None }
    }
}

impl Agent for Basket {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        if at.minute % MINUTES == 2 && !self.seat.is_flagged(world) {
            let mut prices = [0.0; LEGS];
            for (price, market) in prices.iter_mut().zip(self.markets) {
                *price = world.index(market)?;
            }
            let last = self.last.replace(prices).unwrap_or(prices);
            let returns: Vec<f64> = prices.iter().zip(last).map(|(now, then)| now / then - 1.0).collect();
            let mean = returns.iter().sum::<f64>() / LEGS as f64;
            let mut legs = Vec::new();
            for ((market, price), own) in self.markets.into_iter().zip(prices).zip(returns) {
                let target = ((own - mean) / FULL_SIGNAL).clamp(-1.0, 1.0) * self.size / price;
                let missing = target - world.contracts(self.seat.who, market);
                if missing.abs() * price > self.size / 20.0 {
                    legs.push(Leg { market, order: order(missing) });
                }
            }
            if !legs.is_empty() {
                let _counted = world.perform(Action::TradeLegs { who: self.seat.who, legs })?;
            }
        }
        self.seat.bank(world, at, 140)
    }
}
