//! Making a vault, and what each instruction tells of itself.

use keel_composing_tests::logs::data_of;
use keel_composing_tests::vault::{Refusal, TERMS, VAULT_PROGRAM, assert_refused, deploy};
use keel_composing_tests::{SOLS, Scene, Vault};
use keel_sdk::address;
use solana_instruction::AccountMeta;

#[test]
fn a_vault_is_of_one_asset_and_of_sound_terms() {
    let mut scene = Scene::new();
    deploy(&mut scene);
    let creator = scene.world.stranger("creator");
    let vault = Vault::of(&scene, &creator);
    for (place, value) in [(0, 999), (0, 100_001), (1, 499), (1, 50_001), (2, 999), (2, 200_001), (3, 99), (3, 20_001)]
    {
        let mut terms = TERMS;
        terms[place] = value;
        assert_refused(&scene.try_send(&[vault.create(&creator, terms)]), Refusal::InvalidTerms);
    }
    // The market of BTC beside the bank of SOL: its vault would be elsewhere.
    let (market, bank) = (address::market(keel_chain_tests::BTC), address::bank(&scene.sol));
    let elsewhere = |seeds: &[&[u8]]| solana_pubkey::Pubkey::find_program_address(seeds, &VAULT_PROGRAM).0;
    let place = elsewhere(&[b"vault", creator.as_ref(), market.as_ref(), bank.as_ref()]);
    let authority = elsewhere(&[b"authority", place.as_ref()]);
    let mut other = vault.create(&creator, TERMS);
    other.accounts[1].pubkey = place;
    other.accounts[2].pubkey = authority;
    other.accounts[3].pubkey = elsewhere(&[b"shares", place.as_ref()]);
    other.accounts[4].pubkey = address::margin_account(&authority, 0);
    other.accounts[5] = AccountMeta::new_readonly(market, false);
    assert_refused(&scene.try_send(&[other]), Refusal::AnotherAsset);

    scene.send(&[vault.create(&creator, TERMS)]);
    assert_eq!(vault.state(&scene).owner, vault.authority.to_bytes());
    let again = scene.try_send(&[vault.create(&creator, TERMS)]);
    assert!(again.is_err(), "there is one already");
}

#[test]
fn each_change_has_one_event() {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let alice = scene.user("alice", 100 * SOLS, 100_000_000_000);
    let deposit = vault.deposit(&mut scene, &alice, 100 * SOLS, 0);
    let mut told = vec![scene.send(&[deposit])];
    let swap = vault.swap(&scene, &alice, 0, u64::MAX, 0);
    told.push(scene.send(&[swap]));
    let rebalance = vault.rebalance(&scene);
    told.push(scene.send(&[rebalance]));
    scene.price(140.0);
    let collect = vault.collect(&scene);
    told.push(scene.send(&[collect]));
    let shares = vault.held_shares(&mut scene, &alice);
    let withdraw = vault.withdraw(&mut scene, &alice, shares / 2, 0);
    told.push(scene.send(&[withdraw]));
    let sizes: Vec<Vec<usize>> = told
        .iter()
        .map(|executed| {
            let decode =
                |text: String| base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap().len();
            data_of(executed, &VAULT_PROGRAM).into_iter().map(decode).collect()
        })
        .collect();
    // Deposited, Swapped, Rebalanced, Collected, Withdrawn: a discriminator, and what their structs hold.
    assert_eq!(sizes, [vec![8 + 104], vec![8 + 96], vec![8 + 56], vec![8 + 56], vec![8 + 104]]);
}
