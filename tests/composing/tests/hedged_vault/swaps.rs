//! Swaps: what the vault needs and no more, at the index less the spread, and only at a price that is fresh and sure.

use keel_chain_tests::{SOL, dollars};
use keel_composing_tests::vault::{Refusal, assert_refused};
use keel_composing_tests::{SOLS, Scene, Vault};
use keel_simulator::Quote;

#[test]
fn a_loss_is_filled_with_usdc_up_to_the_reserve() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, 0);
    vault.enter(&mut scene, &alice, 100 * SOLS);
    scene.price(180.0);
    let bob = scene.user("bob", 0, dollars(10_000));
    let before = vault.usd(&scene);
    let swap = vault.swap(&scene, &bob, 0, dollars(1_000), 0);
    scene.send(&[swap]);
    // 1,000 USD at 180 less 0.2%.
    let got = scene.balance(&bob.sol) as f64 / 1e9;
    assert!((got - 1_000.0 / (180.0 * 0.998)).abs() < 1e-6, "{got}");
    assert!((before - vault.usd(&scene) - 1_000.0 * (1.0 / 0.998 - 1.0)).abs() < 1e-3);
    let swap = vault.swap(&scene, &bob, 0, u64::MAX, 0);
    scene.send(&[swap]);
    // The loss of 3,000 USD and the fee, and 1% of 18,000 less what has been taken.
    let brought = 10_000.0 - scene.balance(&bob.usdc) as f64 / 1e6;
    assert!((3_150.0..3_200.0).contains(&brought), "{brought}");
    let swap = vault.swap(&scene, &bob, 0, u64::MAX, 0);
    assert_refused(&scene.try_send(&[swap]), Refusal::NothingToSwap);
    let swap = vault.swap(&scene, &bob, 1, u64::MAX, 0);
    assert_refused(&scene.try_send(&[swap]), Refusal::NothingToSwap);
    // Tokens went out, so the short is too large now.
    assert!(vault.delta(&scene) < -17 * SOLS as i64);
    let rebalance = vault.rebalance(&scene);
    scene.send(&[rebalance]);
    assert!(vault.delta(&scene).abs() < 10, "{}", vault.delta(&scene));
}

#[test]
fn a_profit_is_filled_with_tokens_when_it_has_matured() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, 0);
    vault.enter(&mut scene, &alice, 100 * SOLS);
    scene.price(120.0);
    let bob = scene.user("bob", 100 * SOLS, 0);
    let swap = vault.swap(&scene, &bob, 1, u64::MAX, 0);
    assert_refused(&scene.try_send(&[swap]), Refusal::NothingToSwap);
    let before = vault.usd(&scene);
    for _ in 0..24 {
        let collect = vault.collect(&scene);
        let _nothing = scene.try_send(&[collect]);
        scene.settle_providers();
        scene.wait(300, 30);
    }
    assert!((vault.usd(&scene) - before).abs() < 1.0, "{before} {}", vault.usd(&scene));
    let free = vault.state(&scene).usdc() as f64 / 1e6;
    assert!(free > 2_900.0, "{free}");
    let swap = vault.swap(&scene, &bob, 1, u64::MAX, 0);
    scene.send(&[swap]);
    let (sold, got) = (100.0 - scene.balance(&bob.sol) as f64 / 1e9, scene.balance(&bob.usdc) as f64 / 1e6);
    assert!((got - sold * 120.0 * 1.002).abs() < 0.01, "{sold} {got}");
    assert!((2_700.0..2_900.0).contains(&got), "all but the reserve: {got}");
    let rebalance = vault.rebalance(&scene);
    scene.send(&[rebalance]);
    assert!(vault.delta(&scene).abs() < 10);
}

#[test]
fn a_stale_or_unsure_price_swaps_nothing() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, 0);
    vault.enter(&mut scene, &alice, 100 * SOLS);
    scene.price(180.0);
    let bob = scene.user("bob", 0, dollars(10_000));
    let swap = vault.swap(&scene, &bob, 0, dollars(1_000), 0);
    let dear = vault.swap(&scene, &bob, 0, dollars(1_000), 5_570_000_000);
    assert_refused(&scene.try_send(&[dear]), Refusal::TooFewTokens);
    let unknown = vault.swap(&scene, &bob, 2, dollars(1_000), 0);
    assert_refused(&scene.try_send(&[unknown]), Refusal::UnknownSide);
    let dust = vault.swap(&scene, &bob, 0, 0, 0);
    assert_refused(&scene.try_send(&[dust]), Refusal::AmountTooSmall);
    scene.world.sleep(3);
    assert_refused(&scene.world.try_send(std::slice::from_ref(&swap)), Refusal::PriceTooOld);
    // A confidence of 1%: the market is guarded.
    let wide = Quote { conf: 180_000_000, ..Quote::of_usd(180.0) };
    scene.world.quote(SOL, wide);
    scene.world.tick();
    assert!(scene.market().is_guarded());
    assert_refused(&scene.try_send(&[swap]), Refusal::PriceUnsure);
}
