//! `keel-idl <program> <file>`: writes the IDL of the program in a folder. `cargo xtask idl` calls it.

use std::{env, fs, path::PathBuf, process::ExitCode};

use anchor_lang_idl::{build::IdlBuilder, types::Idl};
use anyhow::{Context, Result, bail};

fn main() -> ExitCode {
    match write_idl() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn write_idl() -> Result<()> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [program, file] = &arguments[..] else { bail!("usage: keel-idl <program folder> <file to write>") };
    // What is run prints text and ends: compiling quickly is all that counts.
    let quickly = ["--lib", "--config", "profile.dev.opt-level=0", "--config", "profile.dev.package.\"*\".opt-level=0"];
    let builder = IdlBuilder::new().program_path(program.clone()).cargo_args(quickly.map(String::from).into());
    let idl = builder.skip_lint(true).build()?;
    let idl: Idl = serde_json::from_value(keel_idl::for_clients(serde_json::to_value(idl)?)?)?;
    let text = serde_json::to_string_pretty(&idl)? + "\n";
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
