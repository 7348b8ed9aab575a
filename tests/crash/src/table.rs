//! The table of all replays, as markdown.

use keel_embedded::numbers::grouped;

use crate::replay::Replayed;
use crate::tally::Means;

/// Columns.
const HEAD: [&str; 10] = [
    "path",
    "open interest",
    "liquidated",
    "by unwinding / take-over / curve / deleveraging / resolution",
    "volume of the same",
    "insurance: market / exchange",
    "written off",
    "h: lowest / final",
    "claims paid",
    "time to clean",
];

/// Whole dollars.
fn usd(value: f64) -> String {
    grouped(value.round().abs() as u64)
}

/// A span of seconds.
fn span(secs: u64) -> String {
    match secs {
        0..=599 => format!("{secs} s"),
        600..=7_199 => format!("{} min", secs.div_ceil(60)),
        _ => format!("{:.1} h", secs as f64 / 3_600.0),
    }
}

/// A replay's row.
fn row(played: &Replayed) -> Vec<String> {
    let tally = &played.tally;
    let all = |cell: &dyn Fn(Means) -> String| Means::ALL.map(cell).join(" / ");
    let paid = tally.paid + played.ending.paid as f64 / 1e6;
    vec![
        format!("`{}`: {}", played.path.name, played.path.what),
        usd(played.open_interest),
        format!("{} of {}", tally.liquidated(), played.traders),
        all(&|means| tally.accounts(means).to_string()),
        all(&|means| usd(tally.volume(means))),
        format!("{} / {}", usd(tally.market_insurance), usd(tally.exchange_insurance)),
        usd(tally.written_off),
        format!("{:.4} / {:.4}", played.lowest_h, played.ending.ratio),
        usd(paid),
        span(played.clean_secs),
    ]
}

/// The table of these replays.
pub fn markdown(replays: &[Replayed]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&HEAD.map(str::to_owned));
    text.push_str(&format!("|{}\n", "---|".repeat(HEAD.len())));
    for played in replays {
        text.push_str(&line(&row(played)));
    }
    text
}
