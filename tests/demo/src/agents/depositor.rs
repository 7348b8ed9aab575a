//! Puts money into the pool and leaves it to quote; asks for a part of it back one day, and waits for it.

use anyhow::Result;
use keel_simulator::Action;
use keel_simulator::pool::PoolAct;

use super::{Agent, Moment, Seat};
use crate::world::World;

/// Lamports for who executes a request.
const TIP: u64 = 50_000;

/// When a depositor comes and goes, in minutes played.
#[derive(Clone, Copy, Debug)]
pub struct Stay {
    /// When it comes; at the start it is let in before anybody trades.
    pub from: u64,
    /// When it asks to leave.
    pub until: u64,
    /// With which part of its shares.
    pub part: f64,
}

/// A depositor.
pub struct Depositor {
    seat: Seat,
    stay: Stay,
}

impl Depositor {
    pub const fn new(seat: Seat, stay: Stay) -> Self {
        Self { seat, stay }
    }

    /// Whether it is there from the start.
    pub const fn is_first(&self) -> bool {
        self.stay.from == 0
    }

    /// Asks to come in with all its capital. Returns whether the program took the request.
    pub fn ask_in(&self, world: &mut World) -> Result<bool> {
        let (who, amount) = (self.seat.who, world.account(self.seat.who)?.usdc());
        let act = PoolAct::RequestDeposit { who, amount, min_shares: 0, tip: TIP };
        Ok(world.perform(Action::Pool(act))?.is_ok())
    }

    /// Asks to leave with its part.
    fn ask_out(&self, world: &mut World) -> Result<()> {
        let who = self.seat.who;
        let held = world.books().shares_of(&world.address(who)?);
        let shares = (held as f64 * self.stay.part) as u64;
        if shares != 0 {
            let act = PoolAct::RequestRedeem { who, shares: Some(shares), tip: TIP };
            let _counted = world.perform(Action::Pool(act))?;
        }
        Ok(())
    }
}

impl Agent for Depositor {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        if at.minute == self.stay.from && !self.is_first() {
            let _counted = self.ask_in(world)?;
        }
        if at.minute == self.stay.until {
            self.ask_out(world)?;
        }
        Ok(())
    }
}
