//! What needs no node: reading logs, choosing lookup tables, filters.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that panics fails")]

mod filters;
mod logs;
mod tables;
