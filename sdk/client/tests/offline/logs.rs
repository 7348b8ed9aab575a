//! Logs: whose events count, and who failed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytemuck::Zeroable;
use keel_client::logs;
use keel_sdk::PROGRAM_ID;
use keel_sdk::events::{Event, Refreshed};

const OTHER: &str = "Stranger11111111111111111111111111111111111";

fn event(sequence: u64) -> (Event, String) {
    let event = Event::from(Refreshed { sequence, ..Refreshed::zeroed() });
    (event, format!("Program data: {}", STANDARD.encode(event.encode())))
}

fn lines(text: &[&str]) -> Vec<String> {
    text.iter().map(|line| line.replace("KEEL", &PROGRAM_ID.to_string()).replace("OTHER", OTHER)).collect()
}

#[test]
fn only_what_the_exchange_logged_is_its_event() {
    let ((first, data), (second, more), (_, forged)) = (event(1), event(2), event(3));
    let log = lines(&[
        "Program OTHER invoke [1]",
        &forged,
        "Program KEEL invoke [2]",
        &data,
        "Program OTHER invoke [3]",
        &forged,
        "Program log: Program KEEL invoke [4]",
        &forged,
        "Program OTHER success",
        &more,
        "Program KEEL consumed 2504 of 200000 compute units",
        "Program return: KEEL AAAA",
        "Program data: not base64",
        "Program KEEL success",
        &forged,
        "Program OTHER success",
    ]);
    let said = logs::read(&log);
    assert_eq!((said.events, said.is_cut), (vec![first, second], false));
}

#[test]
fn a_cut_log_says_so() {
    let (event, data) = event(1);
    let said = logs::read(&lines(&["Program KEEL invoke [1]", &data, "Log truncated"]));
    assert_eq!((said.events, said.is_cut), (vec![event], true));
    assert_eq!(logs::read(&[]), logs::Said::default());
}

#[test]
fn the_innermost_failure_is_the_one() {
    let log = lines(&[
        "Program KEEL invoke [1]",
        "Program OTHER invoke [2]",
        "Program OTHER failed: custom program error: 0x1770",
        "Program KEEL failed: custom program error: 0x1770",
    ]);
    assert_eq!(logs::failed(&log), Some(OTHER));
    assert_eq!(logs::failed(&log[..2]), None);
}
