//! Where things are in the repository, and how cargo is called there.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Result;

/// The exchange's program, by name.
pub const EXCHANGE: &str = "keel";

/// Folders of programs: each is in one of the program's name.
const PROGRAMS: [&str; 2] = ["programs", "tests/programs"];

pub struct Project {
    root: PathBuf,
    target: PathBuf,
}

/// The repository holds two workspaces, because the embedded chain pins older Solana crates than the framework does.
#[derive(Clone, Copy)]
pub enum Workspace {
    /// Engine, program, SDK and tools.
    Main,
    /// What runs the compiled program: `tests/`.
    Tests,
}

impl Project {
    pub fn locate() -> Result<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest.parent().ok_or("xtask is not in a workspace")?.to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(chosen) => env::current_dir()?.join(chosen),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The exchange's program.
    pub fn program(&self) -> PathBuf {
        self.root.join("programs").join(EXCHANGE)
    }

    /// Every program that is compiled for the chain, by name: the exchange, those that build on it, those of tests.
    pub fn programs(&self) -> Result<BTreeMap<String, PathBuf>> {
        let mut programs = BTreeMap::new();
        for folder in PROGRAMS {
            for entry in fs::read_dir(self.root.join(folder))? {
                let path = entry?.path();
                if let Some(name) = path.file_name().filter(|_| path.join("Cargo.toml").is_file()) {
                    programs.insert(name.to_string_lossy().into_owned(), path);
                }
            }
        }
        Ok(programs)
    }

    pub fn target(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    pub fn workspace(&self, workspace: Workspace) -> PathBuf {
        match workspace {
            Workspace::Main => self.root.clone(),
            Workspace::Tests => self.root.join("tests"),
        }
    }

    /// A host binary of the second workspace.
    pub fn tests_binary(&self, name: &str) -> PathBuf {
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(_) => self.target.clone(),
            None => self.root.join("tests/target"),
        };
        target.join("debug").join(name)
    }

    /// The path as a person in the repository's root would write it.
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

/// cargo in a folder, without what the `cargo run` that started this program says about xtask's own package.
pub fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}
