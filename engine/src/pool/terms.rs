//! What governance may set of a strategy, and within which bounds (docs/pool-strategy.md).

use bytemuck::{Pod, Zeroable};

use crate::error::{Error, Result};
use crate::params::MILLION;
use crate::state::{Market, Pool, Strategy};

/// Largest leverage of a strategy.
const MAX_LEVERAGE_PPM: u32 = 20_000_000;
/// Largest distance of a range's end from its middle where a market has no price band: a factor of 1.65.
const MAX_WIDTH_TICKS: u32 = 5_000;
/// The part of its notional that an account keeps when capital leaves it.
const KEPT_PPM: u32 = 100_000;

/// The part of a [`Strategy`] that governance sets. Amounts are whole USD.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct StrategyTerms {
    /// 1 where the pool quotes.
    pub quotes: u8,
    /// 1 where it takes over what a liquidation's auction has left.
    pub backstops: u8,
    /// Padding; zero.
    pub pad: [u8; 2],
    /// Ticks from the middle of its range to either end.
    pub width_ticks: u32,
    /// Part of the pool's value that this market is given.
    pub weight_ppm: u32,
    /// Notional of each side of the range over that part.
    pub leverage_ppm: u32,
    /// Largest notional of the position that its ranges may bring about.
    pub exposure_cap_usd: u32,
    /// Largest notional of the position that taking over may bring about.
    pub backstop_cap_usd: u32,
    /// Loss on what was taken over in a day from which on nothing more is.
    pub backstop_loss_cap_usd: u32,
}

impl StrategyTerms {
    /// Each with its field name.
    pub const fn values(&self) -> [(&'static str, u32); 8] {
        [
            ("quotes", self.quotes as u32),
            ("backstops", self.backstops as u32),
            ("width_ticks", self.width_ticks),
            ("weight_ppm", self.weight_ppm),
            ("leverage_ppm", self.leverage_ppm),
            ("exposure_cap_usd", self.exposure_cap_usd),
            ("backstop_cap_usd", self.backstop_cap_usd),
            ("backstop_loss_cap_usd", self.backstop_loss_cap_usd),
        ]
    }

    /// Sets a term by its field name. Errors with `InvalidParameter` for an unknown name or a value that does not fit the
    /// field.
    pub fn set(&mut self, name: &str, value: u32) -> Result<()> {
        let switch = || u8::try_from(value).map_err(|_| Error::InvalidParameter);
        match name {
            "quotes" => self.quotes = switch()?,
            "backstops" => self.backstops = switch()?,
            "width_ticks" => self.width_ticks = value,
            "weight_ppm" => self.weight_ppm = value,
            "leverage_ppm" => self.leverage_ppm = value,
            "exposure_cap_usd" => self.exposure_cap_usd = value,
            "backstop_cap_usd" => self.backstop_cap_usd = value,
            "backstop_loss_cap_usd" => self.backstop_loss_cap_usd = value,
            _ => return Err(Error::InvalidParameter),
        }
        Ok(())
    }

    /// Whether they end the strategy.
    pub const fn ends(&self) -> bool {
        self.quotes == 0 && self.backstops == 0 && self.weight_ppm == 0
    }

    /// The terms of a strategy that there is.
    pub const fn of(strategy: &Strategy) -> Self {
        Self {
            quotes: strategy.quotes,
            backstops: strategy.backstops,
            pad: [0; 2],
            width_ticks: strategy.width_ticks,
            weight_ppm: strategy.weight_ppm,
            leverage_ppm: strategy.leverage_ppm,
            exposure_cap_usd: strategy.exposure_cap_usd,
            backstop_cap_usd: strategy.backstop_cap_usd,
            backstop_loss_cap_usd: strategy.backstop_loss_cap_usd,
        }
    }

    /// Writes them into a strategy.
    pub const fn put(&self, strategy: &mut Strategy) {
        strategy.quotes = self.quotes;
        strategy.backstops = self.backstops;
        strategy.width_ticks = self.width_ticks;
        strategy.weight_ppm = self.weight_ppm;
        strategy.leverage_ppm = self.leverage_ppm;
        strategy.exposure_cap_usd = self.exposure_cap_usd;
        strategy.backstop_cap_usd = self.backstop_cap_usd;
        strategy.backstop_loss_cap_usd = self.backstop_loss_cap_usd;
    }

    /// Checks them as far as they need no market: switches, compiled-in bounds, and that what quotes has a width, a weight
    /// and a leverage. Errors with `InvalidParameter`.
    pub fn check(&self) -> Result<()> {
        let are_within = self.quotes <= 1
            && self.backstops <= 1
            && self.pad == [0; 2]
            && self.width_ticks <= MAX_WIDTH_TICKS
            && self.weight_ppm <= MILLION
            && self.leverage_ppm <= MAX_LEVERAGE_PPM;
        let quotes = self.width_ticks != 0 && self.weight_ppm != 0 && self.leverage_ppm != 0;
        if are_within && (quotes || self.quotes == 0) { Ok(()) } else { Err(Error::InvalidParameter) }
    }

    /// Checks them against their market: the width on its grid (`InvalidParameter`) and no wider than its band, and the
    /// margin of one side within what the market is given (`UnsafeParameters`): `leverage * max(imr, 10%) <= 1`.
    /// Together with [`Self::check_all`] all strategies' ranges are backed at once while the pool holds nothing, and what
    /// then leaves the pool finds the tenth of the notional that a withdrawal leaves.
    pub fn check_in(&self, market: &Market) -> Result<()> {
        self.check()?;
        if self.width_ticks.checked_rem(market.params.tick_spacing) != Some(0) {
            return Err(Error::InvalidParameter);
        }
        let band = market.params.price_band_ppm;
        let is_in_band = band == 0 || self.width_ticks.saturating_mul(100) <= band;
        let margin = u64::from(self.leverage_ppm).saturating_mul(u64::from(market.params.imr_ppm.max(KEPT_PPM)));
        let is_backed = margin <= u64::from(MILLION).saturating_mul(u64::from(MILLION));
        if is_in_band && is_backed { Ok(()) } else { Err(Error::UnsafeParameters) }
    }

    /// Refuses a pool whose strategies are given more than all of it: `UnsafeParameters`.
    pub fn check_all(pool: &Pool) -> Result<()> {
        let weights = pool.strategies.iter().fold(0u32, |sum, strategy| sum.saturating_add(strategy.weight_ppm));
        if weights <= MILLION { Ok(()) } else { Err(Error::UnsafeParameters) }
    }
}

const _: () = assert!(size_of::<StrategyTerms>() == 28);
