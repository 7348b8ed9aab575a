//! `keel localnet`: hands over to the program `keel-localnet`, which is a package of its own because it holds a whole node.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use clap::Args;

/// Name of the program.
const PROGRAM: &str = "keel-localnet";

/// Starts a local network with the exchange on it
///
/// A node on loopback, markets, prices, funded keys. All that follows goes to the program keel-localnet as it is;
/// `keel localnet --help` is its help.
#[derive(Debug, Args)]
#[command(
    disable_help_flag = true,
    after_help = "Examples:
  keel localnet
  keel localnet --help"
)]
pub struct Arguments {
    /// Options of keel-localnet
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// Becomes that program. Errors where it is not installed.
pub fn run(arguments: &Arguments) -> Result<()> {
    let program = find().ok_or_else(|| {
        anyhow!("the program {PROGRAM} is neither beside keel nor on the PATH: install it with `cargo install --path sdk/localnet`")
    })?;
    let mut command = Command::new(&program);
    command.args(&arguments.arguments);
    let cannot = || format!("cannot start {}", program.display());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // Comes back only where it failed.
        Err(command.exec()).with_context(cannot)
    }
    #[cfg(not(unix))]
    {
        let status = command.status().with_context(cannot)?;
        if status.success() { Ok(()) } else { Err(anyhow!("{PROGRAM} ended with {status}")) }
    }
}

/// Beside this program, or on the PATH.
fn find() -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|own| own.parent().map(|folder| folder.join(&name)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).map(|folder| folder.join(&name)).collect();
    beside.into_iter().chain(on_path).find(|place| place.is_file())
}
