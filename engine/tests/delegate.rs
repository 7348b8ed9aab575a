//! What a delegate may do: its permissions, its time, its markets and its notional, and who sets them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

use bytemuck::Zeroable;
use keel_engine::delegate::{By, MAY_ORDER, MAY_RANGE, MAY_TRADE, Terms, allows, set};
use keel_engine::state::MarginAccount;
use keel_engine::{Error, Now};

const OWNER: [u8; 32] = [1; 32];
const DELEGATE: [u8; 32] = [2; 32];
const NOW: Now = Now { unix: 1_000, slot: 1 };

const TERMS: Terms =
    Terms { delegate: DELEGATE, permissions: MAY_TRADE | MAY_RANGE, expiry: 2_000, notional: 5, markets: [7, 3, 0, 0] };

fn account(terms: &Terms) -> MarginAccount {
    let mut account = MarginAccount { owner: OWNER, ..MarginAccount::zeroed() };
    set(&mut account, terms, NOW).unwrap();
    account
}

fn refusal(terms: Terms) -> Option<Error> {
    let mut account = account(&TERMS);
    set(&mut account, &terms, NOW).err()
}

#[test]
fn the_terms_are_stored_as_they_are_given() {
    let account = account(&TERMS);
    assert_eq!(account.delegate, DELEGATE);
    assert_eq!(account.delegate_permissions, MAY_TRADE | MAY_RANGE);
    assert_eq!((account.delegate_expiry, account.delegate_notional), (2_000, 5));
    assert_eq!(account.delegate_markets, [7, 3, 0, 0]);
}

#[test]
fn terms_that_mean_nothing_are_refused() {
    assert_eq!(refusal(TERMS), None);
    for permissions in [0, 8, MAY_TRADE | 8, u32::MAX] {
        assert_eq!(refusal(Terms { permissions, ..TERMS }), Some(Error::InvalidDelegate), "{permissions}");
    }
    for expiry in [NOW.unix, 0, -1, i64::MIN] {
        assert_eq!(refusal(Terms { expiry, ..TERMS }), Some(Error::InvalidDelegate), "{expiry}");
    }
    assert_eq!(refusal(Terms { expiry: NOW.unix + 1, ..TERMS }), None);
    assert_eq!(refusal(Terms { expiry: i64::MAX, ..TERMS }), None);
    for markets in [[7, 7, 0, 0], [1, 2, 3, 1], [0, 9, 0, 9]] {
        assert_eq!(refusal(Terms { markets, ..TERMS }), Some(Error::InvalidDelegate), "{markets:?}");
    }
    assert_eq!(refusal(Terms { markets: [0, 9, 0, 0], ..TERMS }), None);
}

#[test]
fn nobody_as_a_delegate_revokes_everything() {
    let mut account = account(&TERMS);
    set(&mut account, &Terms { delegate: [0; 32], permissions: 99, expiry: -5, markets: [1; 4], ..TERMS }, NOW)
        .unwrap();
    let fresh = MarginAccount { owner: OWNER, ..MarginAccount::zeroed() };
    assert_eq!(account, fresh);
    assert_eq!(allows(&account, &[0; 32], MAY_TRADE, 7, NOW), Err(Error::Unauthorized));
    assert_eq!(allows(&account, &DELEGATE, MAY_TRADE, 7, NOW), Err(Error::Unauthorized));
}

#[test]
fn a_new_delegate_ends_the_old_ones_rights() {
    let mut account = account(&TERMS);
    set(&mut account, &Terms { delegate: [9; 32], ..TERMS }, NOW).unwrap();
    assert_eq!(allows(&account, &DELEGATE, MAY_TRADE, 7, NOW), Err(Error::Unauthorized));
    assert_eq!(allows(&account, &[9; 32], MAY_TRADE, 7, NOW), Ok(By::Delegate));
}

#[test]
fn the_owner_is_kept_to_nothing() {
    let account = account(&TERMS);
    let late = Now { unix: i64::MAX, slot: 1 };
    for (permission, market) in [(MAY_TRADE, 7), (MAY_ORDER, 1), (0, 0)] {
        assert_eq!(allows(&account, &OWNER, permission, market, late), Ok(By::Owner));
    }
}

#[test]
fn a_delegate_is_kept_to_its_permissions_its_markets_and_its_time() {
    let account = account(&TERMS);
    let may = |permission, market, unix| allows(&account, &DELEGATE, permission, market, Now { unix, slot: 1 });
    for permission in [MAY_TRADE, MAY_RANGE] {
        for market in [3, 7] {
            assert_eq!(may(permission, market, 1_999), Ok(By::Delegate));
            assert_eq!(may(permission, market, 2_000), Err(Error::DelegateNotAllowed));
        }
        // Not even where the list has room: no market has the number 0.
        for market in [0, 1, u16::MAX] {
            assert_eq!(may(permission, market, 1_999), Err(Error::DelegateNotAllowed));
        }
    }
    assert_eq!(may(MAY_ORDER, 7, 1_999), Err(Error::DelegateNotAllowed));
    assert_eq!(allows(&account, &[3; 32], MAY_TRADE, 7, NOW), Err(Error::Unauthorized));
}

#[test]
fn no_list_of_markets_is_every_market() {
    let account = account(&Terms { markets: [0; 4], ..TERMS });
    for market in [1, 7, u16::MAX] {
        assert_eq!(allows(&account, &DELEGATE, MAY_TRADE, market, NOW), Ok(By::Delegate));
    }
}
