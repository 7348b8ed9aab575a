//! The commands that only call others in order.

use std::{
    ffi::OsStr,
    fs,
    path::PathBuf,
    process::{Command, ExitCode},
};

use crate::{
    Result,
    arguments::{Panic, Play},
    build, process,
    project::{Project, Workspace, cargo},
    typescript,
};

const WORKSPACES: [Workspace; 2] = [Workspace::Main, Workspace::Tests];

/// Tells tests and tools which program to load.
const PROGRAM: &str = "KEEL_SO";
/// Tells tests what the program says of itself.
const IDL: &str = "KEEL_IDL";

pub fn idl(project: &Project) -> Result<PathBuf> {
    process::show(cargo(&project.workspace(Workspace::Main)).args(["build", "--quiet", "--package", "keel-idl"]))?;
    let written = project.target("idl/keel.json");
    fs::create_dir_all(project.target("idl"))?;
    // The IDL comes out of a host build with flags and features of its own: its own target folder, so that it does not
    // undo other builds. The builder mistakes RUSTUP_TOOLCHAIN for an argument to cargo.
    let mut generate = Command::new(project.target("debug/keel-idl"));
    generate.arg(project.program()).arg(&written);
    generate.env("CARGO_TARGET_DIR", project.target("idl/build")).env_remove("RUSTUP_TOOLCHAIN");
    process::show(&mut generate)?;
    println!("{}", project.shown(&written));
    Ok(written)
}

pub fn demo(project: &Project, passed: &[String]) -> Result {
    let program = build::run(project, Panic::Location)?;
    // In the caller's folder, so that the paths among the arguments mean what the caller means.
    let mut run = cargo(&std::env::current_dir()?);
    run.args(["run", "--quiet", "--package", "keel-demo", "--manifest-path"]);
    run.arg(project.workspace(Workspace::Tests).join("Cargo.toml")).arg("--");
    run.args(passed).env(PROGRAM, program);
    process::show(&mut run)
}

pub fn crash(project: &Project, passed: &[String]) -> Result {
    let mut run = cargo(&project.workspace(Workspace::Tests));
    run.args(["run", "--quiet", "--package", "keel-crash", "--"]).args(passed);
    if passed.iter().any(|argument| argument == "--chain") {
        run.env(PROGRAM, build::run(project, Panic::Location)?);
    }
    process::show(&mut run)
}

/// Runs `keel`. Its exit code is what it says, and no error of this program.
pub fn keel(project: &Project, passed: &[String]) -> Result<ExitCode> {
    // In the caller's folder, so that the paths among the arguments mean what the caller means.
    let mut run = cargo(&std::env::current_dir()?);
    run.args(["run", "--quiet", "--package", "keel-cli", "--bin", "keel", "--manifest-path"]);
    run.arg(project.workspace(Workspace::Tests).join("Cargo.toml")).arg("--").args(passed);
    if needs_chain(passed) {
        run.env(PROGRAM, build::run(project, Panic::Location)?);
    }
    process::code(&mut run)
}

/// Whether `keel` with these arguments loads the program.
fn needs_chain(passed: &[String]) -> bool {
    let on = |word: &str| matches!(word, "chain" | "both");
    let values = passed.iter().skip_while(|argument| *argument != "--on").skip(1).take(1);
    let joined = passed.iter().filter_map(|argument| argument.strip_prefix("--on="));
    let asks = values.map(String::as_str).chain(joined).any(on);
    asks || passed.first().is_some_and(|command| command == "audit")
}

/// Steps on the engine for one transaction on the chain.
const STEPS_PER_TRANSACTION: u64 = 500;

pub fn test(project: &Project, play: Play) -> Result {
    let program = build::all(project)?;
    let idl = idl(project)?;
    // The story of all clients has one in TypeScript, so its package is there before.
    typescript::build(project)?;
    let run = |workspace, arguments: &[&str]| {
        let mut test = cargo(&project.workspace(workspace));
        test.arg("test").args(arguments).env(PROGRAM, &program).env(IDL, &idl);
        if play.long {
            test.env("KEEL_LONG", "1");
        }
        if let Some(steps) = play.steps {
            test.env("KEEL_STEPS", steps.to_string());
            test.env("KEEL_TRANSACTIONS", steps.div_ceil(STEPS_PER_TRANSACTION).to_string());
        }
        if let Some(minutes) = play.minutes {
            test.env("KEEL_MINUTES", minutes.to_string());
        }
        process::show(&mut test)
    };
    for workspace in WORKSPACES {
        run(workspace, &["--workspace"])?;
    }
    // An engine with a bug is another engine: built apart, so that no other test meets it.
    let planted = ["--package", "keel-engine", "--package", "keel-model", "--features", "planted-bugs"];
    run(Workspace::Main, &[&planted[..], &["--test", "planted"]].concat())?;
    typescript::test(project)
}

pub fn cu(project: &Project, passed: &[String]) -> Result {
    let program = build::run(project, Panic::Location)?;
    // With a test of its crate and the features of the whole workspace: else every dependency would be built once more.
    let mut build = cargo(&project.workspace(Workspace::Tests));
    process::show(build.args(["test", "--quiet", "--workspace", "--no-run", "--test", "compute_gate"]))?;
    let mut run = Command::new(project.tests_binary("cu"));
    process::show(run.args(passed).env(PROGRAM, program))
}

pub fn format(project: &Project, check: bool) -> Result {
    each_workspace(project, if check { &["fmt", "--all", "--check"] } else { &["fmt", "--all"] })
}

pub fn lint(project: &Project) -> Result {
    format(project, true)?;
    each_workspace(project, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn each_workspace(project: &Project, arguments: &[&str]) -> Result {
    for workspace in WORKSPACES {
        process::show(cargo(&project.workspace(workspace)).args(arguments.iter().map(OsStr::new)))?;
    }
    Ok(())
}
