//! The commands that only call others in order.

use std::{ffi::OsStr, fs, path::PathBuf, process::Command};

use crate::{
    Result,
    arguments::Panic,
    build, process,
    project::{Project, Workspace, cargo},
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

pub fn test(project: &Project, long: bool) -> Result {
    let program = build::run(project, Panic::Location)?;
    let idl = idl(project)?;
    for workspace in WORKSPACES {
        let mut test = cargo(&project.workspace(workspace));
        test.args(["test", "--workspace"]).env(PROGRAM, &program).env(IDL, &idl);
        if long {
            test.env("KEEL_LONG", "1");
        }
        process::show(&mut test)?;
    }
    Ok(())
}

pub fn cu(project: &Project, passed: &[String]) -> Result {
    let program = build::run(project, Panic::Location)?;
    let mut run = cargo(&project.workspace(Workspace::Tests));
    run.args(["run", "--quiet", "--package", "keel-embedded", "--bin", "cu", "--"]).args(passed).env(PROGRAM, program);
    process::show(&mut run)
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
