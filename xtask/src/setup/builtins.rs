//! Step: memory and 128-bit integer functions for the chain, as libraries that the linker adds to each program.

use std::fs;

use super::{Folder, compiler, flags, standard_library, steps::Step, wrappers};
use crate::{Result, process, project::cargo};

const VERSION: &str = "0.3.0";
const MANIFEST: &str = include_str!("../../toolchain/builtins/manifest.toml");
const LIBRARY: &str = include_str!("../../toolchain/builtins/lib.rs");
const ARITHMETIC: &str = include_str!("../../toolchain/builtins/arithmetic.rs");

pub const STEP: Step = Step {
    name: "builtins",
    doing: "building 128-bit arithmetic",
    recipe: |folder| format!("{VERSION}\n{MANIFEST}\n{LIBRARY}\n{ARITHMETIC}\n{:?}", flags::builtins(folder)),
    after: &[&wrappers::STEP, &compiler::RUSTC, &standard_library::STEP],
    product: flags::BUILTINS,
    perform,
};

fn perform(folder: &Folder) -> Result {
    let sources = folder.fresh("build/builtins")?;
    folder.write("build/builtins/Cargo.toml", &MANIFEST.replace("@BUILTINS@", VERSION))?;
    folder.write("build/builtins/lib.rs", LIBRARY)?;
    folder.write("build/builtins/arithmetic.rs", ARITHMETIC)?;

    let mut build = cargo(&sources);
    build.args(["build", "--release", "-Zbuild-std=core"]).env("CARGO_TARGET_DIR", sources.join("target"));
    flags::apply(&mut build, folder, flags::builtins(folder));
    process::log(&mut build, &folder.log_of(STEP.name)).map_err(|error| {
        format!(
            "the builtins cannot be built. {error}\n\
             If solana-compiler-builtins {VERSION} could not be downloaded, the crate registry is out of reach: check \
             the network and cargo's configuration, then run setup again; finished steps are kept."
        )
    })?;

    let built = sources.join("target").join(flags::TARGET).join("release");
    folder.fresh("lib")?;
    fs::copy(built.join("libsbf_wide_integers.rlib"), folder.path(flags::WIDE_INTEGERS))?;
    for entry in fs::read_dir(built.join("deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("libsolana_compiler_builtins-") && name.ends_with(".rlib") {
            fs::copy(&path, folder.path(flags::BUILTINS))?;
        }
    }
    Ok(())
}
