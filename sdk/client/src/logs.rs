//! What a transaction's log says: the exchange's events, and which program refused.
//!
//! Guarantee: an event counts only if the exchange's program logged it, told by the runtime's own lines around it; what
//! other programs of the same transaction log is never taken for one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_sdk::PROGRAM_ID;
use keel_sdk::events::Event;

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
pub fn read(logs: &[String]) -> Said {
    let program = PROGRAM_ID.to_string();
    let mut running: Vec<&str> = Vec::new();
    let mut said = Said::default();
    for line in logs {
        if line == CUT {
            said.is_cut = true;
        } else if let Some(data) = line.strip_prefix("Program data: ") {
            if running.last() == Some(&program.as_str()) {
                said.events.extend(STANDARD.decode(data).ok().and_then(|data| Event::decode(&data)));
            }
        } else if let Some((name, rest)) = program_line(line) {
            if rest.starts_with("invoke [") {
                running.push(name);
            } else if rest == "success" || rest.starts_with("failed") {
                running.pop();
            }
        }
    }
    said
}

/// The innermost program that failed, where the log tells it: the first whose failure it reports.
pub fn failed(logs: &[String]) -> Option<&str> {
    logs.iter().find_map(|line| program_line(line).filter(|(_, rest)| rest.starts_with("failed")).map(|(name, _)| name))
}

/// The program's address and what the runtime says of it, in a line that is about a program.
fn program_line(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("Program ")?.split_once(' ').filter(|(name, _)| !name.ends_with(':'))
}
