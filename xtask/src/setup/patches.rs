//! What is changed in the standard library's sources, and why.

use crate::Result;

pub struct Patch {
    /// Relative to `library/`.
    pub file: &'static str,
    /// Text that occurs once in the file.
    anchor: &'static str,
    /// What stands there afterwards.
    replacement: &'static str,
    /// Text that is added at the file's end.
    appended: &'static str,
}

pub const PATCHES: [Patch; 4] = [
    // std refuses to compile for a machine whose allocator's alignment it does not know.
    Patch {
        file: "std/src/sys/alloc/mod.rs",
        anchor: "    target_arch = \"wasm32\",\n",
        replacement: "    target_arch = \"wasm32\",\n    target_arch = \"bpf\",\n",
        appended: "",
    },
    // A panic of core or of a program goes to the runtime's log, without std's hooks, threads and backtraces.
    Patch {
        file: "std/src/panicking.rs",
        anchor: "#[cfg(not(any(test, doctest)))]\n#[panic_handler]\n",
        replacement: "#[cfg(not(any(test, doctest, target_arch = \"bpf\")))]\n#[panic_handler]\n",
        appended: include_str!("../../toolchain/std/panic_handler.rs"),
    },
    // The same for panics that std itself raises.
    Patch {
        file: "std/src/panicking.rs",
        anchor: "    let must_abort = panic_count::increase(true);\n",
        replacement: "    #[cfg(target_arch = \"bpf\")]\n    sbf_panic_at(location);\n    \
                      let must_abort = panic_count::increase(true);\n",
        appended: "",
    },
    // And for an allocation that finds no room.
    Patch {
        file: "std/src/alloc.rs",
        anchor: "pub fn rust_oom(layout: Layout) -> ! {\n",
        replacement: "pub fn rust_oom(layout: Layout) -> ! {\n    #[cfg(target_arch = \"bpf\")]\n    \
                      crate::panicking::sbf_panic_at(core::panic::Location::caller());\n",
        appended: "",
    },
];

/// All of it as text, for the step's stamp.
pub fn recipe() -> String {
    PATCHES.iter().map(|patch| [patch.file, patch.anchor, patch.replacement, patch.appended].join("\n")).collect()
}

impl Patch {
    pub fn apply(&self, source: &str) -> Result<String> {
        let found = source.matches(self.anchor).count();
        if found != 1 {
            return Err(format!(
                "library/{} has {found} places like\n{}where one was expected: these are the sources of another Rust \
                 version than the patches in xtask/src/setup/patches.rs are for",
                self.file, self.anchor
            )
            .into());
        }
        Ok(source.replacen(self.anchor, self.replacement, 1) + self.appended)
    }
}
