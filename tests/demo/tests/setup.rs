//! The demo's exchange against the genesis file whose markets it has.

use keel_demo::paths::{BTC, MARKETS, NVDA, PUMP, Published, RELATIONS, follow};
use keel_demo::prices::{built_in, samples};
use keel_demo::setup::genesis;
use keel_engine::oracle::scale;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::Mode;
use keel_simulator::setup::{AccountSetup, number};
use keel_simulator::{Quote, Setup, Simulator};

fn firsts() -> Published {
    follow(&samples(&built_in(), 1)[..1])[0]
}

fn at(firsts: &Published) -> anyhow::Result<Setup> {
    keel_demo::setup::at(firsts, Vec::new())
}

#[test]
fn the_markets_are_those_of_the_genesis_file_at_their_first_prices() {
    let (setup, genesis) = (at(&firsts()).unwrap(), genesis().unwrap());
    assert_eq!((setup.markets.len(), genesis.markets.len()), (MARKETS, MARKETS));
    for (market, listed) in setup.markets.iter().zip(&genesis.markets) {
        assert_eq!(market.name, listed.name_bytes().unwrap());
        assert_eq!((market.mode, market.launch_price), (listed.mode(), listed.launch().unwrap()));
        assert_eq!(market.params, listed.params(market.first.price, market.first.exponent).unwrap());
        assert_eq!(market.params.check(), Ok(()));
    }
    assert!(Simulator::start(&setup).is_ok());
}

#[test]
fn a_contract_costs_from_a_hundred_to_a_hundred_thousand_dollars() {
    for market in &at(&firsts()).unwrap().markets {
        let price = scale(market.first.price, market.first.exponent, market.params.contract_exponent).unwrap();
        let usd = price.bits as f64 / 2f64.powi(48) * 1_000.0;
        assert!((100.0..=100_000.0).contains(&usd), "{usd} USD");
    }
}

#[test]
fn one_market_has_a_fixed_peg_and_one_sleeps() {
    let setup = at(&firsts()).unwrap();
    for (place, market) in setup.markets.iter().enumerate() {
        assert_eq!(market.mode == Mode::Fixed, place == PUMP);
        assert_eq!(market.params.session_gap_secs != 0, place == NVDA);
    }
    let first = RELATIONS.iter().find(|relation| relation.market == PUMP).unwrap().first;
    assert_eq!(genesis().unwrap().markets[PUMP].launch_price, Some(first), "the fixed peg starts at its index");
}

#[test]
fn another_first_price_decides_the_parameters_that_genesis_computes() {
    let (ours, mut firsts) = (at(&firsts()).unwrap(), firsts());
    firsts[BTC] = Some(Quote::of_usd(23_144.78));
    let theirs = at(&firsts).unwrap();
    assert_ne!(theirs.markets[BTC].params, ours.markets[BTC].params);
    assert_eq!(theirs.markets[1..], ours.markets[1..]);
}

#[test]
fn the_pool_has_the_strategies_of_the_genesis_file() {
    let setup = keel_demo::setup::at(&firsts(), vec![AccountSetup::pool()]).unwrap();
    let places: Vec<usize> = setup.strategies.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, (0..MARKETS).collect::<Vec<_>>());
    let books = Simulator::start(&setup).unwrap().books;
    for (place, terms) in &setup.strategies {
        assert_eq!(terms.check_in(&books.markets[&number(*place)]), Ok(()), "market {}", place + 1);
    }
    assert_eq!(StrategyTerms::check_all(&books.pool.unwrap()), Ok(()));
    assert!(at(&firsts()).unwrap().strategies.is_empty(), "strategies without a pool");
}
