//! Genesis files.

use std::collections::{BTreeMap, BTreeSet};

use bytemuck::Zeroable;
use keel_engine::params::Params;
use keel_engine::state::{Market, Mode};
use keel_simulator::genesis::{self, BankGenesis, Deployment, Genesis, MarketGenesis, StrategyGenesis};

/// 20,000 USD with 8 decimals.
const PRICE: i64 = 2_000_000_000_000;

fn with_params(params: &str) -> Result<Params, String> {
    let feed = "e6".repeat(32);
    let text = format!(
        r#"{{"cluster":"test","markets":[{{"name":"X","mode":"fixed","feed_id":"{feed}","tick_arrays":[0],"params":{params}}}]}}"#
    );
    let genesis: Genesis = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let market = genesis.market("X").map_err(|error| error.to_string())?;
    assert_eq!(market.mode(), Mode::Fixed);
    assert_eq!(market.feed().unwrap(), [0xe6; 32]);
    assert_eq!(market.name_bytes().unwrap()[..2], *b"X\0");
    market.params(PRICE, -8).map_err(|error| format!("{error:#}"))
}

#[test]
fn the_local_networks_market_has_the_documented_defaults() {
    let genesis = Genesis::read(&genesis::path("localnet")).unwrap();
    let params = genesis.market("BTC").unwrap().params(PRICE, -8).unwrap();
    // 5% of 20,000,000 USD at 20,000 USD are 50 contracts.
    assert_eq!(params.skew_scale_base, 50_000_000_000);
    let Params { skew_scale_base, min_tick_liquidity, .. } = params;
    assert_eq!(params, Params { skew_scale_base, min_tick_liquidity, ..Params::DEFAULT });
    // L * peg * (s - 1) of one grid step is 100 USD: 100 / 0.0001 USD, at 20 quote atoms for a base atom.
    assert!(min_tick_liquidity.abs_diff(50_000_000_000) < 10_000_000, "{min_tick_liquidity}");
}

#[test]
fn every_market_of_the_local_network_passes_the_envelope() {
    let genesis = Genesis::read(&genesis::path("localnet")).unwrap();
    // USD for a unit of each feed's asset, with 8 decimals.
    let prices =
        [("BTC", PRICE), ("SOL", 5_800_000_000), ("ETH", 205_000_000_000), ("PUMP", 400_000), ("NVDA", 49_500_000_000)];
    assert_eq!(genesis.markets.len(), prices.len());
    for (name, price) in prices {
        let market = genesis.market(name).unwrap();
        assert_eq!(market.params(price, -8).unwrap().check(), Ok(()), "{name}");
        assert_eq!(market.launch().unwrap().bits != 0, market.mode() == Mode::Fixed, "{name}");
    }
    // 100,000 PUMP at 0.004 USD are 400 USD, 0.4 quote atoms for a base atom.
    let launch = genesis.market("PUMP").unwrap().launch().unwrap();
    assert_eq!(launch.bits, (2u64 << 48) / 5);
}

#[test]
fn every_template_passes_the_envelope_and_leaves_its_keys_to_who_deploys() {
    // USD for a unit of each feed's asset, with 8 decimals.
    let prices = BTreeMap::from([("BTC", PRICE), ("SOL", 5_800_000_000), ("ETH", 205_000_000_000)]);
    for cluster in ["devnet", "mainnet"] {
        let genesis = Genesis::read(&genesis::path(cluster)).unwrap();
        for market in &genesis.markets {
            let params = market.params(prices[market.name.as_str()], -8).unwrap();
            assert_eq!(params.check(), Ok(()), "{} of {cluster}", market.name);
            // What a rule computed at the listing stays, whatever the price is now.
            assert_eq!(market.params_of_listed(&params).unwrap(), params);
            let place = Market { params, ..Market::zeroed() };
            assert_eq!(market.strategy().unwrap().check_in(&place), Ok(()), "{} of {cluster}", market.name);
        }
        for (bank, number) in genesis.banks.iter().zip(1u8..) {
            assert!(bank.params(number).unwrap().haircut_ppm != 0 && bank.mint.is_some(), "{} of {cluster}", bank.name);
            assert_ne!(bank.feed().unwrap(), [0; 32], "{} of {cluster}", bank.name);
        }
        let Deployment { admin, guardian, treasury, upgrade_authority, program_sha256, .. } = &genesis.deployment;
        for key in [admin, guardian, treasury, upgrade_authority, program_sha256] {
            assert_eq!(Deployment::set(key), None, "{cluster}");
        }
        assert!(Deployment::set(&genesis.deployment.genesis_hash).is_some(), "{cluster}");
    }
    // What is at risk on mainnet at first is a tenth of what it may become.
    let mainnet = Genesis::read(&genesis::path("mainnet")).unwrap();
    for market in &mainnet.markets {
        let params = market.params(prices[market.name.as_str()], -8).unwrap();
        assert!(params.oi_cap_usd <= Params::DEFAULT.oi_cap_usd / 10 && params.imr_ppm >= 100_000, "{}", market.name);
    }
}

