//! What an exchange of the demo starts with: the markets of the local network's genesis file at the first prices that are
//! played.

use anyhow::{Context, Result, ensure};
use keel_embedded::genesis::{self, Genesis};
use keel_engine::pool::StrategyTerms;
use keel_simulator::governance::{Act, Authority, Planned};
use keel_simulator::setup::{AccountSetup, MarketSetup};
use keel_simulator::{Action, Quote, Setup};

use crate::paths::{MARKETS, Published};
use crate::world::World;

/// The genesis file whose markets these are.
const CLUSTER: &str = "localnet";

/// The genesis file.
pub fn genesis() -> Result<Genesis> {
    Genesis::read(&genesis::path(CLUSTER))
}

/// The exchange as it starts at those first prices with those accounts.
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
    Ok(Setup { exchange, markets: markets.collect::<Result<_>>()?, accounts, strategies: Vec::new() })
}

/// Governance gives the pool the strategies of the genesis file: queued now, executed at a later time, when the timelock has
/// passed.
pub fn agree_on_strategies(world: &mut World, later: i64) -> Result<()> {
    let mut strategies = Vec::new();
    for market in &genesis()?.markets {
        strategies.push(market.strategy().with_context(|| format!("{} has no strategy", market.name))?);
    }
    govern_strategies(world, &strategies, later)
}

/// The same with any strategies, one for each market.
pub fn govern_strategies(world: &mut World, strategies: &[StrategyTerms], later: i64) -> Result<()> {
    let mut numbers = Vec::new();
    for (market, terms) in strategies.iter().enumerate() {
        let plan = Planned::Strategy(market, *terms);
        let _queued = world.perform(Action::Govern(Act::Queue { by: Authority::Admin, plan }))?.context("queued")?;
        numbers.extend(world.books().changes.keys().next_back());
    }
    world.turn(later);
    for number in numbers {
        let done = world.perform(Action::Govern(Act::Execute { number }))?;
        let _done = done.with_context(|| format!("change {number} of the pool's strategies"))?;
    }
    Ok(())
}
