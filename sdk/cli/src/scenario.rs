//! `keel scenario run`.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ValueEnum;
use keel_embedded::Player;
use keel_simulator::scenario::{Line, Runner, Scenario, Verdict};
use keel_simulator::{Executor, Simulator};

/// Plays scenarios (docs/scenarios.md). An expectation that is not met is told on the error stream; the run goes on, and
/// the exit code is 1 in the end.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Scenario files, played one after the other.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What plays them.
    #[arg(long, value_enum, default_value_t = On::Engine)]
    on: On,
    /// A refused step without `expect` is a failure as well.
    #[arg(long)]
    strict: bool,
    /// Check every equality of the books after every step, and not only in the end.
    #[arg(long)]
    audit: bool,
}

/// What plays a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum On {
    /// The engine alone.
    Engine,
    /// The compiled program on an embedded chain, by signed transactions; KEEL_SO names another program file.
    Chain,
    /// Both, step by step: a line that differs ends the run.
    Both,
}

/// Plays every file.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut output = BufWriter::new(stdout().lock());
    let mut failed = false;
    for file in &arguments.files {
        let scenario = Scenario::read(file)?;
        failed |= play(&scenario, arguments, &mut output)?;
        output.flush()?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Plays one scenario. Returns whether something was not as expected.
fn play(scenario: &Scenario, arguments: &Arguments, output: &mut impl Write) -> Result<bool> {
    let cannot = || format!("{}: the exchange cannot start", scenario.file);
    let engine = || Simulator::start(&scenario.setup).with_context(cannot);
    let chain = || Player::start(&scenario.setup).with_context(cannot);
    match arguments.on {
        On::Engine => print(runner(scenario, engine()?, arguments.audit), arguments.strict, output),
        On::Chain => print(runner(scenario, chain()?, arguments.audit), arguments.strict, output),
        On::Both => {
            let engine = runner(scenario, engine()?, arguments.audit);
            let chain = runner(scenario, chain()?, arguments.audit);
            compare(engine.zip(chain), arguments.strict, output)
        }
    }
}

fn runner<E: Executor>(scenario: &Scenario, executor: E, audit: bool) -> Runner<'_, E> {
    let runner = Runner::new(scenario, executor);
    if audit { runner.audit_each() } else { runner }
}

/// Prints the lines of one executor.
fn print(lines: impl Iterator<Item = Result<Line>>, strict: bool, output: &mut impl Write) -> Result<bool> {
    let mut failed = false;
    for line in lines {
        let line = line.inspect_err(|_| drop(output.flush()))?;
        writeln!(output, "{}", line.text)?;
        failed |= tell(&line.verdict, strict);
    }
    Ok(failed)
}

/// Prints the lines of both executors once, up to the first that differs.
fn compare(
    lines: impl Iterator<Item = (Result<Line>, Result<Line>)>,
    strict: bool,
    output: &mut impl Write,
) -> Result<bool> {
    let mut failed = false;
    for (engine, chain) in lines {
        let engine = engine.inspect_err(|_| drop(output.flush())).context("on the engine")?;
        let chain = chain.inspect_err(|_| drop(output.flush())).context("on the chain")?;
        if engine.text != chain.text {
            output.flush()?;
            eprintln!("engine and chain differ:\nengine: {}\nchain:  {}", engine.text, chain.text);
            return Ok(true);
        }
        writeln!(output, "{}", engine.text)?;
        failed |= tell(&engine.verdict, strict);
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
