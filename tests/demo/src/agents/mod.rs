//! Who trades. Each agent looks at its markets once a minute and acts like anybody else; what the exchange refuses (margin, band, guarded market, a flag) is counted and lived with.

mod arbitrageur;
mod basket;
mod depositor;
mod gambler;
mod ladder;
mod noise;
mod orders;
mod patient;
mod provider;
mod reversion;
mod trend;
mod whale;

use anyhow::Result;
use keel_engine::state::USDC;
use keel_simulator::Action;

use crate::paths::MARKETS;
use crate::world::{USD, World};

pub use arbitrageur::Arbitrageur;
pub use basket::Basket;
pub use depositor::{Depositor, Stay};
pub use gambler::{Gambler, largest_notional};
pub use ladder::Ladder;
pub use noise::Noise;
pub use patient::Patient;
pub use provider::{Provider, Quoting, USED, symmetric};
pub use reversion::Reversion;
pub use trend::Trend;
pub use whale::Whale;

/// Minutes between visits to the vault.
const BANKING_MINUTES: u64 = 60;
/// Visits at which a claim was not paid in full until less is accepted.
const PATIENCE: u32 = 2;
/// Free capital beyond this multiple of the start is withdrawn.
const RICH: f64 = 1.3;
/// Equity below this part of the start is topped up.
const POOR: f64 = 0.4;

/// What an agent sees beside the exchange.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Minutes played since the start.
    pub minute: u64,
}

/// Somebody who acts once a minute.
pub trait Agent {
    /// Whose account it works with.
    fn seat(&self) -> &Seat;
    /// Acts.
    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()>;
}

/// An account and the capital that an agent works with.
pub struct Seat {
    /// Its place.
    pub who: usize,
    /// Deposit at the start, in USD.
    pub capital: f64,
    /// How often in a row a claim was not to be had in full.
    waited: u32,
}

impl Seat {
    /// The account of that name.
    pub fn of(world: &World, name: &str) -> Result<Self> {
        let who = world.who(name)?;
        let deposit = world.setup.accounts.get(who).map_or(0, |account| account.deposit);
        Ok(Self { who, capital: deposit as f64 / USD, waited: 0 })
    }

    /// Whether the account is flagged for liquidation.
    fn is_flagged(&self, world: &World) -> bool {
        world.account(self.who).is_ok_and(|account| account.flagged_at != 0)
    }

    /// Trades towards a target, in contracts, unless it is near already; at most `clip` at a time.
    fn approach(&self, world: &mut World, market: usize, target: f64, tolerance: f64, clip: f64) -> Result<()> {
        let missing = target - world.contracts(self.who, market);
        if missing.abs() > tolerance && !self.is_flagged(world) {
            let _counted = world.trade(self.who, market, missing.clamp(-clip, clip), false)?;
        }
        Ok(())
    }

    /// Once in a while: settles, releases what is mature, takes profit home, brings fresh money after losses.
    fn bank(&mut self, world: &mut World, at: &Moment, offset: u64) -> Result<()> {
        if (at.minute + offset) % BANKING_MINUTES != BANKING_MINUTES - 1 {
            return Ok(());
        }
        let who = self.who;
        self.settle(world)?;
        self.release(world)?;
        let free = world.account(who)?.usdc() as f64 / USD;
        if free > RICH * self.capital {
            let amount = ((free - self.capital) * USD) as u64;
            let _counted = world.perform(Action::Withdraw { who, bank: USDC, amount })?;
        }
        let equity = world.equity(who);
        if equity < POOR * self.capital {
            let _counted = world.deposit(who, self.capital - equity)?;
        }
        Ok(())
    }

    /// Settles every position.
    fn settle(&self, world: &mut World) -> Result<()> {
        for market in 0..MARKETS {
            if world.position(self.who, market).is_some() {
                let _counted = world.perform(Action::Settle { who: self.who, market, by: self.who })?;
            }
        }
        Ok(())
    }

    /// Releases what is mature: in full, or for whatever it is worth once patience is gone.
    fn release(&mut self, world: &mut World) -> Result<()> {
        let min_ratio_ppm = if self.waited < PATIENCE { 1_000_000 } else { 0 };
        let mut refused = false;
        for market in 0..MARKETS {
            if world.position(self.who, market).is_some_and(|position| position.mature != 0) {
                let release = Action::Release { who: self.who, market, min_ratio_ppm };
                refused |= world.perform(release)?.is_err();
            }
        }
        self.waited = if refused { self.waited + 1 } else { 0 };
        Ok(())
    }
}
