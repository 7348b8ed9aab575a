//! Programs as owners: whatever a wallet may sign, an address of a program may, by its program's word alone.

use std::collections::BTreeSet;

use keel_chain_tests::World;
use keel_chain_tests::cases;
use keel_chain_tests::hostile::{Own, Step, relayed, script};
use keel_chain_tests::idl::Idl;
use keel_chain_tests::mutation::Subject;
use keel_chain_tests::readdress::{Accounts, Readdress, reach};
use keel_chain_tests::refusal::{NO_ESCALATION, Refusal, assert_refused};
use keel_chain_tests::trial::Expected;
use keel_engine::Error;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// Who signs an instruction.
fn signers(instruction: &Instruction) -> Vec<Pubkey> {
    let signers: BTreeSet<Pubkey> =
        instruction.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect();
    signers.into_iter().collect()
}

/// Events and accounts that an instruction leaves behind, sent in a copy of the world.
fn done(world: &mut World, sent: &Instruction, instruction: &Instruction, context: &str) -> (Vec<Vec<u8>>, Accounts) {
    world.aside(|world| {
        let outcome = world.send_unaudited(std::slice::from_ref(sent));
        let executed = outcome.unwrap_or_else(|refused| panic!("{context}: {refused}"));
        world.exchange.audit().unwrap();
        (executed.events, reach(&world.exchange.chain, instruction))
    })
}

/// Gives the keys' places to addresses of the program, in the whole exchange. `seen` is every account that there is or
/// will be.
fn hand_over(world: &mut World, keys: &[Pubkey], seen: &Accounts) -> (Readdress, Vec<Own>) {
    let (readdress, own) = Readdress::find(keys, seen);
    readdress.apply(&mut world.exchange.chain);
    // No event told of it.
    world.exchange.replay.cut();
    (readdress, own)
}

#[test]
fn every_signature_may_be_a_programs() {
    let (mut signatures, mut moved) = (0, 0);
    let mut without = BTreeSet::new();
    let played = cases::each(|cast, case| {
        let (name, instruction, world) = (case.name, &case.instruction, &mut cast.world);
        let keys = signers(instruction);
        if keys.is_empty() {
            without.insert(name);
            return;
        }
        let (events, after) = done(world, instruction, instruction, name);
        let seen = reach(&world.exchange.chain, instruction).into_iter().chain(after.clone()).collect();
        let (readdress, own) = hand_over(world, &keys, &seen);
        let owned = readdress.instruction(instruction);
        let (found_events, found) = done(world, &relayed(&owned, 1, &own), &owned, name);
        let expected: Vec<Vec<u8>> = events.iter().map(|event| readdress.bytes(event)).collect();
        assert_eq!(found_events, expected, "{name}");
        assert!(found == readdress.accounts(&after), "{name}: {:?}", differing(&found, &readdress.accounts(&after)));
        signatures += keys.len();
        moved += readdress.len();
    });
    println!("{signatures} signatures in {played} instructions, {moved} addresses moved; nobody signs {without:?}");
    assert_eq!(played, cases::ALL.len() + cases::MORE.len());
    assert!(signatures >= 54 && moved > 2 * signatures, "{signatures} {moved}");
}

/// Addresses at which two exchanges differ.
fn differing(one: &Accounts, other: &Accounts) -> Vec<Pubkey> {
    let all: BTreeSet<&Pubkey> = one.keys().chain(other.keys()).collect();
    all.into_iter().filter(|address| one.get(*address) != other.get(*address)).copied().collect()
}

#[test]
fn without_the_programs_word_it_is_refused() {
    let idl = Idl::read();
    let (mut unsigned, mut foreign, mut unauthorized, mut served) = (0, 0, 0, 0);
    cases::each(|cast, case| {
        let (name, instruction) = (case.name, case.instruction.clone());
        let mut keys = signers(&instruction);
        if keys.is_empty() {
            return;
        }
        let subject = Subject::new(&mut cast.world, idl.instruction(name), case);
        let (subject, mut trials) = subject.trials(&cast.world);
        trials.retain(|trial| trial.what.ends_with("signature"));
        let (_, after) = done(&mut cast.world, &instruction, &instruction, name);
        let seen = reach(&cast.world.exchange.chain, &instruction).into_iter().chain(after).collect();
        // The stranger is another address of the same program, which signs for it.
        keys.extend((!keys.contains(&cast.stranger)).then_some(cast.stranger));
        let (readdress, own) = hand_over(&mut cast.world, &keys, &seen);
        for trial in &mut trials {
            trial.instruction = relayed(&readdress.instruction(&trial.instruction), 1, &own);
            let complaint = trial.judge(&mut cast.world, &subject.unbent);
            assert_eq!(complaint, None);
            match trial.expected {
                _ if trial.what.ends_with("no signature") => unsigned += 1,
                Expected::Refused(Refusal::Keel(Error::Unauthorized)) => unauthorized += 1,
                Expected::Refused(_) => foreign += 1,
                _ => served += 1,
            }
        }
        // Whose program does not say a word while it asks for the signature.
        let silent = script(&[Step::CallUnsigned(readdress.instruction(&instruction))], &[]);
        assert_refused(&mut cast.world, &silent, NO_ESCALATION);
        // And in the very same exchange it goes through with it.
        let _unbent = cast.world.send(relayed(&readdress.instruction(&instruction), 1, &own));
    });
    println!(
        "{unsigned} unsigned; others' signatures: {unauthorized} unauthorized, {foreign} refused, {served} served"
    );
    assert!(unsigned >= 54 && unauthorized >= 48 && foreign > 30, "{unsigned} {unauthorized} {foreign}");
}
