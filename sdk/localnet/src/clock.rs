//! The network's time: the wall clock's, shifted by what was travelled, or standing still.
//!
//! The block producer reads it for every block and nobody else sets the chain's clock, so that the chain's second is the
//! wall clock's plus a constant for as long as nobody travels.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock in unix milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct ChainClock {
    /// Unix milliseconds at `since`.
    unix_ms: u64,
    /// When it was last set.
    since: Instant,
    /// Whether it goes on from there.
    is_running: bool,
}

impl ChainClock {
    /// A clock that is so far behind the wall clock.
    pub fn behind_wall(lead: Duration) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { unix_ms: millis(unix.saturating_sub(lead)), since: Instant::now(), is_running: true }
    }

    /// Unix milliseconds now.
    pub fn now_ms(&self) -> u64 {
        if self.is_running { self.unix_ms.saturating_add(millis(self.since.elapsed())) } else { self.unix_ms }
    }

    /// Goes to a time; runs on or stands still there as before.
    pub fn set(&mut self, unix_ms: u64) {
        (self.unix_ms, self.since) = (unix_ms, Instant::now());
    }

    /// Stands still.
    pub fn pause(&mut self) {
        self.set(self.now_ms());
        self.is_running = false;
    }

    /// Goes on from where it stood.
    pub fn resume(&mut self) {
        self.set(self.now_ms());
        self.is_running = true;
    }

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.is_running
    }
}

/// Whole milliseconds.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
