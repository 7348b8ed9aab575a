//! What half of the traders have as margin in some crashes instead of USDC: its bank, and what its price does.

use keel_engine::state::Bank;
use keel_simulator::Quote;
use keel_simulator::setup::BankSetup;

use crate::paths::{Knots, Stretch, factor, within};

/// Number of its bank.
pub const BANK: usize = 1;
/// Days for which it is listed: its weight has reached the haircut.
const LISTED_SECS: u64 = 864_000;
/// Cap on it, in USD.
const CAP_USD: u64 = 10_000_000;

/// A kind of collateral, its parameters as docs/collateral.md chooses them.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// Its name.
    pub name: &'static str,
    /// Decimals of its mint.
    decimals: u8,
    /// First price in USD, of the token or of what it can be exchanged for.
    first: f64,
    /// What it can be exchanged for, if for anything.
    rate: Option<f64>,
    haircut_ppm: u64,
    size_slope_ppm: u64,
}

/// A major coin.
pub const SOL: Token =
    Token { name: "SOL", decimals: 9, first: 150.0, rate: None, haircut_ppm: 850_000, size_slope_ppm: 50_000 };
/// A dollar that earns interest.
pub const YIELD_DOLLAR: Token =
    Token { name: "sUSD", decimals: 6, first: 1.0, rate: Some(1.08), haircut_ppm: 930_000, size_slope_ppm: 20_000 };

/// Collateral on a path.
#[derive(Clone, Copy, Debug)]
pub struct Margin {
    /// Which.
    pub token: &'static Token,
    /// Its price over the first one, as a market's.
    pub prices: Knots,
    /// When its feed publishes nothing, whatever the market's does.
    pub silent: &'static [Stretch],
    /// Whether anybody has the capital to buy it.
    pub is_wanted: bool,
}

impl Margin {
    /// Whether its feed publishes nothing.
    pub fn is_silent(&self, at: u64) -> bool {
        within(self.silent, at)
    }

    /// What its feed states, so many seconds from the beginning of the crash.
    pub fn stated(&self, at: u64) -> f64 {
        self.token.first * factor(self.prices, at)
    }

    /// What a token fetches outside, in USD.
    pub fn outside(&self, at: u64) -> f64 {
        self.stated(at) * self.token.rate.unwrap_or(1.0)
    }

    /// Quote atoms for an atom of it outside.
    pub fn atom(&self, at: u64) -> f64 {
        self.outside(at) * 1e6 / 10f64.powi(self.token.decimals.into())
    }

    /// From when on its price stands still and its feed does not sleep.
    pub fn quiet_from(&self) -> u64 {
        let last = self.prices.last().map_or(0, |(at, _)| *at);
        self.silent.iter().map(|(_, until)| *until).fold(last, u64::max)
    }
}

impl Token {
    /// Atoms of it for so many dollars at the start.
    pub fn atoms(&self, usd: f64) -> u64 {
        (usd / (self.first * self.rate.unwrap_or(1.0)) * 10f64.powi(self.decimals.into())) as u64
    }

    /// The part of it that counts, size aside.
    pub fn weight(&self) -> f64 {
        self.haircut_ppm as f64 / 1e6
    }

    /// Its bank.
    pub fn setup(&self) -> BankSetup {
        let chosen = [
            ("haircut_ppm", self.haircut_ppm),
            ("cap_usd", CAP_USD),
            ("ramp_secs", 86_400),
            ("size_slope_ppm_per_million_usd", self.size_slope_ppm),
        ];
        BankSetup {
            name: self.name.to_owned(),
            decimals: self.decimals,
            first: Quote::of_usd(self.first),
            rate: self.rate.map(Quote::of_usd),
            listed: LISTED_SECS,
            params: BankSetup::params_of(chosen).unwrap_or_else(|what| unreachable!("{what}")),
        }
    }
}

/// Whether a debt of that age is due: there is something to do about it, be its owner healthy or not.
pub fn is_due(bank: &Bank, debt_since: i64, unix: i64) -> bool {
    debt_since != 0 && unix >= debt_since.saturating_add(i64::from(bank.debt_grace_secs))
}
