//! A recorded run: a scenario like any other, which plays again to the same end.

use std::path::{Path, PathBuf};

use anyhow::Result;
use keel_demo::play::{Played, play};
use keel_demo::prices::{built_in, samples};
use keel_embedded::Player;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE};
use keel_simulator::compare::compare;
use keel_simulator::{Action, Executor, Runner, Scenario, Simulator};

/// An hour with the crash in it, recorded.
fn recorded(name: &str) -> Result<(Played, Scenario)> {
    let path = temporary(name);
    let minutes: Vec<_> = built_in().into_iter().skip(190).take(60).collect();
    let played = play(&samples(&minutes, 2), 1, Some(&path))?;
    let scenario = Scenario::read(&path)?;
    std::fs::remove_file(&path)?;
    Ok((played, scenario))
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("keel-record-{}-{name}.json", std::process::id()))
}

/// An action as a scenario's file gives it back: a range without bounds has the widest there are.
fn read_again(action: &Action) -> Action {
    let mut action = action.clone();
    if let Action::AddRange { request, .. } = &mut action {
        (request.min_sqrt_price, request.max_sqrt_price) = (MIN_SQRT_PRICE, MAX_SQRT_PRICE);
    }
    action
}

/// What a scenario prints.
fn lines(scenario: &Scenario, executor: impl Executor) -> Result<Vec<String>> {
    Runner::new(scenario, executor).map(|line| Ok(line?.text)).collect()
}

/// The last line for an exchange as it stands.
fn end(scenario: &Scenario, executor: impl Executor) -> Result<Vec<String>> {
    lines(&Scenario { steps: Vec::new(), ..scenario.clone() }, executor)
}

#[test]
fn a_recorded_run_ends_the_same_on_the_engine() -> Result<()> {
    let (played, scenario) = recorded("engine")?;
    // In front of the steps stand the prices at which the markets were listed.
    let (steps, listed) = (&played.world.steps, scenario.setup.markets.len());
    assert_eq!(scenario.setup, played.world.setup);
    assert_eq!((scenario.steps[listed - 1].at, scenario.steps.len()), (0, steps.len() + listed));
    for (ours, theirs) in steps.iter().zip(&scenario.steps[listed..]) {
        assert_eq!((ours.at, read_again(&ours.action)), (theirs.at, theirs.action.clone()));
    }

    let mut again = lines(&scenario, Simulator::start(&scenario.setup)?)?;
    let last = again.split_off(again.len() - 1);
    let refused = again.iter().filter(|line| line.contains("\"ok\":false")).count() as u64;
    let tally = &played.world.tally;
    assert!(tally.sum(|market| market.steps) > 0 && refused > 0, "a run in which nothing happens");
    assert_eq!(refused, tally.refusals.values().sum::<u64>());
    for ((_, error), times) in &tally.refusals {
        let told = again.iter().filter(|line| line.ends_with(&format!("\"error\":\"{error}\"}}"))).count() as u64;
        assert!(told >= *times, "{error} {told} times, {times} in the demo");
    }
    assert_eq!(last, end(&scenario, played.world.program)?);
    Ok(())
}

#[test]
fn a_recorded_run_leaves_the_same_bytes_on_the_program() -> Result<()> {
    let (played, scenario) = recorded("program")?;
    let mut runner = Runner::new(&scenario, Player::start(&scenario.setup)?);
    for line in runner.by_ref() {
        let _played = line?;
    }
    compare(runner.executor.books(), played.world.books())
}

#[test]
fn a_run_that_cannot_be_recorded_is_an_error() {
    let minute: Vec<_> = built_in().into_iter().take(1).collect();
    let error = play(&samples(&minute, 1), 1, Some(Path::new("/no such folder/record.json"))).err().unwrap();
    assert!(format!("{error:#}").contains("/no such folder/record.json"), "{error:#}");
}
