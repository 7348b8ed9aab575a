//! `cargo xtask demo`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use keel_demo::arguments::{Arguments, HELP};
use keel_demo::{capital, figures, play, prices, report, terminal};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    if arguments.help {
        print!("{HELP}");
        return Ok(());
    }
    let mut minutes = match &arguments.prices {
        Some(path) => prices::read(path)?,
        None => prices::built_in(),
    };
    if let Some(days) = arguments.days {
        minutes.truncate(((days * 1_440.0).ceil() as usize).max(1));
    }
    let samples = prices::samples(&minutes, arguments.samples);
    let played = play::play(&samples, arguments.seed, arguments.record.as_deref())?;
    let capital = capital::measure()?;
    let sections = figures::sections(&played, &capital)?;
    sections.iter().for_each(terminal::print);
    let path = arguments.report.unwrap_or_else(default_report);
    report::write(&path, &played, &capital, &sections)?;
    println!("\nReport: {}", path.display());
    if let Some(path) = arguments.record {
        println!("Record: {}", path.display());
    }
    Ok(())
}

/// Beside everything else that is built.
fn default_report() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let target = target.canonicalize().unwrap_or(target);
    target.join("demo/report.html")
}
