//! Three weeks of real minutes: BTC's, as if SOL had moved as BTC did. The file is no part of the repository: without it
//! the test says so and ends.

use std::path::PathBuf;

use keel_composing_tests::{SOLS, Scene, Vault};
use keel_simulator::Quote;

const FILE: &str = "btcusd_1m_2023-03-01_2023-03-21.csv";
/// Minutes between two visits of the vault's keeper.
const STEP: usize = 30;

/// Closes of every minute, in USD.
fn closes() -> Option<Vec<f64>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("KEEL_SHARED").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(folder.join("data").join(FILE)).ok()?;
    Some(text.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse().unwrap()).collect())
}

#[test]
fn three_weeks_of_march_2023() {
    let Some(closes) = closes() else {
        println!("skipped: no {FILE}; set KEEL_SHARED to the folder in whose `data` it is");
        return;
    };
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
