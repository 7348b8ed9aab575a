//! The way out, to the last share.

use keel_chain_tests::dollars;
use keel_composing_tests::vault::{Refusal, assert_refused};
use keel_composing_tests::{SOLS, Scene, Vault};

/// Shares whose tokens are all that the vault holds, or all of somebody's, if those are fewer.
fn most(scene: &mut Scene, vault: &Vault, user: &keel_composing_tests::User) -> u64 {
    let held = vault.held_shares(scene, user);
    let tokens = vault.tokens(scene) as f64 / 10.0 * scene.market().index.bits as f64 / 2f64.powi(48) / 1e6;
    let part = (tokens / vault.usd(scene)).min(1.0);
    (held as f64 * part) as u64
}

#[test]
fn the_last_one_leaves_dust_and_another_begins_anew() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, dollars(50_000));
    let bob = scene.user("bob", 60 * SOLS, 0);
    vault.enter(&mut scene, &alice, 100 * SOLS);
    let of_bob = vault.enter(&mut scene, &bob, 60 * SOLS);
    // The vault is lived in: a rise, swaps, a rebalancing.
    scene.price(170.0);
    let swap = vault.swap(&scene, &alice, 0, u64::MAX, 0);
    scene.send(&[swap]);
    let rebalance = vault.rebalance(&scene);
    scene.send(&[rebalance]);
    vault.leave(&mut scene, &bob, of_bob);
    assert_eq!(vault.held_shares(&mut scene, &bob), 0);

    // All at once is more than the vault has in tokens: a part of what it has is USDC.
    let all = vault.held_shares(&mut scene, &alice);
    let too_much = vault.withdraw(&mut scene, &alice, all, 0);
    assert_refused(&scene.try_send(&[too_much]), Refusal::NotEnoughTokens);
    let mut steps = 0;
    while vault.usd(&scene) > 0.000_1 && steps < 8 {
        let part = most(&mut scene, &vault, &alice);
        let withdraw = vault.withdraw(&mut scene, &alice, part, 0);
        scene.send(&[withdraw]);
        let (into, back) = (vault.swap(&scene, &alice, 1, u64::MAX, 0), vault.swap(&scene, &alice, 0, u64::MAX, 0));
        let _nothing = scene.try_send(&[into]);
        let _nothing = scene.try_send(&[back]);
        steps += 1;
        println!(
            "{steps}: {} shares, {} tokens, {} base, {:.6} USD",
            vault.supply(&scene),
            vault.tokens(&scene),
            vault.base(&scene),
            vault.usd(&scene)
        );
    }
    // A ten-thousandth of a USD is left of 25,000.
    assert_eq!(vault.base(&scene), 0);
    assert!(steps <= 4 && vault.supply(&scene) < 100_000, "{steps} {}", vault.supply(&scene));

    let carol = scene.user("carol", 100 * SOLS, 0);
    let shares = vault.enter(&mut scene, &carol, 100 * SOLS);
    let paid = vault.leave(&mut scene, &carol, shares / 2);
    assert!(paid > 49_800_000_000, "{paid}");
}
