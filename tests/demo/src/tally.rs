//! What is counted along the way.

use std::collections::BTreeMap;

use keel_embedded::Outcome;

/// Counts of one run.
#[derive(Default)]
pub struct Tally {
    /// Transactions sent.
    pub transactions: u64,
    /// Equalities compared.
    pub equalities: u64,
    /// Compute units of each instruction that went through.
    pub units: BTreeMap<&'static str, Vec<u64>>,
    /// Refusals, by instruction and error.
    pub refusals: BTreeMap<(&'static str, String), u64>,
    /// Fills of traders.
    pub fills: u64,
    /// Their volume, in quote atoms.
    pub volume: u64,
    /// Their fees, in quote atoms.
    pub fees: u64,
    /// Fees that ranges were entitled to when they were folded, in quote atoms.
    pub range_fees: u64,
    /// Ticks crossed.
    pub crossings: u64,
    /// Accounts flagged.
    pub flags: u64,
    /// Liquidation steps on the curve.
    pub steps: u64,
    /// Volume of those, in quote atoms.
    pub liquidated: u64,
    /// What keepers earned, in quote atoms.
    pub keeper_pay: u64,
    /// What liquidations paid to insurance, in quote atoms.
    pub insurance_pay: u64,
    /// Bankrupt accounts resolved.
    pub resolved: u64,
    /// The most that was written off at one time, in quote atoms.
    pub most_written_off: u64,
    /// Claims released, and what they paid, in quote atoms.
    pub released: (u64, u64),
    /// Native results compared with the program's, byte for byte.
    pub mirrored: u64,
}

impl Tally {
    /// Counts a transaction.
    pub fn count(&mut self, name: &'static str, outcome: &Outcome) {
        self.transactions += 1;
        match outcome {
            Ok(executed) => self.units.entry(name).or_default().push(executed.units),
            Err(refused) => *self.refusals.entry((name, refused.name())).or_default() += 1,
        }
    }
}

/// Smallest, middle and largest of some numbers.
pub fn spread(numbers: &[u64]) -> Option<(u64, u64, u64)> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    Some((*sorted.first()?, *sorted.get(sorted.len() / 2)?, *sorted.last()?))
}
