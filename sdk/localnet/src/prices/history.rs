//! Prices of a file of minutes, played from its first line on and held at its last.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Columns of a line: `unix_time,open,high,low,close,volume`.
const CLOSE: usize = 4;

/// Closing prices in order of time, and how fast they are played.
#[derive(Clone, Debug)]
pub struct History {
    /// Milliseconds since the first line, and the closing price then.
    points: Vec<(f64, f64)>,
    speed: f64,
    start_ms: u64,
}

impl History {
    /// Reads a file, to be played from a time on. A first line that is no numbers is a heading.
    ///
    /// Errors with the line where one is no minute or is not after the one before it.
    pub fn read(path: &Path, speed: f64, start_ms: u64) -> Result<Self> {
        ensure!(speed.is_finite() && speed > 0.0, "the speed must be above zero, not {speed}");
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let mut minutes: Vec<(i64, f64)> = Vec::new();
        for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let Some((unix, close)) = parsed(line) else {
                ensure!(place == 0, "{shown}, line {}: not `unix_time,open,high,low,close,volume`", place + 1);
                continue;
            };
            let is_later = minutes.last().is_none_or(|(before, _)| unix > *before);
            ensure!(is_later, "{shown}, line {}: not later than the line before", place + 1);
            minutes.push((unix, close));
        }
        let (first, _) = minutes.first().copied().with_context(|| format!("{shown} holds no prices"))?;
        let points = minutes.iter().map(|(unix, close)| ((unix - first) as f64 * 1e3, *close)).collect();
        Ok(Self { points, speed, start_ms })
    }

    /// The first price.
    pub fn first(&self) -> f64 {
        self.points.first().map_or(1.0, |(_, close)| *close)
    }

    /// The price at a time over the first.
    pub fn factor(&self, now_ms: u64) -> f64 {
        let at = now_ms.saturating_sub(self.start_ms) as f64 * self.speed;
        let after = self.points.partition_point(|(time, _)| *time <= at);
        let last = self.points.get(after.saturating_sub(1)).copied().unwrap_or((0.0, 1.0));
        let price = match self.points.get(after) {
            Some(next) => last.1 + (next.1 - last.1) * ((at - last.0) / (next.0 - last.0)).clamp(0.0, 1.0),
            None => last.1,
        };
        price / self.first()
    }
}

/// Time and closing price of a line.
fn parsed(line: &str) -> Option<(i64, f64)> {
    let columns: Vec<_> = line.split(',').map(str::trim).collect();
    let unix = columns.first()?.parse().ok()?;
    let close: f64 = columns.get(CLOSE)?.parse().ok()?;
    (close.is_finite() && close > 0.0).then_some((unix, close))
}
