//! `keel scenario run`.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use keel_simulator::scenario::{Runner, Scenario, Verdict};
use keel_simulator::{Executor, Simulator};

/// Plays scenarios (docs/scenarios.md). An expectation that is not met is told on the error stream; the run goes on, and
/// the exit code is 1 in the end.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Scenario files, played one after the other.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A refused step without `expect` is a failure as well.
    #[arg(long)]
    strict: bool,
    /// Check every equality of the books after every step, and not only in the end.
    #[arg(long)]
    audit: bool,
}

/// Plays every file.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut output = BufWriter::new(stdout().lock());
    let mut failed = false;
    for file in &arguments.files {
        let scenario = Scenario::read(file)?;
        let simulator = Simulator::start(&scenario.setup)
            .with_context(|| format!("{}: the exchange cannot start", file.display()))?;
        failed |= play(&scenario, simulator, arguments, &mut output)?;
    }
    output.flush()?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Plays on one executor. Returns whether something was not as expected.
fn play(scenario: &Scenario, executor: impl Executor, arguments: &Arguments, output: &mut impl Write) -> Result<bool> {
    let mut runner = Runner::new(scenario, executor);
    if arguments.audit {
        runner = runner.audit_each();
    }
    let mut failed = false;
    for line in runner {
        let line = line?;
        writeln!(output, "{}", line.text)?;
        failed |= tell(&line.verdict, arguments.strict);
    }
    Ok(failed)
}

/// Tells what was not as expected. Returns whether it counts as a failure.
fn tell(verdict: &Verdict, strict: bool) -> bool {
    match verdict {
        Verdict::Fine => false,
        Verdict::Refused(what) => {
            if strict {
                eprintln!("{what}");
            }
            strict
        }
        Verdict::Unmet(what) => {
            eprintln!("{what}");
            true
        }
    }
}
