//! Tables on the terminal.

use crate::figures::Section;

/// Prints a table: the first column to the left, the others to the right unless there are only two.
pub fn print(section: &Section) {
    if section.rows.is_empty() {
        return;
    }
    let count = section.columns.len();
    let width = |column: usize| {
        let cells = section.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([section.columns.get(column).map_or(0, |name| name.len())]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    println!("\n{}", section.title);
    if section.columns.iter().any(|name| !name.is_empty()) {
        line(section.columns.iter().copied(), &widths);
    }
    for row in &section.rows {
        line(row.iter().map(String::as_str), &widths);
    }
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize]) {
    let mut text = String::from(" ");
    for (index, (cell, width)) in cells.zip(widths).enumerate() {
        let pad = " ".repeat(width - cell.chars().count());
        match (index, widths.len()) {
            (0, _) | (_, 2) => text.push_str(&format!(" {cell}{pad} ")),
            _ => text.push_str(&format!(" {pad}{cell} ")),
        }
    }
    println!("{}", text.trim_end());
}
