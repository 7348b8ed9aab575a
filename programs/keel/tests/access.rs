//! Who may trade for a margin account: the owner, and a delegate within its permission and its time.

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]

use anchor_lang::{Address, bytemuck, prelude::Error};
use keel::KeelError;
use keel::access::{is_owner, require_owner, require_permission};
use keel_engine::Now;
use keel_engine::delegate::{By, MAY_ORDER, MAY_RANGE, MAY_TRADE};
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

const MARKET: u16 = 3;

fn as_whom(account: &MarginAccount, signer: &Address, unix: i64) -> Result<By, Error> {
    require_permission(account, signer, MAY_TRADE, MARKET, Now { unix, slot: 0 })
}

#[test]
fn the_owner_and_the_delegate_may_trade_and_nobody_else() {
    assert_eq!(as_whom(&account(), &OWNER, EXPIRY + 1), Ok(By::Owner));
    assert_eq!(as_whom(&account(), &DELEGATE, EXPIRY - 1), Ok(By::Delegate));
    // An address that differs in its last byte only.
    let mut near = DELEGATE.to_bytes();
    near[31] ^= 1;
    for signer in [STRANGER, Address::new_from_array(near)] {
        assert_eq!(as_whom(&account(), &signer, 0), Err(KeelError::Unauthorized.into()));
    }
}

#[test]
fn a_delegate_is_told_what_it_may_not() {
    let refused = Err(KeelError::DelegateNotAllowed.into());
    assert_eq!(as_whom(&account(), &DELEGATE, EXPIRY), refused);
    let account = MarginAccount { delegate_permissions: MAY_ORDER | MAY_RANGE, ..account() };
    assert_eq!(as_whom(&account, &DELEGATE, 0), refused);
}

#[test]
fn no_delegate_is_not_the_zero_address() {
    let account = MarginAccount { delegate: [0; 32], ..account() };
    assert_eq!(as_whom(&account, &NOBODY, 0), Err(KeelError::Unauthorized.into()));
}

#[test]
fn a_delegate_is_not_an_owner() {
    assert!(is_owner(&account(), &OWNER));
    assert!(!is_owner(&account(), &DELEGATE));
    assert_eq!(require_owner(&account(), &DELEGATE), Err(KeelError::Unauthorized.into()));
    assert_eq!(require_owner(&account(), &OWNER), Ok(()));
}
