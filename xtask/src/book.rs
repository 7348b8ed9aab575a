//! The book: `docs/` by mdBook into `target/book`. mdBook is built into the target folder the first time.

use std::process::Command;

use crate::{
    Result, process,
    project::{Project, Workspace, cargo},
};

const VERSION: &str = "0.5.4";

/// Builds the book. Errors where mdBook cannot be built, and where a page of `docs/SUMMARY.md` is missing.
pub fn run(project: &Project) -> Result {
    let root = project.workspace(Workspace::Main);
    let tools = project.target("tools");
    let program = tools.join("bin/mdbook");
    if !program.is_file() {
        eprintln!("building mdBook {VERSION} (about two minutes)");
        let mut install = cargo(&root);
        install.args(["install", "mdbook", "--version", &format!("={VERSION}"), "--locked", "--no-default-features"]);
        process::show(install.arg("--quiet").arg("--root").arg(&tools))?;
    }
    process::show(Command::new(program).arg("build").arg(root.join("docs")))?;
    println!("{}", project.shown(&project.target("book/index.html")));
    Ok(())
}
