//! `keel completions`: what a shell needs to complete commands and options.

use std::io::Write;

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// Prints a script that lets a shell complete keel's commands and options.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel completions bash
  keel completions zsh")]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints it.
pub fn run(arguments: &Arguments) -> Result<()> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut crate::Arguments::command(), "keel", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}
