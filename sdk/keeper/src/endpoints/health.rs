//! What is known of one endpoint: does it answer, how fast, is it of our cluster, is its slot believed. No I/O.

use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::slots::{Sighting, Verdict};

/// `Retry-After` is honoured up to this.
const LONGEST_REST: Duration = Duration::from_secs(120);
/// An endpoint that needs longer than this for an answer, in the mean, comes behind all that do not.
const SLOW: Duration = Duration::from_millis(1_500);

/// What went wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection, no answer in time, or one that is none.
    Broken,
    /// The endpoint asks for fewer requests.
    TooMany {
        /// When it wants the next one.
        retry_after: Option<Duration>,
    },
}

/// Whether and why an endpoint is used or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not yet been asked for its cluster since it was away.
    Unverified,
    /// It is used.
    Serving,
    /// It failed, and is left alone for a while.
    Resting,
    /// It is of another cluster.
    Foreign,
    /// Its slot is far behind.
    Behind,
    /// Its slot is implausibly far ahead.
    Ahead,
    /// It has not said a slot for long.
    Silent,
}

impl Standing {
    /// Its name in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Serving => "serving",
            Self::Resting => "resting",
            Self::Foreign => "foreign",
            Self::Behind => "behind",
            Self::Ahead => "ahead",
            Self::Silent => "silent",
        }
    }

    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Unverified, Self::Serving, Self::Resting, Self::Foreign, Self::Behind, Self::Ahead, Self::Silent];
}

/// The state of one endpoint.
#[derive(Clone, Debug)]
pub struct Health {
    backoff: Backoff,
    failures: u32,
    rests_until: Option<Instant>,
    latency: Option<Duration>,
    cluster: Cluster,
    /// The last slot that it said.
    pub sighting: Option<Sighting>,
    /// What is believed of it.
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cluster {
    Unverified,
    Ours,
    Foreign,
}

impl Health {
    /// Of an endpoint that nothing is known of.
    pub fn new(backoff: Backoff) -> Self {
        let (sighting, verdict) = (None, Verdict::Unknown);
        Self { backoff, failures: 0, rests_until: None, latency: None, cluster: Cluster::Unverified, sighting, verdict }
    }

    /// A request was answered.
    pub fn answered(&mut self, took: Duration) {
        self.failures = 0;
        self.rests_until = None;
        self.latency = Some(self.latency.map_or(took, |before| (before * 3 + took) / 4));
    }

    /// A request failed: the endpoint rests, and after a broken connection it has to prove its cluster again.
    pub fn failed(&mut self, trouble: Trouble, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        let own = self.backoff.jittered(self.failures);
        let rest = match trouble {
            Trouble::Broken => {
                if self.cluster == Cluster::Ours {
                    self.cluster = Cluster::Unverified;
                }
                own
            }
            Trouble::TooMany { retry_after } => retry_after.map_or(own, |asked| asked.min(LONGEST_REST).max(own)),
        };
        let until = now.checked_add(rest).unwrap_or(now);
        self.rests_until = Some(self.rests_until.map_or(until, |before| before.max(until)));
    }

    /// It told its genesis hash: ours or not. Of another cluster, it is asked again after the longest backoff.
    pub fn verified(&mut self, ours: bool) {
        self.cluster = if ours { Cluster::Ours } else { Cluster::Foreign };
    }

    /// Has it to tell its genesis hash before it is used?
    pub fn needs_verification(&self) -> bool {
        self.cluster != Cluster::Ours
    }

    /// Is it left alone now?
    pub fn is_resting(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }

    /// Whether it is used, and why not.
    pub fn standing(&self, now: Instant) -> Standing {
        match (self.cluster, self.verdict) {
            (Cluster::Foreign, _) => Standing::Foreign,
            _ if self.is_resting(now) => Standing::Resting,
            (Cluster::Unverified, _) => Standing::Unverified,
            (Cluster::Ours, Verdict::Plausible) => Standing::Serving,
            (Cluster::Ours, Verdict::Behind) => Standing::Behind,
            (Cluster::Ours, Verdict::Ahead) => Standing::Ahead,
            (Cluster::Ours, Verdict::Unknown) => Standing::Silent,
        }
    }

    /// How long it takes for an answer, in the mean.
    pub fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// Is it much slower than an endpoint should be?
    pub fn is_slow(&self) -> bool {
        self.latency.is_some_and(|latency| latency > SLOW)
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}
