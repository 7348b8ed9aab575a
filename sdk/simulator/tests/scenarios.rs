//! The example scenarios on the engine: their expectations are met, every equality holds after every step, and what they
//! print is what is kept beside them. `KEEL_BLESS=1 cargo test -p keel-simulator --test scenarios` rewrites it.

mod files;

use std::collections::BTreeSet;

use files::{blessed, repository, scenarios};
use keel_engine::state::Mode;
use keel_simulator::Simulator;
use keel_simulator::scenario::keys::ACTIONS;
use keel_simulator::scenario::{Runner, Scenario, Verdict};

#[test]
fn print_what_is_kept_beside_them() {
    for path in scenarios() {
        let scenario = Scenario::read(&path).unwrap();
        let simulator = Simulator::start(&scenario.setup).unwrap();
        let mut printed = String::new();
        for line in Runner::new(&scenario, simulator).audit_each() {
            let line = line.unwrap();
            assert_eq!(line.verdict, Verdict::Fine, "{}", line.text);
            let _json: serde_json::Value = serde_json::from_str(&line.text).unwrap();
            printed.push_str(&line.text);
            printed.push('\n');
        }
        assert_eq!(printed.lines().count(), scenario.steps.len() + 1);
        blessed(&path.with_extension("out"), &printed);
    }
}

#[test]
fn every_action_and_both_pegs_occur() {
    let mut actions = BTreeSet::new();
    let mut modes = Vec::new();
    for path in scenarios() {
        let scenario = Scenario::read(&path).unwrap();
        modes.extend(scenario.setup.markets.iter().map(|market| market.mode));
        let text = std::fs::read_to_string(&path).unwrap();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        let steps = file["steps"].as_array().unwrap();
        actions.extend(steps.iter().map(|step| step["do"].as_str().unwrap().to_owned()));
        assert!(
            steps
                .iter()
                .zip(&scenario.steps)
                .all(|(ours, step)| (ours["do"] == "price") == (step.action.name() == "price"))
        );
    }
    let missing: Vec<&str> = ACTIONS.iter().map(|info| info.name).filter(|name| !actions.contains(*name)).collect();
    assert!(missing.is_empty(), "no scenario shows {missing:?}");
    assert!(modes.contains(&Mode::Fixed) && modes.contains(&Mode::Floating));
}

#[test]
fn every_expected_output_has_its_scenario() {
    for entry in std::fs::read_dir(repository().join("tests/scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "out") {
            assert!(path.with_extension("json").exists(), "{} belongs to no scenario", path.display());
        }
    }
}
