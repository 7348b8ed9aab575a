//! `keel-cpi` is what the program declares, and builds what `keel-sdk` builds.
//!
//! `KEEL_BLESS=1 cargo test --workspace --test cpi` in `tests/` writes its declarations anew.

mod built;
mod declarations;
