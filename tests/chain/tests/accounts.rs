//! Every instruction of the IDL with every one of its accounts wrong in every way: the exact error, and not a byte
//! changed.
//!
//! The instructions, their accounts and what these are for come from the IDL, the examples from
//! [`keel_chain_tests::cases`], the ways from [`keel_chain_tests::mutation`]. Each example is shown to go through unbent
//! in the very state in which all others were refused. An instruction without an example fails here.

use keel_chain_tests::idl::Idl;
use keel_chain_tests::mutation::Subject;
use keel_chain_tests::sort::State;
use keel_chain_tests::trial::Expected;
use keel_chain_tests::{Cast, cases};

#[test]
fn every_account_of_every_instruction() {
    let idl = Idl::read();
    let mut complaints = Vec::new();
    println!("{:<20} {:>8} {:>8} {:>8}", "instruction", "declared", "more", "served");
    let (mut total, mut total_served) = (0, 0);
    for make in cases::ALL.into_iter().chain(cases::MORE) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let subject = Subject::new(&mut cast.world, idl.instruction(case.name), case);
        let (subject, trials) = subject.trials(&cast.world);
        complaints.extend(subject.judge(&mut cast.world, &trials));
        let declared = trials.iter().filter(|trial| trial.what.contains('[')).count();
        let served = trials.iter().filter(|trial| !matches!(trial.expected, Expected::Refused(_))).count();
        println!("{:<20} {declared:>8} {:>8} {served:>8}", subject.case.name, trials.len() - declared);
        (total, total_served) = (total + trials.len(), total_served + served);
    }
    println!("{total} instructions with a wrong account: {} refused, {total_served} served", total - total_served);
    assert!(complaints.is_empty(), "{} of {total}:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn every_instruction_has_an_example() {
    let idl = Idl::read();
    assert_eq!(idl.instructions.len(), cases::ALL.len());
    for (discriminator, (declared, make)) in idl.instructions.iter().zip(cases::ALL).enumerate() {
        let case = make(&mut Cast::new());
        assert_eq!(declared.name, case.name);
        assert_eq!(declared.discriminator, [u8::try_from(discriminator).unwrap()], "{}", case.name);
    }
}

#[test]
fn every_account_type_is_known() {
    let mut declared: Vec<[u8; 8]> = Idl::read().accounts.iter().map(|account| account.discriminator).collect();
    let mut known = State::ALL.map(State::discriminator);
    declared.sort_unstable();
    known.sort_unstable();
    assert_eq!(declared, known);
}
