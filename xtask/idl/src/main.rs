//! `keel-idl <program> <file>`: writes the IDL of the program in a folder. `cargo xtask idl` calls it.

use std::{env, fs, path::PathBuf};

use anchor_lang_idl::build::IdlBuilder;
use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [program, file] = &arguments[..] else { bail!("usage: keel-idl <program folder> <file to write>") };
    let idl = IdlBuilder::new().program_path(program.clone()).skip_lint(true).build()?;
    let idl = keel_idl::for_clients(serde_json::to_value(idl)?)?;
    let text = serde_json::to_string_pretty(&idl)? + "\n";
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
