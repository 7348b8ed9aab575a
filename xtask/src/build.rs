//! Compiles the program to sBPF v3 with whichever compiler the machine has.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Result,
    arguments::Panic,
    elf, process,
    project::{Project, cargo},
    setup::{self, Compiler, flags},
};

const SBPF_VERSION: u32 = 3;

/// Builds and gives the path of the program.
pub fn run(project: &Project, panic: Panic) -> Result<PathBuf> {
    let built = match setup::compiler()? {
        Compiler::PlatformTools => with_platform_tools(project, panic)?,
        Compiler::Private(folder) => with_private_compiler(project, &folder, panic)?,
    };
    deploy(project, &built)
}

fn with_private_compiler(project: &Project, folder: &setup::Folder, panic: Panic) -> Result<PathBuf> {
    // Apart from the host's builds, so that neither waits for the other; one per mode, so that none undoes another.
    let target = project.target(match panic {
        Panic::Location => "sbf",
        Panic::Message => "sbf-message",
        Panic::Immediate => "sbf-immediate",
    });
    let mut build = cargo(&project.program());
    build.args(["build", "--release", "--lib", "-Zbuild-std=std,panic_abort"]).env("CARGO_TARGET_DIR", &target);
    flags::apply(&mut build, folder, flags::program(folder, panic));
    process::show(&mut build)?;
    Ok(target.join(flags::TARGET).join("release/keel.so"))
}

fn with_platform_tools(project: &Project, panic: Panic) -> Result<PathBuf> {
    if panic != Panic::Location {
        return Err("cargo-build-sbf always logs a panic's location; `--panic` is for the compiler of `setup`".into());
    }
    let target = project.target("sbf");
    let output = target.join("deploy");
    let mut build = cargo(&project.program());
    build.args(["build-sbf", "--arch", "v3", "--sbf-out-dir"]).arg(&output).env("CARGO_TARGET_DIR", &target);
    process::show(&mut build)?;
    Ok(output.join("keel.so"))
}

/// Checks what was built and puts it where Solana's tools look. An unchanged file keeps its time stamp.
fn deploy(project: &Project, built: &Path) -> Result<PathBuf> {
    let program = fs::read(built).map_err(|error| format!("cannot read {}: {error}", built.display()))?;
    let version = elf::sbpf_version(&program).map_err(|error| format!("{}: {error}", built.display()))?;
    if version != SBPF_VERSION {
        return Err(format!("{} is sBPF v{version}, not v{SBPF_VERSION}", built.display()).into());
    }
    let deployed = project.target("deploy/keel.so");
    if fs::read(&deployed).ok().as_ref() != Some(&program) {
        fs::create_dir_all(project.target("deploy"))?;
        fs::write(&deployed, &program)?;
    }
    // On the error stream: what follows may print JSON.
    eprintln!("{}: sBPF v{version}, {} bytes", project.shown(&deployed), program.len());
    Ok(deployed)
}
