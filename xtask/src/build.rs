//! Compiles programs to sBPF v3 with whichever compiler the machine has: the exchange, and any other of the repository,
//! each by itself, so that none has another's features.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Result,
    arguments::Panic,
    elf, process,
    project::{EXCHANGE, Project, cargo},
    setup::{self, Compiler, flags},
};

const SBPF_VERSION: u32 = 3;

/// Builds the exchange and gives the path of the program.
pub fn run(project: &Project, panic: Panic) -> Result<PathBuf> {
    Program { name: EXCHANGE, folder: project.program(), panic }.build(project)
}

/// Builds one program by its name.
pub fn one(project: &Project, name: &str, panic: Panic) -> Result {
    let mut programs = project.programs()?;
    let Some(folder) = programs.remove(name) else {
        let others: Vec<String> = programs.into_keys().collect();
        return Err(format!("there is no program `{name}`; there are {}", others.join(", ")).into());
    };
    Program { name, folder, panic }.build(project).map(drop)
}

/// Builds every program and gives the path of the exchange's.
pub fn all(project: &Project) -> Result<PathBuf> {
    let programs = project.programs()?;
    for (name, folder) in programs.into_iter().filter(|(name, _)| name != EXCHANGE) {
        Program { name: &name, folder, panic: Panic::Location }.build(project)?;
    }
    run(project, Panic::Location)
}

struct Program<'a> {
    name: &'a str,
    folder: PathBuf,
    panic: Panic,
}

impl Program<'_> {
    fn build(&self, project: &Project) -> Result<PathBuf> {
        let built = match setup::compiler()? {
            Compiler::PlatformTools => self.with_platform_tools(project)?,
            Compiler::Private(folder) => self.with_private_compiler(project, &folder)?,
        };
        self.deploy(project, &built)
    }

    /// As cargo calls it.
    fn file(&self) -> String {
        format!("{}.so", self.name.replace('-', "_"))
    }

    fn with_private_compiler(&self, project: &Project, folder: &setup::Folder) -> Result<PathBuf> {
        // Apart from the host's builds, so that neither waits for the other; one per mode, so that none undoes another.
        let target = project.target(match self.panic {
            Panic::Location => "sbf",
            Panic::Message => "sbf-message",
            Panic::Immediate => "sbf-immediate",
        });
        let mut build = cargo(&self.folder);
        build.args(["build", "--release", "--lib", "-Zbuild-std=std,panic_abort"]).env("CARGO_TARGET_DIR", &target);
        flags::apply(&mut build, folder, flags::program(folder, self.panic));
        process::show(&mut build)?;
        Ok(target.join(flags::TARGET).join("release").join(self.file()))
    }

    fn with_platform_tools(&self, project: &Project) -> Result<PathBuf> {
        if self.panic != Panic::Location {
            return Err(
                "cargo-build-sbf always logs a panic's location; `--panic` is for the compiler of `setup`".into()
            );
        }
        let target = project.target("sbf");
        let output = target.join("deploy");
        let mut build = cargo(&self.folder);
        build.args(["build-sbf", "--arch", "v3", "--sbf-out-dir"]).arg(&output).env("CARGO_TARGET_DIR", &target);
        process::show(&mut build)?;
        Ok(output.join(self.file()))
    }

    /// Checks what was built and puts it where Solana's tools look. An unchanged file keeps its time stamp.
    fn deploy(&self, project: &Project, built: &Path) -> Result<PathBuf> {
        let program = fs::read(built).map_err(|error| format!("cannot read {}: {error}", built.display()))?;
        let version = elf::sbpf_version(&program).map_err(|error| format!("{}: {error}", built.display()))?;
        if version != SBPF_VERSION {
            return Err(format!("{} is sBPF v{version}, not v{SBPF_VERSION}", built.display()).into());
        }
        let deployed = project.target("deploy").join(self.file());
        if fs::read(&deployed).ok().as_ref() != Some(&program) {
            fs::create_dir_all(project.target("deploy"))?;
            fs::write(&deployed, &program)?;
        }
        // On the error stream: what follows may print JSON.
        eprintln!("{}: sBPF v{version}, {} bytes", project.shown(&deployed), program.len());
        Ok(deployed)
    }
}