#[test]
fn parameters_are_set_by_name() {
    let params = with_params(r#"{"base_fee_ppm":0,"price_band_ppm":0}"#).unwrap();
    assert_eq!(params, Params { base_fee_ppm: 0, price_band_ppm: 0, ..Params::DEFAULT });
}

#[test]
fn what_is_wrong_is_named() {
    for (params, named) in [
        (r#"{"base_fee":1}"#, "base_fee"),
        (r#"{"base_fee_ppm":999999}"#, "base_fee_ppm"),
        (r#"{"base_fee_ppm":"auto"}"#, "base_fee_ppm"),
        (r#"{"skew_scale_base":"much"}"#, "much"),
        (r#"{"imr_ppm":10000}"#, "envelope"),
    ] {
        let error = with_params(params).unwrap_err();
        assert!(error.contains(named), "{params}: {error}");
    }
    assert!(serde_json::from_str::<Genesis>(r#"{"cluster":"x","markets":[],"more":1}"#).is_err());
}

/// A bank of these parameters.
fn bank(params: &str) -> BankGenesis {
    let feed = "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d";
    let text = format!(r#"{{"name":"SOL","decimals":9,"feed_id":"0x{feed}","params":{{{params}}}}}"#);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_bank_counts_nothing_until_a_sound_haircut_is_named() {
    let plain = bank("");
    assert_eq!(plain.params(1).unwrap().haircut_ppm, 0);
    assert_eq!((plain.feed().unwrap()[0], plain.rate_feed().unwrap()), (0xef, [0; 32]));
    let sound = r#""haircut_ppm":800000,"cap_usd":1000000,"ramp_secs":86400"#;
    assert_eq!(bank(sound).params(1).unwrap().haircut_ppm, 800_000);
    let refused = |params: &str| format!("{:#}", bank(params).params(1).unwrap_err());
    // Without a cap, with a ramp of an hour, too little left for who buys it, beyond the bounds, no parameter of a bank.
    assert!(refused(r#""haircut_ppm":800000,"ramp_secs":86400"#).contains("SOL"));
    assert!(refused(r#""haircut_ppm":800000,"cap_usd":1,"ramp_secs":3600"#).contains("SOL"));
    assert!(refused(&sound.replace("800000", "950000")).contains("SOL"));
    assert!(refused(r#""haircut_ppm":1000001"#).contains("haircut_ppm"));
    assert!(refused(r#""timelock_secs":86400"#).contains("timelock_secs"));
    assert!(BankGenesis { feed_id: "ef".to_owned(), ..bank("") }.feed().is_err());
    assert!(BankGenesis { decimals: 10, ..bank("") }.params(1).is_err());
}

/// The keys that a part of a genesis file may have: what the reader says of one that it does not know.
fn known<T: serde::de::DeserializeOwned>() -> BTreeSet<String> {
    let error = serde_json::from_value::<T>(serde_json::json!({ "?": 0 })).err().unwrap().to_string();
    let listed = error.split("expected one of ").nth(1).unwrap();
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_schema_names_the_keys_that_there_are() {
    let file = genesis::path("localnet").with_file_name("genesis.schema.json");
    let schema: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let named = |place: &str| -> BTreeSet<String> {
        schema.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    let market = "/properties/markets/items/properties";
    assert_eq!(named("/properties"), known::<Genesis>());
    assert_eq!(named("/properties/deployment/properties"), known::<Deployment>());
    assert_eq!(named(market), known::<MarketGenesis>());
    assert_eq!(named("/properties/banks/items/properties"), known::<BankGenesis>());
    assert_eq!(named(&format!("{market}/pool/properties")), known::<StrategyGenesis>());
}
