//! What each instruction costs, Keel and the token program included.

use keel_chain_tests::dollars;
use keel_composing_tests::vault::{VAULT_PROGRAM, donate, units_of};
use keel_composing_tests::{SOLS, Scene, Vault};

#[test]
fn each_instruction_stays_within_its_units() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let mut rows = Vec::new();
    let mut measure = |scene: &mut Scene, name: &'static str, most: u64, instruction| {
        let executed = scene.send(&[instruction]);
        rows.push((name, units_of(&executed, &VAULT_PROGRAM), most));
    };
    let alice = scene.user("alice", 1_000 * SOLS, dollars(100_000));
    let creator = scene.world.stranger("another creator");
    let another = Vault::of(&scene, &creator);
    measure(&mut scene, "create", 45_000, another.create(&creator, keel_composing_tests::vault::TERMS));
    vault.enter(&mut scene, &alice, 100 * SOLS);
    let deposit = vault.deposit(&mut scene, &alice, 100 * SOLS, 0);
    measure(&mut scene, "deposit", 55_000, deposit);
    let shares = vault.held_shares(&mut scene, &alice);
    let withdraw = vault.withdraw(&mut scene, &alice, shares / 4, 0);
    measure(&mut scene, "withdraw", 60_000, withdraw);
    let (mint, source) = (scene.sol, alice.sol);
    donate(&mut scene, &vault, &alice, mint, source, 10 * SOLS);
    let rebalance = vault.rebalance(&scene);
    measure(&mut scene, "rebalance", 40_000, rebalance);
    scene.price(165.0);
    let swap = vault.swap(&scene, &alice, 0, u64::MAX, 0);
    measure(&mut scene, "swap, USDC for tokens", 45_000, swap);
    scene.price(120.0);
    let collect = vault.collect(&scene);
    measure(&mut scene, "collect", 30_000, collect);
    for _ in 0..24 {
        scene.settle_providers();
        scene.wait(300, 30);
        let collect = vault.collect(&scene);
        let _nothing = scene.try_send(&[collect]);
    }
    let swap = vault.swap(&scene, &alice, 1, u64::MAX, 0);
    measure(&mut scene, "swap, tokens for USDC", 45_000, swap);
    for (name, units, most) in &rows {
        println!("| `{name}` | {units} |");
        assert!(units <= most, "{name}: {units} and not {most}");
    }
}
