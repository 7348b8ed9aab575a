//! The attacks of docs/attacks.md, by number, with the figures given there: each played on the engine and on the compiled
//! program in step. What waits for a mechanism that does not exist yet is named in that page's table.

mod auction;
mod builder;
mod coalition;
mod curve;
mod funding;
mod insurance;
mod liquidation;
mod margin;
mod pool;
mod pot;
mod queue;
mod sessions;

mod open;
mod sound;
