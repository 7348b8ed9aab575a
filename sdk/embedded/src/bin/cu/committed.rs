//! The gate: today's figures against those that docs/compute.md has. A rise is a decision that somebody explains there.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use keel_embedded::numbers::grouped;

use crate::bench::Figure;
use crate::sizes::Size;

/// The most that a figure may rise, in percent.
const ALLOWED_PERCENT: u64 = 3;

/// What a row is about: an instruction and its shape, or an account and nothing.
type Subject = (String, String);

/// Figures as they are committed: medians of compute units, and bytes.
pub struct Committed(BTreeMap<Subject, u64>);

impl Committed {
    /// Reads the tables of a document. Errors with the row whose figure is no number.
    pub fn read(document: &str) -> Result<Self> {
        let mut figures = BTreeMap::new();
        for line in document.lines() {
            let Some(row) = line.strip_prefix('|').and_then(|row| row.strip_suffix('|')) else { continue };
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let (subject, figure) = match cells[..] {
                [instruction, shape, _, median, _] if instruction.starts_with('`') => {
                    ((instruction.trim_matches('`').to_owned(), shape.to_owned()), median)
                }
                [name, bytes, rent] if rent.parse::<f64>().is_ok() => ((name.to_owned(), String::new()), bytes),
                _ => continue,
            };
            let number = figure.replace(',', "").parse().with_context(|| format!("`{figure}` in `{line}`"))?;
            figures.insert(subject, number);
        }
        Ok(Self(figures))
    }

    /// What has risen by more than is allowed, is new, or is gone: a sentence each.
    pub fn complaints(&self, figures: &[Figure], sizes: &[Size]) -> Vec<String> {
        let units = figures.iter().map(|f| ((f.instruction.to_owned(), f.shape.clone()), f.median));
        let bytes = sizes.iter().map(|size| ((size.name.to_owned(), String::new()), size.bytes as u64));
        let now: BTreeMap<Subject, u64> = units.chain(bytes).collect();
        let mut complaints = Vec::new();
        for (subject, figure) in &now {
            match self.0.get(subject) {
                None => complaints.push(format!("{} is not in the table", named(subject))),
                Some(before) if figure * 100 > before * (100 + ALLOWED_PERCENT) => {
                    let (before, figure) = (grouped(*before), grouped(*figure));
                    complaints.push(format!("{} rose from {before} to {figure}", named(subject)));
                }
                Some(_) => {}
            }
        }
        let gone = self.0.keys().filter(|subject| !now.contains_key(*subject));
        complaints.extend(gone.map(|subject| format!("{} is in the table and was not measured", named(subject))));
        complaints
    }
}

fn named((name, shape): &Subject) -> String {
    if shape.is_empty() { format!("the size of {name}") } else { format!("`{name}`, {shape},") }
}
