//! Oracle adapters: account bytes in, the engine's [`Sample`](keel_engine::oracle::Sample) out. Policy (age, confidence,
//! guard rails) is the engine's.

pub mod pyth;
