//! Step: the linker, built by the machine's own cargo.

use std::process::Command;

use super::{Folder, steps::Step};
use crate::{Result, process, project::cargo};

const VERSION: &str = "0.2.6";

pub const STEP: Step = Step {
    name: "linker",
    doing: "building sbpf-linker (about three minutes)",
    recipe: |_| VERSION.to_owned(),
    after: &[],
    product: "linker/bin/sbpf-linker",
    perform,
};

fn perform(folder: &Folder) -> Result {
    let log = folder.log_of(STEP.name);
    let mut install = cargo(folder.root());
    install.args(["install", "sbpf-linker", "--version", &format!("={VERSION}"), "--locked", "--force", "--root"]);
    install.arg(folder.path("linker")).env("CARGO_TARGET_DIR", folder.path("build/linker"));
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        install.env_remove(variable);
    }
    process::log(&mut install, &log).map_err(|error| {
        format!(
            "sbpf-linker {VERSION} cannot be built. {error}\n\
             If it could not be downloaded, the crate registry is out of reach: check the network and cargo's \
             configuration, then run setup again; finished steps are kept."
        )
    })?;
    // It opens LLVM's library when it starts: seeing it start says that both fit.
    process::log(Command::new(folder.path("bin/linker")).arg("--version").env("CARGO_PRIMARY_PACKAGE", "1"), &log)
}
