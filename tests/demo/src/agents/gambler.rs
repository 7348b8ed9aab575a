//! Opens as much as initial margin allows, takes a quick profit, and no loss before most is gone: sooner or later it is
//! liquidated, waits, and comes back with fresh money.

use anyhow::Result;

use super::{Agent, Moment, Seat};
use crate::random::Random;
use crate::world::{USD, World};

/// Part of the equity that it puts up as initial margin.
const USED: f64 = 0.93;
/// Gain, as a part of its capital, at which it takes the money.
const ENOUGH: f64 = 0.6;
/// Equity below this part of its capital is not worth a bet.
const RUINED: f64 = 0.2;

/// An over-levered trader.
pub struct Gambler {
    seat: Seat,
    market: usize,
    /// Minutes of rest after a loss.
    rest: u64,
    /// Minute from which on it bets again.
    ready_at: u64,
    anchor: Option<f64>,
    /// Equity when it last bet.
    stake: f64,
    random: Random,
}

impl Gambler {
    pub fn new(seat: Seat, market: usize, rest: u64, seed: u64) -> Self {
        Self { seat, market, rest, ready_at: 30, anchor: None, stake: 0.0, random: Random::new(seed) }
    }

    /// Bets with the last hours' move, or once in a while against it.
    fn bet(&mut self, world: &mut World, at: &Moment, price: f64) -> Result<()> {
        let equity = world.free_equity(self.seat.who);
        let up = price >= self.anchor.unwrap_or(price);
        let up = up != (self.random.unit() < 0.2);
        let params = world.market(self.market)?.params;
        let notional = largest_notional(equity * USED, params.imr_ppm, params.imf_slope_ppm_per_million_usd);
        let contracts = notional / price * if up { 1.0 } else { -1.0 };
        // The worst of mark, stable price and index may ask for a little more: try smaller once.
        if world.trade(self.seat.who, self.market, contracts, false)?.is_err() {
            let _counted = world.trade(self.seat.who, self.market, contracts * 0.8, false)?;
        }
        self.anchor = Some(price);
        self.stake = world.equity(self.seat.who);
        self.ready_at = at.minute + 15;
        Ok(())
    }
}

/// The largest notional in USD whose initial margin, rising with size, is at most `margin`.
pub fn largest_notional(margin: f64, imr_ppm: u32, slope_ppm: u32) -> f64 {
    let (ratio, slope) = (f64::from(imr_ppm) / USD, f64::from(slope_ppm) / USD / USD);
    if slope == 0.0 {
        return margin / ratio;
    }
    ((ratio * ratio + 4.0 * slope * margin).sqrt() - ratio) / (2.0 * slope)
}

impl Agent for Gambler {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()> {
        let (who, price) = (self.seat.who, world.index(self.market)?);
        self.anchor.get_or_insert(price);
        if self.seat.is_flagged(world) {
            self.ready_at = at.minute + self.rest;
            return Ok(());
        }
        let held = world.contracts(who, self.market);
        let equity = world.equity(who);
        if held != 0.0 {
            // Liquidation leaves a smaller position that is healthy again: too small to be fun.
            let ruined = equity < RUINED * self.seat.capital;
            if ruined || equity > self.stake + ENOUGH * self.seat.capital {
                let _counted = world.trade(who, self.market, -held, true)?;
                self.ready_at = at.minute + if ruined { self.rest } else { self.rest / 4 };
            }
            return Ok(());
        }
        if at.minute < self.ready_at {
            return self.seat.bank(world, at, 40);
        }
        if equity < RUINED * self.seat.capital {
            let _counted = world.deposit(who, self.seat.capital - equity)?;
        }
        self.bet(world, at, price)
    }
}
