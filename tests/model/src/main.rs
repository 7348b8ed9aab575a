//! Plays random exchanges for as long as asked and tells what happened.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use keel_model::run::{self, ROUND};
use keel_model::sets::{SETS, Set};
use keel_model::{Tally, source};

const HELP: &str = "\
keel-model [options]

  --steps N     actions in all (default 100000)
  --minutes M   stop after so many minutes, whatever --steps says
  --seed S      seed (default: KEEL_SEED, or a fixed one)
  --set NAME    one kind of exchange only: floating, fixed, plain, dear, cheap, free, wide, equity, five
  --round N     play this round of the set only; a failure names it
";

struct Options {
    steps: u64,
    minutes: Option<u64>,
    seed: u64,
    sets: Vec<Set>,
    round: Option<u64>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options =
            Self { steps: 100_000, minutes: None, seed: source::seed(), sets: SETS.to_vec(), round: None };
        while let Some(name) = arguments.next() {
            if matches!(name.as_str(), "--help" | "-h") {
                return Ok(None);
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value\n\n{HELP}"))?;
            let number = || value.parse().map_err(|_| format!("`{name} {value}`: give a whole number"));
            match name.as_str() {
                "--steps" => options.steps = number()?,
                "--minutes" => options.minutes = Some(number()?),
                "--seed" => options.seed = number()?,
                "--round" => options.round = Some(number()?),
                "--set" => {
                    options.sets =
                        vec![Set::named(&value).ok_or_else(|| format!("there is no set {value}\n\n{HELP}"))?];
                }
                _ => return Err(format!("`{name}` is not known\n\n{HELP}")),
            }
        }
        Ok(Some(options))
    }
}

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => play(&options),
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play(options: &Options) -> ExitCode {
    let began = Instant::now();
    let deadline = options.minutes.map(|minutes| began + Duration::from_secs(minutes * 60));
    let bar = ProgressBar::new(options.steps);
    let style = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} steps, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut tally = Tally::default();
    let mut number = options.round.unwrap_or(0);
    'rounds: loop {
        for set in &options.sets {
            let left = options.steps.saturating_sub(tally.steps);
            if left == 0 || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                break 'rounds;
            }
            let how = format!("--seed {} --set {} --round {number}", options.seed, set.name);
            // A panic of the engine ends a release build at once: it must be told where it came from.
            let hint = how.clone();
            let print = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| eprintln!("{info}\nin keel-model {hint}")));
            let outcome = run::round(set, options.seed, number, ROUND.min(left));
            std::panic::set_hook(print);
            match outcome {
                Ok(played) => tally.add(&played),
                Err(failure) => {
                    bar.abandon();
                    println!("{tally}\n{} actions, then one rule does not hold; making the list small", tally.steps);
                    println!("{}", failure.report(&how));
                    return ExitCode::FAILURE;
                }
            }
            bar.set_position(tally.steps);
            if options.round.is_some() {
                break 'rounds;
            }
        }
        number += 1;
    }
    bar.finish_and_clear();
    let secs = began.elapsed().as_secs_f64();
    println!(
        "{tally}\nseed {}, {} steps in {secs:.1} s, {:.0} a second",
        options.seed,
        tally.steps,
        tally.steps as f64 / secs
    );
    println!("violations 0");
    ExitCode::SUCCESS
}
