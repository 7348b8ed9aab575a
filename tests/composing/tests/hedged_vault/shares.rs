//! What shares are: a claim on a value that the price does not move, for which nobody pays but who comes and goes.

use keel_composing_tests::vault::{Refusal, assert_refused};
use keel_composing_tests::{SOLS, Scene, Vault};
use keel_engine::Error;

#[test]
fn a_deposit_is_held_and_sold_at_once() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, 0);
    let shares = vault.enter(&mut scene, &alice, 100 * SOLS);
    assert_eq!((vault.tokens(&scene), vault.base(&scene), vault.delta(&scene)), (100 * SOLS, -10_000_000_000, 0));
    assert_eq!((scene.balance(&alice.sol), vault.supply(&scene)), (0, shares));
    // 15,000 USD less the fee and the slippage of selling them.
    let usd = vault.usd(&scene);
    assert!((14_970.0..14_999.0).contains(&usd), "{usd}");
    assert!((shares as f64 / 1e9 - usd).abs() < 1e-5 * usd, "{shares} {usd}");
    for price in [151.0, 140.0, 120.0, 160.0] {
        scene.price(price);
        let now = vault.usd(&scene);
        assert!((now - usd).abs() < 1e-4 * usd, "{price}: {now} and not {usd}");
    }
}

#[test]
fn who_enters_and_leaves_pays_for_it_and_nobody_else_does() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let mut users = Vec::new();
    for (name, sol, price) in [("alice", 100, 150.0), ("bob", 40, 162.0), ("carol", 250, 131.0), ("dave", 10, 149.0)] {
        scene.price(price);
        let user = scene.user(name, sol * SOLS, 0);
        let before = if vault.supply(&scene) == 0 { None } else { Some(vault.share(&scene)) };
        let shares = vault.enter(&mut scene, &user, sol * SOLS);
        let after = vault.share(&scene);
        if let Some(before) = before {
            assert!(after >= before * (1.0 - 1e-9) && after < before * 1.000_1, "{name}: {before} {after}");
        }
        users.push((user, shares, sol as f64 * price));
    }
    for (user, shares, brought) in users.into_iter().rev() {
        let price = scene.market().index.bits as f64 / 2f64.powi(48) * 100.0;
        let before = vault.share(&scene);
        // Half of them, so that the last one is not the last.
        let paid = vault.leave(&mut scene, &user, shares / 2);
        assert!(vault.share(&scene) >= before * (1.0 - 1e-9), "{before} {}", vault.share(&scene));
        let back = paid as f64 / 1e9 * price;
        assert!(back < brought / 2.0 && back > brought / 2.0 * 0.996, "{back} of {brought}");
    }
}

#[test]
fn what_asks_for_too_much_or_too_little_is_refused() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, 0);
    let dust = vault.deposit(&mut scene, &alice, 9, 0);
    assert_refused(&scene.try_send(&[dust]), Refusal::AmountTooSmall);
    let dear = vault.deposit(&mut scene, &alice, 10 * SOLS, 1_500_000_000_000);
    assert_refused(&scene.try_send(&[dear]), Refusal::TooFewShares);
    let shares = vault.enter(&mut scene, &alice, 50 * SOLS);
    let dear = vault.withdraw(&mut scene, &alice, shares / 2, 25 * SOLS);
    assert_refused(&scene.try_send(&[dear]), Refusal::TooFewTokens);
    let nothing = vault.withdraw(&mut scene, &alice, 0, 0);
    assert_refused(&scene.try_send(&[nothing]), Refusal::AmountTooSmall);
    let more = vault.withdraw(&mut scene, &alice, shares + 1, 0);
    assert!(
        scene.try_send(&[more]).unwrap_err().name().contains("Custom(1)"),
        "the token program's insufficient funds"
    );
    // Beyond what the curve takes within the vault's slippage: all or nothing.
    let whale = scene.user("whale", 40_000 * SOLS, 0);
    let large = vault.deposit(&mut scene, &whale, 40_000 * SOLS, 0);
    let refused = scene.try_send(&[large]).unwrap_err();
    assert_eq!(refused.error(), Some(Error::NotFilled), "{refused}");
    scene.world.sleep(3);
    let stale = vault.deposit(&mut scene, &alice, SOLS, 0);
    assert_refused(&scene.world.try_send(&[stale]), Refusal::PriceTooOld);
}
