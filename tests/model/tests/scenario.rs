//! What the model prints of a failure is the scenario that failed: read again, it is the same list on the same exchange.

use std::path::Path;

use keel_model::sets::SETS;
use keel_model::source::{Random, seed};
use keel_model::{Copies, Generator, Habits, Prices, World};
use keel_simulator::write::{Step, scenario_json};
use keel_simulator::{Action, Scenario};

/// Whether a scenario has words for an action: not for a price whose exponent nobody uses, or a confidence above all prices.
fn can_be_written(action: &Action) -> bool {
    let stated = |action: &Action| match action {
        Action::Price { quote, .. } | Action::BankPrice { quote, .. } => Some(*quote),
        _ => None,
    };
    !stated(action).is_some_and(|quote| quote.exponent != -8 || i64::try_from(quote.conf).is_err())
}

#[test]
fn what_is_written_reads_as_what_was_played() {
    for set in SETS {
        let mut random = Random::new(seed(), set.name, 0);
        let setup = set.setup(&mut random);
        let accounts = setup.accounts.len();
        let actors = (0..accounts).collect();
        let habits = Habits {
            actors,
            accounts,
            prices: Prices::Wild,
            longest_silence: 3_600,
            nonsense: false,
            queues: true,
            orders: true,
        };
        let mut generator = Generator::new(&setup, habits);
        let mut world = World::start(&setup, Copies::Never).expect("the exchange starts");
        let mut steps = Vec::new();
        while steps.len() < 3_000 {
            let timed = generator.next(&mut random, &world);
            if can_be_written(&timed.action) {
                let _refused = world.play(&timed).expect("everything holds");
                steps.push(Step { at: timed.at, action: timed.action });
            }
        }
        let text = scenario_json(set.name, &setup, &steps);
        let read = Scenario::parse("written", Path::new("."), &text).unwrap_or_else(|mistake| panic!("{mistake}"));
        assert_eq!(read.setup.markets, setup.markets);
        assert_eq!(read.setup.banks, setup.banks);
        // Who is not named as a keeper is `keeper`, an account of its own.
        assert_eq!(read.setup.accounts.get(..accounts), Some(&setup.accounts[..]));
        // The prices of the listing come first.
        let again: Vec<Step> =
            read.steps.into_iter().skip(setup.markets.len()).map(|s| Step { at: s.at, action: s.action }).collect();
        assert_eq!(again.len(), steps.len());
        for (ours, theirs) in steps.iter().zip(&again) {
            assert_eq!(ours, theirs);
        }
    }
}
