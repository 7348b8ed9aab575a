//! Step: the Debian packages, downloaded and kept in `debs/`. A machine without a mirror can be given that folder.

use std::{fs, path::Path, path::PathBuf};

use super::{Folder, apt::Apt, steps::Step};
use crate::Result;

/// Version of rustc that `SOURCES` and the packages below are of.
pub const RUSTC_VERSION: &str = "1.96";

/// Packages that are unpacked together, each as package/release.
pub struct Set {
    pub name: &'static str,
    packages: &'static [&'static str],
}

/// rustc with the host's std, LLVM 22 that it makes bitcode with, and the libraries that a small Debian 12 may lack.
pub const RUSTC: Set = Set {
    name: "rustc",
    packages: &[
        "rustc-web/bookworm-security",
        "libstd-rust-web-dev/bookworm-security",
        "libstd-rust-web-1.96/bookworm-security",
        "libllvm22/bookworm-security",
        "libxml2/bookworm-security",
        "liblzma5/bookworm-security",
        "libbsd0/bookworm",
        "libedit2/bookworm",
        "libffi8/bookworm",
        "libicu72/bookworm",
        "libmd0/bookworm",
        "libstdc++6/bookworm",
        "libtinfo6/bookworm",
        "libz3-4/bookworm",
        "libzstd1/bookworm",
        "zlib1g/bookworm",
    ],
};

/// The sources of the standard library.
pub const SOURCES: Set = Set { name: "sources", packages: &["rust-web-src/bookworm-security"] };

/// LLVM 23, whose BPF back end writes sBPF, with its own C library: the machine's is older.
pub const CODE_GENERATOR: Set = Set {
    name: "code-generator",
    packages: &[
        "libllvm23/sid",
        "libbsd0/sid",
        "libc6/sid",
        "libedit2/sid",
        "libffi8/sid",
        "libgcc-s1/sid",
        "libicu78/sid",
        "liblzma5/sid",
        "libmd0/sid",
        "libstdc++6/sid",
        "libtinfo6/sid",
        "libxml2-16/sid",
        "libz3-4/sid",
        "libzstd1/sid",
        "zlib1g/sid",
    ],
};

const SETS: [Set; 3] = [RUSTC, SOURCES, CODE_GENERATOR];

pub const STEP: Step = Step {
    name: "packages",
    doing: "downloading rustc 1.96 and LLVM 23 (Debian packages, about 200 MB)",
    recipe: |_| SETS.iter().map(Set::recipe).collect::<Vec<_>>().join("\n"),
    after: &[],
    product: "debs/code-generator/complete",
    perform,
};

impl Set {
    pub fn recipe(&self) -> String {
        self.packages.join("\n")
    }

    fn folder(&self) -> String {
        format!("debs/{}", self.name)
    }

    /// The downloaded files.
    pub fn files(&self, folder: &Folder) -> Result<Vec<PathBuf>> {
        debs_in(&folder.path(self.folder()))
    }

    /// Whether `debs/` holds just this list; the versions are those of the day they were downloaded.
    fn is_complete(&self, folder: &Folder) -> bool {
        let marker = folder.path(self.folder()).join("complete");
        fs::read_to_string(marker).is_ok_and(|listed| listed == self.recipe())
    }
}

fn perform(folder: &Folder) -> Result {
    let missing: Vec<&Set> = SETS.iter().filter(|set| !set.is_complete(folder)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let apt = Apt::with_fresh_lists(folder, &folder.log_of(STEP.name))?;
    for set in missing {
        let partial = folder.fresh(&format!("{}.partial", set.folder()))?;
        apt.download(set.packages, &partial)?;
        let (found, expected) = (debs_in(&partial)?.len(), set.packages.len());
        if found != expected {
            return Err(format!("apt-get downloaded {found} of the {expected} packages of {}", set.name).into());
        }
        fs::write(partial.join("complete"), set.recipe())?;
        folder.remove(&set.folder())?;
        fs::rename(partial, folder.path(set.folder()))?;
    }
    Ok(())
}

fn debs_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
