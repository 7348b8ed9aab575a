//! A caller that lies: with answers, events, rights, bytes and lamports, before, between and after calls of the exchange.
//!
//! What the exchange does from inside another program at all is in `nested.rs`.

use std::collections::BTreeMap;

use keel_chain_tests::cases::{self, Case};
use keel_chain_tests::hostile::{HOSTILE, Step, relayed, script, steps::FOOLED};
use keel_chain_tests::idl::Idl;
use keel_chain_tests::mutation::Subject;
use keel_chain_tests::readdress::{Accounts, accounts};
use keel_chain_tests::refusal::{NO_ESCALATION, Refusal, TOO_SHORT, assert_all_refused, told};
use keel_chain_tests::trial::Expected;
use keel_chain_tests::{Cast, World, dollars};
use keel_embedded::{Executed, Outcome, token};
use keel_engine::Error;
use keel_sdk::address::{PROGRAM_ID, TOKEN_PROGRAM};
use keel_sdk::events::Event;
use keel_sdk::instructions::{CloseAccount, Deposit};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// What the hostile program answers in the exchange's place.
const SPOOF: [u8; 64] = [0xee; 64];

/// Every example.
const ALL: usize = cases::ALL.len() + cases::MORE.len();

/// Those that only answer.
const VIEWS: usize = 10;

/// Those that do something and answer what became of it.
const ANSWERED: [&str; 2] = ["trade_exact", "trade_to"];

fn fooled() -> Refusal {
    Refusal::Code(FOOLED)
}

/// What instructions leave behind, sent in a copy of the world.
fn aside(world: &mut World, instructions: &[Instruction]) -> (Outcome, Accounts) {
    world.aside(|world| {
        let outcome = world.send_unaudited(instructions);
        world.exchange.audit().unwrap();
        (outcome, accounts(&world.exchange.chain))
    })
}

/// The same where it must go through.
#[track_caller]
fn through(world: &mut World, instructions: &[Instruction], context: &str) -> (Executed, Accounts) {
    let (outcome, accounts) = aside(world, instructions);
    (outcome.unwrap_or_else(|refused| panic!("{context}: {refused}")), accounts)
}

fn is_view(case: &Case) -> bool {
    case.name.starts_with("view_")
}

fn has_answer(case: &Case) -> bool {
    is_view(case) || ANSWERED.contains(&case.name)
}

fn call(case: &Case) -> Step {
    Step::Call(case.instruction.clone())
}

/// The callback that awaits whoever takes the program for another one.
#[test]
fn whoever_calls_it_in_anothers_place_is_called_back() {
    let mut called = 0;
    cases::each(|cast, case| {
        // Whoever signs this signs it for the program too.
        let mut posed = Instruction { program_id: HOSTILE, ..case.instruction.clone() };
        posed.accounts.push(solana_instruction::AccountMeta::new_readonly(PROGRAM_ID, false));
        let (_, expected) = through(&mut cast.world, std::slice::from_ref(&case.instruction), case.name);
        let (executed, found) = through(&mut cast.world, &[posed], case.name);
        assert!(executed.logs.contains(&format!("Program {PROGRAM_ID} invoke [2]")), "{}", case.name);
        assert!(found == expected, "{}", case.name);
        called += 1;
    });
    assert_eq!(called, ALL);
}

