//! What happened in a run: how often each action was accepted, and refused with which error.

use std::collections::BTreeMap;

use keel_engine::Error;
use keel_simulator::Action;

/// Counts of outcomes, and of the checks that need a copy of the exchange.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By action, then by error; accepted is the empty name.
    pub outcomes: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// Checks on copies, and what happened by itself, by name.
    pub seen: BTreeMap<&'static str, u64>,
    /// Actions played.
    pub steps: u64,
}

impl Tally {
    /// Counts an outcome.
    pub fn note(&mut self, action: &Action, refusal: Option<Error>) {
        self.steps += 1;
        *self.outcomes.entry(action.name()).or_default().entry(refusal.map_or("", Error::name)).or_default() += 1;
    }

    /// Counts what was seen.
    pub(crate) fn saw(&mut self, name: &'static str) {
        *self.seen.entry(name).or_default() += 1;
    }

    /// Adds another tally to this one.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        for (kind, outcomes) in &other.outcomes {
            let ours = self.outcomes.entry(kind).or_default();
            outcomes.iter().for_each(|(error, count)| *ours.entry(error).or_default() += count);
        }
        other.seen.iter().for_each(|(name, count)| *self.seen.entry(name).or_default() += count);
    }

    /// How often an action was accepted.
    pub fn accepted(&self, kind: &str) -> u64 {
        self.outcomes.get(kind).and_then(|outcomes| outcomes.get("")).copied().unwrap_or(0)
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (kind, outcomes) in &self.outcomes {
            let refused: u64 = outcomes.iter().filter(|(error, _)| !error.is_empty()).map(|(_, count)| count).sum();
            writeln!(f, "{kind:<20} {:>10} accepted {refused:>10} refused", self.accepted(kind))?;
            let mut errors: Vec<_> = outcomes.iter().filter(|(error, _)| !error.is_empty()).collect();
            errors.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            for (error, count) in errors {
                writeln!(f, "    {error:<24} {count:>10}")?;
            }
        }
        for (name, count) in &self.seen {
            writeln!(f, "{name:<20} {count:>10} times")?;
        }
        Ok(())
    }
}
