//! The kinds of accounts are those that `keel-sdk` knows.

#![allow(clippy::indexing_slicing, reason = "a test that panics fails")]

use keel_cpi::{contents, discriminator, PROGRAM_ID};
use keel_engine::state::{
    Bank, BuilderApproval, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Ranges, TickArray,
    Ticket,
};
use keel_sdk::accounts::{encode, Stored};

fn check<T: Stored>(discriminator: [u8; 8]) {
    assert_eq!(discriminator, T::DISCRIMINATOR, "{}", T::NAME);
    let state = T::zeroed();
    let data = encode(&state);
    assert_eq!(contents(&PROGRAM_ID, &data, discriminator), Some(bytemuck::bytes_of(&state)));
    assert_eq!(contents(&[0; 32], &data, discriminator), None);
    assert_eq!(contents(&PROGRAM_ID, &data[1..], discriminator), None);
}

#[test]
fn kinds_of_accounts() {
    check::<Bank>(discriminator::BANK);
    check::<BuilderApproval>(discriminator::BUILDER_APPROVAL);
    check::<Change>(discriminator::CHANGE);
    check::<Exchange>(discriminator::EXCHANGE);
    check::<MarginAccount>(discriminator::MARGIN_ACCOUNT);
    check::<Market>(discriminator::MARKET);
    check::<PlacedOrder>(discriminator::PLACED_ORDER);
    check::<Pool>(discriminator::POOL);
    check::<PoolRequest>(discriminator::POOL_REQUEST);
    check::<Ranges>(discriminator::RANGES);
    check::<TickArray>(discriminator::TICK_ARRAY);
    check::<Ticket>(discriminator::TICKET);
}
