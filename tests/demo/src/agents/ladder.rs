//! Buys a fall in steps: a scale of levels below the market, all of it sold again by one scale above.

use anyhow::Result;
use keel_engine::orders::{Kind, REDUCE_ONLY, Terms};

use super::orders::{cancel_all, place, price, terms};
use super::{Agent, Moment, Seat};
use crate::world::World;

/// Levels of a scale.
const LEVELS: u32 = 5;
/// Distance of the nearest and of the furthest level from the index.
const NEAR: f64 = 0.003;
const FAR: f64 = 0.015;
/// Minutes between two looks.
const MINUTES: u64 = 45;

/// A trader with scales.
pub struct Ladder {
    seat: Seat,
    market: usize,
    /// Largest position, in USD.
    size: f64,
}

impl Ladder {
    pub const fn new(seat: Seat, market: usize, size: f64) -> Self {
        Self { seat, market, size }
    }
}

impl Agent for Ladder {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        if at.minute % MINUTES == 4 && !self.seat.is_flagged(world) {
            let (who, market) = (self.seat.who, self.market);
            cancel_all(world, who, market)?;
            let (index, held) = (world.index(market)?, world.contracts(who, market));
            let level = |distance: f64| price(index * (1.0 + distance));
            let missing = self.size / index - held;
            if missing * index > self.size / 10.0 {
                let below = Terms { below: level(-NEAR), below_limit: level(-FAR), ..terms(Kind::Scale, missing) };
                let _counted = place(world, who, market, Terms { slices: LEVELS, ..below }, None)?;
            }
            if held > 0.0 {
                let above = Terms { above: level(NEAR), above_limit: level(FAR), ..terms(Kind::Scale, -held) };
                let _counted = place(world, who, market, Terms { slices: LEVELS, flags: REDUCE_ONLY, ..above }, None)?;
            }
        }
        self.seat.bank(world, at, 110)
    }
}
