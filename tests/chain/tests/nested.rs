//! Every instruction called from inside another program: the same result, the same refusal, the same event, at the first
//! depth and at the last; and what the exchange itself calls.

use std::collections::{BTreeMap, BTreeSet};

use keel_chain_tests::cases::{self, Case};
use keel_chain_tests::frozen::Frozen;
use keel_chain_tests::hostile::{HOSTILE, Step, relayed, script};
use keel_chain_tests::idl::Idl;
use keel_chain_tests::mutation::Subject;
use keel_chain_tests::readdress::{Accounts, accounts};
use keel_chain_tests::refusal::{Refusal, assert_all_refused, told};
use keel_chain_tests::trial::{Expected, Trial};
use keel_chain_tests::{Cast, World};
use keel_embedded::{Executed, Outcome};
use keel_engine::Error;
use keel_sdk::address::{PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;

/// Instructions that may run inside one another: the runtime's limit.
const MAX_HEIGHT: usize = 9;
/// Compute units of a call that the caller pays beside those of the instruction: the runtime's price for the call, for
/// its accounts and data, and the relay's own reading of its script.
const MAX_OVERHEAD: u64 = 9_000;

/// What an instruction did: what the exchange said, and everything that it could reach.
#[derive(Debug, PartialEq)]
struct Done {
    events: Vec<Vec<u8>>,
    returned: Vec<u8>,
    accounts: Accounts,
}

/// Sends in a copy of the world.
fn done(world: &mut World, instruction: &Instruction, context: &str) -> (Executed, Done) {
    world.aside(|world| {
        let outcome = world.send_unaudited(std::slice::from_ref(instruction));
        let executed = outcome.unwrap_or_else(|refused| panic!("{context}: {refused}"));
        world.exchange.audit().unwrap();
        let chain = &world.exchange.chain;
        let named = instruction.accounts.iter().map(|meta| meta.pubkey).filter(|address| *address != HOSTILE);
        let named = named.filter_map(|address| Some((address, chain.account(&address)?)));
        let accounts = accounts(chain).into_iter().chain(named).collect();
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
    let (mut heights, mut overheads) = (BTreeMap::<usize, usize>::new(), Vec::new());
    let played = cases::each(|cast, case| {
        let (name, world) = (case.name, &mut cast.world);
        let (direct, expected) = done(world, &case.instruction, name);
        let calls = calls(&direct.logs);
        assert_eq!(calls[0], (PROGRAM_ID.to_string(), 1), "{name}");
        let own = calls.iter().map(|(_, height)| height).max().unwrap();
        let deepest = MAX_HEIGHT - own;
        for depth in [1, deepest] {
            let context = format!("{name} at depth {depth}");
            let (nested, found) = done(world, &relayed(&case.instruction, depth, &[]), &context);
            assert_eq!(found, expected, "{context}");
            let overhead = nested.units - direct.units;
            assert!(overhead <= MAX_OVERHEAD * depth as u64, "{context}: {overhead} units more");
            overheads.push((depth, overhead));
        }
        let beyond = relayed(&case.instruction, deepest + 1, &[]);
        assert_all_refused(world, &[beyond], Refusal::Named("CallDepth"), name);
        *heights.entry(deepest).or_default() += 1;
    });
    let most = |depth| overheads.iter().filter(|(at, _)| *at == depth).map(|(_, units)| *units).max();
    println!("{played} instructions, the last depth and how many fit there: {heights:?}");
    println!("units more at depth 1: at most {:?}", most(1));
    println!("units more: {overheads:?}");
    assert_eq!(played, cases::ALL.len() + cases::MORE.len());
    assert!(heights.values().all(|count| *count > 20), "{heights:?}");
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
