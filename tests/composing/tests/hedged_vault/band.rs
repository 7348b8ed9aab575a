//! The band: what lies within it is left alone, what lies beyond it anyone brings back.

use keel_composing_tests::vault::{Refusal, assert_refused, donate};
use keel_composing_tests::{SOLS, Scene, Vault};

#[test]
fn within_the_band_there_is_nothing_to_do() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 101 * SOLS, 0);
    vault.enter(&mut scene, &alice, 100 * SOLS);
    let rebalance = vault.rebalance(&scene);
    assert_refused(&scene.try_send(&[rebalance]), Refusal::WithinBand);
    // A gift of just under a hundredth of what is then held.
    let (mint, source) = (scene.sol, alice.sol);
    donate(&mut scene, &vault, &alice, mint, source, SOLS);
    let rebalance = vault.rebalance(&scene);
    assert_refused(&scene.try_send(&[rebalance]), Refusal::WithinBand);
    donate(&mut scene, &vault, &alice, mint, source, SOLS / 10);
    assert_eq!(vault.delta(&scene), (SOLS + SOLS / 10) as i64);
    let before = vault.usd(&scene);
    let rebalance = vault.rebalance(&scene);
    scene.send(&[rebalance]);
    assert_eq!(vault.delta(&scene), 0);
    let cost = before - vault.usd(&scene);
    assert!((0.0..0.5).contains(&cost), "{cost} for 165 USD");
    let rebalance = vault.rebalance(&scene);
    assert_refused(&scene.try_send(&[rebalance]), Refusal::WithinBand);
}

#[test]
fn what_does_not_fit_within_the_slippage_is_done_in_part() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, 0);
    vault.enter(&mut scene, &alice, 100 * SOLS);
    // A gift of 4.5 million USD: the curve takes a part of that within half a percent.
    let (mint, source) = (scene.sol, alice.sol);
    donate(&mut scene, &vault, &alice, mint, source, 30_000 * SOLS);
    let index = scene.market().index;
    let rebalance = vault.rebalance(&scene);
    scene.send(&[rebalance]);
    let sold = -vault.base(&scene) * 10 - 100 * SOLS as i64;
    assert!(sold > 1_000 * SOLS as i64 && sold < 29_000 * SOLS as i64, "{sold}");
    assert_eq!(scene.market().index, index);
}
