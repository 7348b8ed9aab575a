//! Every instruction of the IDL with every one of its accounts wrong in every way: the exact error, and not a byte
//! changed.
//!
//! The instructions, their accounts and what these are for come from the IDL, the examples from
//! [`keel_chain_tests::cases`], the ways from [`keel_chain_tests::mutation`]. Each example is shown to go through unbent
//! in the very state in which all others were refused. An instruction without an example fails here.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use keel_chain_tests::frozen::Frozen;
use keel_chain_tests::idl::Idl;
use keel_chain_tests::lists::{MAX_ARRAYS, Reads};
use keel_chain_tests::mutation::Subject;
use keel_chain_tests::refusal::assert_all_refused;
use keel_chain_tests::sort::State;
use keel_chain_tests::trial::{Expected, Trial};
use keel_chain_tests::{BTC, Cast, SOL, cases};
use keel_engine::Error;
use keel_sdk::address;
use keel_sdk::instructions::CreateTickArray;
use solana_instruction::{AccountMeta, Instruction};

#[test]
fn every_account_of_every_instruction() {
    let idl = Idl::read();
    let (mut complaints, mut reasons) = (Vec::new(), BTreeSet::new());
    println!("{:<20} {:>8} {:>8} {:>8}", "instruction", "declared", "more", "served");
    let (mut total, mut total_served) = (0, 0);
    for make in cases::ALL.into_iter().chain(cases::MORE) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let subject = Subject::new(&mut cast.world, idl.instruction(case.name), case);
        let (subject, trials) = subject.trials(&cast.world);
        complaints.extend(subject.judge(&mut cast.world, &trials));
        let is_declared = |trial: &&Trial| trial.what.starts_with(&format!("{} [", subject.case.name));
        let declared = trials.iter().filter(is_declared).count();
        let served = trials.iter().filter(|trial| !matches!(trial.expected, Expected::Refused(_))).count();
        println!("{:<20} {declared:>8} {:>8} {served:>8}", subject.case.name, trials.len() - declared);
        reasons.extend(subject.case.rules.iter().map(|rule| (subject.case.name, rule.slot, rule.because)));
        (total, total_served) = (total + trials.len(), total_served + served);
    }
    println!("{total} instructions with a wrong account: {} refused, {total_served} served", total - total_served);
    println!("rules of an instruction's own:");
    for (instruction, slot, because) in reasons {
        println!("{instruction:<20} {slot:<16} {because}");
    }
    assert!(complaints.is_empty(), "{} of {total}:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn every_instruction_has_an_example() {
    let idl = Idl::read();
    assert_eq!(idl.instructions.len(), cases::ALL.len());
    for (declared, make) in idl.instructions.iter().zip(cases::ALL) {
        let case = make(&mut Cast::new());
        assert_eq!(declared.name, case.name);
        assert_eq!(declared.discriminator.len(), 1, "{}", case.name);
        // And the client sends this one, not its neighbour.
        assert!(case.instruction.data.starts_with(&declared.discriminator), "{}", case.name);
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

#[test]
fn more_tick_arrays_than_an_instruction_takes() {
    for make in cases::ALL.into_iter().chain(cases::MORE) {
        let mut cast = Cast::new();
        let payer = cast.stranger;
        let indices: Vec<i32> = (-8..).take(MAX_ARRAYS + 3).collect();
        for index in &indices {
            for market in [BTC, SOL] {
                let create = CreateTickArray { payer, market, index: *index }.instruction();
                let _is_there_already = cast.world.try_send(&[create]);
            }
        }
        let case = make(&mut cast);
        // Legs have a bound of their own, which the loader's tests show, and quotes, which lists have in them.
        if matches!(
            case.reads,
            Reads::Nothing
                | Reads::NothingNow
                | Reads::Markets
                | Reads::Banks
                | Reads::Rate
                | Reads::Quote
                | Reads::Legs(_)
        ) {
            continue;
        }
        let of =
            |market: u16| move |meta: &&AccountMeta| (-8..16).any(|i| meta.pubkey == address::tick_array(market, i));
        // Those of the market with the next number are behind; they count too where neither market is declared.
        let is_of_sol = !case.instruction.accounts.iter().any(|meta| meta.pubkey == address::market(BTC));
        let market = if is_of_sol { SOL } else { BTC };
        let behind = if is_of_sol { 0 } else { case.instruction.accounts.iter().filter(of(SOL)).count() };
        let counted = if case.reads == Reads::Health { behind } else { 0 };
        let with = |count: usize| {
            let all = indices.iter().map(|index| address::tick_array(market, *index));
            let arrays = all.filter(|array| !case.spare.contains(array)).take(count - counted);
            let mut instruction = case.instruction.clone();
            instruction.accounts.retain(|meta| !of(market)(&meta));
            let at = instruction.accounts.len() - behind;
            let metas: Vec<AccountMeta> = arrays.map(|array| AccountMeta::new(array, false)).collect();
            let _removed: Vec<AccountMeta> = instruction.accounts.splice(at..at, metas).collect();
            instruction
        };
        let (few, many) = (with(MAX_ARRAYS), with(MAX_ARRAYS + 1));
        assert_all_refused(&mut cast.world, &[many], Error::AccountUnexpected, case.name);
        cast.world.send(few);
    }
}

/// Whatever is asked, nothing is changed by it, and there is an answer.
#[test]
fn views_change_nothing() {
    let mut views = 0;
    for make in cases::ALL.into_iter().chain(cases::MORE) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        if !case.name.starts_with("view_") {
            continue;
        }
        views += 1;
        assert!(case.instruction.accounts.iter().all(|meta| !meta.is_writable && !meta.is_signer), "{}", case.name);
        let before = Frozen::take(&cast.world.exchange.chain, std::slice::from_ref(&case.instruction));
        let simulated = cast.world.exchange.chain.simulate(std::slice::from_ref(&case.instruction)).unwrap();
        let executed = cast.world.send(case.instruction.clone());
        before.assert_unchanged(&cast.world.exchange.chain, case.name);
        assert!(executed.events.is_empty() && executed.returned.len() > 40, "{}", case.name);
        assert_eq!((simulated.returned, simulated.units), (executed.returned, executed.units), "{}", case.name);
    }
    assert_eq!(views, 10);
}

/// An example that is not what the IDL says is an error of the test, not a trial.
#[test]
fn an_example_must_be_what_the_idl_says() {
    let idl = Idl::read();
    let bends: [fn(&mut Instruction); 6] = [
        |instruction| instruction.accounts.truncate(3),
        |instruction| instruction.accounts.swap(1, 2),
        |instruction| instruction.accounts[1].is_writable = false,
        |instruction| instruction.accounts[3].is_writable = true,
        |instruction| instruction.accounts[0].is_signer = false,
        |instruction| instruction.data.push(0),
    ];
    for bend in bends {
        let mut cast = Cast::new();
        let mut case = cases::ALL[11](&mut cast);
        bend(&mut case.instruction);
        let wrong = AssertUnwindSafe(|| drop(Subject::new(&mut cast.world, idl.instruction("trade"), case)));
        assert!(catch_unwind(wrong).is_err());
    }
}
