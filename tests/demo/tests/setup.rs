//! The scenario of the demo against the genesis file whose market it is.

use keel_demo::setup::{at, written};
use keel_embedded::genesis::{Genesis, path};
use keel_engine::state::Mode;
use keel_simulator::{Action, Quote, Simulator};

#[test]
fn the_scenario_is_the_market_of_the_genesis_file_at_its_price() {
    let (scenario, genesis) = (written().unwrap(), Genesis::read(&path("localnet")).unwrap());
    let (market, listed) = (&scenario.setup.markets[0], genesis.market("BTC").unwrap());
    assert_eq!((scenario.setup.markets.len(), market.name), (1, listed.name_bytes().unwrap()));
    assert_eq!((market.mode, market.mode), (listed.mode(), Mode::Floating));
    assert_eq!(market.params, listed.params(market.first.price, market.first.exponent).unwrap());
    let arrays = scenario.steps.iter().filter_map(|step| match step.action {
        Action::CreateTickArray { index, .. } => Some(index),
        _ => None,
    });
    assert_eq!(arrays.collect::<Vec<_>>(), listed.tick_arrays);
    assert!(Simulator::start(&scenario.setup).is_ok());
}

#[test]
fn another_first_price_decides_the_parameters_that_genesis_computes() {
    let (ours, other) = (written().unwrap().setup, Quote::of_usd(23_144.78));
    assert_eq!(at(&ours.markets[0].first).unwrap().setup, ours);
    let setup = at(&other).unwrap().setup;
    let genesis = Genesis::read(&path("localnet")).unwrap();
    let params = genesis.market("BTC").unwrap().params(other.price, other.exponent).unwrap();
    assert_ne!(params, ours.markets[0].params);
    assert_eq!((setup.markets[0].params, setup.markets[0].first), (params, other));
    assert_eq!(setup.accounts, ours.accounts);
}