#[test]
fn an_answer_is_the_exchanges_if_its_program_gave_it() {
    let (mut views, mut others) = (0, 0);
    cases::each(|cast, case| {
        if !has_answer(&case) {
            return;
        }
        let world = &mut cast.world;
        let (direct, _) = through(world, std::slice::from_ref(&case.instruction), case.name);
        let (lie, trusted) = (Step::Answer(SPOOF.to_vec()), Step::Trust(PROGRAM_ID));
        // A lie in front of the question is forgotten.
        let (asked, _) = through(world, &[script(&[lie.clone(), call(&case), trusted.clone()], &[])], case.name);
        assert_eq!(asked.returned, direct.returned, "{}", case.name);
        // A lie behind it is the liar's, whoever tells it.
        let liar = Step::Call(script(std::slice::from_ref(&lie), &[]));
        for told in [&lie, &liar] {
            let lied = script(&[call(&case), told.clone(), trusted.clone()], &[]);
            assert_all_refused(world, &[lied], fooled(), case.name);
            let unchecked = script(&[call(&case), told.clone(), Step::Trust(HOSTILE)], &[]);
            assert_eq!(through(world, &[unchecked], case.name).0.returned, SPOOF, "{}", case.name);
        }
        // A lie in its place.
        for told in [lie, liar] {
            assert_all_refused(world, &[script(&[told, trusted.clone()], &[])], fooled(), case.name);
        }
        *if is_view(&case) { &mut views } else { &mut others } += 1;
    });
    assert_eq!((views, others), (VIEWS, ANSWERED.len()));
}

/// What changes something answers nothing, but for trades in whole, and whatever was said before it is gone.
#[test]
fn no_answer_outlives_a_change() {
    let mut changes = 0;
    cases::each(|cast, case| {
        if has_answer(&case) {
            return;
        }
        let world = &mut cast.world;
        let (direct, expected) = through(world, std::slice::from_ref(&case.instruction), case.name);
        assert!(direct.returned.is_empty(), "{}", case.name);
        let lie = Step::Answer(SPOOF.to_vec());
        for believed in [PROGRAM_ID, HOSTILE] {
            let asked = script(&[lie.clone(), call(&case), Step::Trust(believed)], &[]);
            assert_all_refused(world, &[asked], fooled(), case.name);
        }
        let lied = script(&[lie.clone(), call(&case), lie], &[]);
        let (executed, found) = through(world, &[lied], case.name);
        assert!(executed.returned == SPOOF && found == expected, "{}", case.name);
        changes += 1;
    });
    assert_eq!(changes, ALL - VIEWS - ANSWERED.len());
}

/// Any program can log the bytes of an event.
#[test]
fn an_event_is_the_exchanges_if_its_program_logged_it() {
    let (mut spoofed, mut silent) = (0, 0);
    cases::each(|cast, case| {
        let world = &mut cast.world;
        let (direct, expected) = through(world, std::slice::from_ref(&case.instruction), case.name);
        let lies = direct.events.iter().map(|event| Step::Log(event.clone())).collect::<Vec<_>>();
        let mut play = lies.clone();
        play.push(call(&case));
        play.extend(lies.clone());
        let (executed, found) = through(world, &[script(&play, &[])], case.name);
        // Nested events are found, and the others, which are there, are not.
        let logged = executed.logs.iter().filter(|line| line.starts_with("Program data: ")).count();
        assert_eq!(logged, 3 * direct.events.len(), "{}", case.name);
        assert!(executed.events == direct.events && found == expected, "{}", case.name);
        let events: Vec<Event> = direct.events.iter().map(|event| Event::decode(event).unwrap()).collect();
        assert_eq!(keel_client::logs::read(&executed.logs).events, events, "{}", case.name);
        spoofed += 2 * lies.len();
        silent += usize::from(lies.is_empty());
    });
    println!("{spoofed} events that never were, {silent} instructions without any");
    assert!(spoofed > 140 && silent == VIEWS, "{spoofed} {silent}");
}

