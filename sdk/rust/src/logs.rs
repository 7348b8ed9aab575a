//! Transaction logs by the runtime's own lines: what the exchange's program itself logged, and what is said of a program.
//!
//! Guarantee: data counts only if the exchange's program logged it; what other programs of the same transaction log is
//! never taken for it. Nothing is decoded here.

use crate::address::PROGRAM_ID;

/// The data that the exchange's program logged, in order, each in base64 as the log has it.
pub fn data<'l>(lines: impl IntoIterator<Item = &'l str>) -> Vec<&'l str> {
    let exchange = PROGRAM_ID.to_string();
    let (mut running, mut logged) = (Vec::new(), Vec::new());
    for line in lines {
        if let Some(data) = line.strip_prefix("Program data: ") {
            if running.last() == Some(&exchange.as_str()) {
                logged.push(data);
            }
        } else if let Some((program, said)) = program_line(line) {
            if said.starts_with("invoke [") {
                running.push(program);
            } else if said == "success" || said.starts_with("failed") {
                running.pop();
            }
        }
    }
    logged
}

/// The program's address and what the runtime says of it, in a line that is about a program and not by one.
pub fn program_line(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("Program ")?.split_once(' ').filter(|(name, _)| !name.ends_with(':'))
}
