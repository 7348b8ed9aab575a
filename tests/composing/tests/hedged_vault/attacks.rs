//! Who tries to take from the others.

use keel_chain_tests::{SOL, dollars};
use keel_composing_tests::vault::donate;
use keel_composing_tests::{SOLS, Scene, Vault};
use keel_engine::Side;
use keel_engine::curve::Exact;

#[test]
fn a_gift_steals_no_deposit() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let mallory = scene.user("mallory", 100 * SOLS, 0);
    // The smallest first deposit, then a gift of 7,500 USD, so that a share becomes dear.
    let first = vault.enter(&mut scene, &mallory, 10_000_000);
    let (mint, source) = (scene.sol, mallory.sol);
    donate(&mut scene, &vault, &mallory, mint, source, 50 * SOLS);
    let rebalance = vault.rebalance(&scene);
    scene.send(&[rebalance]);
    let alice = scene.user("alice", 10 * SOLS, 0);
    let shares = vault.enter(&mut scene, &alice, 10 * SOLS);
    let of_alice = shares as f64 * vault.usd(&scene) / (vault.supply(&scene) as f64 + 1_000.0);
    assert!(of_alice > 1_500.0 * 0.998, "{of_alice}");
    let of_mallory = first as f64 * vault.usd(&scene) / (vault.supply(&scene) as f64 + 1_000.0);
    assert!(of_mallory < 7_499.0, "{of_mallory} of 7,501.50");
}

/// Somebody pushes the curve, has the vault rebalance there, and goes back: all in one transaction.
#[test]
fn a_sandwich_of_a_rebalancing_costs_who_makes_it() {
    for (side, back, gift) in [(Side::Sell, Side::Buy, true), (Side::Buy, Side::Sell, false)] {
        let mut scene = Scene::new();
        let vault = Vault::start(&mut scene);
        let alice = scene.user("alice", 500 * SOLS, 0);
        vault.enter(&mut scene, &alice, 300 * SOLS);
        let mallory = scene.trader("mallory", 1_000_000);
        if gift {
            // 150 SOL that are not sold yet.
            let (mint, source) = (scene.sol, alice.sol);
            donate(&mut scene, &vault, &alice, mint, source, 150 * SOLS);
        } else {
            // 150 SOL that are gone: somebody has swapped.
            scene.price(300.0);
            let bob = scene.user("bob", 0, dollars(100_000));
            let swap = vault.swap(&scene, &bob, 0, u64::MAX, 0);
            scene.send(&[swap]);
        }
        let (before, worth) = (scene.equity(&mallory.account), vault.usd(&scene));
        let far = vault.delta(&scene).unsigned_abs() as f64 / 1e9 * if gift { 150.0 } else { 300.0 };
        let base = scene.world.base_for(SOL, dollars(600_000));
        let order = |side| scene.world.order(&mallory, SOL, side, Exact::Base(base));
        let (there, home) = (scene.world.built(&order(side)), scene.world.built(&order(back)));
        let rebalance = vault.rebalance(&scene);
        scene.send(&[there, rebalance, home]);
        let (gained, lost) = (scene.equity(&mallory.account) - before, worth - vault.usd(&scene));
        println!("{side:?}: Mallory gained {gained:.2} USD, the vault lost {lost:.2} of a trade of {far:.0}");
        assert!(gained < 0.0, "{gained}");
        assert!(lost < far * 0.008, "{lost} of {far}: half a percent of slippage, and the fee");
    }
}

/// The same around a deposit and a withdrawal: who pushes the curve for his own benefit pays for it himself.
#[test]
fn nobody_gains_by_pushing_the_curve_around_his_own_deposit() {
    for side in [Side::Buy, Side::Sell] {
        let mut scene = Scene::new();
        let vault = Vault::start(&mut scene);
        let alice = scene.user("alice", 300 * SOLS, 0);
        vault.enter(&mut scene, &alice, 300 * SOLS);
        let share = vault.share(&scene);
        let mallory = scene.trader("mallory", 1_000_000);
        let user = scene.user("mallory's wallet", 200 * SOLS, 0);
        let before = scene.equity(&mallory.account);
        let base = scene.world.base_for(SOL, dollars(500_000));
        let order = |side| scene.world.order(&mallory, SOL, side, Exact::Base(base));
        let there = scene.world.built(&order(side));
        let deposit = vault.deposit(&mut scene, &user, 200 * SOLS, 0);
        scene.send(&[there, deposit]);
        let home = scene.world.built(&scene.world.order(&mallory, SOL, side.opposite(), Exact::Base(base)));
        let shares = vault.held_shares(&mut scene, &user);
        let withdraw = vault.withdraw(&mut scene, &user, shares, 0);
        scene.send(&[home, withdraw]);
        let gained = scene.equity(&mallory.account) - before + (scene.balance(&user.sol) as f64 / 1e9 - 200.0) * 150.0;
        assert!(gained < 0.0, "{side:?}: {gained}");
        assert!(vault.share(&scene) >= share * (1.0 - 1e-7), "{} {share}", vault.share(&scene));
    }
}

/// An atom of another collateral, which Keel lets anyone bring in, is not shown and stops nothing.
#[test]
fn a_gift_of_another_token_stops_nobody() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, dollars(100_000));
    vault.enter(&mut scene, &alice, 50 * SOLS);
    let other = scene.list_another("other");
    let mallory = scene.user("mallory", 0, 0);
    let source = scene.wallet("mallory's other", other, &mallory.key, 0);
    donate(&mut scene, &vault, &mallory, other, source, 1);
    vault.enter(&mut scene, &alice, 10 * SOLS);
    let shares = vault.held_shares(&mut scene, &alice);
    let withdraw = vault.withdraw(&mut scene, &alice, shares / 2, 0);
    scene.send(&[withdraw]);
    scene.price(165.0);
    let swap = vault.swap(&scene, &alice, 0, u64::MAX, 0);
    scene.send(&[swap]);
}
