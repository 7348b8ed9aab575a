//! Brings up the SBF compiler: everything that a Debian 12 amd64 machine with cargo, gcc and apt lacks.
//!
//! The work is a list of steps. A finished step leaves a stamp holding its recipe, so that a second run does nothing
//! and a changed recipe repeats only that step and those built on it. docs/toolchain.md says what is installed and why.

mod apt;
mod builtins;
mod compiler;
pub mod flags;
mod folder;
mod linker;
mod packages;
mod patches;
mod standard_library;
mod steps;
mod wrappers;

use std::{env, path::PathBuf};

use crate::Result;
pub use folder::Folder;
use steps::Report;

/// The command of Anza's own toolchain, which is preferred where it is installed.
const PLATFORM_TOOLS: &str = "cargo-build-sbf";

/// What compiles the program on this machine.
pub enum Compiler {
    PlatformTools,
    Private(Folder),
}

/// `cargo xtask setup`: says what there is and what is done.
pub fn run() -> Result {
    if let Some(path) = platform_tools() {
        println!("{} is installed and will be used; there is nothing to set up", path.display());
        return Ok(());
    }
    steps::bring_up(&Folder::locate()?, Report::Everything)
}

/// The compiler, set up first if it is not there yet.
pub fn compiler() -> Result<Compiler> {
    if platform_tools().is_some() {
        return Ok(Compiler::PlatformTools);
    }
    private().map(Compiler::Private)
}

/// The private compiler, set up first if it is not there yet.
pub fn private() -> Result<Folder> {
    let folder = Folder::locate()?;
    steps::bring_up(&folder, Report::OnlyWork)?;
    Ok(folder)
}

fn platform_tools() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(PLATFORM_TOOLS)).find(|path| path.is_file())
}
