//! The whole life of an owner, from the first account to the last, lived twice: by a wallet that signs its transactions,
//! and by an address of a program that signs from inside. After every act the two exchanges are the same to the byte, but
//! for the owner's addresses.

use std::collections::BTreeSet;

use keel_chain_tests::idl::Idl;
use keel_chain_tests::life::Stage;
use keel_chain_tests::readdress::{Accounts, Readdress};
use keel_embedded::chain::key;
use solana_signer::Signer;

/// What the owner of a margin account signs, and what does not happen in a life: governance, gifts, and taking over from
/// others.
const NOT_IN_A_LIFE: [&str; 7] = [
    "cancel_change",
    "guard_market",
    "guard_bank",
    "guard_pool",
    "fund_insurance",
    "fund_market_insurance",
    "liquidate",
];

#[test]
fn a_program_lives_as_a_wallet_does() {
    let wallet = key("the owner");
    let mut stage = Stage::new(wallet.pubkey(), Vec::new());
    stage.world.know(&wallet);
    let (mut lived, mut seen) = (Vec::new(), Accounts::new());
    stage.live(|done| {
        seen.extend(done.accounts.clone());
        lived.push(done);
    });
    let (readdress, own) = Readdress::find(&[wallet.pubkey()], &seen);
    let (mut again, mut signed) = (lived.into_iter(), BTreeSet::new());
    let (mut acts, mut told) = (0, 0);
    Stage::new(own[0].address, own).live(|done| {
        let expected = again.next().unwrap();
        assert_eq!((done.number, done.discriminator), (expected.number, expected.discriminator));
        let events: Vec<Vec<u8>> = expected.events.iter().map(|event| readdress.bytes(event)).collect();
        assert_eq!(done.events, events, "act {}", done.number);
        assert!(done.accounts == readdress.accounts(&expected.accounts), "act {}", done.number);
        signed.extend(done.owner_acts.then_some(done.discriminator));
        (acts, told) = (acts + 1, told + done.events.len());
    });
    println!("{acts} acts, {told} events, {} addresses of the owner", readdress.len());
    assert!(again.next().is_none() && told > acts && readdress.len() == 7, "{acts} {told} {}", readdress.len());

    // Whatever the program has for an owner to sign happens in that life.
    let idl = Idl::read();
    let wanted = idl.instructions.iter().filter(|instruction| {
        let signs = instruction.accounts.iter().any(|a| a.signer && ["owner", "authority"].contains(&a.name.as_str()));
        signs && !NOT_IN_A_LIFE.contains(&instruction.name.as_str())
    });
    let missing: Vec<_> = wanted.filter(|wanted| !signed.contains(&wanted.discriminator[0])).map(|i| &i.name).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
