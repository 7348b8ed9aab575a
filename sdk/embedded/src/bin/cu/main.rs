//! `cargo xtask cu`: what each instruction costs on the compiled program, by shape, with the sizes of program and
//! accounts.
//!
//!     cu            prints the table and writes it into docs/compute.md
//!     cu --json     one object a line: instruction, shape, cu_min, cu_median, cu_max
//!     cu --check    changes nothing; exit code 1 if a figure is over its budget, or more than 3% above the one in
//!                   docs/compute.md
//!     cu --against FILE  the same with the tables of another file

mod bench;
mod budget;
mod committed;
mod shapes;
mod sizes;
mod stage;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use committed::Committed;

/// What to do with the figures.
#[derive(Clone, PartialEq, Eq)]
enum Output {
    Document,
    Json,
    /// Compare with a table.
    Check(PathBuf),
}

impl Output {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut output = Self::Document;
        while let Some(argument) = arguments.next() {
            output = match argument.as_str() {
                "--json" => Self::Json,
                "--check" => Self::Check(table::path()),
                "--against" => Self::Check(arguments.next().context("--against needs a file with a table")?.into()),
                other => bail!("`cu` does not know `{other}`; it takes --json, --check, or --against FILE"),
            };
        }
        Ok(output)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let output = Output::parse(std::env::args().skip(1))?;
    let figures = shapes::measure()?;
    if output == Output::Json {
        for figure in &figures {
            println!("{}", serde_json::to_string(figure)?);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let sizes = sizes::measure()?;
    let verdicts = budget::verdicts(&figures, &sizes);
    let text = table::render(&figures, &sizes, &verdicts);
    println!("{text}");
    let Output::Check(committed) = output else {
        println!("\nWritten to {}", table::write(&text)?.display());
        return Ok(ExitCode::SUCCESS);
    };
    let over = verdicts.iter().filter(|verdict| !verdict.holds());
    let mut complaints: Vec<String> = over.map(|verdict| format!("{} is over its budget", verdict.name)).collect();
    complaints.extend(Committed::read(&table::read(&committed)?)?.complaints(&figures, &sizes));
    if complaints.is_empty() {
        println!("\nEvery figure is within its budget and within 3% of {}.", committed.display());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: {}", complaints.join("\n       "));
    eprintln!("Bring it down, or run `cargo xtask cu` and explain the rise in docs/compute.md.");
    Ok(ExitCode::FAILURE)
}
