//! The table from which clients know what to ask for: sdk/rust/src/budget/measured.rs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use keel_embedded::numbers::underscored;

use crate::bench::Figure;

/// The most that a number may rise, in percent, before the table is to be written anew.
const ALLOWED_PERCENT: u64 = 3;

/// One instruction's numbers: see `keel_sdk::budget::Measured`.
struct Row {
    discriminator: u8,
    name: &'static str,
    accounts: usize,
    base: u64,
    ranges: u64,
    per_account: u64,
}

/// sdk/rust/src/budget/measured.rs.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../rust/src/budget/measured.rs")
}

/// The file's text.
pub fn render(figures: &[Figure]) -> Result<String> {
    let rows = rows(figures)?;
    let mut text = String::from(
        "//! Written by `cargo xtask cu`: what each instruction takes on the compiled program. Do not edit.\n\n\
         use super::Measured;\n\n",
    );
    // Writing to a string cannot fail.
    let _written = write!(
        text,
        "/// Units of one more tick that a trade crosses.\npub const CROSSING: u32 = {};\n\n\
         /// Units that a refresh takes beyond one of a market that was refreshed seconds ago.\n\
         pub const CATCHING_UP: u32 = {};\n\n\
         /// Every instruction, by discriminator.\npub const TABLE: [Measured; {}] = [\n",
        underscored(crossing(figures)?),
        underscored(catching_up(figures)?),
        rows.len(),
    );
    for Row { discriminator, name, accounts, base, ranges, per_account } in rows {
        let (base, ranges, per_account) = (underscored(base), underscored(ranges), underscored(per_account));
        let _written =
            writeln!(text, "    row({discriminator}, \"{name}\", {accounts}, [{base}, {ranges}, {per_account}]),");
    }
    text.push_str(
        "];\n\n\
         const fn row(discriminator: u8, name: &'static str, accounts: u32, units: [u32; 3]) -> Measured {\n    \
         let [base, ranges, per_account] = units;\n    \
         Measured { discriminator, name, accounts, base, ranges, per_account }\n}\n",
    );
    Ok(text)
}

/// What of a committed text is no more: a sentence each.
pub fn complaints(committed: &str, now: &str) -> Vec<String> {
    let (committed, now) = (numbers(committed), numbers(now));
    let mut complaints = Vec::new();
    for (subject, figures) in &now {
        let risen = |before: &Vec<u64>| {
            let pairs = before.iter().zip(figures);
            pairs.clone().any(|(before, figure)| figure * 100 > before * (100 + ALLOWED_PERCENT))
        };
        match committed.get(subject) {
            None => complaints.push(format!("{subject} is not in the clients' table")),
            Some(before) if risen(before) => {
                complaints.push(format!("{subject} rose in the clients' table from {before:?} to {figures:?}"));
            }
            Some(_) => {}
        }
    }
    let gone = committed.keys().filter(|subject| !now.contains_key(*subject));
    complaints.extend(gone.map(|subject| format!("{subject} is in the clients' table and was not measured")));
    complaints
}

/// The numbers of each line that has some: those of a row by its discriminator and name.
fn numbers(text: &str) -> BTreeMap<String, Vec<u64>> {
    let number = |text: &str| text.replace('_', "").parse().ok();
    let line = |line: &str| {
        let line = line.trim();
        if let Some(cells) = line.strip_prefix("row(").and_then(|row| row.strip_suffix("]),")) {
            let (subject, units) = cells.split_once(", [")?;
            let units: Option<Vec<u64>> = units.split(", ").map(number).collect();
            // Without the count of accounts.
            Some((format!("row({})", subject.rsplit_once(", ")?.0), units?))
        } else {
            let (name, value) = line.strip_prefix("pub const ")?.strip_suffix(';')?.split_once(": u32 = ")?;
            Some((name.to_owned(), vec![number(value)?]))
        }
    };
    text.lines().filter_map(line).collect()
}

