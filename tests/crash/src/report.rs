//! A picture of each replay: prices, what claims are worth, who is below maintenance, and the money.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use keel_demo::report::{Axis, Chart, Series, colours, page_of};
use keel_simulator::setup::START;

use crate::replay::Replayed;
use crate::tally::Frame;

/// Where pictures and scenarios go: beside everything else that is built.
pub fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target")).join("crash")
}

/// Points of a line over time.
fn line(played: &Replayed, value: impl Fn(&Frame) -> f64) -> Vec<(f64, f64)> {
    let unix = |frame: &Frame| START.saturating_add_unsigned(frame.at) as f64;
    played.frames.iter().map(|frame| (unix(frame), value(frame))).collect()
}

fn chart(played: &Replayed, title: &'static str, y_label: &'static str, series: Vec<Series>) -> Chart {
    let x = Axis::time(played.frames.iter().map(|frame| START.saturating_add_unsigned(frame.at)));
    let y = Axis::around(series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value)));
    let mut chart = Chart::new(title, x, y);
    (chart.series, chart.y_label, chart.height) = (series, y_label, 240.0);
    chart
}

fn charts(played: &Replayed) -> Vec<Chart> {
    let mut prices = Vec::new();
    for (market, colour) in (0..played.path.markets()).zip([colours::BLUE, colours::PURPLE]) {
        let of = |frame: &Frame| frame.prices.get(market).copied().unwrap_or((1.0, 1.0));
        prices.push(Series::new("index", colour, line(played, |frame| of(frame).0)));
        prices.push(Series::new("mark", colours::GREY, line(played, |frame| of(frame).1)).dashed());
    }
    let h = Series::new("h", colours::RED, line(played, |frame| frame.h));
    let unhealthy = line(played, |frame| frame.unhealthy as f64);
    let money = |name, colour, value: fn(&Frame) -> f64| Series::new(name, colour, line(played, value));
    vec![
        chart(played, "Prices", "over the first price", prices),
        chart(played, "What a claim is worth", "of its face", vec![h]),
        chart(played, "Below maintenance", "accounts", vec![Series::new("accounts", colours::ORANGE, unhealthy)]),
        chart(
            played,
            "Money",
            "USD",
            vec![
                money("equity of all", colours::BLUE, |frame| frame.equity),
                money("claims", colours::GREEN, |frame| frame.claims),
                money("insurance", colours::PURPLE, |frame| frame.insurance),
                money("losses that nobody has paid", colours::RED, |frame| frame.shortfall),
            ],
        ),
    ]
}

/// Draws each replay on a page of its own. Returns the folder.
pub fn write(replays: &[Replayed]) -> Result<PathBuf> {
    let folder = folder();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for played in replays {
        let title = format!("{}: {}", played.path.name, played.path.what);
        let body: String = charts(played).iter().map(Chart::render).collect();
        let path = folder.join(format!("{}-{}.html", played.path.name, played.seed));
        std::fs::write(&path, page_of(&title, &body)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(folder)
}
