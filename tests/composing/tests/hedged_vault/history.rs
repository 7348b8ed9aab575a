//! Three weeks of real minutes: BTC's, as if SOL had moved as BTC did; and Pyth's own price accounts, byte for byte. The
//! files are no part of the repository: without them the tests say so and end.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_composing_tests::{SOLS, Scene, Vault};
use keel_sdk::pyth::RECEIVER;
use keel_simulator::Quote;

const FILE: &str = "btcusd_1m_2023-03-01_2023-03-21.csv";
/// Minutes between two visits of the vault's keeper.
const STEP: usize = 30;

/// A file of the material beside the repository.
fn material(name: &str) -> Option<String> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("KEEL_SHARED").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(folder.join("data").join(name)).ok();
    if text.is_none() {
        println!("skipped: no {name}; set KEEL_SHARED to the folder in whose `data` it is");
    }
    text
}

/// Closes of every minute, in USD.
fn closes() -> Option<Vec<f64>> {
    let text = material(FILE)?;
    Some(text.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse().unwrap()).collect())
}

#[test]
fn three_weeks_of_march_2023() {
    let Some(closes) = closes() else { return };
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let usd = |close: f64| close / closes[0] * 150.0;
    scene.price(usd(closes[0]));
    let alice = scene.user("alice", 100 * SOLS, 0);
    let bob = scene.user("bob", 1_000 * SOLS, 1_000_000_000_000);
    vault.enter(&mut scene, &alice, 100 * SOLS);
    let before = vault.share(&scene);
    let (mut lowest, mut widest, mut swaps, mut trades) = (before, 0.0f64, 0, 0);
    scene.world.exchange.audited = false;
    for close in closes.iter().step_by(STEP) {
        scene.world.quote(keel_chain_tests::SOL, Quote::of_usd(usd(*close)));
        scene.wait(STEP as i64 * 60, 300);
        scene.settle_providers();
        let collect = vault.collect(&scene);
        let _nothing = scene.try_send(&[collect]);
        for brings in [0, 1] {
            let swap = vault.swap(&scene, &bob, brings, u64::MAX, 0);
            swaps += usize::from(scene.try_send(&[swap]).is_ok());
        }
        let rebalance = vault.rebalance(&scene);
        trades += usize::from(scene.try_send(&[rebalance]).is_ok());
        lowest = lowest.min(vault.share(&scene));
        widest = widest.max(vault.delta(&scene).unsigned_abs() as f64 / vault.tokens(&scene) as f64);
    }
    let after = vault.share(&scene);
    println!(
        "{} minutes, {:.0} to {:.0} USD: a share {before:.4} and then {after:.4}, never below {lowest:.4}; {swaps} swaps, {trades} rebalancings, delta at most {:.2}%",
        closes.len(),
        usd(closes[0]),
        usd(closes[closes.len() - 1]),
        widest * 100.0
    );
    assert!(lowest > before * 0.98 && (after / before - 1.0).abs() < 0.03, "{before} {lowest} {after}");
    assert!(widest < 0.011, "{widest}");
}

/// Price accounts of SOL as they stood on clusters: a deposit in the second of each.
#[test]
fn recorded_price_accounts() {
    let Some(text) = material("pyth_sol_usd_price_updates.json") else { return };
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut updates: Vec<(i64, i64, Vec<u8>)> = Vec::new();
    for update in file["updates"].as_array().unwrap() {
        let number = |name: &str| update[name].as_i64().unwrap();
        let data = STANDARD.decode(update["data_base64"].as_str().unwrap()).unwrap();
        if update["owner"] == RECEIVER.to_string() && update["exponent"] == -8 {
            updates.push((number("publish_time"), number("price"), data));
        }
    }
    updates.sort();
    updates.dedup_by_key(|update| update.0);
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 1_000 * SOLS, 0);
    let mut played = 0;
    for (published, price, data) in updates {
        if published <= scene.world.unix() {
            continue;
        }
        // Taken as early as an update may be, and traded at when it alone is in the window of the fill index.
        scene.world.exchange.chain.set_time(published - 2);
        let place = scene.world.price_account(keel_chain_tests::SOL);
        scene.world.exchange.chain.put_data(&place, &RECEIVER, data).unwrap();
        let refresh = scene.world.refresh(keel_chain_tests::SOL);
        scene.send(&[refresh]);
        scene.world.exchange.chain.set_time(published + 1);
        let before = if played == 0 { 0.0 } else { vault.usd(&scene) };
        let deposit = vault.deposit(&mut scene, &alice, 10 * SOLS, 0);
        scene.send(&[deposit]);
        let (added, worth) = (vault.usd(&scene) - before, price as f64 / 1e7);
        println!("at {published}, {:.2} USD: {added:.2} for {worth:.2}", price as f64 / 1e8);
        assert!(added < worth && added > worth * 0.98, "{added} {worth}");
        played += 1;
    }
    assert!(played > 0, "no recorded account is young enough");
}