/// One row for each instruction.
fn rows(figures: &[Figure]) -> Result<Vec<Row>> {
    let mut by_discriminator: BTreeMap<u8, Vec<&Figure>> = BTreeMap::new();
    for figure in figures {
        by_discriminator.entry(figure.discriminator).or_default().push(figure);
    }
    let series: BTreeMap<u8, Series> =
        by_discriminator.iter().map(|(number, shapes)| (*number, Series::of(shapes))).collect();
    // Of two counts of accounts, the shapes differ in more than that.
    let steepest = series.values().filter(|series| series.counts >= 3).filter_map(|series| series.per_account).max();
    let dearest = series.values().filter_map(|series| series.ranges).max();
    let row = |(discriminator, shapes): (u8, Vec<&Figure>)| {
        let first = shapes.first().context("no shapes")?;
        ensure!(shapes.iter().all(|shape| shape.instruction == first.instruction), "two names for {discriminator}");
        let accounts = shapes.iter().map(|shape| shape.accounts).min().context("no shapes")?;
        let fewest = shapes.iter().filter(|shape| shape.accounts == accounts);
        let base = fewest.map(|shape| shape.max).max().context("no shapes")?;
        let own = series.get(&discriminator).context("no shapes")?;
        let per_account = own.per_account.or(steepest).context("no series")?;
        let ranges = own.ranges.or(dearest).context("no ranges")?;
        Ok(Row { discriminator, name: first.instruction, accounts, base, ranges, per_account })
    };
    by_discriminator.into_iter().map(row).collect()
}

/// What further accounts add to the cheapest shape with the fewest.
struct Series {
    /// How many counts of accounts there are.
    counts: usize,
    /// The most that an account adds, where shapes without further companions have more; nothing otherwise.
    per_account: Option<u64>,
    /// The most that a companion adds to that, with all that its ranges are.
    ranges: Option<u64>,
}

impl Series {
    fn of(shapes: &[&Figure]) -> Self {
        let fewest = shapes.iter().map(|shape| shape.accounts).min().unwrap_or_default();
        let companions = shapes.iter().map(|shape| shape.companions).min().unwrap_or_default();
        let plain = shapes.iter().filter(|shape| shape.accounts == fewest).map(|shape| shape.min).min();
        let added = |shape: &Figure| (shape.max.saturating_sub(plain.unwrap_or_default()), shape.accounts - fewest);
        let without = shapes.iter().filter(|shape| shape.companions == companions && shape.accounts > fewest);
        let per_account =
            without.map(|shape| added(shape)).map(|(units, further)| units.div_ceil(further as u64)).max();
        let with = shapes.iter().filter(|shape| shape.companions > companions);
        let ranges = with
            .map(|shape| added(shape))
            .map(|(units, further)| units.saturating_sub(per_account.unwrap_or_default() * further as u64));
        let counts = shapes.iter().map(|shape| shape.accounts).collect::<BTreeSet<usize>>().len();
        Self { counts, per_account, ranges: ranges.max() }
    }
}

/// Units of a tick more.
fn crossing(figures: &[Figure]) -> Result<u64> {
    let of = |shape| figure(figures, "trade", shape);
    let (none, many) = (of("1 position, 0 ticks crossed")?, of("1 position, 20 ticks crossed")?);
    Ok(many.max.saturating_sub(none.min).div_ceil(20))
}

/// Units that the longest refresh takes beyond a plain one.
fn catching_up(figures: &[Figure]) -> Result<u64> {
    let plain = figure(figures, "refresh", "a fresh price")?.min;
    let longest = figures.iter().filter(|figure| figure.instruction == "refresh").map(|figure| figure.max).max();
    Ok(longest.unwrap_or_default().saturating_sub(plain))
}

fn figure<'f>(figures: &'f [Figure], instruction: &str, shape: &str) -> Result<&'f Figure> {
    let found = figures.iter().find(|figure| figure.instruction == instruction && figure.shape == shape);
    found.with_context(|| format!("`{instruction}`, {shape}, was not measured"))
}
