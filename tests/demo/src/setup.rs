//! What an exchange of the demo starts with: the markets of the local network's genesis file at the first prices that are
//! played.

use anyhow::{Context, Result, ensure};
use keel_simulator::genesis::{self, Genesis};
use keel_simulator::setup::{AccountSetup, MarketSetup};
use keel_simulator::{Quote, Setup};

use crate::paths::{MARKETS, Published};

/// The genesis file whose markets these are.
const CLUSTER: &str = "localnet";

/// The genesis file.
pub fn genesis() -> Result<Genesis> {
    Genesis::read(&genesis::path(CLUSTER))
}

/// The exchange as it starts at those first prices with those accounts. Where the pool's is among them, it has the
/// strategies of the genesis file.
pub fn at(firsts: &Published, accounts: Vec<AccountSetup>) -> Result<Setup> {
    let genesis = genesis()?;
    ensure!(genesis.markets.len() == MARKETS, "the genesis of {CLUSTER} has other markets than the demo plays");
    let quotes = firsts.iter().map(|first| first.context("a market without a first price"));
    let markets: Vec<Quote> = quotes.collect::<Result<_>>()?;
    let markets = genesis.markets.iter().zip(markets).map(|(market, first)| {
        Ok(MarketSetup {
            name: market.name_bytes()?,
            mode: market.mode(),
            launch_price: market.launch()?,
            params: market.params(first.price, first.exponent)?,
            first,
        })
    });
    let exchange = genesis.exchange.iter().map(|(name, value)| (name.clone(), *value)).collect();
    let has_pool = accounts.iter().any(|account| account.is_pool);
    let strategies = genesis.markets.iter().enumerate().filter(|_| has_pool);
    let strategies = strategies.filter_map(|(place, market)| Some((place, market.strategy()?))).collect();
    Ok(Setup { exchange, markets: markets.collect::<Result<_>>()?, accounts, strategies, ..Setup::default() })
}
