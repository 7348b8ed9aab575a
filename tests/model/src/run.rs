//! Rounds of random actions, and what to do with one that fails.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use keel_simulator::Setup;
use keel_simulator::write::{Step, scenario_json};

use crate::check::Violation;
use crate::generate::Generator;
use crate::sets::Set;
use crate::shrink::shrink;
use crate::source::Random;
use crate::tally::Tally;
use crate::world::{Copies, Timed, World};

/// Actions of one round: long enough for days to pass, short enough to be made small.
pub const ROUND: u64 = 2_000;
/// The checks on copies run for one action in so many.
const COPIES: u64 = 24;
/// How long a failure may be made smaller.
const SHRINKING: Duration = Duration::from_secs(120);

/// A list of actions after which something does not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What the exchange started with.
    pub setup: Setup,
    /// The actions.
    pub actions: Vec<Timed>,
    /// What does not hold after the last of them.
    pub violation: Violation,
}

/// Plays one round; each has its own accounts and actions, told by seed, set and number.
pub fn round(set: &Set, seed: u64, number: u64, steps: u64) -> Result<Tally, Box<Failure>> {
    let mut random = Random::new(seed, set.name, number);
    let setup = set.setup(&mut random);
    let generator = Generator::wild(&setup);
    play(setup, generator, random, steps)
}

/// Plays what a generator chooses.
pub fn play(
    setup: Setup,
    mut generator: Generator,
    mut source: impl crate::source::Source,
    steps: u64,
) -> Result<Tally, Box<Failure>> {
    let mut actions = Vec::new();
    let refused = |error: anyhow::Error| Violation::new("the exchange starts", format!("{error:#}"));
    let mut world = match World::start(&setup, Copies::OneIn(COPIES)).map_err(refused) {
        Ok(world) => world,
        Err(violation) => return Err(Box::new(Failure { setup, actions, violation })),
    };
    for _ in 0..steps {
        if source.is_spent() {
            break;
        }
        let timed = generator.next(&mut source, &world);
        actions.push(timed.clone());
        if let Err(violation) = world.play(&timed) {
            return Err(Box::new(Failure { setup, actions, violation }));
        }
    }
    Ok(world.tally)
}

/// Plays a list of actions again: what does not hold, and after how many.
pub fn replay(setup: &Setup, actions: &[Timed], copies: Copies) -> Option<(usize, Violation)> {
    let mut world = World::start(setup, copies).ok()?;
    actions
        .iter()
        .enumerate()
        .find_map(|(place, timed)| world.play(timed).err().map(|violation| (place + 1, violation)))
}

impl Failure {
    /// A smaller list after which the same rule does not hold.
    pub fn small(&self) -> Self {
        let rule = self.violation.rule;
        let fails = |actions: &[Timed], copies| {
            let (end, violation) = replay(&self.setup, actions, copies)?;
            (violation.rule == rule).then_some(end)
        };
        // Copies cost most of the time, and most rules need none.
        let copies = if fails(&self.actions, Copies::Never).is_some() { Copies::Never } else { Copies::OneIn(1) };
        let actions = shrink(&self.actions, Instant::now() + SHRINKING, |actions| fails(actions, copies));
        let violation = replay(&self.setup, &actions, copies).map(|(_, violation)| violation);
        Self { setup: self.setup.clone(), actions, violation: violation.unwrap_or_else(|| self.violation.clone()) }
    }

    /// The scenario that shows it.
    pub fn scenario(&self) -> String {
        let steps = self.actions.iter().map(|timed| Step { at: timed.at, action: timed.action.clone() });
        scenario_json(self.violation.rule, &self.setup, &steps.collect::<Vec<_>>())
    }

    /// Makes the list small, writes it as a scenario beside the build, and tells about it.
    pub fn report(&self, how: &str) -> String {
        let small = self.small();
        let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let path = folder.join(format!("broken-{}.json", how.replace([' ', '='], "-")));
        let written = match std::fs::write(&path, small.scenario()) {
            Ok(()) => path.display().to_string(),
            Err(error) => format!("{} ({error})", path.display()),
        };
        let list: String =
            small.actions.iter().map(|timed| format!("\n  {:>6} {:?}", timed.at, timed.action)).collect();
        format!("{how}: {}\n{} actions, in {written}:{list}", small.violation, small.actions.len())
    }
}
