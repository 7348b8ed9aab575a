//! `keel`: the command line of the exchange.
//!
//! Results go to standard output, everything else to the error stream. The exit code is 0 when all went as expected, 1
//! when something did not, and 2 when the command itself is not understood.

#![forbid(unsafe_code)]

mod audit;
mod scenario;
mod vectors;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Keel from the command line.
#[derive(Debug, Parser)]
#[command(name = "keel", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays scripts of trades, prices and liquidations.
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Recomputes every equality of the protocol from account data alone, and balances from events alone.
    Audit(audit::Arguments),
    /// Answers single operations of the arithmetic, a line of JSON each.
    Vectors(vectors::Arguments),
}

#[derive(Debug, Subcommand)]
enum ScenarioCommand {
    /// Plays scenarios and prints a line of JSON for each step and a last one for the state in the end.
    Run(scenario::Arguments),
}

fn main() -> ExitCode {
    match perform(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(command: Command) -> Result<ExitCode> {
    match command {
        Command::Scenario(ScenarioCommand::Run(arguments)) => scenario::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Vectors(arguments) => vectors::run(&arguments).map(|()| ExitCode::SUCCESS),
    }
}

/// Whoever read the output has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
