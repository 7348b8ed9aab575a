//! A price series from a CSV file: rows that act like `price` steps.

use std::path::Path;

use super::decimal::Decimal;
use super::step::price_decimals;
use crate::prices::Quote;

/// The column that holds the time of a row, in seconds.
const TIME: &str = "unix_time";

/// Prices in time, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Seconds from the first row, and the price of that row.
    pub rows: Vec<(u64, Quote)>,
}

impl Series {
    /// Reads a column of a CSV file. Errors name the line of the file.
    pub fn read(path: &Path, column: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&text, column).map_err(|(line, what)| format!("{}:{line}: {what}", path.display()))
    }

    /// Reads a column of a CSV text. The error comes with its line.
    fn parse(text: &str, column: &str) -> Result<Self, (usize, String)> {
        let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate().map(|(at, line)| (at + 1, line));
        let (_, header) = lines.next().ok_or((1, "the file is empty".to_owned()))?;
        let place = |name: &str| {
            let found = cells(header).position(|cell| cell.eq_ignore_ascii_case(name));
            found.ok_or_else(|| (1, format!("there is no column `{name}`; there are {header}")))
        };
        let (time, price) = (place(TIME)?, place(column)?);
        let mut series = Self::default();
        let mut first = None;
        for (line, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
            let cell = |place: usize| cells(row).nth(place).ok_or_else(|| (line, "the row is too short".to_owned()));
            let second: i64 = cell(time)?.parse().map_err(|_| {
                (line, format!("the time `{}` is not a whole number of seconds", cell(time).unwrap_or("")))
            })?;
            let offset = second.saturating_sub(*first.get_or_insert(second));
            let offset = u64::try_from(offset).ok().filter(|at| series.rows.last().is_none_or(|(last, _)| last < at));
            let offset = offset.ok_or_else(|| (line, format!("the time {second} is not after the row before it")))?;
            series.rows.push((offset, quote(cell(price)?).map_err(|what| (line, what))?));
        }
        if series.rows.is_empty() {
            return Err((1, "the file holds no rows".to_owned()));
        }
        Ok(series)
    }
}

/// Cells of a row, without the quotation marks around them.
fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.split(',').map(|cell| cell.trim().trim_matches('"'))
}

/// A price alone: without a confidence interval, its own average.
fn quote(text: &str) -> Result<Quote, String> {
    let price = Decimal::parse(text, super::decimal::PRICE)?;
    let decimals = price_decimals(&[price]);
    let magnitude = price.magnitude(decimals)?;
    let price = i64::try_from(magnitude).ok().filter(|_| !price.negative);
    let price = price.ok_or_else(|| format!("`{text}` is no price that a publisher can state"))?;
    let exponent = -i32::try_from(decimals).unwrap_or(0);
    Ok(Quote { price, conf: 0, ema: price, exponent })
}
