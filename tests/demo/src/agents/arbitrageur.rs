//! Brings the curve of a fixed peg back to the index, as somebody does who trades the asset elsewhere: it buys what is
//! cheap here and sells what is dear, up to the index, and is limited by its margin alone.

use anyhow::Result;
use keel_engine::units::Price;
use keel_simulator::native;

use super::{Agent, Moment, Seat};
use crate::world::World;

/// Distance of the curve from the index beyond the fee that it leaves alone.
const MARGIN: f64 = 0.002;
/// The most that it trades at once, as a multiple of its capital.
const CLIP: f64 = 0.5;

/// An arbitrageur in one market.
pub struct Arbitrageur {
    seat: Seat,
    market: usize,
}

impl Arbitrageur {
    pub const fn new(seat: Seat, market: usize) -> Self {
        Self { seat, market }
    }
}

impl Agent for Arbitrageur {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        let market = world.market(self.market)?;
        let (index, curve) = (native::usd(market.index.bits), native::curve_price(market));
        let distance = curve / index - 1.0;
        let fee = f64::from(market.params.base_fee_ppm) / 1e6;
        if distance.abs() > fee + MARGIN && !self.seat.is_flagged(world) {
            let part = 1.0 + distance.signum() * fee;
            let limit = Price::from_bits((market.index.bits as f64 * part) as u64);
            let contracts = -distance.signum() * self.seat.capital * CLIP / index;
            let _counted = world.trade_to(self.seat.who, self.market, contracts, limit)?;
        }
        self.seat.bank(world, at, 120)
    }
}
