//! The TypeScript SDK: its packages, its build, its tests.

use std::process::Command;

use crate::{
    Result, process,
    project::{Project, Workspace},
};

/// `npm ci` and `npm test`, which builds what it needs of the rest of the repository by itself.
pub fn run(project: &Project) -> Result {
    let folder = project.workspace(Workspace::Main).join("sdk/ts");
    for arguments in [&["ci"][..], &["test"]] {
        process::show(Command::new("npm").args(arguments).current_dir(&folder))?;
    }
    Ok(())
}
