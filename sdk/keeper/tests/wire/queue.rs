//! The queue: bounded, by priority, each key once.

use std::time::{Duration, Instant};

use keel_keeper::endpoints::Backoff;
use keel_keeper::sender::{Offer, Queue, Waiting};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    key: u32,
    priority: u8,
    content: u32,
}

impl Waiting for Item {
    type Key = u32;
    type Priority = u8;

    fn key(&self) -> u32 {
        self.key
    }

    fn priority(&self) -> u8 {
        self.priority
    }
}

fn item(key: u32, priority: u8) -> Item {
    Item { key, priority, content: 0 }
}

fn queue(capacity: usize) -> Queue<Item> {
    Queue::new(capacity, Backoff { first: Duration::from_secs(1), cap: Duration::from_secs(8) })
}

#[test]
fn the_most_important_goes_first_and_equals_in_order() {
    let (mut queue, now) = (queue(10), Instant::now());
    for (key, priority) in [(1, 3), (2, 0), (3, 3), (4, 1)] {
        assert_eq!(queue.offer(item(key, priority), now), Offer::Queued);
    }
    let order: Vec<u32> = std::iter::from_fn(|| queue.take()).map(|item| item.key).collect();
    assert_eq!(order, [2, 4, 1, 3]);
}

#[test]
fn a_full_queue_gives_up_the_least_important() {
    let (mut queue, now) = (queue(2), Instant::now());
    assert_eq!(queue.offer(item(1, 2), now), Offer::Queued);
    assert_eq!(queue.offer(item(2, 5), now), Offer::Queued);
    assert_eq!(queue.offer(item(3, 5), now), Offer::Full, "no more important than what waits");
    assert_eq!(queue.offer(item(4, 1), now), Offer::Queued);
    assert_eq!(queue.waiting(), 2);
    let left: Vec<u32> = std::iter::from_fn(|| queue.take()).map(|item| item.key).collect();
    assert_eq!(left, [4, 1]);
    // What was given up may be offered again.
    assert_eq!(queue.offer(item(2, 5), now), Offer::Queued);
}

#[test]
fn a_key_is_under_way_only_once() {
    let (mut queue, now) = (queue(10), Instant::now());
    assert_eq!(queue.offer(item(1, 0), now), Offer::Queued);
    assert_eq!(queue.offer(Item { content: 7, ..item(1, 0) }, now), Offer::Renewed);
    assert_eq!(queue.take().map(|item| item.content), Some(7), "the newer one is sent");
    assert_eq!(queue.offer(item(1, 0), now), Offer::InFlight);
    queue.clear();
    assert_eq!(queue.offer(item(1, 0), now), Offer::InFlight, "a new plan frees nothing that is under way");
    queue.release(&1);
    assert_eq!(queue.offer(item(1, 0), now), Offer::Queued);
}

#[test]
fn a_refused_key_rests_longer_each_time() {
    let (mut queue, mut now) = (queue(10), Instant::now());
    let mut rests = Vec::new();
    for _ in 0..6 {
        assert_eq!(queue.offer(item(1, 0), now), Offer::Queued);
        assert!(queue.take().is_some());
        queue.hold(1, now);
        let began = now;
        while queue.offer(item(1, 0), now) == Offer::Held {
            now += Duration::from_millis(50);
        }
        queue.clear();
        rests.push(now - began);
    }
    for (rest, most) in rests.iter().zip([1, 2, 4, 8, 8, 8]) {
        let most = Duration::from_secs(most);
        assert!(*rest >= most / 2 && *rest <= most + Duration::from_millis(50), "{rests:?}");
    }
    queue.release(&1);
    assert_eq!(queue.offer(item(1, 0), now), Offer::Queued, "success forgets it");
}
