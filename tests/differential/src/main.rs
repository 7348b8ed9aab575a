//! Plays engine and program against each other for as long as asked.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use keel_differential::{Played, ROUND, round};
use keel_embedded::numbers::grouped;
use keel_model::sets::{SETS, Set};
use keel_model::source;

/// Random play on the engine and on the compiled program in step, compared after every transaction.
#[derive(Parser)]
struct Options {
    /// Transactions in all.
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
    /// Stop after so many minutes, whatever --steps says.
    #[arg(long)]
    minutes: Option<u64>,
    /// Seed [default: KEEL_SEED, or a fixed one].
    #[arg(long)]
    seed: Option<u64>,
    /// One kind of exchange only: floating, fixed, plain, dear, cheap, free, wide, equity, five.
    #[arg(long)]
    set: Option<String>,
    /// Play this round only; a failure names it.
    #[arg(long)]
    round: Option<u64>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let began = Instant::now();
    let deadline = options.minutes.map(|minutes| began + Duration::from_secs(60 * minutes));
    let sets: Vec<Set> = match &options.set {
        Some(name) => vec![Set::named(name).with_context(|| format!("there is no set {name}; see --help"))?],
        None => SETS.to_vec(),
    };
    let seed = options.seed.unwrap_or_else(source::seed);
    let bar = ProgressBar::new(options.steps);
    let style =
        ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} transactions, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut all = Played::default();
    let numbers = options.round.map_or(0..u64::MAX, |number| number..number + 1);
    for (number, set) in numbers.flat_map(|number| sets.iter().map(move |set| (number, set))) {
        if all.transactions >= options.steps || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        all.add(&round(set, seed, number, ROUND)?);
        bar.set_position(all.transactions.min(options.steps));
    }
    bar.finish_and_clear();
    let secs = began.elapsed().as_secs_f64();
    println!("{}\nseed {seed}, {} transactions in {secs:.1} s", all.tally, grouped(all.transactions));
    println!("{} equalities held, {} balances rebuilt from events", grouped(all.equalities), grouped(all.rebuilt));
    println!("differences 0");
    Ok(())
}