/// Two instructions in one of the caller's do what they do one behind the other in a transaction.
#[test]
fn two_calls_are_two_instructions() {
    let (mut both, mut refused) = (0, BTreeMap::new());
    cases::each(|cast, case| {
        // In front of the first instruction of all nothing can be deposited.
        if case.name == "initialize" {
            return;
        }
        token::credit(&mut cast.world.exchange.chain, &cast.other.tokens, dollars(1)).unwrap();
        let (deposit, world) = (deposit(cast), &mut cast.world);
        let (direct, expected) = aside(world, &[deposit.clone(), case.instruction.clone()]);
        let (nested, found) = aside(world, &[script(&[Step::Call(deposit), call(&case)], &[])]);
        // But for the place of the instruction in the transaction.
        let why = |outcome: &Outcome| told(outcome).split_once(", ").map(|(_, why)| why.to_owned());
        assert_eq!(why(&nested), why(&direct), "{}", case.name);
        assert!(found == expected, "{}", case.name);
        match (nested, direct) {
            (Ok(nested), Ok(direct)) => {
                assert_eq!(nested.events, direct.events, "{}", case.name);
                both += 1;
            }
            (nested, _) => *refused.entry(told(&nested)).or_insert(0) += 1,
        }
    });
    println!("{both} went through, others not: {refused:?}");
    assert!(both >= ALL - 3, "{both}");
}

/// A dollar for an account to which nothing happens.
fn deposit(cast: &Cast) -> Instruction {
    let (authority, account, source) = (cast.other.key.pubkey(), cast.keeper.account, cast.other.tokens);
    let deposit = Deposit { authority, account, mint: cast.world.exchange.mint, source, amount: dollars(1) };
    deposit.instruction(&cast.world.exchange.chain).unwrap()
}

/// A caller cannot go on behind a refusal, whatever it would do then, and nothing is left of what came before it.
#[test]
fn a_refusal_takes_everything_with_it() {
    let mut played = 0;
    cases::each(|cast, case| {
        let (owner, account) = (cast.keeper.key.pubkey(), cast.keeper.account);
        let refused = Step::Call(CloseAccount { owner, account }.instruction());
        // In front of the first instruction of all there is no account to close.
        let is_first = case.name == "initialize";
        let expected = if is_first { TOO_SHORT } else { Error::AccountNotEmpty.into() };
        for play in [[call(&case), refused.clone()], [refused, call(&case)]] {
            assert_all_refused(&mut cast.world, &[script(&play, &[])], expected, case.name);
        }
        played += 1;
    });
    assert_eq!(played, ALL);
}

/// A caller has the rights that it was given, and passes no others on.
#[test]
fn no_right_is_gained_by_asking() {
    let (mut written, mut signed) = (0, 0);
    cases::each(|cast, case| {
        let world = &mut cast.world;
        let given = relayed(&case.instruction, 1, &[]);
        for place in 0..given.accounts.len() {
            let mut less = given.clone();
            let meta = &mut less.accounts[place];
            if meta.is_signer {
                meta.is_signer = false;
                signed += 1;
            } else if meta.is_writable {
                meta.is_writable = false;
                written += 1;
            } else {
                continue;
            }
            assert_all_refused(world, &[less], NO_ESCALATION, case.name);
        }
    });
    println!("{written} accounts not to be written, {signed} that do not sign");
    assert!(written > 250 && signed >= 50, "{written} {signed}");
}

/// Rights that nobody asked for change nothing.
#[test]
fn more_rights_than_needed_change_nothing() {
    let mut more = 0;
    cases::each(|cast, case| {
        let (_, expected) = through(&mut cast.world, std::slice::from_ref(&case.instruction), case.name);
        let mut generous = case.instruction.clone();
        for meta in &mut generous.accounts {
            let account = cast.world.exchange.chain.account(&meta.pubkey);
            let is_state = account.is_some_and(|a| !a.executable && [PROGRAM_ID, TOKEN_PROGRAM].contains(&a.owner));
            if is_state && !meta.is_writable {
                meta.is_writable = true;
                more += 1;
            }
        }
        let (_, found) = through(&mut cast.world, &[relayed(&generous, 1, &[])], case.name);
        assert!(found == expected, "{}", case.name);
    });
    println!("{more} accounts that nobody writes");
    assert!(more > 100, "{more}");
}

