//! Who trades. Each agent looks at the market once a minute and acts through signed transactions like anybody else; what
//! the program refuses (margin, band, guarded market, a flag) is counted and lived with.

mod gambler;
mod noise;
mod provider;
mod reversion;
mod trend;

use anyhow::Result;
use keel_embedded::Trader;

use crate::world::{USD, World};

pub use gambler::Gambler;
pub use noise::Noise;
pub use provider::Provider;
pub use reversion::Reversion;
pub use trend::Trend;

/// Minutes between visits to the vault.
const BANKING_MINUTES: u64 = 60;
/// Visits at which a claim was not paid in full until less is accepted.
const PATIENCE: u32 = 2;
/// Free capital beyond this multiple of the start is withdrawn.
const RICH: f64 = 1.3;
/// Equity below this part of the start is topped up.
const POOR: f64 = 0.4;

/// What an agent sees.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Minutes since the start.
    pub minute: u64,
    /// The index, in USD.
    pub price: f64,
}

/// Somebody who acts once a minute.
pub trait Agent {
    /// What the report calls it.
    fn name(&self) -> &'static str;
    /// Its margin account and key.
    fn trader(&self) -> &Trader;
    /// Acts.
    fn act(&mut self, world: &mut World, at: &Moment) -> Result<()>;
}

/// A name, a key and the capital that an agent works with.
pub struct Seat {
    pub name: &'static str,
    pub trader: Trader,
    /// Deposit at the start, in USD.
    pub capital: f64,
    /// How often in a row a claim was not to be had in full.
    waited: u32,
}

impl Seat {
    /// Opens a margin account with a deposit.
    pub fn open(world: &mut World, name: &'static str, capital: f64, with_ranges: bool) -> Result<Self> {
        Ok(Self { name, trader: world.open(name, capital, with_ranges)?, capital, waited: 0 })
    }

    /// Whether the account is flagged for liquidation.
    fn is_flagged(&self, world: &World) -> bool {
        world.account(&self.trader.account).is_ok_and(|account| account.flagged_at != 0)
    }

    /// Trades towards a target, in contracts, unless it is near already; at most `clip` at a time.
    fn approach(&self, world: &mut World, target: f64, tolerance: f64, clip: f64) -> Result<()> {
        let missing = target - world.contracts(&self.trader.account);
        if missing.abs() > tolerance && !self.is_flagged(world) {
            world.trade(&self.trader, missing.clamp(-clip, clip), false)?;
        }
        Ok(())
    }

    /// Once in a while: settles, releases what is mature, takes profit home, brings fresh money after losses.
    fn bank(&mut self, world: &mut World, at: &Moment, offset: u64) -> Result<()> {
        if (at.minute + offset) % BANKING_MINUTES != BANKING_MINUTES - 1 {
            return Ok(());
        }
        let account = self.trader.account;
        if world.position(&account).is_some() {
            let _counted = world.settle(&self.trader, &account)?;
        }
        self.release(world)?;
        let free = world.account(&account)?.usdc() as f64 / USD;
        if free > RICH * self.capital {
            let _counted = world.withdraw(&self.trader, free - self.capital)?;
        }
        let equity = world.equity(&account);
        if equity < POOR * self.capital {
            world.deposit(&self.trader, self.capital - equity)?;
        }
        Ok(())
    }

    /// Releases what is mature: in full, or for whatever it is worth once patience is gone.
    fn release(&mut self, world: &mut World) -> Result<()> {
        if world.position(&self.trader.account).is_none_or(|position| position.mature == 0) {
            return Ok(());
        }
        let min_ratio_ppm = if self.waited < PATIENCE { 1_000_000 } else { 0 };
        let refused = world.release(&self.trader, min_ratio_ppm)?.is_err();
        self.waited = if refused { self.waited + 1 } else { 0 };
        Ok(())
    }
}
