//! `cargo xtask mutants`: changes the engine's rules one place at a time and reports which changes no test notices.

use std::{fs, path::Path};

use crate::{
    Result, process,
    project::{Project, Workspace, cargo},
};

/// Exit codes of cargo-mutants that say what it found, and not that it could not work: nothing, mutants that live, mutants
/// that ran out of time.
const FINDINGS: [i32; 3] = [0, 2, 3];

/// Lists that cargo-mutants leaves behind, a line a mutant, with what they mean.
const LISTS: [(&str, &str); 4] = [
    ("caught.txt", "caught by a test"),
    ("missed.txt", "missed"),
    ("timeout.txt", "out of time"),
    ("unviable.txt", "do not compile"),
];

pub fn run(project: &Project, passed: &[String]) -> Result {
    let root = project.workspace(Workspace::Main);
    if process::capture(cargo(&root).args(["mutants", "--version"])).is_err() {
        return Err(
            "cargo-mutants is not installed: `cargo install --locked cargo-mutants`, then run this again".into()
        );
    }
    let output = project.target("mutants");
    fs::create_dir_all(&output)?;
    let mut run = cargo(&root);
    run.args(["mutants", "--package", "keel-engine", "--output"]).arg(&output).args(passed);
    // Each job builds in a copy of its own, which one target folder for all would undo.
    run.env_remove("CARGO_TARGET_DIR");
    let status = run.status().map_err(|error| format!("cannot start cargo-mutants: {error}"))?;
    match status.code() {
        // It was asked something, and tested nothing.
        Some(0) if passed.iter().any(|argument| ["--list", "--list-files", "--help"].contains(&argument.as_str())) => {
            Ok(())
        }
        Some(code) if FINDINGS.contains(&code) => summary(project, &output.join("mutants.out")),
        _ => Err(format!("cargo-mutants failed ({status})").into()),
    }
}

fn summary(project: &Project, results: &Path) -> Result {
    println!();
    for (file, meaning) in LISTS {
        let list = fs::read_to_string(results.join(file)).unwrap_or_default();
        println!("{:>6} {meaning}", list.lines().count());
        if file == "missed.txt" {
            list.lines().for_each(|mutant| println!("         {mutant}"));
        }
    }
    println!("All of it is in {}; docs/mutants.md says what is known of those that live.", project.shown(results));
    Ok(())
}
