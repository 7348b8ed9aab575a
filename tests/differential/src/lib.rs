//! The same random play on the engine and on the compiled program: after every transaction the same outcome, the same
//! bytes in every account, every equality of the audit, and balances rebuilt from the program's events.
//!
//! [`round`] plays what the model's generator chooses; the model's own checks run on the engine's side. A failure is
//! told as a scenario that `keel scenario run --on both` plays again.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use keel_embedded::Player;
use keel_model::sets::Set;
use keel_model::source::{Random, Source};
use keel_model::{Copies, Generator, Tally, Timed, World};
use keel_simulator::compare::compare;
use keel_simulator::write::{Step, scenario_json};
use keel_simulator::{Executor, Setup};

/// Transactions of one round.
pub const ROUND: u64 = 500;

/// What a round did.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Actions by kind and outcome.
    pub tally: Tally,
    /// Transactions that were sent to the program.
    pub transactions: u64,
    /// Equalities that were compared.
    pub equalities: u64,
    /// Balances that events told and that were equal.
    pub rebuilt: u64,
}

impl Played {
    /// Adds another round's counts.
    pub fn add(&mut self, other: &Self) {
        self.tally.add(&other.tally);
        self.transactions += other.transactions;
        self.equalities += other.equalities;
        self.rebuilt += other.rebuilt;
    }
}

/// Both sides.
struct Pair {
    player: Player,
    world: World,
    played: Played,
}

impl Pair {
    fn start(setup: &Setup) -> Result<Self> {
        let player = Player::start(setup)?;
        let world = World::of(player.simulator(), setup.accounts.len(), Copies::Never)?;
        Ok(Self { player, world, played: Played::default() })
    }

    fn play(&mut self, timed: &Timed) -> Result<()> {
        let ours = self.world.play(timed)?;
        self.player.turn(timed.at);
        let sent = self.player.exchange.chain.transactions();
        let theirs = self.player.perform(&timed.action)?;
        if ours != theirs {
            bail!("the engine says {ours:?}, the program {theirs:?}");
        }
        compare(self.world.books(), self.player.books())?;
        self.played.transactions += self.player.exchange.chain.transactions() - sent;
        self.played.equalities += u64::from(self.player.exchange.findings.equalities);
        self.played.rebuilt += u64::from(self.player.exchange.rebuilt.equal);
        Ok(())
    }
}

/// Plays one round; each has its own accounts and actions, told by seed, set and number.
pub fn round(set: &Set, seed: u64, number: u64, steps: u64) -> Result<Played> {
    let mut random = Random::new(seed, set.name, number);
    let setup = set.setup(&mut random);
    play(&setup, Generator::wild(&setup), random, steps)
        .with_context(|| format!("--seed {seed} --set {} --round {number}", set.name))
}

/// Plays what a generator chooses. An error says what differs, and where the scenario is that shows it.
fn play(setup: &Setup, mut generator: Generator, mut source: impl Source, steps: u64) -> Result<Played> {
    let mut pair = Pair::start(setup)?;
    let mut actions = Vec::new();
    for _ in 0..steps {
        let timed = generator.next(&mut source, &pair.world);
        actions.push(timed.clone());
        if let Err(error) = pair.play(&timed) {
            return Err(error.context(report(setup, &actions)));
        }
    }
    pair.played.tally = pair.world.tally;
    Ok(pair.played)
}

/// Writes the scenario of a failure and says where it is, with its last actions.
fn report(setup: &Setup, actions: &[Timed]) -> String {
    let steps = actions.iter().map(|timed| Step { at: timed.at, action: timed.action.clone() });
    let scenario = scenario_json("engine and program differ", setup, &steps.collect::<Vec<_>>());
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let path = folder.join("differs.json");
    let mut text = match std::fs::write(&path, scenario) {
        Ok(()) => format!("after {} actions, in {}; the last:", actions.len(), path.display()),
        Err(error) => format!("after {} actions ({error}); the last:", actions.len()),
    };
    for timed in actions.iter().rev().take(3).rev() {
        // Writing to a string does not fail.
        let _written = write!(text, "\n  {:>6} {:?}", timed.at, timed.action);
    }
    text
}
