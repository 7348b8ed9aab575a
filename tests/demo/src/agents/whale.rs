//! Too large for one trade: buys in slices over time, and sells in slices again, each at a limit of its own.

use anyhow::Result;
use keel_engine::orders::{Kind, REDUCE_ONLY, Terms};

use super::orders::{place, price, terms};
use super::{Agent, Moment, Seat};
use crate::world::World;

/// Slices, and seconds between two of them.
const SLICES: u32 = 12;
const INTERVAL_SECS: u32 = 300;
/// Slices that may be made up for.
const CATCH_UP: u32 = 3;
/// How much worse than the index of the beginning a slice may be.
const WORSE: f64 = 0.01;
/// Minutes of its cycle, and in it those at which it begins to buy and to sell.
const CYCLE: u64 = 300;
const BUYS_AT: u64 = 10;
const SELLS_AT: u64 = 120;

/// A trader with orders in slices.
pub struct Whale {
    seat: Seat,
    market: usize,
    /// Position, in USD.
    size: f64,
}

impl Whale {
    pub const fn new(seat: Seat, market: usize, size: f64) -> Self {
        Self { seat, market, size }
    }
}

impl Agent for Whale {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        let (who, index) = (self.seat.who, world.index(self.market)?);
        let sliced = |contracts: f64| {
            let order = Terms {
                slices: SLICES,
                interval_secs: INTERVAL_SECS,
                catch_up: CATCH_UP,
                ..terms(Kind::Twap, contracts)
            };
            let worst = price(index * (1.0 + WORSE * contracts.signum()));
            if contracts > 0.0 { Terms { below: worst, ..order } } else { Terms { above: worst, ..order } }
        };
        let secs = Some(u64::from((SLICES + CATCH_UP) * INTERVAL_SECS));
        let held = world.contracts(who, self.market);
        match at.minute % CYCLE {
            BUYS_AT if !self.seat.is_flagged(world) => {
                let _counted = place(world, who, self.market, sliced(self.size / index), secs)?;
            }
            SELLS_AT if held > 0.0 => {
                let order = Terms { flags: REDUCE_ONLY, ..sliced(-held) };
                let _counted = place(world, who, self.market, order, secs)?;
            }
            _ => {}
        }
        self.seat.bank(world, at, 130)
    }
}
