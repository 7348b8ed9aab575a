//! What clients ask for is enough: every scenario, transaction by transaction, with the compute units that the SDK's table
//! says.

use std::path::Path;

use keel_embedded::Player;
use keel_simulator::Simulator;
use keel_simulator::scenario::{Runner, Scenario};

#[test]
fn every_scenario_plays_with_what_clients_ask_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(files.len() > 50);
    let mut steps = 0;
    for file in files {
        let scenario = Scenario::read(&file).unwrap();
        let engine = Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap());
        let mut player = Player::start(&scenario.setup).unwrap();
        player.exchange.chain.ask_as_clients();
        let mut chain = Runner::new(&scenario, player);
        for line in engine {
            // A transaction that runs out is refused, and its line says so.
            assert_eq!(chain.next().unwrap().unwrap().text, line.unwrap().text, "{}", file.display());
            steps += 1;
        }
    }
    println!("{steps} steps");
}
