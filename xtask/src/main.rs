//! `cargo xtask`: everything a contributor runs, from setting up the compiler to the whole test suite.

mod arguments;
mod book;
mod build;
mod elf;
mod fuzz;
mod mutants;
mod process;
mod project;
mod setup;
mod tasks;
mod typescript;
mod wasm;

use std::process::ExitCode;

use arguments::{HELP, Request};
use project::Project;

/// Errors are sentences for the person at the terminal: what happened and what to do next.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match Request::parse(std::env::args().skip(1)).and_then(perform) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn perform(request: Request) -> Result<ExitCode> {
    let project = Project::locate()?;
    match request {
        Request::Help => print!("{HELP}"),
        Request::Setup => setup::run()?,
        Request::Build { panic, program } => build::one(&project, &program, panic)?,
        Request::Idl => tasks::idl(&project).map(drop)?,
        Request::Book => book::run(&project)?,
        Request::Wasm => wasm::run(&project).map(drop)?,
        Request::Ts => typescript::build(&project).and_then(|()| typescript::test(&project))?,
        Request::Demo { passed } => tasks::demo(&project, &passed)?,
        Request::Crash { passed } => tasks::crash(&project, &passed)?,
        Request::Keel { passed } => return tasks::keel(&project, &passed),
        Request::Test { play } => tasks::test(&project, play)?,
        Request::Cu { passed } => tasks::cu(&project, &passed)?,
        Request::Mutants { passed } => mutants::run(&project, &passed)?,
        Request::Fuzz { target, minutes } => fuzz::run(&project, &target, minutes)?,
        Request::Format { check } => tasks::format(&project, check)?,
        Request::Lint => tasks::lint(&project)?,
    }
    Ok(ExitCode::SUCCESS)
}
