//! Compiles the engine and the SDK to WebAssembly: `target/wasm/keel.wasm`, which the TypeScript SDK loads.
//!
//! With rustup's own wasm32 target where it is installed, and else with the private rustc of `setup`, which builds std
//! from its sources. Both link with the LLVM linker that comes with Rust.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Result, process,
    project::{Project, Workspace, cargo},
    setup,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// cargo's profile for it, in the root manifest.
const PROFILE: &str = "wasm";

/// Builds and gives the path of the module.
pub fn run(project: &Project) -> Result<PathBuf> {
    let sysroot = sysroot()?;
    let target = project.target("wasm");
    let mut build = cargo(&project.workspace(Workspace::Main));
    build.args(["rustc", "--package", "keel-wasm", "--lib", "--crate-type", "cdylib"]);
    build.args(["--profile", PROFILE, "--target", TARGET]).env("CARGO_TARGET_DIR", &target);
    if !sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        let folder = setup::private()?;
        setup::flags::apply_wasm(&mut build, &folder, &linker(&sysroot)?);
        build.arg("-Zbuild-std=std,panic_abort");
    }
    process::show(&mut build)?;
    deploy(project, &target.join(TARGET).join(PROFILE).join("keel_wasm.wasm"))
}

/// Puts the module where clients look for it. An unchanged file keeps its time stamp.
fn deploy(project: &Project, built: &Path) -> Result<PathBuf> {
    let module = fs::read(built).map_err(|error| format!("cannot read {}: {error}", built.display()))?;
    let deployed = project.target("wasm/keel.wasm");
    if fs::read(&deployed).ok().as_ref() != Some(&module) {
        fs::write(&deployed, &module)?;
    }
    eprintln!("{}: {} bytes", project.shown(&deployed), module.len());
    Ok(deployed)
}

/// Where the machine's own Rust is.
fn sysroot() -> Result<PathBuf> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Ok(process::capture(Command::new(rustc).args(["--print", "sysroot"]))?.trim().into())
}

/// LLVM's linker for WebAssembly: the one beside the machine's rustc, or the one on the PATH.
fn linker(sysroot: &Path) -> Result<PathBuf> {
    let host = format!("lib/rustlib/{}-unknown-linux-gnu/bin/rust-lld", env::consts::ARCH);
    let folders = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&folders).map(|folder| folder.join("wasm-ld"));
    std::iter::once(sysroot.join(host)).chain(on_path).find(|path| path.is_file()).ok_or_else(|| {
        "there is no linker for WebAssembly: `rustup target add wasm32-unknown-unknown`, or apt-get install lld".into()
    })
}
