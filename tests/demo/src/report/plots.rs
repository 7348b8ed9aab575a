//! The plots of the report, from the recorded run.

use anyhow::Result;

use super::axis::Axis;
use super::chart::{Chart, Mark, Reference, Series, colours};
use crate::calendar;
use crate::play::Played;
use crate::recorder::{Frame, Kind};

/// The most that a trade of 1,000,000 USD may move the price.
const LIMIT_BPS: f64 = 2.0;

/// Every plot but the small multiples, in order.
pub fn all(played: &Played) -> Result<Vec<Chart>> {
    let cap = f64::from(played.world.market()?.params.funding_cap_ppm_per_hour);
    Ok(vec![
        prices(played),
        distances(played),
        funding_and_caps(played, cap),
        funding(played),
        depth(played),
        positions(played),
        cover(played),
    ])
}

fn time(played: &Played) -> Axis {
    Axis::time(played.recorder.frames.iter().map(|frame| frame.unix))
}

fn line(played: &Played, value: impl Fn(&Frame) -> f64) -> Vec<(f64, f64)> {
    played.recorder.frames.iter().map(|frame| (frame.unix as f64, value(frame))).collect()
}

/// A chart over time of some series.
fn over_time(played: &Played, title: &'static str, y: Axis, series: Vec<Series>) -> Chart {
    Chart { series, ..Chart::new(title, time(played), y) }
}

fn values(series: &[Series]) -> impl Iterator<Item = f64> {
    series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value))
}

fn prices(played: &Played) -> Chart {
    let series = vec![
        Series::new("index", colours::GREY, line(played, |frame| frame.index)).wide(3.0),
        Series::new("mark", colours::BLUE, line(played, |frame| frame.mark)),
        Series::new("curve", colours::ORANGE, line(played, |frame| frame.curve)).dashed(),
    ];
    let axis = Axis::around(values(&series));
    let mut chart = over_time(played, "Price", axis, series);
    chart.y_label = "USD";
    chart.height = 360.0;
    chart.note = "The curve floats with the index: its ranges need no rebalancing. Liquidations are marked.".to_owned();
    chart.mark_names = vec![("liquidation step", colours::RED, false), ("bankrupt, resolved", colours::RED, true)];
    chart.shaded = guarded(played);
    chart.shade_name = "guarded: reductions only";
    for event in &played.recorder.events {
        let name = played.accounts.iter().find(|(_, who)| *who == event.who).map_or("?", |(name, _)| name);
        let (hollow, text) = match event.kind {
            Kind::Flag => continue,
            Kind::Step(usd) => (false, format!("{usd:.0} USD of {name}")),
            Kind::Resolve => (true, format!("{name} is bankrupt")),
        };
        let title = format!("{}: {text} at {:.0} USD", calendar::moment(event.unix).trim(), event.price);
        chart.marks.push(Mark { x: event.unix as f64, y: event.price, colour: colours::RED, hollow, title });
    }
    chart
}

/// Stretches of time in which the market was guarded.
fn guarded(played: &Played) -> Vec<(f64, f64)> {
    let mut stretches: Vec<(f64, f64)> = Vec::new();
    let mut open = false;
    for frame in &played.recorder.frames {
        let at = frame.unix as f64;
        match (frame.guarded, open) {
            (true, false) => stretches.push((at, at)),
            (true, true) | (false, true) => {
                if let Some(last) = stretches.last_mut() {
                    last.1 = at;
                }
            }
            (false, false) => {}
        }
        open = frame.guarded;
    }
    stretches
}

fn distances(played: &Played) -> Chart {
    let bps = |price: f64, index: f64| (price / index - 1.0) * 1e4;
    let series = vec![
        Series::new("mark", colours::BLUE, line(played, |frame| bps(frame.mark, frame.index))),
        Series::new("curve", colours::ORANGE, line(played, |frame| bps(frame.curve, frame.index))),
    ];
    let axis = Axis::around(values(&series));
    let mut chart = over_time(played, "Distance from the index", axis, series);
    chart.y_label = "basis points";
    chart.note = "The curve's premium is what takers' positions push; the mark lags the index by a median of samples."
        .to_owned();
    chart
}

