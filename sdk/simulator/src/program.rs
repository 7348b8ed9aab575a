//! The compiled program and its companions: where they are, and their bytes. In a checkout each is built the first time
//! that somebody needs it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Tells which program to load instead.
const OVERRIDE: &str = "KEEL_SO";

/// The compiled program: `KEEL_SO`, or where `cargo xtask build` puts it.
pub fn path() -> PathBuf {
    env::var_os(OVERRIDE).map_or_else(built, PathBuf::from)
}

/// The bytes of a compiled program. Where it is the checkout's own and was never built, it is built now, which takes some
/// minutes the first time.
///
/// Errors where it cannot be built or read, with what to do.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path == built() {
        build_once(path, &[])?;
    }
    fs::read(path).with_context(|| {
        format!("no program at {}: run `cargo xtask build`, or name another one by {OVERRIDE}", path.display())
    })
}

/// The bytes of another program of the checkout, by the name of its folder: one that builds on the exchange, or one of
/// tests. It is built now where it was never built.
///
/// Errors where it cannot be built or read, with what to do.
pub fn another(name: &str) -> Result<Vec<u8>> {
    let path = deployed(name);
    build_once(&path, &[name])?;
    fs::read(&path).with_context(|| format!("no program at {}: run `cargo xtask build {name}`", path.display()))
}

fn build_once(path: &Path, which: &[&str]) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    eprintln!("{} was not built yet: `cargo xtask build` does it now", path.display());
    // What it prints is no part of what the caller prints.
    let mut build = Command::new("cargo");
    build.args(["xtask", "build"]).args(which).current_dir(root()).stdout(Stdio::null());
    let status = build.status().context("cargo does not start")?;
    ensure!(status.success(), "`cargo xtask build` failed ({status}): run it by itself and look at what it says");
    Ok(())
}

/// The checkout that this was compiled in.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn built() -> PathBuf {
    deployed("keel")
}

fn deployed(name: &str) -> PathBuf {
    root().join("target/deploy").join(format!("{}.so", name.replace('-', "_")))
}
