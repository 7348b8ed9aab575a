//! Never takes the price of the moment: a limit order below the market to come in, one above its entry to go out.

use anyhow::Result;
use keel_engine::orders::{Kind, REDUCE_ONLY, Terms};

use super::orders::{place, price, terms};
use super::{Agent, Moment, Seat};
use crate::world::World;

/// Distance of the first order from the index, and of the second from where it came in.
const BELOW: f64 = 0.002;
const ABOVE: f64 = 0.003;
/// Seconds after which an order is given up.
const SECS: u64 = 3_600;

/// A trader with limit orders.
pub struct Patient {
    seat: Seat,
    market: usize,
    /// Position, in USD.
    size: f64,
}

impl Patient {
    pub const fn new(seat: Seat, market: usize, size: f64) -> Self {
        Self { seat, market, size }
    }
}

impl Agent for Patient {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        let (who, index) = (self.seat.who, world.index(self.market)?);
        let waits = !world.orders_of(who, self.market)?.is_empty();
        if at.minute % 5 == 3 && !waits && !self.seat.is_flagged(world) {
            let held = world.contracts(who, self.market);
            let order = if held == 0.0 {
                Terms { below: price(index * (1.0 - BELOW)), ..terms(Kind::Limit, self.size / index) }
            } else {
                Terms { flags: REDUCE_ONLY, above: price(index * (1.0 + ABOVE)), ..terms(Kind::Limit, -held) }
            };
            let _counted = place(world, who, self.market, order, Some(SECS))?;
        }
        self.seat.bank(world, at, 100)
    }
}
