//! Every instruction with every one of its accounts wrong in every way: the exact error, and not a byte changed.
//!
//! The table of instructions is [`keel_chain_tests::cases`], the ways are [`keel_chain_tests::mutation`]. Each
//! instruction is shown to go through unbent in the very state in which all others were refused.

use keel_chain_tests::frozen::Frozen;
use keel_chain_tests::mutation::{self, Strangers, Wrong};
use keel_chain_tests::refusal::{assert_refused, told};
use keel_chain_tests::{Cast, cases};
use keel_engine::Error;
use keel_sdk::address;

/// Sends a wrong instruction; says what is not as it must be.
fn judge(cast: &mut Cast, wrong: &Wrong) -> Option<String> {
    let chain = &mut cast.world.exchange.chain;
    let replaced = wrong.forged.as_ref().map(|forged| (forged.address, chain.account(&forged.address)));
    if let Some(forged) = &wrong.forged {
        chain.put(&forged.address, forged.account.clone()).unwrap();
    }
    let instructions = std::slice::from_ref(&wrong.instruction);
    let before = Frozen::take(&cast.world.exchange.chain, instructions);
    let outcome = cast.world.send_unaudited(instructions);
    if wrong.expected.is(&outcome) {
        before.assert_unchanged(&cast.world.exchange.chain, &wrong.what);
    }
    if let Some((address, account)) = replaced {
        cast.world.exchange.chain.put(&address, account.unwrap_or_default()).unwrap();
    }
    let found = told(&outcome);
    (!wrong.expected.is(&outcome)).then(|| format!("{}: expected {:?}, got {found}", wrong.what, wrong.expected))
}

#[test]
fn every_account_of_every_instruction() {
    let mut cast = Cast::new();
    let mut complaints = Vec::new();
    let mut tried = 0;
    // The first takes the exchange away, so it comes last.
    let all = cases::ALL.into_iter().enumerate();
    for (discriminator, make) in all.clone().skip(1).chain(all.take(1)) {
        let case = make(&mut cast);
        assert_eq!(usize::from(case.instruction.data[0]), discriminator, "{} is in the wrong place", case.name);
        let strangers = Strangers {
            signer: cast.stranger,
            states: [
                address::bank(&cast.second_mint),
                address::ranges(&cast.other.account),
                address::tick_array(2, -2),
            ],
        };
        for wrong in mutation::all(&cast.world, &case, &strangers) {
            complaints.extend(judge(&mut cast, &wrong));
            tried += 1;
        }
        let outcome = cast.world.send_unaudited(&[case.instruction]);
        if outcome.is_err() {
            complaints.push(format!("{} unbent: {}", case.name, told(&outcome)));
        }
    }
    assert!(complaints.is_empty(), "{} of {tried}:\n{}", complaints.len(), complaints.join("\n"));
    println!("{tried} wrong accounts refused");
}

#[test]
fn the_same_account_in_both_places_is_named() {
    let mut cast = Cast::new();
    let mut liquidate = cases::ALL[19](&mut cast).instruction;
    liquidate.accounts[0].pubkey = liquidate.accounts[1].pubkey;
    assert_refused(&mut cast.world, &liquidate, Error::SelfLiquidation);
    for make in [cases::ALL[8], cases::ALL[9]] {
        let right = make(&mut cast).instruction;
        let mut vault_twice = right.clone();
        vault_twice.accounts[4].pubkey = right.accounts[3].pubkey;
        assert_refused(&mut cast.world, &vault_twice, Error::WrongTokenAccount);
        let mut own_twice = right.clone();
        own_twice.accounts[3].pubkey = right.accounts[4].pubkey;
        assert_refused(&mut cast.world, &own_twice, Error::WrongBank);
    }
}
