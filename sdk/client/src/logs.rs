//! What a transaction's log says: the exchange's events, and which program refused.
//!
//! Guarantee: an event counts only if the exchange's program logged it ([`keel_sdk::logs`]).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_sdk::events::Event;
use keel_sdk::logs;

/// The runtime's last line where it kept no more than 10 KB of a log.
const CUT: &str = "Log truncated";

/// What is read from a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Events, in order.
    pub events: Vec<Event>,
    /// Whether the log was cut, so that events may be missing.
    pub is_cut: bool,
}

/// Reads a log.
pub fn read(lines: &[String]) -> Said {
    let data = logs::data(lines.iter().map(String::as_str)).into_iter();
    let events = data.filter_map(|data| Event::decode(&STANDARD.decode(data).ok()?)).collect();
    Said { events, is_cut: lines.iter().any(|line| line == CUT) }
}

/// The innermost program that failed, where the log tells it: the first whose failure it reports.
pub fn failed(lines: &[String]) -> Option<&str> {
    lines
        .iter()
        .find_map(|line| logs::program_line(line).filter(|(_, rest)| rest.starts_with("failed")).map(|(name, _)| name))
}
