//! Instruction data that nobody should send, of every instruction of the IDL: cut short at every byte, too long, and of no
//! instruction.

use keel_chain_tests::idl::Idl;
use keel_chain_tests::raw::with_data;
use keel_chain_tests::refusal::{TOO_FEW, WRONG_DATA, assert_all_refused, assert_refused, told};
use keel_chain_tests::{Cast, cases};
use keel_embedded::snapshot::Snapshot;
use solana_instruction::Instruction;

#[test]
fn every_prefix_of_every_instruction() {
    let mut tried = 0;
    for make in cases::ALL {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let right = case.instruction;
        for len in 0..right.data.len() {
            let cut = with_data(&right, right.data[..len].to_vec());
            assert_all_refused(&mut cast.world, &[cut], WRONG_DATA, &format!("{} of {len} bytes", case.name));
            tried += 1;
        }
    }
    println!("{tried} prefixes refused");
}

#[test]
fn no_such_instruction() {
    let known: Vec<Vec<u8>> = Idl::read().instructions.into_iter().map(|declared| declared.discriminator).collect();
    let mut cast = Cast::new();
    let right = cases::ALL[10](&mut cast).instruction;
    for discriminator in (0..=u8::MAX).map(|byte| vec![byte]).filter(|discriminator| !known.contains(discriminator)) {
        for more in [0, 1, 8, 400] {
            let data = [discriminator.clone(), vec![0; more]].concat();
            assert_refused(&mut cast.world, &with_data(&right, data), WRONG_DATA);
        }
    }
    let none = Instruction { accounts: Vec::new(), ..with_data(&right, Vec::new()) };
    assert_refused(&mut cast.world, &none, WRONG_DATA);
    let none = Instruction { accounts: Vec::new(), ..right };
    assert_refused(&mut cast.world, &none, TOO_FEW);
}

/// The framework reads arguments as Borsh does: what follows the last one is nobody's and means nothing.
#[test]
fn more_data_than_the_arguments_means_nothing() {
    for make in cases::ALL {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let mut after = |more: usize| {
            let long = with_data(&case.instruction, [case.instruction.data.clone(), vec![0xff; more]].concat());
            cast.world.aside(|world| {
                let outcome = world.send_unaudited(std::slice::from_ref(&long));
                assert!(outcome.is_ok(), "{} with {more} more: {}", case.name, told(&outcome));
                Snapshot::take(&world.exchange.chain)
            })
        };
        let right = after(0);
        for more in [1, 8, 100] {
            assert!(right.differences(&after(more)).is_empty(), "{} with {more} more", case.name);
        }
    }
}
