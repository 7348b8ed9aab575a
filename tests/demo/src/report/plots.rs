//! The plots of the report, from the recorded run.

use anyhow::Result;

use super::axis::Axis;
use super::chart::{Chart, Mark, Reference, Series, colours};
use crate::calendar;
use crate::paths::{BTC, MARKETS};
use crate::play::Played;
use crate::recorder::{Kind, MarketFrame, PoolFrame};

/// The most that a trade of 1,000,000 USD may move the price.
const LIMIT_BPS: f64 = 2.0;

/// The plots of one market: its price, and what stands beside it in pairs.
pub struct MarketPlots {
    pub name: String,
    pub note: &'static str,
    pub price: Chart,
    pub pairs: Vec<Chart>,
}

/// What there is to say about the price of each market.
const NOTES: [&str; MARKETS] = [
    "Floating: the curve moves with the index, so its ranges need no rebalancing.",
    "Floating, with wider margins for a faster index. A contract is 10 SOL.",
    "Floating, with the parameters of a major.",
    "Fixed peg: the curve alone finds the price, and an arbitrageur brings it to the index. A contract is 100,000 PUMP.",
    "Off hours the feed sleeps: the peg stands, the index walks towards the curve, and nobody's price jumps in the morning.",
];

/// The plots of every market.
pub fn markets(played: &Played) -> Result<Vec<MarketPlots>> {
    (0..MARKETS)
        .map(|market| {
            let cap = f64::from(played.world.market(market)?.params.funding_cap_ppm_per_hour);
            Ok(MarketPlots {
                name: played.world.market_name(market),
                note: NOTES[market],
                price: prices(played, market),
                pairs: vec![
                    distances(played, market),
                    funding(played, market, cap),
                    depth(played, market),
                    positions(played, market),
                ],
            })
        })
        .collect()
}

/// What is told of all markets together.
pub fn all(played: &Played) -> Vec<Chart> {
    vec![shares(played), held(played), cover(played)]
}

fn shares(played: &Played) -> Chart {
    let of = |value: fn(&PoolFrame) -> f64| pool(played, value);
    let series = vec![
        Series::new("to who comes in", colours::GREY, of(|pool| pool.high)).dashed(),
        Series::new("to who leaves", colours::BLUE, of(|pool| pool.low)).wide(2.0),
    ];
    let axis = Axis::around(values(&series));
    let mut chart = over_time(played, "What a share of the pool is worth", axis, series);
    chart.y_label = "USD";
    chart.height = 240.0;
    chart.note =
        "Between the two lies what nobody knows yet: the marks' distance from the index, their confidence, and \
                  claims that have not matured."
            .to_owned();
    chart
}

fn held(played: &Played) -> Chart {
    let colours = [colours::ORANGE, colours::PURPLE, colours::BLUE, colours::GREEN, colours::RED];
    let line = |(market, colour): (usize, &'static str)| {
        let frames = played.recorder.frames.iter();
        let points = frames.map(|frame| (frame.unix as f64, frame.pool.held[market] / 1e6)).collect();
        Series::new(&played.world.market_name(market), colour, points)
    };
    let series: Vec<Series> = colours.into_iter().enumerate().map(line).collect();
    let axis = Axis::around(values(&series).chain([0.0]));
    let mut chart = over_time(played, "What the pool holds, its ranges included", axis, series);
    chart.y_label = "million USD";
    chart.height = 240.0;
    chart
}

/// A value of the pool while it has any.
fn pool(played: &Played, value: impl Fn(&PoolFrame) -> f64) -> Vec<(f64, f64)> {
    let frames = played.recorder.frames.iter().filter(|frame| frame.pool.value > 0.0);
    frames.map(|frame| (frame.unix as f64, value(&frame.pool))).collect()
}

fn time(played: &Played) -> Axis {
    Axis::time(played.recorder.frames.iter().map(|frame| frame.unix))
}

fn line(played: &Played, market: usize, value: impl Fn(&MarketFrame) -> f64) -> Vec<(f64, f64)> {
    let frames = played.recorder.frames.iter();
    frames.filter_map(|frame| Some((frame.unix as f64, value(frame.markets.get(market)?)))).collect()
}

/// A chart over time of some series.
fn over_time(played: &Played, title: &str, y: Axis, series: Vec<Series>) -> Chart {
    Chart { series, ..Chart::new(title, time(played), y) }
}

fn values(series: &[Series]) -> impl Iterator<Item = f64> {
    series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value))
}

fn prices(played: &Played, market: usize) -> Chart {
    let series = vec![
        Series::new("index", colours::GREY, line(played, market, |frame| frame.index)).wide(3.0),
        Series::new("mark", colours::BLUE, line(played, market, |frame| frame.mark)),
        Series::new("curve", colours::ORANGE, line(played, market, |frame| frame.curve)).dashed(),
    ];
    let axis = Axis::around(values(&series));
    let mut chart = over_time(played, "Price", axis, series);
    chart.y_label = "USD a contract";
    chart.height = 280.0;
    chart.mark_names = vec![("liquidation step", colours::RED, false), ("bankrupt, resolved", colours::RED, true)];
    let (asleep, guarded) = (|frame: &MarketFrame| frame.asleep, |frame: &MarketFrame| frame.guarded);
    (chart.shaded, chart.shade_name) = match stretches(played, market, asleep) {
        hours if !hours.is_empty() => (hours, "off hours"),
        _ => (stretches(played, market, guarded), "guarded: reductions only"),
    };
    for event in played.recorder.events.iter().filter(|event| event.market == Some(market)) {
        let name = played.accounts.iter().find(|(_, who)| *who == event.who).map_or("?", |(name, _)| name);
        let (hollow, text) = match event.kind {
            Kind::Flag => continue,
            Kind::Step(usd) => (false, format!("{usd:.0} USD of {name}")),
            Kind::Resolve => (true, format!("{name} is bankrupt")),
            Kind::Backstop => (false, format!("the pool takes over from {name}")),
        };
        let title = format!("{}: {text} at {:.2} USD", calendar::moment(event.unix).trim(), event.price);
        chart.marks.push(Mark { x: event.unix as f64, y: event.price, colour: colours::RED, hollow, title });
    }
    chart
}

