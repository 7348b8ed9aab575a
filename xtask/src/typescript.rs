//! The TypeScript SDK: its packages, its build, its tests.

use std::process::Command;

use crate::{
    Result, process,
    project::{Project, Workspace},
};

/// Installs the packages and builds, with what the build needs of the rest of the repository.
pub fn build(project: &Project) -> Result {
    npm(project, &["ci"])?;
    npm(project, &["run", "build"])
}

/// Runs the tests, against the local network.
pub fn test(project: &Project) -> Result {
    npm(project, &["test"])
}

fn npm(project: &Project, arguments: &[&str]) -> Result {
    let folder = project.workspace(Workspace::Main).join("sdk/ts");
    process::show(Command::new("npm").args(arguments).current_dir(folder))
}
