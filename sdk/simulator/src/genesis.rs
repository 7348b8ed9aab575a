//! Genesis files: the markets that a cluster starts with, by name and with their parameters, and how the exchange is deployed
//! there (`migrations/*.json`).

mod bank;
mod deployment;

pub use bank::BankGenesis;
pub use deployment::{Deployment, NOBODY};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::prices::Quote;
use anyhow::{Context, Result, bail, ensure};
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::oracle::scale;
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::ranges::liquidity_for_quote;
use keel_engine::state::Mode;
use keel_engine::units::Price;
use serde::Deserialize;

/// What a range of one grid step must be worth to be allowed: the default of `min_tick_liquidity`.
const SMALLEST_RANGE_USD: u64 = 100;
/// The default of `skew_scale_base` is the cap on open interest over this.
const SKEW_SCALE_DIVISOR: u64 = 20;
/// The parameter that says how many units of the feed's asset a contract is.
const CONTRACT_EXPONENT: &str = "contract_exponent";
/// Quote atoms in a dollar.
const QUOTE_ATOMS: u64 = 1_000_000;

/// A genesis file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// Name of the cluster.
    pub cluster: String,
    /// Parameters of the exchange, its bank and its pool that are not their defaults, by name.
    #[serde(default)]
    pub exchange: BTreeMap<String, u64>,
    /// The cluster, its keys and where its prices come from.
    #[serde(default)]
    pub deployment: Deployment,
    /// Banks of other collateral than the quote currency, numbered from 1 in this order.
    #[serde(default)]
    pub banks: Vec<BankGenesis>,
    /// Its markets, numbered from 1 in this order.
    pub markets: Vec<MarketGenesis>,
}

/// A market in a genesis file. Parameters that are not named have their documented defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketGenesis {
    /// Name, at most 16 bytes.
    pub name: String,
    /// How the peg follows the index.
    pub mode: GenesisMode,
    /// Peg of a fixed market, in USD per unit of the feed's asset; without one it is the first index.
    #[serde(default)]
    pub launch_price: Option<f64>,
    /// Pyth feed of the index, in hexadecimal.
    pub feed_id: String,
    /// Program that owns its price accounts, where it is another than the deployment's.
    #[serde(default)]
    pub price_owner: Option<String>,
    /// Address of a price account of its feed, where it is another than the push oracle's.
    #[serde(default)]
    pub price_account: Option<String>,
    /// Indices of the tick arrays that exist from the start.
    pub tick_arrays: Vec<i32>,
    /// How the pool quotes there; without it the pool stays away.
    #[serde(default)]
    pub pool: Option<StrategyGenesis>,
    /// Parameters by name.
    #[serde(default)]
    pub params: BTreeMap<String, Setting>,
}

/// The pool's strategy in a market, in which it quotes and takes over what liquidations leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyGenesis {
    /// Ticks from the middle of its range to either end.
    pub width_ticks: u32,
    /// Part of the pool's value that the market is given.
    pub weight_ppm: u32,
    /// Notional of each side of the range over that part.
    pub leverage_ppm: u32,
    /// Largest notional of a position that its ranges may bring about.
    pub exposure_cap_usd: u32,
    /// Largest notional of a position that taking over may bring about.
    pub backstop_cap_usd: u32,
    /// Loss of a day on what was taken over from which on nothing more is.
    pub backstop_loss_cap_usd: u32,
}

/// How the peg follows the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GenesisMode {
    /// The peg is the index.
    Floating,
    /// The peg is the launch price for ever.
    Fixed,
}

/// A parameter's value: a number, or `"auto"` where a rule computes it from the launch price.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// A number.
    Value(u64),
    /// A word.
    Word(String),
}

impl core::fmt::Display for Setting {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Word(word) => word.fmt(f),
        }
    }
}

/// The genesis file of that name in `migrations/`.
pub fn path(cluster: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(cluster).with_extension("json")
}

impl Genesis {
    /// Reads a genesis file. An unknown key is an error that names it.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no genesis file", path.display()))
    }

    /// The market with this name.
    pub fn market(&self, name: &str) -> Result<&MarketGenesis> {
        let found = self.markets.iter().find(|market| market.name == name);
        found.with_context(|| format!("the genesis of {} has no market {name}", self.cluster))
    }
}

impl MarketGenesis {
    /// The peg's mode.
    pub const fn mode(&self) -> Mode {
        match self.mode {
            GenesisMode::Floating => Mode::Floating,
            GenesisMode::Fixed => Mode::Fixed,
        }
    }

    /// The name as the market holds it.
    pub fn name_bytes(&self) -> Result<[u8; 16]> {
        let mut bytes = [0; 16];
        let name = self.name.as_bytes();
        let place = bytes.get_mut(..name.len()).with_context(|| format!("{} is longer than 16 bytes", self.name))?;
        place.copy_from_slice(name);
        Ok(bytes)
    }

