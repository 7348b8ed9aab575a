//! From jobs to transactions: a bounded queue, a limited number of deliveries at a time, each key once.

mod delivery;
mod fees;
mod queue;
mod refusal;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::endpoints::Backoff;
use crate::job::{Job, JobKey, Priority};
use crate::metrics;

pub use delivery::{Courier, MOST_UNITS, Manner, Outcome, Parcel, limit};
pub use fees::{FeePolicy, bid};
pub use queue::{Offer, Queue, Waiting};
pub use refusal::Refusal;

/// A key rests so long after a refusal.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), cap: Duration::from_secs(20) };

impl Waiting for Job {
    type Key = JobKey;
    type Priority = Priority;

    fn key(&self) -> JobKey {
        self.key
    }

    fn priority(&self) -> Priority {
        Job::priority(self)
    }
}

/// A delivery that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Of this job.
    pub job: Job,
    /// What came of it.
    pub outcome: Outcome,
}

/// Sends jobs.
pub struct Sender {
    queue: Queue<Job>,
    courier: Arc<Courier>,
    at_once: usize,
    deliveries: JoinSet<Ended>,
}

impl Sender {
    /// A sender with room for `capacity` jobs that wait and `at_once` that are delivered.
    pub fn new(courier: Courier, capacity: usize, at_once: usize) -> Self {
        let queue = Queue::new(capacity, BACKOFF);
        Self { queue, courier: Arc::new(courier), at_once, deliveries: JoinSet::new() }
    }

    /// Takes over what was planned: what waited from the plan before is forgotten.
    pub fn plan(&mut self, jobs: Vec<Job>) {
        self.queue.clear();
        for job in jobs {
            let (kind, subject) = (job.kind().name(), job.key.subject);
            if self.queue.offer(job, Instant::now()) == Offer::Full {
                tracing::warn!(kind, %subject, "the queue is full of more important jobs");
            }
        }
        metrics::queue(self.queue.waiting(), self.queue.in_flight());
    }

    /// Starts deliveries as far as there is room; `pack` makes a parcel of a job, or says why it cannot.
    pub fn deliver(&mut self, pack: impl Fn(&Job) -> Result<Parcel, String>) -> Vec<Ended> {
        let mut unpacked = Vec::new();
        while self.deliveries.len() < self.at_once {
            let Some(job) = self.queue.take() else { break };
            match pack(&job) {
                Err(reason) => unpacked.push(Ended { job, outcome: Outcome::Unsent(reason) }),
                Ok(parcel) => {
                    let courier = self.courier.clone();
                    self.deliveries.spawn(async move {
                        let outcome = courier.deliver(&parcel).await;
                        Ended { job, outcome }
                    });
                }
            }
        }
        metrics::queue(self.queue.waiting(), self.queue.in_flight());
        unpacked
    }

    /// The next delivery that ends; never if none is under way.
    pub async fn ended(&mut self) -> Ended {
        loop {
            match self.deliveries.join_next().await {
                Some(Ok(ended)) => return ended,
                // A delivery never panics; if one was cancelled, its key stays in flight until the end.
                Some(Err(error)) => tracing::error!(%error, "a delivery broke off"),
                None => std::future::pending().await,
            }
        }
    }

    /// Frees a job's key: at once where the world has changed by it, after a delay where it was refused.
    pub fn close(&mut self, ended: &Ended) {
        match ended.outcome {
            Outcome::Confirmed { .. } | Outcome::Expired => self.queue.release(&ended.job.key),
            // Nothing was said of the job: it rests for a moment, however often that happens.
            Outcome::Unsent(_) => {
                self.queue.release(&ended.job.key);
                self.queue.hold(ended.job.key, Instant::now());
            }
            _ => self.queue.hold(ended.job.key, Instant::now()),
        }
        metrics::queue(self.queue.waiting(), self.queue.in_flight());
    }

    /// Whether nothing waits and nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.queue.waiting() == 0 && self.deliveries.is_empty()
    }

    /// How many deliveries are under way.
    pub fn under_way(&self) -> usize {
        self.deliveries.len()
    }

    /// Forgets what waits.
    pub fn stop(&mut self) {
        self.queue.clear();
    }
}
