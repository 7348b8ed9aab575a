//! `cargo xtask crash`: replays crashes and prints what was left.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use keel_crash::{Options, PATHS, Path, Replayed, WITH_COLLATERAL, replay, report, table};
use keel_embedded::numbers::grouped;

/// Replays crashes with two hundred leveraged accounts and prints what was left.
///
/// After every action each equality of the protocol is checked, and a ledger tells that nobody's capital pays for another's
/// loss. Exit code 1 where something does not hold: it tells path, seed, step, and the scenario that shows it.
#[derive(Parser)]
#[command(name = "cargo xtask crash")]
struct Arguments {
    /// One path only.
    #[arg(long)]
    path: Option<String>,
    /// Chooses the traders.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// So many seeds, each path with every one of them.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Traders.
    #[arg(long, default_value_t = 200)]
    traders: usize,
    /// On the compiled program too, in step.
    #[arg(long)]
    chain: bool,
    /// Write each replay as a scenario that `cargo xtask keel scenario run` plays again.
    #[arg(long)]
    record: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let began = Instant::now();
    let paths: Vec<&'static Path> = match &arguments.path {
        Some(name) => {
            vec![Path::named(name).with_context(|| format!("there is no path {name}; there are {}", names()))?]
        }
        None => PATHS.iter().chain(WITH_COLLATERAL).collect(),
    };
    let (mut replays, mut twins) = (Vec::new(), Vec::new());
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        for path in &paths {
            let options = Options {
                seed,
                traders: arguments.traders,
                on_chain: arguments.chain,
                record: arguments.record,
                in_dollars: false,
            };
            let played = told(replay(path, options)?);
            if path.margin.is_some() {
                let in_dollars = Options { on_chain: false, record: false, in_dollars: true, ..options };
                twins.push((played, replay(path, in_dollars)?));
            } else {
                replays.push(played);
            }
        }
    }
    if !replays.is_empty() {
        println!("{}", table::markdown(&replays));
    }
    if !twins.is_empty() {
        println!("{}", table::markdown_of_collateral(&twins));
    }
    replays.extend(twins.into_iter().map(|(played, _)| played));
    let served: u64 = replays.iter().map(|played| played.tally.served).sum();
    let equalities: u64 = replays.iter().map(|played| played.tally.equalities).sum();
    let secs = began.elapsed().as_secs_f64();
    println!("{} actions, {} equalities, none broken, {secs:.0} s", grouped(served), grouped(equalities));
    println!("Pictures and scenarios: {}", report::write(&replays)?.display());
    Ok(())
}

fn told(played: Replayed) -> Replayed {
    let (name, tally) = (played.path.name, &played.tally);
    let (served, equalities) = (grouped(tally.served), grouped(tally.equalities));
    eprintln!("{name:>12} seed {}: {served} actions, {equalities} equalities", played.seed);
    played
}

fn names() -> String {
    PATHS.iter().chain(WITH_COLLATERAL).map(|path| path.name).collect::<Vec<_>>().join(", ")
}
