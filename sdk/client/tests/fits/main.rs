//! Does a trade that brings its own price fit into a transaction?
//!
//! Everything here has the size of today: 3 of 5 routers' signatures over a tree of more than 2,048 feeds, so 12 hashes of
//! proof; the update made and signed by keys of this test, and each composed transaction is checked as the receiver checks
//! it before it is measured. Run it with `--nocapture` for the table.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that panics fails")]

#[path = "../../../rust/tests/hermes/made.rs"]
mod made;
mod receiver;
mod routers;
mod shapes;
mod sizes;
