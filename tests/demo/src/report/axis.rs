//! Axes: where a value lies, and which values get a label.

use keel_embedded::numbers::grouped;

use crate::calendar;

/// A scale from values to places between 0 and 1.
#[derive(Clone, Copy, Debug)]
pub enum Axis {
    /// Even steps.
    Linear { low: f64, high: f64 },
    /// Even factors.
    Log { low: f64, high: f64 },
    /// Unix time.
    Time { low: f64, high: f64 },
}

impl Axis {
    /// A linear axis around values, with a little air.
    pub fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(values);
        let air = ((high - low) * 0.06).max(high.abs().max(1e-9) * 1e-6);
        Self::Linear { low: low - air, high: high + air }
    }

    /// A linear axis from zero.
    pub fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        let (_, high) = bounds(values);
        Self::Linear { low: 0.0, high: (high * 1.06).max(1e-9) }
    }

    /// An axis of time.
    pub fn time(values: impl Iterator<Item = i64>) -> Self {
        let (low, high) = bounds(values.map(|unix| unix as f64));
        Self::Time { low, high: high.max(low + 1.0) }
    }

    /// Where a value lies, 0 at the low end.
    pub fn place(&self, value: f64) -> f64 {
        match *self {
            Self::Linear { low, high } | Self::Time { low, high } => (value - low) / (high - low),
            Self::Log { low, high } => (value / low).ln() / (high / low).ln(),
        }
    }

    /// The labelled values, at most about `count`.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        match *self {
            Self::Linear { low, high } => {
                let step = round_step((high - low) / count as f64);
                let values = multiples(low, high, step);
                let digits = (-step.log10().floor()).max(0.0) as usize;
                values.map(|value| (value, number(value, digits))).collect()
            }
            Self::Log { low, high } => {
                let decades = (low.log10() - 1e-9).ceil() as i32..=(high.log10() + 1e-9).floor() as i32;
                decades.map(|exponent| 10f64.powi(exponent)).map(|value| (value, short(value))).collect()
            }
            Self::Time { low, high } => {
                const STEPS: [f64; 15] = [
                    60.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0,
                    172_800.0, 259_200.0, 432_000.0, 864_000.0,
                ];
                let wanted = (high - low) / count as f64;
                let step = STEPS.into_iter().find(|step| *step >= wanted * 0.8).unwrap_or(2_592_000.0);
                let label = |unix: i64| {
                    if step >= 86_400.0 || unix % 86_400 == 0 { calendar::day(unix) } else { calendar::time(unix) }
                };
                multiples(low, high, step).map(|value| (value, label(value as i64))).collect()
            }
        }
    }
}

/// Smallest and largest of some values; 0 and 1 of none.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let folded = values.fold(None, |bounds: Option<(f64, f64)>, value| {
        let (low, high) = bounds.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    folded.unwrap_or((0.0, 1.0))
}

/// 1, 2 or 5 times a power of ten, not below the step.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * power >= step * 0.7).unwrap_or(10.0);
    digit * power
}

fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(move |index| index as f64 * step)
}

/// A number with thousands separators and that many decimals.
fn number(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let whole = grouped(whole.parse().unwrap_or(0));
    let sign = if value < 0.0 { "\u{2212}" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// `10k`, `1M`.
pub fn short(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = match scaled.abs() {
        size if size == 0.0 || size >= 10.0 || (scaled - scaled.round()).abs() < 1e-9 => 0,
        size if size >= 1.0 => 1,
        size => (-size.log10().floor()) as usize,
    };
    format!("{}{unit}", number(scaled, digits))
}
