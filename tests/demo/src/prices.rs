//! The price path of BTC: minutes from a file or built in, cut into samples, with the confidence and the moving average
//! that an oracle would publish beside them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use keel_simulator::Quote;

use crate::random::Random;

/// Seconds of Pyth's moving average.
const EMA_SECS: f64 = 3_600.0;
/// Confidence over price in quiet times.
const QUIET_CONFIDENCE: f64 = 0.000_2;
/// Part of a sample's move that adds to the confidence.
const MOVE_IN_CONFIDENCE: f64 = 0.1;
/// Samples a minute: open, low, high and close.
pub const PER_MINUTE: u32 = 4;

/// One minute of trading elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minute {
    pub unix: i64,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
}

/// One published price.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub unix: i64,
    pub price: f64,
    pub quote: Quote,
    /// Whether it is the last of its minute.
    pub ends_minute: bool,
}

/// Reads minutes from a CSV file with a header.
pub fn read(path: &Path) -> Result<Vec<Minute>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut minutes: Vec<Minute> = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let minute = parse(line).with_context(|| format!("{}, line {}: `{line}`", path.display(), number + 1))?;
        ensure!(
            minutes.last().is_none_or(|last| last.unix < minute.unix),
            "{}, line {}: time must rise",
            path.display(),
            number + 1
        );
        minutes.push(minute);
    }
    ensure!(!minutes.is_empty(), "{} holds no minutes", path.display());
    Ok(minutes)
}

fn parse(line: &str) -> Result<Minute> {
    let mut fields = line.split(',');
    let mut field = || fields.next().map(str::trim).context("too few columns");
    let unix = field()?.parse().context("unix_time is no whole number")?;
    let mut price = || -> Result<f64> {
        let price: f64 = field()?.parse().context("a price is no number")?;
        ensure!(price.is_finite() && price > 0.0, "a price is not positive");
        Ok(price)
    };
    Ok(Minute { unix, open: price()?, high: price()?, low: price()?, close: price()? })
}

/// Most of a day, from a Tuesday's afternoon: quiet, then, as New York closes, a gap of 5% within a minute and down 30%
/// within forty, then half of it back; one minute in five of the night; and the hour in which New York opens again.
pub fn built_in() -> Vec<Minute> {
    const START: i64 = 1_699_983_600;
    const LAUNCH: f64 = 40_000.0;
    const NIGHT: std::ops::Range<i64> = 420..1_235;
    const END: i64 = 1_310;
    /// Minute and where the path has come to by then.
    const KNOTS: [(f64, f64); 17] = [
        (0.0, 1.0),
        (120.0, 1.015),
        (200.0, 1.005),
        (201.0, 0.95),
        (212.0, 0.90),
        (219.0, 0.935),
        (232.0, 0.76),
        (236.0, 0.80),
        (242.0, 0.70),
        (290.0, 0.77),
        (330.0, 0.735),
        (420.0, 0.81),
        (470.0, 0.78),
        (540.0, 0.845),
        (600.0, 0.83),
        (1_250.0, 0.815),
        (1_310.0, 0.83),
    ];
    let mut random = Random::new(42);
    let mut wobble = 0.0;
    let mut last = LAUNCH;
    let level = |minute: f64| {
        let after = KNOTS.iter().position(|(at, _)| *at > minute).unwrap_or(KNOTS.len() - 1).max(1);
        let ((from, low), (to, high)) = (KNOTS[after - 1], KNOTS[after]);
        low + (high - low) * ((minute - from) / (to - from)).clamp(0.0, 1.0)
    };
    let minute = |index: i64| {
        let crash = (200..245).contains(&index);
        let night: f64 = if NIGHT.contains(&index) { 5.0 } else { 1.0 };
        wobble = 0.985f64.powf(night) * wobble + random.normal() * night.sqrt() * if crash { 0.0015 } else { 0.0009 };
        let (open, close) = (last, LAUNCH * level((index + 1) as f64) * (1.0 + wobble));
        let spread = open.max(close) * 0.000_3 * (1.0 + random.unit());
        last = close;
        let (high, low) = (open.max(close) + spread, open.min(close) - spread);
        Minute { unix: START + index * 60, open, high, low, close }
    };
    (0..END).filter(|index| !NIGHT.contains(index) || index % 5 == 0).map(minute).collect()
}

/// Cuts minutes into samples: each walks from open over low and high (the nearer to the close last) to close.
pub fn samples(minutes: &[Minute], count: u32) -> Vec<Sample> {
    let mut samples = Vec::with_capacity(minutes.len() * count as usize);
    let mut publisher = Publisher::default();
    for minute in minutes {
        for index in 0..count {
            let unix = minute.unix + i64::from(index) * 60 / i64::from(count);
            let price = on_the_way(minute, index, count);
            samples.push(Sample { unix, price, quote: publisher.quote(unix, price), ends_minute: index + 1 == count });
        }
    }
    samples
}

/// What an oracle adds to prices: a confidence that moves widen, and a moving average.
#[derive(Clone, Copy, Debug, Default)]
pub struct Publisher {
    /// The last price, when it was, and the average.
    last: Option<(i64, f64, f64)>,
}

impl Publisher {
    /// The next price as it is published.
    pub fn quote(&mut self, unix: i64, price: f64) -> Quote {
        let (secs, moved, ema) = match self.last {
            Some((at, before, ema)) => ((unix - at) as f64, (price / before - 1.0).abs(), ema),
            None => (0.0, 0.0, price),
        };
        let average = ema + (price - ema) * (secs / (secs + EMA_SECS));
        self.last = Some((unix, price, average));
        let scaled = |usd: f64| (usd * 1e8).round() as i64;
        let conf = scaled(price * (QUIET_CONFIDENCE + moved * MOVE_IN_CONFIDENCE)).unsigned_abs();
        Quote { price: scaled(price), conf, ema: scaled(average), exponent: -8 }
    }
}

/// The price at a sample of a minute.
fn on_the_way(minute: &Minute, index: u32, count: u32) -> f64 {
    let Minute { open, high, low, close, .. } = *minute;
    let path = if close >= open { [open, low, high, close] } else { [open, high, low, close] };
    if count == 1 {
        return close;
    }
    let position = f64::from(index) / f64::from(count - 1) * 3.0;
    let from = (position.floor() as usize).min(2);
    path[from] + (path[from + 1] - path[from]) * (position - from as f64)
}