/// Stretches of time in which a market was so.
fn stretches(played: &Played, market: usize, is_so: impl Fn(&MarketFrame) -> bool) -> Vec<(f64, f64)> {
    let mut stretches: Vec<(f64, f64)> = Vec::new();
    let mut open = false;
    for (at, so) in line(played, market, |frame| f64::from(is_so(frame))) {
        match (so > 0.5, open) {
            (true, false) => stretches.push((at, at)),
            (true, true) | (false, true) => {
                if let Some(last) = stretches.last_mut() {
                    last.1 = at;
                }
            }
            (false, false) => {}
        }
        open = so > 0.5;
    }
    stretches
}

fn distances(played: &Played, market: usize) -> Chart {
    let bps = |price: f64, index: f64| (price / index - 1.0) * 1e4;
    let series = vec![
        Series::new("mark", colours::BLUE, line(played, market, |frame| bps(frame.mark, frame.index))),
        Series::new("curve", colours::ORANGE, line(played, market, |frame| bps(frame.curve, frame.index))),
    ];
    let axis = Axis::around(values(&series));
    let mut chart = over_time(played, "Distance from the index", axis, series).half();
    chart.y_label = "basis points";
    chart
}

fn funding(played: &Played, market: usize, cap: f64) -> Chart {
    let series = vec![Series::new("funding rate", colours::GREEN, line(played, market, |frame| frame.funding))];
    let axis = Axis::around(values(&series).chain([0.0]));
    let title = format!("Funding rate (cap {cap:.0})");
    let mut chart = over_time(played, &title, axis, series).half();
    chart.y_label = "ppm per hour; longs pay above zero";
    chart
}

fn depth(played: &Played, market: usize) -> Chart {
    let mut series = Vec::new();
    for (depth, colour) in played.depths[market].iter().zip([colours::GREY, colours::BLUE, colours::PURPLE]) {
        let points = |side: &[crate::depth::Point]| side.iter().map(|point| (point.usd, point.bps)).collect();
        series.push(Series::new(&format!("buy, {}", depth.name), colour, points(&depth.buy)).wide(2.0));
        series.push(Series::new(&format!("sell, {}", depth.name), colour, points(&depth.sell)).dashed());
    }
    let sizes = || series.iter().flat_map(|series| series.points.iter().map(|(usd, _)| *usd));
    let x = Axis::Log { low: 1e4, high: sizes().fold(1e6, f64::max) };
    let y = Axis::Log { low: 0.01, high: values(&series).fold(10.0, f64::max) * 1.3 };
    let mut chart = Chart::new("Depth: how far a trade moves the price", x, y).half();
    chart.x_label = "size of the trade, USD";
    chart.y_label = "basis points";
    if market == BTC {
        let bps = played.million.bps;
        let reference = |value, label: String, upright| Reference { value, label, colour: colours::RED, upright };
        chart.references = vec![
            reference(1e6, format!("1,000,000 USD: {bps:.2} bps"), true),
            reference(LIMIT_BPS, format!("{LIMIT_BPS} bps"), false),
        ];
        let title = format!("a trade of 1,000,000 USD moved the curve by {bps:.2} bps");
        chart.marks = vec![Mark { x: 1e6, y: bps, colour: colours::RED, hollow: false, title }];
    }
    chart.series = series;
    chart
}

fn positions(played: &Played, market: usize) -> Chart {
    let series = vec![
        Series::new("long", colours::BLUE, line(played, market, |frame| frame.long / 1e6)),
        Series::new("short", colours::RED, line(played, market, |frame| frame.short / 1e6)),
        Series::new("net of takers", colours::GREY, line(played, market, |frame| frame.net / 1e6)).dashed(),
    ];
    let axis = Axis::around(values(&series).chain([0.0]));
    let mut chart = over_time(played, "Positions", axis, series).half();
    chart.y_label = "million USD";
    chart
}

fn cover(played: &Played) -> Chart {
    let sum = |value: fn(&MarketFrame) -> f64| {
        let frames = played.recorder.frames.iter();
        frames.map(|frame| (frame.unix as f64, frame.markets.iter().map(value).sum())).collect()
    };
    let series = vec![
        Series::new("insurance of all markets", colours::GREEN, sum(|frame| frame.insurance)),
        Series::new("written off", colours::RED, sum(|frame| frame.written_off)),
    ];
    let axis = Axis::from_zero(values(&series));
    let mut chart = over_time(played, "Insurance and losses that nobody could pay", axis, series);
    chart.y_label = "USD";
    chart.height = 220.0;
    chart
}
