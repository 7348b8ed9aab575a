//! `cargo xtask cu`: what each instruction costs on the compiled program, by shape, with the sizes of program and
//! accounts.
//!
//!     cu            prints the table and writes it into docs/compute.md, and what clients ask for into the Rust SDK
//!     cu --json     one object a line: instruction, shape, cu_min, cu_median, cu_max
//!     cu --check    changes nothing; exit code 1 if a figure is over its budget, or more than 3% above the one in
//!                   docs/compute.md or in the SDK's table
//!     cu --against FILE  the same with the tables of another document
//!     cu --against-units FILE  the same with another table of the SDK

mod bench;
mod budget;
mod committed;
mod shapes;
mod sizes;
mod stage;
mod table;
mod units;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use committed::Committed;

/// What to do with the figures.
#[derive(Clone, PartialEq, Eq)]
enum Output {
    Document,
    Json,
    /// Compare with a document and with the SDK's table.
    Check(PathBuf, PathBuf),
}

impl Output {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut output = Self::Document;
        while let Some(argument) = arguments.next() {
            output = match argument.as_str() {
                "--json" => Self::Json,
                "--check" => Self::Check(table::path(), units::path()),
                "--against" => Self::Check(file(&mut arguments)?, units::path()),
                "--against-units" => Self::Check(table::path(), file(&mut arguments)?),
                other => {
                    bail!(
                        "`cu` does not know `{other}`; it takes --json, --check, --against FILE or --against-units FILE"
                    )
                }
            };
        }
        Ok(output)
    }
}

/// The file behind a flag.
fn file(arguments: &mut impl Iterator<Item = String>) -> Result<PathBuf> {
    Ok(arguments.next().context("a file with a table has to follow")?.into())
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
    let asked = units::render(&figures)?;
    let Output::Check(committed, committed_units) = output else {
        println!("\nWritten to {}", table::write(&text)?.display());
        std::fs::write(units::path(), asked).context("cannot write the SDK's table")?;
        return Ok(ExitCode::SUCCESS);
    };
    let over = verdicts.iter().filter(|verdict| !verdict.holds());
    let mut complaints: Vec<String> = over.map(|verdict| format!("{} is over its budget", verdict.name)).collect();
    complaints.extend(Committed::read(&table::read(&committed)?)?.complaints(&figures, &sizes));
    complaints.extend(units::complaints(&table::read(&committed_units)?, &asked));
    if complaints.is_empty() {
        println!("\nEvery figure is within its budget and within 3% of {}.", committed.display());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: {}", complaints.join("\n       "));
    eprintln!("Bring it down, or run `cargo xtask cu` and explain the rise in docs/compute.md.");
    Ok(ExitCode::FAILURE)
}
