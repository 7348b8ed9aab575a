//! What waits to be sent: bounded, by priority, each key once. No I/O and no clock of its own.
//!
//! A key is in one of four places: waiting, in flight, held (done or failed a moment ago, until what came of it is known or
//! its backoff is over), or nowhere. Only from nowhere it may be offered. Where there is no room, the least important of
//! what waits makes place, or the newcomer goes without.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::time::Instant;

use crate::endpoints::Backoff;

/// Something that may wait.
pub trait Waiting {
    /// What makes it the same as another.
    type Key: Copy + Eq + Hash + Ord;
    /// Which is sent first; the smallest is.
    type Priority: Copy + Ord;

    /// Its key.
    fn key(&self) -> Self::Key;
    /// Its priority.
    fn priority(&self) -> Self::Priority;
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It waits.
    Queued,
    /// The same waited already; the newer one waits in its place.
    Renewed,
    /// The same is being sent.
    InFlight,
    /// The same failed or was done a moment ago.
    Held,
    /// Nothing that waits is less important.
    Full,
}

/// The queue.
pub struct Queue<J: Waiting> {
    capacity: usize,
    backoff: Backoff,
    next: u64,
    waiting: BTreeMap<(J::Priority, u64), J>,
    places: HashMap<J::Key, (J::Priority, u64)>,
    in_flight: HashMap<J::Key, ()>,
    held: HashMap<J::Key, Hold>,
}

#[derive(Clone, Copy)]
struct Hold {
    until: Instant,
    failures: u32,
}

impl<J: Waiting> Queue<J> {
    /// An empty queue for so many jobs; `backoff` is what a key rests after a refusal.
    pub fn new(capacity: usize, backoff: Backoff) -> Self {
        Self {
            capacity,
            backoff,
            next: 0,
            waiting: BTreeMap::new(),
            places: HashMap::new(),
            in_flight: HashMap::new(),
            held: HashMap::new(),
        }
    }

    /// Offers a job.
    pub fn offer(&mut self, job: J, now: Instant) -> Offer {
        let key = job.key();
        if self.in_flight.contains_key(&key) {
            return Offer::InFlight;
        }
        if self.held.get(&key).is_some_and(|hold| hold.until > now) {
            return Offer::Held;
        }
        if let Some(place) = self.places.get(&key) {
            self.waiting.insert(*place, job);
            return Offer::Renewed;
        }
        if self.waiting.len() >= self.capacity {
            let last = self.waiting.last_key_value().map(|(place, last)| (*place, last.key()));
            match last {
                Some((place, other)) if place.0 > job.priority() => {
                    self.waiting.remove(&place);
                    self.places.remove(&other);
                }
                _ => return Offer::Full,
            }
        }
        let place = (job.priority(), self.next);
        self.next = self.next.wrapping_add(1);
        self.places.insert(key, place);
        self.waiting.insert(place, job);
        Offer::Queued
    }

    /// The most important one; its key is in flight from now on.
    pub fn take(&mut self) -> Option<J> {
        let (_, job) = self.waiting.pop_first()?;
        self.places.remove(&job.key());
        self.in_flight.insert(job.key(), ());
        Some(job)
    }

    /// A key is done with: it may be offered again at once.
    pub fn release(&mut self, key: &J::Key) {
        self.in_flight.remove(key);
        self.held.remove(key);
    }

    /// A key failed: it may be offered again after a delay that grows with each failure in a row.
    pub fn hold(&mut self, key: J::Key, now: Instant) {
        self.in_flight.remove(&key);
        let failures = self.held.get(&key).map_or(0, |hold| hold.failures).saturating_add(1);
        let until = now.checked_add(self.backoff.jittered(failures)).unwrap_or(now);
        self.held.insert(key, Hold { until, failures });
        // Whoever rested for longer than any backoff is forgotten.
        let cap = self.backoff.cap;
        self.held.retain(|_, hold| hold.until + cap > now);
    }

    /// Drops what waits, for instance because it was planned anew; what is in flight or held stays.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.places.clear();
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many are being sent.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }
}
