//! `cargo xtask cu`: what each instruction costs on the compiled program, by shape, with the sizes of program and
//! accounts.
//!
//!     cu            prints the table and writes it into docs/compute.md
//!     cu --json     one object a line: instruction, shape, cu_min, cu_median, cu_max
//!     cu --check    prints the table; exit code 1 if a figure is over its budget

mod bench;
mod budget;
mod shapes;
mod sizes;
mod stage;
mod table;

use std::process::ExitCode;

use anyhow::{Result, bail};

/// What to do with the figures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Document,
    Json,
    Check,
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
    let mut output = Output::Document;
    for argument in std::env::args().skip(1) {
        output = match argument.as_str() {
            "--json" => Output::Json,
            "--check" => Output::Check,
            other => bail!("`cu` does not know `{other}`; it takes --json or --check"),
        };
    }
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
    let written = if output == Output::Document { Some(table::write(&text)?) } else { None };
    println!("{text}");
    if let Some(path) = written {
        println!("\nWritten to {}", path.display());
    }
    let within = verdicts.iter().all(budget::Verdict::holds);
    Ok(if output == Output::Check && !within { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
