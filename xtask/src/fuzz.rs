//! Fuzzing with cargo-fuzz, on the stable toolchain: coverage without sanitizers, which need a nightly one.

use std::fs;
use std::process::{Command, Stdio};

use crate::{
    Result, process,
    project::{Project, Workspace, cargo},
};

/// Longest input, in bytes: a few hundred actions.
const MAX_LEN: u32 = 4_096;

pub fn run(project: &Project, target: &str, minutes: u64) -> Result {
    let root = project.workspace(Workspace::Main);
    let source = root.join("fuzz/fuzz_targets").join(target).with_extension("rs");
    if !source.is_file() {
        return Err(format!("there is no fuzz target `{target}` in fuzz/fuzz_targets").into());
    }
    let mut version = Command::new("cargo-fuzz");
    if !version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|is| is.success()) {
        return Err("cargo-fuzz is missing: `cargo install cargo-fuzz` installs it".into());
    }
    // What is found goes into the corpus, which is nobody's to keep; the seeds are only read.
    let (corpus, seeds) = (root.join("fuzz/corpus").join(target), root.join("fuzz/seeds").join(target));
    fs::create_dir_all(&corpus)?;
    let mut run = cargo(&root);
    run.args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir", "fuzz", target]).arg(corpus).arg(seeds);
    run.args([
        "--",
        &format!("-max_total_time={}", minutes * 60),
        &format!("-max_len={MAX_LEN}"),
        "-print_final_stats=1",
    ]);
    // A target folder of its own: its flags are not those of other builds.
    run.env("CARGO_TARGET_DIR", project.target("fuzz"));
    process::show(&mut run)
}
