//! What a program logged by itself, whoever else logged in the same transaction.

use keel_embedded::Executed;
use solana_pubkey::Pubkey;

/// Lines of data that a program logged, as they stand in the log.
pub fn data_of(executed: &Executed, program: &Pubkey) -> Vec<String> {
    let (mut running, mut found) = (Vec::new(), Vec::new());
    for line in &executed.logs {
        if let Some(data) = line.strip_prefix("Program data: ") {
            found.extend((running.last() == Some(&program.to_string())).then(|| data.to_owned()));
        } else if let Some((name, said)) = line.strip_prefix("Program ").and_then(|line| line.split_once(' ')) {
            if said.starts_with("invoke [") {
                running.push(name.to_owned());
            } else if said == "success" {
                running.pop();
            }
        }
    }
    found
}
