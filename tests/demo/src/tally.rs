//! What is counted along the way.

use std::collections::BTreeMap;

use keel_simulator::{Action, Done};

use crate::world::Answer;

/// Counts of one run.
#[derive(Default)]
pub struct Tally {
    /// Transactions sent, each compared with the engine byte for byte.
    pub transactions: u64,
    /// Equalities compared.
    pub equalities: u64,
    /// Compute units of each instruction that went through.
    pub units: BTreeMap<&'static str, Vec<u64>>,
    /// Refusals, by instruction and error.
    pub refusals: BTreeMap<(&'static str, &'static str), u64>,
    /// Fills of traders.
    pub fills: u64,
    /// Their volume, in quote atoms.
    pub volume: u64,
    /// Their fees, in quote atoms.
    pub fees: u64,
    /// Fees that ranges were entitled to when they were folded, in quote atoms.
    pub range_fees: u64,
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
}

impl Tally {
    /// Counts a transaction and what it did.
    pub fn count(&mut self, action: &Action, answer: &Answer, units: u64) {
        self.transactions += 1;
        match answer {
            Ok(done) => {
                self.units.entry(action.name()).or_default().push(units);
                self.add(done);
            }
            Err(error) => *self.refusals.entry((action.name(), error.name())).or_default() += 1,
        }
    }

    fn add(&mut self, done: &Done) {
        match *done {
            Done::Traded { quote, fee, .. } => {
                self.fills += 1;
                self.volume += quote.unsigned_abs();
                self.fees += fee;
            }
            Done::Folded { fees, .. } => self.range_fees += fees,
            Done::Flagged { .. } => self.flags += 1,
            Done::Liquidated { quote, keeper, insurance, .. } => {
                self.steps += 1;
                self.liquidated += quote.unsigned_abs();
                self.keeper_pay += keeper;
                self.insurance_pay += insurance;
            }
            Done::TakenOver { quote, tip, insurance, .. } => {
                self.steps += 1;
                self.liquidated += quote.unsigned_abs();
                self.keeper_pay += tip;
                self.insurance_pay += insurance;
            }
            Done::Deleveraged { quote, tip, .. } => {
                self.steps += 1;
                self.liquidated += quote.unsigned_abs();
                self.keeper_pay += tip;
            }
            Done::Resolved { .. } => self.resolved += 1,
            Done::Released { claim, paid } => {
                self.released.0 += claim;
                self.released.1 += paid;
            }
            Done::Booked
            | Done::TradedLegs { .. }
            | Done::Added { .. }
            | Done::Settled { .. }
            | Done::Collected { .. }
            | Done::Queued { .. }
            | Done::Paid { .. }
            | Done::Viewed(_)
            | Done::PositionClosed { .. }
            | Done::MarketRemoved { .. } => {}
        }
    }
}

/// Smallest, middle and largest of some numbers.
pub fn spread(numbers: &[u64]) -> Option<(u64, u64, u64)> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    Some((*sorted.first()?, *sorted.get(sorted.len() / 2)?, *sorted.last()?))
}
