//! Funding: what a vault earns where longs pay, what it pays where shorts do, and nobody who is not there for it.

use keel_chain_tests::{SOL, dollars};
use keel_composing_tests::{SOLS, Scene, User, Vault};
use keel_embedded::exchange::Trader;
use keel_engine::Side;

const DAY: i64 = 86_400;

/// A vault with two depositors' 200 SOL in it, and somebody who pushes the curve to one side.
fn pushed(side: Side) -> (Scene, Vault, User, u64) {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 200 * SOLS, 0);
    let shares = vault.enter(&mut scene, &alice, 200 * SOLS);
    let whale = scene.trader("whale", 500_000);
    scene.world.trade(&whale, SOL, side, dollars(1_000_000));
    (scene, vault, alice, shares)
}

/// What a short of the vault's size has earned since, from the market's index of funding alone.
fn earned(scene: &Scene, vault: &Vault, since: i128) -> f64 {
    let grown = scene.market().funding.get() - since;
    (-vault.base(scene)) as f64 * (grown as f64 / 2f64.powi(64)) / 1e6
}

#[test]
fn longs_pay_the_vault_and_the_vault_pays_longs() {
    for (side, gains) in [(Side::Buy, true), (Side::Sell, false)] {
        let (mut scene, vault, alice, shares) = pushed(side);
        let (before, since) = (vault.usd(&scene), scene.market().funding.get());
        scene.wait(3 * DAY, 300);
        let (now, expected) = (vault.usd(&scene), earned(&scene, &vault, since));
        assert_eq!(expected > 0.0, gains, "{expected}");
        assert!(expected.abs() > 10.0, "{expected}");
        assert!((now - before - expected).abs() < 0.01, "{before} {now} {expected}");
        // And it is Alice's, when it is backed: once those who owe it have been settled, she leaves with half of the
        // vault, in tokens at 150 USD, less what it costs to buy that far from the index.
        let collect = vault.collect(&scene);
        let _nothing = scene.try_send(&[collect]);
        scene.settle_providers();
        let whale = scene.world.settle(&Trader::named("whale"), SOL);
        scene.send(&[whale]);
        let paid = vault.leave(&mut scene, &alice, shares / 2) as f64 / 1e9 * 150.0;
        // Below the index buying back is cheap instead, and that is hers, too.
        assert!(paid < now / 2.0 * 1.01 && paid > now / 2.0 * 0.975, "{paid} of {now}");
    }
}

#[test]
fn who_comes_right_before_funding_pays_more_than_it_brings() {
    let (mut scene, vault, _, _) = pushed(Side::Buy);
    scene.wait(DAY, 300);
    let carol = scene.user("carol", 200 * SOLS, 0);
    let shares = vault.enter(&mut scene, &carol, 200 * SOLS);
    // Over the next step of funding.
    scene.pass(61);
    let paid = vault.leave(&mut scene, &carol, shares);
    assert!(paid < 200 * SOLS, "{paid}");
}
