//! How long to leave alone what has just failed: twice as long each time up to a cap, with jitter, so that many keepers do
//! not come back in step.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Bounds of the waiting time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// At most.
    pub cap: Duration,
}

impl Backoff {
    /// How long to wait after so many failures in a row, `spread` (0 to 1) deciding within the upper half of it.
    pub fn delay(&self, failures: u32, spread: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let whole = self.first.saturating_mul(1_u32 << doublings).min(self.cap);
        whole.mul_f64(0.5 + 0.5 * spread.clamp(0.0, 1.0))
    }

    /// The same with a random spread.
    pub fn jittered(&self, failures: u32) -> Duration {
        self.delay(failures, random_part())
    }
}

/// A number from 0 to 1, different each time; for jitter only.
fn random_part() -> f64 {
    // A fresh `RandomState` is keyed anew each time: 32 of its bits are random enough to spread waiting times.
    let bits = RandomState::new().hash_one(0_u8) >> 32;
    u32::try_from(bits).map_or(0.0, |bits| f64::from(bits) / f64::from(u32::MAX))
}