/// One account in two places, in one of them without the rights that it has in the other: the runtime gives it the same
/// rights in both, and what becomes of it is the same.
#[test]
fn one_account_in_two_places_with_other_rights() {
    let idl = Idl::read();
    let (mut played, mut refused) = (0, 0);
    cases::each(|cast, case| {
        let subject = Subject::new(&mut cast.world, idl.instruction(case.name), case);
        let (subject, trials) = subject.trials(&cast.world);
        for mut trial in trials.into_iter().filter(|trial| trial.what.contains("in place of")) {
            let metas = &mut trial.instruction.accounts;
            let keeps = |at: usize, other: usize| {
                let (one, two) = (&metas[at], &metas[other]);
                let has_as_much = two.is_writable >= one.is_writable && two.is_signer >= one.is_signer;
                at != other && one.pubkey == two.pubkey && has_as_much && (one.is_writable || one.is_signer)
            };
            let places = 0..metas.len();
            let Some(place) = places.clone().find(|at| places.clone().any(|other| keeps(*at, other))) else { continue };
            (metas[place].is_writable, metas[place].is_signer) = (false, false);
            trial.instruction = relayed(&trial.instruction, 1, &[]);
            refused += usize::from(matches!(trial.expected, Expected::Refused(_)));
            assert_eq!(trial.judge(&mut cast.world, &subject.unbent), None);
            played += 1;
        }
    });
    println!("{played} pairs, {refused} refused");
    assert!(played > 1_000 && refused > 1_000, "{played} {refused}");
}

/// A caller that changes what is not its own, in front of a call or behind it.
#[test]
fn what_is_not_the_callers_stays() {
    let mut played = BTreeMap::new();
    cases::each(|cast, case| {
        let world = &mut cast.world;
        let purse = purse(world, "purse", 0);
        let targets: BTreeMap<Pubkey, bool> =
            case.instruction.accounts.iter().map(|m| (m.pubkey, m.is_writable)).collect();
        for (target, _) in targets.iter().filter(|(_, is_writable)| **is_writable) {
            let Some(account) = world.exchange.chain.account(target) else { continue };
            if ![PROGRAM_ID, TOKEN_PROGRAM].contains(&account.owner) {
                continue;
            }
            let lies = [
                (Step::Write(*target, 8, vec![0xee; 8]), "ExternalAccountDataModified"),
                (Step::Move(*target, purse, 1), "ExternalAccountLamportSpend"),
                (Step::Assign(*target, HOSTILE), "ModifiedProgramId"),
            ];
            for (lie, expected) in lies {
                let before = script(&[lie.clone(), call(&case)], &[]);
                assert_all_refused(world, &[before], Refusal::Named(expected), case.name);
                *played.entry(expected).or_insert(0) += 1;
            }
        }
    });
    println!("{played:?}");
    assert!(played.values().all(|count| *count > 200), "{played:?}");
}

/// An account of the hostile program's own with so many lamports.
fn purse(world: &mut World, name: &str, lamports: u64) -> Pubkey {
    let address = keel_embedded::chain::key(name).pubkey();
    let chain = &mut world.exchange.chain;
    let lamports = chain.rent(0) + lamports;
    chain.put(&address, solana_account::Account { lamports, owner: HOSTILE, ..Default::default() }).unwrap();
    address
}

/// What a caller borrows it borrows from itself.
#[test]
fn a_borrow_is_the_callers_own() {
    let mut held = 0;
    cases::each(|cast, case| {
        let (_, expected) = through(&mut cast.world, std::slice::from_ref(&case.instruction), case.name);
        let chain = &cast.world.exchange.chain;
        let written =
            case.instruction.accounts.iter().filter(|meta| meta.is_writable && chain.account(&meta.pubkey).is_some());
        let mut play: Vec<Step> = written.map(|meta| Step::Hold(meta.pubkey)).collect();
        held += play.len();
        play.push(call(&case));
        let (_, found) = through(&mut cast.world, &[script(&play, &[])], case.name);
        assert!(found == expected, "{}", case.name);
    });
    println!("{held} accounts held");
    assert!(held > 200, "{held}");
}
