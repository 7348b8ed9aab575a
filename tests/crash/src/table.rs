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

/// Further columns where people have other collateral than USDC.
const OF_COLLATERAL: [&str; 4] = [
    "collateral sold: accounts / worth / fetched",
    "others paid for holders: accounts / all / by collateral",
    "flagged by `h` alone",
    "had all USDC: written off / h: lowest / final",
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

/// What became of collateral in a replay, beside the same with everybody's margin in USDC.
fn row_of_collateral(played: &Replayed, in_dollars: &Replayed) -> Vec<String> {
    let holders = &played.holders;
    let mut cells = row(played);
    cells.push(format!("{} / {} / {}", holders.sellers(), usd(holders.worth), usd(holders.fetched)));
    cells.push(format!("{} / {} / {}", holders.payees(), usd(holders.paid), usd(holders.short)));
    cells.push(holders.by_h.to_string());
    let Replayed { tally, lowest_h, ending, .. } = in_dollars;
    cells.push(format!("{} / {lowest_h:.4} / {:.4}", usd(tally.written_off), ending.ratio));
    cells
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&head.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    text.push_str(&format!("|{}\n", "---|".repeat(head.len())));
    text.extend(rows.map(|cells| line(&cells)));
    text
}

/// The table of these replays.
pub fn markdown(replays: &[Replayed]) -> String {
    table(&HEAD, replays.iter().map(row))
}

/// The table of replays with other collateral, each beside the same with everybody's margin in USDC.
pub fn markdown_of_collateral(replays: &[(Replayed, Replayed)]) -> String {
    let head: Vec<&str> = HEAD.into_iter().chain(OF_COLLATERAL).collect();
    table(&head, replays.iter().map(|(played, in_dollars)| row_of_collateral(played, in_dollars)))
}