    /// The feed as the market holds it.
    pub fn feed(&self) -> Result<[u8; 32]> {
        feed_of(&self.feed_id, &self.name)
    }

    /// How the pool quotes and takes over there, if it does.
    pub fn strategy(&self) -> Option<StrategyTerms> {
        self.pool.map(|strategy| StrategyTerms {
            quotes: 1,
            backstops: 1,
            pad: [0; 2],
            width_ticks: strategy.width_ticks,
            weight_ppm: strategy.weight_ppm,
            leverage_ppm: strategy.leverage_ppm,
            exposure_cap_usd: strategy.exposure_cap_usd,
            backstop_cap_usd: strategy.backstop_cap_usd,
            backstop_loss_cap_usd: strategy.backstop_loss_cap_usd,
        })
    }

    /// The peg of a fixed market; zero, which takes the index, where none is named.
    pub fn launch(&self) -> Result<Price> {
        let Some(usd) = self.launch_price else { return Ok(Price::default()) };
        ensure!(self.mode == GenesisMode::Fixed, "{}: the peg of a floating market is its index", self.name);
        let mut params = Params::DEFAULT;
        if let Some(Setting::Value(exponent)) = self.params.get(CONTRACT_EXPONENT) {
            params.set(CONTRACT_EXPONENT, *exponent)?;
        }
        let Quote { price, exponent, .. } = Quote::of_usd(usd);
        scale(price, exponent, params.contract_exponent).with_context(|| format!("{}: launch_price {usd}", self.name))
    }

    /// The parameters for a launch price, published as `price * 10^exponent`.
    pub fn params(&self, price: i64, exponent: i32) -> Result<Params> {
        self.params_with(|name, params| automatic(name, params, scale(price, exponent, params.contract_exponent)?))
    }

    /// The parameters of a market that is listed already: what a rule computes is what it computed then.
    pub fn params_of_listed(&self, listed: &Params) -> Result<Params> {
        self.params_with(|name, _| listed.get(name).with_context(|| format!("there is no parameter {name}")))
    }

    /// The parameters, with what `auto` stands for from a rule.
    fn params_with(&self, rule: impl Fn(&str, &Params) -> Result<u64>) -> Result<Params> {
        let mut params = Params::DEFAULT;
        let number = |setting: &Setting| if let Setting::Value(value) = setting { Some(*value) } else { None };
        for (name, setting) in &self.params {
            if let Some(value) = number(setting) {
                params.set(name, value).with_context(|| format!("{}: parameter {name} = {value}", self.name))?;
            }
        }
        for (name, setting) in &self.params {
            if let Setting::Word(word) = setting {
                ensure!(word == "auto", "{}: parameter {name} = {word} is neither a number nor \"auto\"", self.name);
                let value = rule(name, &params)?;
                params.set(name, value).with_context(|| format!("{}: parameter {name} = {value}", self.name))?;
            }
        }
        if let Some(name) = params.out_of_bounds() {
            bail!("{}: parameter {name} is outside of its bounds", self.name);
        }
        if let Some(rule) = params.unsafe_combination() {
            bail!("{}: the parameters break the solvency envelope: {rule}", self.name);
        }
        Ok(params)
    }
}

/// A feed's bytes, told in hexadecimal.
fn feed_of(text: &str, name: &str) -> Result<[u8; 32]> {
    let text = text.trim_start_matches("0x");
    ensure!(text.len() == 64 && text.is_ascii(), "feed_id of {name} must have 64 hexadecimal digits");
    let mut feed = [0; 32];
    for (byte, digits) in feed.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits)?;
        *byte = u8::from_str_radix(digits, 16).with_context(|| format!("`{digits}` in feed_id of {name}"))?;
    }
    Ok(feed)
}

/// What `"auto"` stands for.
fn automatic(name: &str, params: &Params, launch: Price) -> Result<u64> {
    match name {
        "skew_scale_base" => {
            let quote = u64::from(params.oi_cap_usd) * QUOTE_ATOMS / SKEW_SCALE_DIVISOR;
            Ok(u64::try_from((u128::from(quote) << 48) / u128::from(launch.bits))?)
        }
        "min_tick_liquidity" => {
            let upper = sqrt_price_at_tick(params.tick_spacing.cast_signed())?;
            let liquidity =
                liquidity_for_quote(SMALLEST_RANGE_USD * QUOTE_ATOMS, sqrt_price_at_tick(0)?, upper, launch)?;
            Ok(u64::try_from(liquidity)?)
        }
        _ => bail!("no rule computes the parameter {name}"),
    }
}
