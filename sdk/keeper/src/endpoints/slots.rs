//! Which endpoints tell a plausible slot: a pure judgement over what each has last said.
//!
//! What is true is a *reference*: a slot and when it was seen. It moves on with any endpoint whose slot is within
//! `max_apart` of where the reference can be by now; whoever is outside of that window is put aside. Where more endpoints
//! agree with each other than stand within the window (a network that was restarted or moved in time, a reference that was
//! taken from a liar), the reference is taken anew, and of two equal groups the one with the lower slot is believed: a slot
//! that is too high makes a transaction look expired that is not, one that is too low only makes us wait.

use std::time::{Duration, Instant};

/// A cluster makes no more slots than one in so many milliseconds (nominal: 400).
const FASTEST_SLOT_MS: u128 = 250;
/// So many sightings in a row must agree with each other before an endpoint alone moves the reference.
const STREAK: u32 = 3;

/// What one endpoint has last said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The slot.
    pub slot: u64,
    /// When it was said.
    pub at: Instant,
    /// How many sightings in a row followed plausibly from each other, this one included.
    pub streak: u32,
}

impl Sighting {
    /// The sighting after `before`: whether it follows from it decides on the streak.
    pub fn after(before: Option<Self>, slot: u64, at: Instant, max_apart: u64) -> Self {
        let streak = match before {
            Some(before) if window(before.slot, before.at, at, max_apart).contains(slot) => {
                before.streak.saturating_add(1)
            }
            _ => 1,
        };
        Self { slot, at, streak }
    }
}

/// What is believed of an endpoint's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has said nothing yet, or nothing for long.
    Unknown,
    /// It is where the others are.
    Plausible,
    /// It is further behind what was seen than a healthy node falls.
    Behind,
    /// It is further ahead than a cluster can be by now.
    Ahead,
}

/// Slots that are possible at a moment.
#[derive(Clone, Copy, Debug)]
struct Window {
    low: u64,
    high: u64,
}

impl Window {
    fn contains(&self, slot: u64) -> bool {
        (self.low..=self.high).contains(&slot)
    }
}

fn window(slot: u64, at: Instant, now: Instant, max_apart: u64) -> Window {
    let elapsed = now.saturating_duration_since(at).as_millis();
    let made = u64::try_from(elapsed / FASTEST_SLOT_MS).unwrap_or(u64::MAX);
    Window { low: slot.saturating_sub(max_apart), high: slot.saturating_add(made).saturating_add(max_apart) }
}

/// Judges sightings; keeps the reference.
#[derive(Clone, Debug)]
pub struct Judge {
    max_apart: u64,
    fresh_for: Duration,
    reference: Option<(u64, Instant)>,
}

impl Judge {
    /// A judge who allows endpoints to be `max_apart` slots apart and forgets sightings after `fresh_for`.
    pub fn new(max_apart: u64, fresh_for: Duration) -> Self {
        Self { max_apart, fresh_for, reference: None }
    }

    /// How many slots endpoints may be apart.
    pub fn max_apart(&self) -> u64 {
        self.max_apart
    }

    /// Whether something can be of this slot now; anything can while nothing is known.
    pub fn admits(&self, slot: u64, now: Instant) -> bool {
        self.reference.is_none_or(|(seen, at)| window(seen, at, now, self.max_apart).contains(slot))
    }

    /// The highest believed slot.
    pub fn slot(&self) -> Option<u64> {
        self.reference.map(|(slot, _)| slot)
    }

    /// One verdict for each sighting, in order.
    pub fn judge(&mut self, sightings: &[Option<Sighting>], now: Instant) -> Vec<Verdict> {
        let fresh_for = self.fresh_for;
        let fresh = |sighting: &&Sighting| now.saturating_duration_since(sighting.at) <= fresh_for;
        let known: Vec<Sighting> = sightings.iter().flatten().filter(fresh).copied().collect();
        self.move_reference(&known);
        sightings
            .iter()
            .map(|sighting| match sighting.as_ref().filter(fresh) {
                None => Verdict::Unknown,
                Some(sighting) => self.verdict(sighting),
            })
            .collect()
    }

    fn verdict(&self, sighting: &Sighting) -> Verdict {
        let Some((slot, at)) = self.reference else { return Verdict::Unknown };
        let possible = window(slot, at, sighting.at, self.max_apart);
        match sighting.slot {
            seen if seen < possible.low => Verdict::Behind,
            seen if seen > possible.high => Verdict::Ahead,
            _ => Verdict::Plausible,
        }
    }

    fn move_reference(&mut self, known: &[Sighting]) {
        let within = known.iter().filter(|sighting| self.verdict(sighting) == Verdict::Plausible).count();
        // The largest group that agrees with one of its members; of equal ones the lowest.
        let group = known
            .iter()
            .map(|sighting| (known.iter().filter(|other| self.agree(sighting, other)).count(), sighting))
            .max_by(|(a, x), (b, y)| a.cmp(b).then(y.slot.cmp(&x.slot)));
        if let Some((size, sighting)) = group
            && size > within
            && (size > 1 || sighting.streak >= STREAK || self.reference.is_none())
        {
            self.reference = Some((sighting.slot, sighting.at));
        }
        let plausible = known.iter().filter(|sighting| self.verdict(sighting) == Verdict::Plausible);
        if let Some(highest) = plausible.max_by_key(|sighting| sighting.slot)
            && self.reference.is_some_and(|(slot, _)| highest.slot > slot)
        {
            self.reference = Some((highest.slot, highest.at));
        }
    }

    fn agree(&self, one: &Sighting, other: &Sighting) -> bool {
        let (earlier, later) = if one.at <= other.at { (one, other) } else { (other, one) };
        window(earlier.slot, earlier.at, later.at, self.max_apart).contains(later.slot)
    }
}
