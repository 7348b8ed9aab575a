//! Banks of other collateral in a genesis file: their mints, feeds and parameters.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use keel_engine::exchange_params::BankParams;
use serde::Deserialize;

use super::feed_of;
use crate::setup::BankSetup;

/// A bank in a genesis file. Parameters that are not named have their documented defaults, but for the haircut, which is 0:
/// collateral that counts nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankGenesis {
    /// Name of its token.
    pub name: String,
    /// Mint of its token, in base 58; the local network makes one where none is named.
    #[serde(default)]
    pub mint: Option<String>,
    /// Decimals of the mint, at most 9.
    pub decimals: u8,
    /// Pyth feed of the price in USD, in hexadecimal: of the token, or of what it can be exchanged for.
    pub feed_id: String,
    /// Pyth feed of the rate at which it can be exchanged, where it has one.
    #[serde(default)]
    pub rate_feed_id: Option<String>,
    /// Program that owns its price accounts, where it is another than the deployment's.
    #[serde(default)]
    pub price_owner: Option<String>,
    /// Parameters by name.
    #[serde(default)]
    pub params: BTreeMap<String, u64>,
}

impl BankGenesis {
    /// The feed of the price as the bank holds it.
    pub fn feed(&self) -> Result<[u8; 32]> {
        feed_of(&self.feed_id, &self.name)
    }

    /// The feed of the rate as the bank holds it; zero without one.
    pub fn rate_feed(&self) -> Result<[u8; 32]> {
        self.rate_feed_id.as_ref().map_or(Ok([0; 32]), |feed| feed_of(feed, &self.name))
    }

    /// Its parameters as the bank of that number. Errors name the one that there is not or that is outside of its bounds.
    pub fn params(&self, number: u8) -> Result<BankParams> {
        ensure!(self.decimals <= 9, "{}: a token of {} decimals is not served", self.name, self.decimals);
        let named = self.params.iter().map(|(name, value)| (name.as_str(), *value));
        let params = BankSetup::params_of(named).map_err(anyhow::Error::msg);
        let params = params.with_context(|| format!("the bank {}", self.name))?;
        params.check_of(number).with_context(|| format!("the parameters of the bank {}", self.name))?;
        Ok(params)
    }
}
