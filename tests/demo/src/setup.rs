//! What the demo starts with: the scenario `demo.json`, listed at the first price that is played.

use std::path::Path;

use anyhow::{Context, Result};
use keel_embedded::genesis::{self, Genesis, Setting};
use keel_simulator::{Action, Quote, Scenario};

/// The scenario. It plays by itself as well: the exchange, its market and everybody's deposits, and nobody acts.
const SCENARIO: &str = include_str!("../demo.json");
/// The genesis file whose markets these are.
const CLUSTER: &str = "localnet";

/// The scenario as it is written.
pub fn written() -> Result<Scenario> {
    Ok(Scenario::parse("demo.json", Path::new(""), SCENARIO)?)
}

/// The scenario at another first price: parameters that the genesis file computes from the price are computed from this
/// one in the same way.
pub fn at(first: &Quote) -> Result<Scenario> {
    let mut scenario = written()?;
    let genesis = Genesis::read(&genesis::path(CLUSTER))?;
    for (name, market) in scenario.markets.iter().zip(&mut scenario.setup.markets) {
        let listed = genesis.market(name)?;
        let params = listed.params(first.price, first.exponent)?;
        let is_computed = |setting: &Setting| matches!(setting, Setting::Word(_));
        for name in listed.params.iter().filter(|(_, setting)| is_computed(setting)).map(|(name, _)| name) {
            let value = params.get(name).with_context(|| format!("there is no parameter {name}"))?;
            market.params.set(name, value)?;
        }
        market.first = *first;
    }
    // The listing states the first price.
    scenario.steps.retain(|step| !matches!(step.action, Action::Price { .. }));
    Ok(scenario)
}
