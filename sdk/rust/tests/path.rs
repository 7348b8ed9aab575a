//! Which tick arrays a trade gets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

#[path = "chain/market.rs"]
mod market;

use keel_engine::Side;
use keel_sdk::path::{Reach, arrays};

fn found(cursor: i32, initialised: &[i32], side: Side, reach: Reach) -> Vec<i32> {
    arrays(&market::market(1, cursor, initialised), side, reach).into_iter().collect()
}

#[test]
fn the_array_of_the_cursor_and_one_on_each_side_are_passed() {
    let all = [-9, -1, 0, 3, 7];
    assert_eq!(found(5, &all, Side::Buy, Reach::default()), [-1, 0, 3]);
    assert_eq!(found(5, &all, Side::Sell, Reach::default()), [-1, 0, 3]);
    assert_eq!(found(-1, &all, Side::Sell, Reach::default()), [-9, -1, 0]);
}

#[test]
fn an_array_without_ticks_is_not_passed() {
    assert_eq!(found(100, &[-1, 0, 3], Side::Buy, Reach::default()), [0, 3]);
    assert!(found(0, &[], Side::Buy, Reach::default()).is_empty());
}

#[test]
fn the_reach_is_the_callers() {
    let all = [-9, -1, 0, 3, 7];
    assert_eq!(found(5, &all, Side::Buy, Reach::ahead(2)), [-1, 0, 3, 7]);
    assert_eq!(found(5, &all, Side::Sell, Reach { ahead: 2, behind: 0 }), [-9, -1, 0]);
    assert_eq!(found(5, &all, Side::Buy, Reach { ahead: 9, behind: 9 }), all);
}

#[test]
fn the_edges_of_the_served_ticks_are_no_trouble() {
    assert_eq!(found(-150_000, &[-2_344, 2_343], Side::Sell, Reach::default()), [-2_344, 2_343]);
    assert_eq!(found(149_999, &[-2_344, 2_343], Side::Buy, Reach::default()), [-2_344, 2_343]);
}
