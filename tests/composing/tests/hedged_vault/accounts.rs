//! Wrong accounts in every place, and missing signatures: refused, and nothing moved.

use std::collections::BTreeSet;

use keel_chain_tests::{BTC, dollars};
use keel_composing_tests::vault::TERMS;
use keel_composing_tests::{SOLS, Scene, User, Vault};
use keel_embedded::chain::key;
use keel_sdk::address::{self, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// A place where another account is another wish, and not a wrong one: who gets tokens or shares.
const WISHES: [(&str, usize); 3] = [("deposit", 11), ("withdraw", 9), ("swap", 11)];

struct Stage {
    scene: Scene,
    vault: Vault,
    other: Vault,
    alice: User,
    mallory: User,
}

fn stage() -> Stage {
    let mut scene = Scene::new();
    let vault = Vault::start(&mut scene);
    let creator = scene.world.stranger("another creator");
    let other = Vault::of(&scene, &creator);
    scene.send(&[other.create(&creator, TERMS)]);
    let alice = scene.user("alice", 300 * SOLS, dollars(100_000));
    let mallory = scene.user("mallory", 300 * SOLS, dollars(100_000));
    for vault in [vault, other] {
        vault.enter(&mut scene, &alice, 100 * SOLS);
        vault.enter(&mut scene, &mallory, 100 * SOLS);
    }
    scene.price(165.0);
    Stage { scene, vault, other, alice, mallory }
}

/// One example of each instruction that goes through now, its name and the number of its declared accounts.
fn examples(stage: &mut Stage) -> Vec<(&'static str, usize, Instruction)> {
    let Stage { scene, vault, alice, .. } = stage;
    let creator = scene.world.stranger("third creator");
    let third = Vault::of(scene, &creator);
    let mut examples = vec![
        ("create", 10, third.create(&creator, TERMS)),
        ("deposit", 13, vault.deposit(scene, alice, 10 * SOLS, 0)),
        ("withdraw", 13, vault.withdraw(scene, alice, 1_000_000_000_000, 0)),
        ("swap", 14, vault.swap(scene, alice, 0, dollars(100), 0)),
    ];
    let (mint, source) = (scene.sol, alice.sol);
    keel_composing_tests::vault::donate(scene, vault, alice, mint, source, 10 * SOLS);
    examples.push(("rebalance", 7, vault.rebalance(scene)));
    examples
}

/// Everything that might be taken for another.
fn candidates(stage: &mut Stage) -> BTreeSet<Pubkey> {
    let Stage { scene, vault, other, alice, mallory } = stage;
    let of = |vault: &Vault| [vault.address, vault.authority, vault.account, vault.mint];
    let mut all: BTreeSet<Pubkey> = of(vault).into_iter().chain(of(other)).collect();
    for user in [&*alice, &*mallory] {
        all.extend([user.address(), user.sol, user.usdc]);
        all.insert(vault.shares_of(scene, user));
        all.insert(other.shares_of(scene, user));
    }
    all.extend([scene.sol, scene.usdc].iter().flat_map(|mint| [*mint, address::bank(mint), address::vault(mint)]));
    all.extend(
        [BTC, keel_chain_tests::SOL]
            .iter()
            .flat_map(|number| [address::market(*number), scene.world.price_account(*number)]),
    );
    all.extend([PROGRAM_ID, TOKEN_PROGRAM, SYSTEM_PROGRAM, key("nobody").pubkey()]);
    all
}

#[test]
fn a_wrong_account_is_refused_in_every_place() {
    let mut stage = stage();
    let examples = examples(&mut stage);
    let refused = bend(&mut stage, &examples);
    // A profit to collect needs another day.
    stage.scene.price(135.0);
    let collect = [("collect", 7, stage.vault.collect(&stage.scene))];
    let refused = refused + bend(&mut stage, &collect);
    stage.scene.send(&[collect[0].2.clone()]);
    println!("{refused} refused");
    assert!(refused > 1_800, "{refused}");
}

/// Puts every other account into every place, one at a time. How often that was refused; what is served must be a wish.
fn bend(stage: &mut Stage, examples: &[(&'static str, usize, Instruction)]) -> usize {
    let all = candidates(stage);
    let (mut refused, mut served) = (0, BTreeSet::new());
    for (name, count, example) in examples {
        for place in 0..*count {
            for wrong in &all {
                let meta = &example.accounts[place];
                let cannot_sign =
                    meta.is_signer && *wrong != stage.alice.address() && *wrong != stage.mallory.address();
                if *wrong == meta.pubkey || cannot_sign {
                    continue;
                }
                let mut bent = example.clone();
                bent.accounts[place].pubkey = *wrong;
                let refresh = stage.scene.refresh_bank();
                let went = stage.scene.world.aside(|world| world.send_unaudited(&[refresh, bent]).is_ok());
                if went {
                    served.insert((*name, place, *wrong));
                } else {
                    refused += 1;
                }
            }
        }
    }
    let unexpected: Vec<_> = served.iter().filter(|(name, place, _)| !WISHES.contains(&(*name, *place))).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    refused
}

#[test]
fn a_missing_signature_is_refused() {
    let mut stage = stage();
    let examples = examples(&mut stage);
    let mut tried = 0;
    for (name, _, example) in examples {
        for place in 0..example.accounts.len() {
            if example.accounts[place].is_signer {
                let mut bent = example.clone();
                bent.accounts[place].is_signer = false;
                let refused = stage.scene.try_send(&[bent]).expect_err(name);
                assert!(refused.name().contains("MissingRequiredSignature"), "{name} {place}: {refused}");
                tried += 1;
            }
        }
        stage.scene.send(&[example]);
    }
    assert_eq!(tried, 4);
}
