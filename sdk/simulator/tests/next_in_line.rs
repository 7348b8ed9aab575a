//! Who is deleveraged next: the order in which a falling threshold reaches holders is the one that is told.

use std::path::Path;

use keel_simulator::native::next_in_line;
use keel_simulator::scenario::{Runner, Scenario};
use keel_simulator::{Action, Executor, Simulator};

/// The scenario up to the first deleveraging that goes through.
fn auction_has_run_out() -> Simulator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios/deleverage-at-mark.json");
    let mut scenario = Scenario::read(&path).unwrap();
    let begun = scenario.steps.iter().position(|step| step.at >= 150).unwrap();
    scenario.steps.truncate(begun);
    let mut runner = Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap());
    for line in runner.by_ref() {
        line.unwrap();
    }
    runner.executor
}

const LONG: usize = 0;
const SHORT: usize = 1;
const LATE: usize = 2;
const FRIEND: usize = 3;
const LP: usize = 4;

#[test]
fn the_line_is_the_order_in_which_the_threshold_reaches_them() {
    let mut simulator = auction_has_run_out();
    let long = simulator.account(LONG).unwrap();
    let mut reached = Vec::new();
    // Second by second, everybody is tried on a copy.
    for at in 120..170 {
        simulator.turn(at);
        let _refreshed = simulator.play(&Action::Refresh { market: 0 }).unwrap();
        let line: Vec<_> =
            next_in_line(simulator.books(), &long, 1).unwrap().iter().map(|found| found.account).collect();
        for who in [SHORT, LATE, FRIEND, LP] {
            let (address, by) = (simulator.account(who).unwrap(), FRIEND);
            let mut copy = simulator.clone();
            let by = if who == by { LATE } else { by };
            let step = Action::Deleverage { who: LONG, market: 0, holder: who, by, max_base: u64::MAX };
            if copy.play(&step).is_ok() && !reached.contains(&address) {
                reached.push(address);
            }
        }
        let first: Vec<_> = line.iter().take(reached.len()).copied().collect();
        assert!(reached.iter().all(|address| first.contains(address)), "at {at}: {reached:?} of {line:?}");
    }
    let (short, late, lp) = (SHORT, LATE, LP);
    let expected = [lp, short, late].map(|who| simulator.account(who).unwrap());
    assert_eq!(
        reached, expected,
        "a range's small base with all its fees, then who has earned most, then who came late"
    );
    let line = next_in_line(simulator.books(), &long, 1).unwrap();
    assert!(line.windows(2).all(|pair| pair[0].return_on_margin() >= pair[1].return_on_margin()));
    assert!(line[0].base < 0 && line[0].value > 0 && line[0].margin > 0);
}

#[test]
fn who_holds_nothing_has_no_line() {
    let simulator = auction_has_run_out();
    let friend = simulator.account(FRIEND).unwrap();
    assert!(next_in_line(simulator.books(), &friend, 1).is_err());
    assert!(next_in_line(simulator.books(), &friend, 9).is_err());
}
