//! Step: the scripts that start the private rustc and linker, and the target's description.

use super::{Folder, flags::TARGET_FILE, steps::Step};
use crate::Result;

const RUSTC: &str = include_str!("../../toolchain/rustc.sh");
const LINKER: &str = include_str!("../../toolchain/linker.sh");
const TARGET: &str = include_str!("../../toolchain/target.json");

pub const STEP: Step = Step {
    name: "scripts",
    doing: "writing what starts the compiler",
    recipe: |folder| folder.fill(&[RUSTC, LINKER, TARGET].concat()),
    after: &[],
    product: "bin/rustc",
    perform,
};

fn perform(folder: &Folder) -> Result {
    folder.write(TARGET_FILE, TARGET)?;
    folder.write_script("bin/linker", LINKER)?;
    folder.write_script("bin/rustc", RUSTC)
}
