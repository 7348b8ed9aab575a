//! Step: a private copy of the standard library's sources, changed where the chain differs from any other machine.

use std::{fs, process::Command};

use super::{
    Folder, packages,
    patches::{self, PATCHES},
    steps::Step,
};
use crate::{Result, process};

pub const STEP: Step = Step {
    name: "std",
    doing: "unpacking and patching its sources",
    recipe: |_| format!("{}\n{}", packages::SOURCES.recipe(), patches::recipe()),
    after: &[],
    product: "library/std/src/lib.rs",
    perform,
};

fn perform(folder: &Folder) -> Result {
    let [package] = &packages::SOURCES.files(folder)?[..] else {
        return Err("there should be one package of sources in debs/sources; remove that folder to download it".into());
    };
    folder.remove("library")?;
    // The package holds ./usr/src/rustc-<version>/ with all of rustc; only library/ is of use.
    process::pipe(
        Command::new("dpkg-deb").arg("--fsys-tarfile").arg(package),
        Command::new("tar").arg("-x").arg("-C").arg(folder.root()).args([
            "--strip-components=4",
            "--wildcards",
            "--no-wildcards-match-slash",
            "./usr/src/rustc-*/library",
        ]),
    )?;
    for patch in PATCHES {
        let path = folder.path("library").join(patch.file);
        let source = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        fs::write(&path, patch.apply(&source)?)?;
    }
    Ok(())
}
