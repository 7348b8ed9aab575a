//! Who may trade for a margin account: the owner, and a delegate within its permission and its time.

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]

use anchor_lang::{Address, bytemuck};
use keel::KeelError;
use keel::access::{MAY_TRADE, is_owner, require_owner, require_trader};
use keel_engine::Now;
use keel_engine::state::MarginAccount;

const OWNER: Address = Address::new_from_array([1; 32]);
const DELEGATE: Address = Address::new_from_array([2; 32]);
const STRANGER: Address = Address::new_from_array([3; 32]);
const NOBODY: Address = Address::new_from_array([0; 32]);
const EXPIRY: i64 = 1_000;

fn account() -> MarginAccount {
    MarginAccount {
        owner: OWNER.to_bytes(),
        delegate: DELEGATE.to_bytes(),
        delegate_expiry: EXPIRY,
        delegate_permissions: MAY_TRADE,
        ..bytemuck::Zeroable::zeroed()
    }
}

fn may_trade(account: &MarginAccount, signer: &Address, unix: i64) -> bool {
    match require_trader(account, signer, Now { unix, slot: 0 }) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error, KeelError::Unauthorized.into());
            false
        }
    }
}

#[test]
fn the_owner_and_the_delegate_may_trade_and_nobody_else() {
    assert!(may_trade(&account(), &OWNER, EXPIRY + 1));
    assert!(may_trade(&account(), &DELEGATE, EXPIRY - 1));
    assert!(!may_trade(&account(), &STRANGER, 0));
    // An address that differs in its last byte only.
    let mut near = DELEGATE.to_bytes();
    near[31] ^= 1;
    assert!(!may_trade(&account(), &Address::new_from_array(near), 0));
}

#[test]
fn a_delegate_ends_at_its_expiry() {
    assert!(!may_trade(&account(), &DELEGATE, EXPIRY));
    assert!(!may_trade(&account(), &DELEGATE, i64::MAX));
}

#[test]
fn a_delegate_needs_the_permission() {
    for permissions in [0, !MAY_TRADE] {
        let account = MarginAccount { delegate_permissions: permissions, ..account() };
        assert!(!may_trade(&account, &DELEGATE, 0));
    }
    let account = MarginAccount { delegate_permissions: u32::MAX, ..account() };
    assert!(may_trade(&account, &DELEGATE, 0));
}

#[test]
fn no_delegate_is_not_the_zero_address() {
    let account = MarginAccount { delegate: [0; 32], ..account() };
    assert!(!may_trade(&account, &NOBODY, 0));
}

#[test]
fn a_delegate_is_not_an_owner() {
    assert!(is_owner(&account(), &OWNER));
    assert!(!is_owner(&account(), &DELEGATE));
    assert_eq!(require_owner(&account(), &DELEGATE), Err(KeelError::Unauthorized.into()));
    assert_eq!(require_owner(&account(), &OWNER), Ok(()));
}
