//! Steps: rustc and the code generator, unpacked from their packages.

use std::{path::Path, process::Command};

use super::{
    Folder,
    packages::{self, RUSTC_VERSION, Set},
    steps::Step,
};
use crate::{Result, process};

pub const RUSTC: Step = Step {
    name: "rustc",
    doing: "unpacking",
    recipe: |_| packages::RUSTC.recipe(),
    after: &[],
    product: "compiler/usr/bin/rustc",
    perform: unpack_rustc,
};

pub const CODE_GENERATOR: Step = Step {
    name: "code-generator",
    doing: "unpacking",
    recipe: |_| packages::CODE_GENERATOR.recipe(),
    after: &[],
    product: "code-generator/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    perform: |folder| unpack(folder, &packages::CODE_GENERATOR, "code-generator"),
};

fn unpack_rustc(folder: &Folder) -> Result {
    unpack(folder, &packages::RUSTC, "compiler")?;
    let printed = process::capture(Command::new(folder.path("bin/rustc")).arg("--version"))?;
    if !printed.starts_with(&format!("rustc {RUSTC_VERSION}.")) {
        return Err(format!(
            "the packages in {} hold {}, not rustc {RUSTC_VERSION}; docs/toolchain.md, \"When Debian moves on\"",
            folder.path("debs").display(),
            printed.trim()
        )
        .into());
    }
    Ok(())
}

fn unpack(folder: &Folder, set: &Set, into: &str) -> Result {
    let into = folder.fresh(into)?;
    for file in set.files(folder)? {
        extract(&file, &into)?;
    }
    Ok(())
}

fn extract(package: &Path, into: &Path) -> Result {
    process::capture(Command::new("dpkg-deb").arg("-x").args([package, into])).map(drop)
}
