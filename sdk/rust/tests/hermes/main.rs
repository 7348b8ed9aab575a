//! Pyth's signed updates: read, proven, cut to a quorum, posted.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod made;
mod posted;
mod read;
mod recorded;
