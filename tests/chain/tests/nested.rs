//! Every instruction called from inside another program: the same result, the same refusal, the same event, at the first
//! depth and at the last; and what the exchange itself calls.

use std::collections::{BTreeMap, BTreeSet};

use keel_chain_tests::cases;
use keel_chain_tests::hostile::{HOSTILE, relayed};
use keel_chain_tests::idl::Idl;
use keel_chain_tests::mutation::{Kind, Subject};
use keel_chain_tests::readdress::{Accounts, reach};
use keel_chain_tests::refusal::{Refusal, assert_all_refused};
use keel_chain_tests::trial::{Expected, Trial};
use keel_chain_tests::{Cast, World};
use keel_embedded::Executed;
use keel_sdk::address::{PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;

/// Instructions that may run inside one another: the runtime's limit.
const MAX_HEIGHT: usize = 5;

/// Compute units that a caller pays for a call beside those of the instruction, at most: the runtime's price of a call
/// and of 250 bytes of an account, and the relay's reading of its script, which is the most of it.
fn most_units(world: &World, instruction: &Instruction) -> u64 {
    let len = |address| world.exchange.chain.data(address).map_or(0, <[u8]>::len) as u64;
    let bytes: u64 = instruction.accounts.iter().map(|meta| len(&meta.pubkey)).sum();
    1_300 + 130 * instruction.accounts.len() as u64 + bytes / 250
}

/// What an instruction did: what the exchange said, and everything that it could reach.
#[derive(Debug, PartialEq)]
struct Done {
    events: Vec<Vec<u8>>,
    returned: Vec<u8>,
    accounts: Accounts,
}

/// Sends an instruction, or something that calls it, in a copy of the world.
fn done(world: &mut World, sent: &Instruction, instruction: &Instruction, context: &str) -> (Executed, Done) {
    world.aside(|world| {
        let outcome = world.send_unaudited(std::slice::from_ref(sent));
        let executed = outcome.unwrap_or_else(|refused| panic!("{context}: {refused}"));
        world.exchange.audit().unwrap();
        let accounts = reach(&world.exchange.chain, instruction);
        let (events, returned) = (executed.events.clone(), executed.returned.clone());
        (executed, Done { events, returned, accounts })
    })
}

/// Programs in the order in which a log says that they were called, each with its height.
fn calls(logs: &[String]) -> Vec<(String, usize)> {
    let call = |line: &String| {
        let (program, height) = line.strip_prefix("Program ")?.split_once(" invoke [")?;
        Some((program.to_owned(), height.strip_suffix(']')?.parse().unwrap()))
    };
    logs.iter().filter_map(call).filter(|(program, _)| !program.starts_with("ComputeBudget")).collect()
}

#[test]
fn an_instruction_does_inside_what_it_does_outside() {
    let (mut last, mut events, mut units) = (BTreeMap::<usize, usize>::new(), 0, Vec::new());
    let played = cases::each(|cast, case| {
        let (name, instruction, world) = (case.name, &case.instruction, &mut cast.world);
        let (direct, expected) = done(world, instruction, instruction, name);
        let calls = calls(&direct.logs);
        assert_eq!(calls[0], (PROGRAM_ID.to_string(), 1), "{name}");
        let height = calls.iter().map(|(_, height)| height).max().unwrap();
        let deepest = MAX_HEIGHT - height;
        for depth in [1, deepest] {
            let context = format!("{name} at depth {depth}");
            let (nested, found) = done(world, &relayed(instruction, depth, &[]), instruction, &context);
            assert_eq!(found, expected, "{context}");
            let (more, most) = (nested.units - direct.units, depth as u64 * most_units(world, instruction));
            assert!(more <= most, "{context}: {more} units more, not {most}");
            units.push((more / depth as u64, context));
        }
        let beyond = relayed(instruction, deepest + 1, &[]);
        assert_all_refused(world, &[beyond], Refusal::Named("CallDepth"), name);
        *last.entry(deepest).or_default() += 1;
        events += expected.events.len();
    });
    units.sort_unstable();
    println!("{played} instructions with {events} events; the last depth of how many: {last:?}");
    println!("units of a call: from {:?} to {:?}", units.first(), units.last());
    assert_eq!(played, cases::ALL.len() + cases::MORE.len());
    assert!(events > 70 && last.values().all(|count| *count > 20), "{events} {last:?}");
}

/// How many trials were refused as they must be, how many served, and in which declared places something was wrong.
#[derive(Default)]
struct Judged {
    refused: usize,
    served: usize,
    places: BTreeSet<String>,
}

/// Sends chosen ones of the instructions with a wrong account from inside the program, and then the example.
fn judge_nested(cast: &mut Cast, subject: Subject, mut choose: impl FnMut(&Trial) -> bool) -> Judged {
    let (subject, mut trials) = subject.trials(&cast.world);
    trials.retain(|trial| choose(trial));
    let mut judged = Judged::default();
    for trial in &mut trials {
        trial.instruction = relayed(&trial.instruction, 1, &[]);
        let is_refused = matches!(trial.expected, Expected::Refused(_));
        *if is_refused { &mut judged.refused } else { &mut judged.served } += 1;
        let place = trial.what.split_once('[').and_then(|(_, what)| Some(what.split_once(']')?.0.to_owned()));
        judged.places.extend(place);
    }
    let complaints = subject.judge(&mut cast.world, &trials);
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), trials.len(), complaints.join("\n"));
    judged
}

