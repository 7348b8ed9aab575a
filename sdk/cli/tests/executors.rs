//! Every example scenario prints the same bytes on the engine and on the compiled program.

use std::path::{Path, PathBuf};

use keel_embedded::Player;
use keel_simulator::compare::compare;
use keel_simulator::scenario::{Runner, Scenario, Verdict};
use keel_simulator::setup::override_parameters;
use keel_simulator::{Executor, Simulator};

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(files.len() >= 8, "the scenarios are not where they were");
    files
}

#[test]
fn print_the_same() {
    for path in scenarios() {
        let scenario = Scenario::read(&path).unwrap();
        let engine = Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap());
        let chain = Runner::new(&scenario, Player::start(&scenario.setup).unwrap());
        let mut lines = 0;
        for (engine, chain) in engine.zip(chain) {
            let (engine, chain) = (engine.unwrap(), chain.unwrap());
            assert_eq!(engine, chain, "{}", path.display());
            assert_eq!(chain.verdict, Verdict::Fine, "{}", path.display());
            lines += 1;
        }
        assert_eq!(lines, scenario.steps.len() + 1, "{}", path.display());
    }
}

#[test]
fn keep_the_same_books() {
    for path in scenarios() {
        let scenario = Scenario::read(&path).unwrap();
        let mut chain = Runner::new(&scenario, Player::start(&scenario.setup).unwrap());
        let mut engine = Runner::new(&scenario, chain.executor.simulator());
        while let (Some(ours), Some(theirs)) = (engine.next(), chain.next()) {
            let line = ours.unwrap();
            assert_eq!(line, theirs.unwrap(), "{}", path.display());
            compare(engine.executor.books(), chain.executor.books())
                .unwrap_or_else(|error| panic!("{}: after {}: {error}", path.display(), line.text));
        }
    }
}

/// Who has no position on the chain has none in what the events tell, not even an empty one with a checkpoint of funding.
#[test]
fn what_is_freed_is_told_as_freed() {
    let mut freed = 0;
    for path in scenarios() {
        let scenario = Scenario::read(&path).unwrap();
        let mut runner = Runner::new(&scenario, Player::start(&scenario.setup).unwrap());
        assert!(runner.by_ref().all(|line| line.is_ok()), "{}", path.display());
        let replay = &runner.executor.exchange.replay;
        for (address, account) in &runner.executor.books().accounts {
            let told = replay.accounts().get(address).unwrap();
            if account.positions.iter().all(|position| position.market == 0) {
                assert_eq!(told.markets().count(), 0, "{}: {told:?}", path.display());
                freed += 1;
            }
        }
    }
    assert!(freed > 0);
}

#[test]
fn parameters_of_the_exchange_are_on_the_chain() {
    let text = r#"{ "exchange": { "timelock_secs": 90000, "min_ticket_usd": 7 }, "markets": [], "steps": [] }"#;
    let scenario = Scenario::parse("x", "".as_ref(), text).unwrap();
    let player = Player::start(&scenario.setup).unwrap();
    let simulator = Simulator::start(&scenario.setup).unwrap();
    let mut tables = Vec::new();
    for books in [player.books(), simulator.books()] {
        let (exchange, bank) = (books.exchange.unwrap(), books.bank(0).unwrap().bank);
        assert_eq!((exchange.timelock_secs, bank.min_ticket_usd), (90_000, 7));
        tables.push((exchange.max_pause_secs, bank.haircut_ppm, bank.cap_usd, bank.ramp_secs, bank.debt_grace_secs));
    }
    assert_eq!(tables[0], tables[1], "the defaults are the program's");
    let (mut exchange, mut bank) = (player.books().exchange.unwrap(), player.books().bank(0).unwrap().bank);
    let mut pool: keel_engine::state::Pool = bytemuck::Zeroable::zeroed();
    let outside = vec![("timelock_secs".to_owned(), 1)];
    assert!(override_parameters(&mut exchange, &mut bank, &mut pool, &outside).unwrap_err().contains("from 86400"));
}
