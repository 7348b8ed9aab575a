//! How cargo and rustc are told to compile with the private compiler: for sBPF v3, and for WebAssembly.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Folder, steps::fingerprint};
use crate::arguments::Panic;

/// The target's name: cargo calls the output folder after it.
pub const TARGET: &str = "sbpf-v3";
pub const TARGET_FILE: &str = "sbpf-v3.json";
pub const WIDE_INTEGERS: &str = "lib/libsbf_wide_integers.rlib";
pub const BUILTINS: &str = "lib/libsolana_compiler_builtins.rlib";

/// Instructions of the newest BPF processor that sBPF v3 does not have.
const NOT_IN_SBPF: &str = "--llvm-args=--disable-bswap,--disable-movsx,--disable-ldsx,--disable-gotol,\
                           --bpf-min-jump-table-entries=2147483647";
/// A stack frame of the runtime; a function that needs more is an error that names it.
const STACK: &str = "--llvm-args=--bpf-stack-size=4096";
/// Floating-point functions that the code generator calls only after the linker has dropped what is not called.
const LATE_CALLS: &str = "--export=__ltdf2,__ledf2,__eqdf2,__nedf2,__unorddf2,__floatdidf,__fixdfdi";

/// Makes a panic a trap: no message, no code of `core` that would have to be linked.
const TRAP: [&str; 2] = ["-Zunstable-options", "-Cpanic=immediate-abort"];

/// Flags for the builtins. They are linked into every program, whatever its panics do, and so have none.
pub fn builtins(folder: &Folder) -> Vec<String> {
    let mut flags = common(folder);
    flags.extend(TRAP.map(str::to_owned));
    flags
}

fn common(folder: &Folder) -> Vec<String> {
    let mut flags: Vec<String> =
        ["-Aexplicit_builtin_cfgs_in_flags", "-Aunexpected_cfgs", "--cfg=target_os=\"solana\""]
            .map(str::to_owned)
            .into();
    flags.push(format!("-Clinker={}", folder.text("bin/linker")));
    for argument in ["--arch=v3", NOT_IN_SBPF, STACK, "--allow-bpf-trap", LATE_CALLS] {
        flags.push(format!("-Clink-arg={argument}"));
    }
    flags
}

/// Flags for a program.
pub fn program(folder: &Folder, panic: Panic) -> Vec<String> {
    let mut flags = common(folder);
    match panic {
        Panic::Location => {}
        Panic::Message => flags.push("--cfg=sbf_panic=\"message\"".into()),
        Panic::Immediate => flags.extend(TRAP.map(str::to_owned)),
    }
    for library in [WIDE_INTEGERS, BUILTINS] {
        flags.push(format!("-Zpre-link-arg={}", folder.text(library)));
    }
    // cargo does not look into those libraries or std's sources: this makes it start over when they change.
    flags.push(format!("--cfg=sbf_toolchain=\"{:x}\"", fingerprint(folder)));
    flags.extend(without_paths(folder));
    flags
}

/// Makes a `cargo build` compile for the chain with these flags, whatever the machine's configuration says.
pub fn apply(cargo: &mut Command, folder: &Folder, flags: Vec<String>) {
    cargo.args(["-Zjson-target-spec", "--target"]).arg(folder.path(TARGET_FILE));
    cargo.env("RUSTC_BOOTSTRAP_SYNTHETIC_TARGET", "1");
    compile_with(cargo, folder, flags);
}

/// Makes a `cargo build` compile for WebAssembly with the private rustc.
pub fn apply_wasm(cargo: &mut Command, folder: &Folder, linker: &Path) {
    let flags = [format!("-Clinker={}", linker.display()), "-Clinker-flavor=wasm-ld".into()];
    compile_with(cargo, folder, flags.into_iter().chain(without_paths(folder)).collect());
}

/// The private rustc, which builds std, and these flags alone.
fn compile_with(cargo: &mut Command, folder: &Folder, flags: Vec<String>) {
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cargo.env("RUSTC", folder.path("bin/rustc"));
    // Debian's compiler is a stable one: custom targets and building std are refused otherwise.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    // Where cargo looks for the sources of std.
    cargo.env("__CARGO_TESTS_ONLY_SRC_ROOT", folder.path("library"));
    cargo.env("RUSTC_WRAPPER", "").env("RUSTC_WORKSPACE_WRAPPER", "");
    for variable in ["LIBRARY_PATH", "RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(variable);
    }
}

/// Panics name their file: not where this machine keeps it.
fn without_paths(folder: &Folder) -> [String; 2] {
    let cargo_home = env::home_dir().unwrap_or_default().join(".cargo");
    let cargo_home = env::var_os("CARGO_HOME").map_or(cargo_home, PathBuf::from);
    [
        format!("--remap-path-prefix={}=crates", cargo_home.join("registry/src").display()),
        format!("--remap-path-prefix={}=library", folder.text("library")),
    ]
}