/// Of every refusal that an example's wrong accounts can give, one.
#[test]
fn a_refusal_is_the_same_inside() {
    let idl = Idl::read();
    let (mut all, mut refused, mut served) = (BTreeSet::new(), 0, 0);
    cases::each(|cast, case| {
        let subject = Subject::new(&mut cast.world, idl.instruction(case.name), case);
        let mut seen = BTreeSet::new();
        let judged = judge_nested(cast, subject, |trial| seen.insert(format!("{:?}", trial.expected)));
        (refused, served) = (refused + judged.refused, served + judged.served);
        all.extend(seen);
    });
    println!("{refused} refused, {served} served, {} different: {all:?}", all.len());
    assert!(refused > 900 && served > 90 && all.len() > 30, "{refused} {served} {}", all.len());
}

/// The hostile program where another belongs, and its accounts with the right bytes wherever an account belongs.
#[test]
fn hostile_in_every_place() {
    let idl = Idl::read();
    let (mut programs, mut places, mut refused, mut served) = (0, 0, 0, 0);
    let named = HOSTILE.to_string();
    cases::each(|cast, case| {
        let (name, unread) = (case.name, case.unread.clone());
        let subject = Subject::new(&mut cast.world, idl.instruction(name), case);
        let wanted = subject.kinds.iter().zip(&subject.idl.accounts).filter(|(kind, slot)| match kind {
            // Who signs is another question, and so is whatever is not looked at.
            Kind::Signer | Kind::Whatever(_) | Kind::Absent => false,
            _ => !unread.contains(&slot.name.as_str()),
        });
        let wanted: BTreeSet<String> = wanted.map(|(_, slot)| slot.name.clone()).collect();
        programs += subject.kinds.iter().filter(|kind| **kind == Kind::Program).count();
        let judged = judge_nested(cast, subject, |trial| {
            let is_owner = trial.forged.as_ref().is_some_and(|forged| forged.account.owner == HOSTILE);
            // The runtime lets nobody write a program: a transaction's wish is ignored, a caller's is refused.
            let writes = trial.instruction.accounts.iter().any(|meta| meta.pubkey == HOSTILE && meta.is_writable);
            is_owner || (trial.what.contains(&named) && !writes)
        });
        let missed: Vec<&String> = wanted.difference(&judged.places).collect();
        assert!(missed.is_empty(), "{name}: {missed:?}");
        (refused, served) = (refused + judged.refused, served + judged.served);
        places += judged.places.len();
    });
    println!("{refused} refused and {served} served in {places} places, {programs} of them a program's");
    assert!(refused > 1_000 && places > 300 && programs > 30, "{refused} {places} {programs}");
}

/// Whoever calls the exchange can be called back only by a program that the exchange calls: it calls none that could.
#[test]
fn no_other_program_is_called_than_those_of_tokens_and_accounts() {
    let mut called = BTreeMap::<String, usize>::new();
    let played = cases::each(|cast, case| {
        let executed = cast.world.send(case.instruction);
        for (program, height) in calls(&executed.logs).into_iter().skip(1) {
            // And these call nothing.
            assert_eq!(height, 2, "{}: {program}", case.name);
            *called.entry(program).or_default() += 1;
        }
    });
    println!("{called:?}");
    assert_eq!(played, cases::ALL.len() + cases::MORE.len());
    assert!(called.keys().eq([SYSTEM_PROGRAM, TOKEN_PROGRAM].map(|program| program.to_string()).iter()), "{called:?}");
    assert!(called.values().all(|times| *times > 10), "{called:?}");
}
