//! Tables for people.

use comfy_table::{CellAlignment, Table, presets};

/// A table with a head. Columns whose cells all begin with a digit or a sign stand to the right.
pub fn rows(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(columns.iter().copied());
    table.add_rows(rows.iter().cloned());
    for (place, column) in table.column_iter_mut().enumerate() {
        let mut cells = rows.iter().filter_map(|row| row.get(place));
        if cells.all(|cell| {
            cell.is_empty() || cell == "-" || cell.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        }) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_padding((0, 2));
    }
    trimmed(&table)
}

/// What and how much, a line each.
pub fn facts<const N: usize>(facts: [(&str, String); N]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.add_rows(
        facts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(what, value)| [what.to_owned(), value]),
    );
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    trimmed(&table)
}

/// A value that may not be there.
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn trimmed(table: &Table) -> String {
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