fn funding_and_caps(played: &Played, cap: f64) -> Chart {
    let series = vec![Series::new("funding rate", colours::GREEN, line(played, |frame| frame.funding))];
    let axis = Axis::Linear { low: -1.2 * cap, high: 1.2 * cap };
    let mut chart = over_time(played, "Funding rate against its caps", axis, series);
    chart.y_label = "ppm per hour";
    chart.height = 220.0;
    let reference =
        |value: f64, label: &str| Reference { value, label: label.to_owned(), colour: colours::RED, upright: false };
    chart.references = vec![reference(cap, "cap"), reference(-cap, "cap")];
    chart
}

fn funding(played: &Played) -> Chart {
    let series = vec![Series::new("funding rate", colours::GREEN, line(played, |frame| frame.funding))];
    let axis = Axis::around(values(&series).chain([0.0]));
    let mut chart = over_time(played, "Funding rate, closer", axis, series);
    chart.y_label = "ppm per hour";
    chart.height = 220.0;
    chart.note =
        "Longs pay shorts above zero. The rate follows the smoothed premium, and its change is capped too.".to_owned();
    chart
}

fn depth(played: &Played) -> Chart {
    let mut series = Vec::new();
    for (depth, colour) in played.depths.iter().zip([colours::BLUE, colours::PURPLE, colours::ORANGE]) {
        let points = |side: &[crate::depth::Point]| side.iter().map(|point| (point.usd, point.bps)).collect();
        series.push(Series::new(&format!("buy, {}", depth.name), colour, points(&depth.buy)).wide(2.0));
        series.push(Series::new(&format!("sell, {}", depth.name), colour, points(&depth.sell)).dashed());
    }
    let sizes = || series.iter().flat_map(|series| series.points.iter().map(|(usd, _)| *usd));
    let x = Axis::Log { low: 1e4, high: sizes().fold(1e6, f64::max) };
    let y = Axis::Log { low: 0.01, high: values(&series).fold(10.0, f64::max) * 1.3 };
    let mut chart = Chart::new("Depth: how far a trade moves the price", x, y);
    chart.x_label = "size of the trade, USD";
    chart.y_label = "basis points";
    let million = &played.million;
    let bps = million.bps;
    chart.references = vec![
        Reference { value: 1e6, label: format!("1,000,000 USD: {bps:.2} bps"), colour: colours::RED, upright: true },
        Reference { value: LIMIT_BPS, label: format!("{LIMIT_BPS} bps"), colour: colours::GREY, upright: false },
    ];
    let title = format!("a trade of 1,000,000 USD moved the curve by {bps:.2} bps");
    chart.marks = vec![Mark { x: 1e6, y: bps, colour: colours::RED, hollow: false, title }];
    chart.mark_names = vec![("1,000,000 USD, traded on the chain", colours::RED, false)];
    chart.note = format!(
        "{:.0} million USD of LP margin, {:.0}% of it used as initial margin, in ranges of 1% to either side. \
         \"Before\" is the fresh curve, \"at the bottom\" the lowest price of the largest fall.",
        million.margin / 1e6,
        100.0 * million.used / million.margin
    );
    chart.series = series;
    chart
}

fn positions(played: &Played) -> Chart {
    let series = vec![
        Series::new("long", colours::BLUE, line(played, |frame| frame.long / 1e6)),
        Series::new("short", colours::RED, line(played, |frame| frame.short / 1e6)),
        Series::new("net of takers", colours::GREY, line(played, |frame| frame.net / 1e6)).dashed(),
    ];
    let axis = Axis::around(values(&series).chain([0.0]));
    let mut chart = over_time(played, "Positions", axis, series);
    chart.y_label = "million USD";
    chart.height = 240.0;
    chart.note = "Ranges that were folded count as positions too; what takers hold net is the other side of the curve."
        .to_owned();
    chart
}

fn cover(played: &Played) -> Chart {
    let series = vec![
        Series::new("insurance", colours::GREEN, line(played, |frame| frame.insurance)),
        Series::new("written off", colours::RED, line(played, |frame| frame.written_off)),
    ];
    let axis = Axis::from_zero(values(&series));
    let mut chart = over_time(played, "Insurance and losses that nobody could pay", axis, series);
    chart.y_label = "USD";
    chart.height = 220.0;
    chart
}
