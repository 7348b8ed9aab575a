//! `keel vectors`.

use std::fs::File;
use std::io::{BufWriter, stdin, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use keel_simulator::vectors::answer_all;

/// Reads operations, one JSON object a line, and answers each on a line of its own, in order. A line that cannot be
/// answered gives {"error":"..."}. docs/scenarios.md lists the operations.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// File with the operations; standard input without it.
    file: Option<PathBuf>,
}

/// Answers every line.
pub fn run(arguments: &Arguments) -> Result<()> {
    let output = BufWriter::new(stdout().lock());
    match &arguments.file {
        Some(path) => {
            let file = File::open(path).with_context(|| {
                format!("cannot open {}; name a file with one operation a line, or none", path.display())
            })?;
            answer_all(file, output)?;
        }
        None => answer_all(stdin().lock(), output)?,
    }
    Ok(())
}
