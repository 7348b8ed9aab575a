//! What commands print: one struct for each answer, from which both the table and the JSON come.

pub mod collateral;
pub mod depth;
pub mod funding;
pub mod health;
pub mod lien;
pub mod market;
pub mod number;
pub mod order;
pub mod plot;
pub mod pool;
pub mod range;
pub mod table;
pub mod time;
pub mod trade;

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use crate::options::Options;

/// An answer.
pub trait View: Serialize {
    /// The answer for people, without a newline at its end.
    fn text(&self) -> String;
}

/// Prints an answer on standard output: as one document of JSON in a line, or for people.
pub fn show(answer: &impl View, json: bool) -> Result<()> {
    let text = if json { serde_json::to_string(answer)? } else { answer.text() };
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Shows what somebody is about to agree to: on standard output, but with `--json`, whose one document comes in the end, on
/// the error stream, and only where somebody is asked.
pub fn offer(offered: &impl View, options: &Options) -> Result<()> {
    if !options.json {
        return show(offered, false);
    }
    if !options.yes {
        writeln!(std::io::stderr().lock(), "{}", offered.text())?;
    }
    Ok(())
}

/// A sentence is an answer too.
impl View for String {
    fn text(&self) -> String {
        self.clone()
    }
}

/// A list is an answer where its items make a table.
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// What is said where there are none.
    pub nothing: &'static str,
}

/// An item of a list.
pub trait Row: Serialize {
    /// What its columns are called.
    const COLUMNS: &'static [&'static str];

    /// Its cells.
    fn cells(&self) -> Vec<String>;
}

impl<T: Row> Serialize for List<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }
}

impl<T: Row> View for List<T> {
    fn text(&self) -> String {
        if self.items.is_empty() {
            return self.nothing.to_owned();
        }
        table::rows(T::COLUMNS, self.items.iter().map(Row::cells))
    }
}
