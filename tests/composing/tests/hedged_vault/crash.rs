//! Half the price and twice the price, with keepers and without; and so far up that the vault is liquidated.

use keel_chain_tests::{SOL, dollars};
use keel_composing_tests::{SOLS, Scene, User, Vault};
use keel_embedded::exchange::Trader;
use keel_engine::collateral;
use keel_engine::view::{Others, View};
use keel_sdk::instructions::BuyCollateral;
use solana_signer::Signer;

/// What anyone may do for the vault, done by Bob for its spread.
fn keep(scene: &mut Scene, vault: &Vault, bob: &User) {
    scene.settle_providers();
    let collect = vault.collect(scene);
    let _nothing = scene.try_send(&[collect]);
    for brings in [0, 1] {
        let swap = vault.swap(scene, bob, brings, u64::MAX, 0);
        let _nothing = scene.try_send(&[swap]);
    }
    let rebalance = vault.rebalance(scene);
    let _nothing = scene.try_send(&[rebalance]);
}

fn begin() -> (Scene, Vault, User, User, u64) {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, 0);
    let bob = scene.user("bob", 1_000 * SOLS, dollars(1_000_000));
    let shares = vault.enter(&mut scene, &alice, 100 * SOLS);
    (scene, vault, alice, bob, shares)
}

#[test]
fn with_keepers_half_and_twice_the_price_cost_a_percent() {
    for path in [[135.0, 120.0, 105.0, 90.0, 75.0], [180.0, 210.0, 240.0, 270.0, 300.0]] {
        let (mut scene, vault, alice, bob, shares) = begin();
        let before = vault.usd(&scene);
        for price in path {
            scene.price(price);
            for _ in 0..12 {
                keep(&mut scene, &vault, &bob);
                scene.wait(300, 30);
            }
        }
        let now = vault.usd(&scene);
        println!(
            "from 150 to {}: {before:.2} and then {now:.2} USD, {} SOL",
            path[4],
            vault.tokens(&scene) as f64 / 1e9
        );
        assert!((now / before - 1.0).abs() < 0.01, "{before} {now}");
        assert!(vault.delta(&scene).unsigned_abs() < vault.tokens(&scene) / 50);
        assert_eq!(vault.state(&scene).flagged_at, 0);
        // Alice leaves with nine tenths of it, at the price that there is.
        let paid = vault.leave(&mut scene, &alice, shares / 10 * 9) as f64 / 1e9 * path[4];
        assert!(paid > before * 0.9 * 0.98, "{paid}");
    }
}

#[test]
fn twice_the_price_without_anyone_leaves_the_value_but_not_the_tokens() {
    let (mut scene, vault, alice, bob, shares) = begin();
    let before = vault.usd(&scene);
    scene.price(300.0);
    // Ten hours, in which the stable price comes up: until then new risk and withdrawals count the tokens as they were.
    scene.wait(36_000, 60);
    assert!((vault.usd(&scene) / before - 1.0).abs() < 0.002, "{before} {}", vault.usd(&scene));
    assert_eq!(vault.state(&scene).flagged_at, 0);
    // A tenth can leave: what stays is backed. Nine tenths cannot, until somebody brings USDC for the loss.
    vault.leave(&mut scene, &alice, shares / 10);
    let most = vault.withdraw(&mut scene, &alice, shares / 10 * 8, 0);
    let refused = scene.try_send(&[most]).unwrap_err();
    assert_eq!(refused.error(), Some(keel_engine::Error::InsufficientMargin), "{refused}");
    keep(&mut scene, &vault, &bob);
    let paid = vault.leave(&mut scene, &alice, shares / 10 * 8) as f64 / 1e9 * 300.0;
    assert!(paid > before * 0.8 * 0.99, "{paid}");
}

/// Seven times the price while nobody does anything: the collateral counts for 85%, the loss in full.
fn flagged() -> (Scene, Vault, User, u64, f64) {
    let (mut scene, vault, alice, _, shares) = begin();
    let before = vault.usd(&scene);
    for price in [300.0, 600.0, 1_050.0] {
        scene.price(price);
    }
    scene.wait(3_600 * 60, 60);
    let flag = scene.world.begin_liquidation(&vault.account);
    scene.send(&[flag]);
    assert!(vault.state(&scene).flagged_at != 0);
    (scene, vault, alice, shares, before)
}

#[test]
fn a_flagged_vault_is_cured_by_who_brings_usdc() {
    let (mut scene, vault, alice, shares, before) = flagged();
    let bob = scene.user("bob", 0, dollars(1_000_000));
    keep(&mut scene, &vault, &bob);
    assert_eq!(vault.state(&scene).flagged_at, 0, "cured");
    keep(&mut scene, &vault, &bob);
    assert!(vault.usd(&scene) > before * 0.95, "{}", vault.usd(&scene));
    let paid = vault.leave(&mut scene, &alice, shares / 2) as f64 / 1e9 * 1_050.0;
    assert!(paid > before / 2.0 * 0.93, "{paid}");
}

#[test]
fn a_flagged_vault_that_nobody_helps_is_sold_at_a_discount_and_goes_on() {
    let (mut scene, vault, alice, shares, before) = flagged();
    let buyer: Trader = scene.trader("buyer", 500_000);
    let (bank, market, state) = (scene.bank(), scene.market(), vault.state(&scene));
    let markets = [&market];
    let view = View::of(Others { declared: Some(&bank), markets: &markets, ..Others::default() });
    let (_, discount) = collateral::discount_of(&state, None, &bank, &view, scene.world.exchange.chain.now()).unwrap();
    let buy = BuyCollateral {
        owner: buyer.key.pubkey(),
        buyer: buyer.account,
        account: vault.account,
        mint: scene.sol,
        most: u64::MAX,
        limit: None,
    };
    let buy = buy.instruction(&scene.world.exchange.chain).unwrap();
    scene.send(&[buy]);
    let sold = state.capital[usize::from(bank.index)] - vault.tokens(&scene);
    assert_eq!(vault.state(&scene).flagged_at, 0, "cured");
    let (now, most) = (vault.usd(&scene), sold as f64 / 1e9 * 1_050.0 * discount.bits as f64 / 2f64.powi(48));
    println!("{:.2} SOL sold {most:.0} USD under the price: {before:.0} and then {now:.0} USD", sold as f64 / 1e9);
    assert!(before - now < most * 1.2 + before * 0.05, "{before} {now} {most}");
    // The short is larger than the tokens now, and brought back by anyone.
    let rebalance = vault.rebalance(&scene);
    scene.send(&[rebalance]);
    assert!(vault.delta(&scene).abs() < 10);
    let bob = scene.user("bob", 0, dollars(1_000_000));
    keep(&mut scene, &vault, &bob);
    keep(&mut scene, &vault, &bob);
    let paid = vault.leave(&mut scene, &alice, shares / 2) as f64 / 1e9 * 1_050.0;
    assert!(paid > now / 2.0 * 0.97, "{paid} of {now}");
    assert_eq!(scene.world.market(SOL).written_off, 0);
}
