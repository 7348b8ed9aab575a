//! Scenarios: a market, a few accounts and steps in time, in a JSON file that both executors play (docs/scenarios.md).
//!
//! [`Scenario`] reads and checks a file; [`Runner`] plays it on an [`Executor`](crate::Executor) and gives one line of
//! JSON for each step and a last one for what there is in the end. On the engine and on a chain they are the same bytes.

mod answer;
mod banked;
pub mod decimal;
pub(crate) mod governed;
pub(crate) mod json;
pub mod keys;
pub(crate) mod ordered;
mod outcome;
mod parse;
pub(crate) mod permitted;
mod pooled;
mod runner;
pub mod schema;
mod series;
mod state;
mod step;
mod writer;

use keel_engine::Error;
use keel_engine::units::Price;

use crate::action::Action;
use crate::setup::Setup;

pub use json::Mistake;
pub use runner::{Line, Runner, Verdict};
pub use series::Series;

/// Writes a line of JSON, key by key.
pub(crate) fn writer() -> writer::Writer {
    writer::Writer::new()
}

/// A scenario, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The file, as it was named.
    pub file: String,
    /// What it is about.
    pub name: String,
    /// What it starts with: the accounts of the file, then those that appear as keepers only.
    pub setup: Setup,
    /// Names of the markets.
    pub markets: Vec<String>,
    /// The series that drives each market's price, where there is one.
    pub series: Vec<Option<Series>>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Seconds from the start.
    pub at: u64,
    /// The line of the file, from 1.
    pub line: usize,
    /// What is done.
    pub action: Action,
    /// Where the curve may stand for a range to be added. Its `s` is known only when the market's peg is.
    pub bounds: Bounds,
    /// What must come of it, if that is said.
    pub expect: Option<Expect>,
}

/// Bounds on the curve's price, in quote atoms for a base atom, rounded so that they are never wider than written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The lowest.
    pub min: Option<Price>,
    /// The highest.
    pub max: Option<Price>,
}

/// What must come of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It succeeds.
    Success,
    /// It is refused with this.
    Refusal(Error),
}
