//! Backoff, slots, and what an endpoint's answers make of its standing.

use std::time::{Duration, Instant};

use keel_keeper::endpoints::{Backoff, Health, Judge, Sighting, Standing, Trouble, Verdict};

const APART: u64 = 50;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(250), cap: Duration::from_secs(30) };

fn judge() -> Judge {
    Judge::new(APART, Duration::from_secs(15))
}

/// Sightings of endpoints that say slots at the times, in seconds, each after the one before.
struct Watched {
    judge: Judge,
    began: Instant,
    last: Vec<Option<Sighting>>,
}

impl Watched {
    fn new(endpoints: usize) -> Self {
        Self { judge: judge(), began: Instant::now(), last: vec![None; endpoints] }
    }

    fn say(&mut self, secs: u64, slots: &[Option<u64>]) -> Vec<Verdict> {
        let at = self.began + Duration::from_secs(secs);
        for (last, slot) in self.last.iter_mut().zip(slots) {
            if let Some(slot) = slot {
                *last = Some(Sighting::after(*last, *slot, at, APART));
            }
        }
        self.judge.judge(&self.last, at)
    }
}

#[test]
fn backoff_doubles_up_to_its_cap_with_jitter() {
    let whole: Vec<u64> = (1..=9).map(|failures| BACKOFF.delay(failures, 1.0).as_millis() as u64).collect();
    assert_eq!(whole, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    assert_eq!(BACKOFF.delay(3, 0.0), Duration::from_millis(500));
    assert_eq!(BACKOFF.delay(u32::MAX, 1.0), Duration::from_secs(30));
    let spread: std::collections::BTreeSet<Duration> = (0..50).map(|_| BACKOFF.jittered(5)).collect();
    assert!(spread.len() > 40, "{spread:?}");
    assert!(spread.iter().all(|delay| (2_000..=4_000).contains(&delay.as_millis())));
}

#[test]
fn who_agrees_is_believed() {
    let mut watched = Watched::new(2);
    assert_eq!(watched.say(0, &[Some(1_000), Some(1_004)]), [Verdict::Plausible; 2]);
    assert_eq!(watched.say(1, &[Some(1_003), Some(1_006)]), [Verdict::Plausible; 2]);
    assert_eq!(watched.judge.slot(), Some(1_006));
}

#[test]
fn who_falls_behind_is_put_aside_and_comes_back() {
    let mut watched = Watched::new(2);
    watched.say(0, &[Some(1_000), Some(1_000)]);
    assert_eq!(watched.say(60, &[Some(1_150), Some(1_000)]), [Verdict::Plausible, Verdict::Behind]);
    assert_eq!(watched.say(61, &[Some(1_152), Some(1_103)]), [Verdict::Plausible; 2], "50 slots are not much");
}

#[test]
fn who_is_ahead_of_all_others_is_put_aside() {
    let mut watched = Watched::new(2);
    watched.say(0, &[Some(1_000), Some(1_000)]);
    for secs in 1..100 {
        let verdicts = watched.say(secs, &[Some(9_000 + secs), Some(1_000 + 2 * secs)]);
        assert_eq!(verdicts, [Verdict::Ahead, Verdict::Plausible], "however long it insists");
    }
    assert_eq!(watched.judge.slot(), Some(1_198));
    assert!(!watched.judge.admits(9_000, watched.began + Duration::from_secs(99)));
    assert!(watched.judge.admits(1_200, watched.began + Duration::from_secs(99)));
}

#[test]
fn of_two_that_differ_at_the_start_the_lower_is_believed() {
    let mut watched = Watched::new(2);
    assert_eq!(watched.say(0, &[Some(900_000), Some(1_000)]), [Verdict::Ahead, Verdict::Plausible]);
}

#[test]
fn two_outvote_one_that_came_first() {
    let mut watched = Watched::new(3);
    assert_eq!(watched.say(0, &[Some(900_000), None, None])[0], Verdict::Plausible);
    assert_eq!(
        watched.say(1, &[Some(900_002), Some(1_000), Some(1_001)]),
        [Verdict::Ahead, Verdict::Plausible, Verdict::Plausible]
    );
}

#[test]
fn a_single_endpoint_that_jumps_is_believed_when_it_insists() {
    let mut watched = Watched::new(1);
    watched.say(0, &[Some(1_000)]);
    // A network that was moved in time, and one that was started anew.
    for (from, jumped, verdict) in [(1, 50_000, Verdict::Ahead), (11, 10, Verdict::Behind)] {
        assert_eq!(watched.say(from, &[Some(jumped)]), [verdict]);
        assert_eq!(watched.say(from + 1, &[Some(jumped + 2)]), [verdict]);
        assert_eq!(watched.say(from + 2, &[Some(jumped + 4)]), [Verdict::Plausible]);
    }
}

#[test]
fn what_is_not_heard_of_is_unknown() {
    let mut watched = Watched::new(2);
    watched.say(0, &[Some(1_000), Some(1_000)]);
    assert_eq!(watched.say(16, &[None, Some(1_040)]), [Verdict::Unknown, Verdict::Plausible]);
}

#[test]
fn standing_follows_answers() {
    let now = Instant::now();
    let later = |secs| now + Duration::from_secs(secs);
    let mut health = Health::new(BACKOFF);
    assert_eq!(health.standing(now), Standing::Unverified);
    health.verified(true);
    assert_eq!(health.standing(now), Standing::Silent);
    health.verdict = Verdict::Plausible;
    assert_eq!(health.standing(now), Standing::Serving);

    health.failed(Trouble::Broken, now);
    assert_eq!(health.standing(now), Standing::Resting);
    assert_eq!(health.standing(later(1)), Standing::Unverified, "it has to prove its cluster again");
    health.answered(Duration::from_millis(20));
    health.verified(true);
    assert_eq!(health.standing(later(1)), Standing::Serving);

    health.failed(Trouble::TooMany { retry_after: Some(Duration::from_secs(7)) }, now);
    assert_eq!(health.standing(later(6)), Standing::Resting, "it rests as long as it was asked to");
    assert_eq!(health.standing(later(8)), Standing::Serving, "it is the same node as before");
    health.failed(Trouble::TooMany { retry_after: Some(Duration::from_secs(100_000)) }, now);
    assert_eq!(health.standing(later(121)), Standing::Serving, "within reason");

    health.verified(false);
    assert_eq!(health.standing(later(200)), Standing::Foreign);
}

#[test]
fn slow_is_told_by_the_mean() {
    let mut health = Health::new(BACKOFF);
    health.answered(Duration::from_millis(30));
    assert!(!health.is_slow());
    (0..8).for_each(|_| health.answered(Duration::from_secs(3)));
    assert!(health.is_slow());
    (0..8).for_each(|_| health.answered(Duration::from_millis(30)));
    assert!(!health.is_slow());
}
