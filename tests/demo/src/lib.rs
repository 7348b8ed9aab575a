//! The demo: LPs, traders and a keeper in five markets of the compiled program, through a crash and a night, every token
//! accounted for after every transaction. `main.rs` is its command line.

mod agents;
pub mod arguments;
pub mod calendar;
pub mod capital;
mod cast;
pub mod depth;
pub mod figures;
mod keeper;
pub mod paths;
pub mod play;
pub mod prices;
mod random;
pub mod recorder;
pub mod report;
pub mod setup;
pub mod tally;
pub mod terminal;
pub mod world;
