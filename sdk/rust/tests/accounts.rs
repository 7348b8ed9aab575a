//! Account contents: discriminators as the framework makes them, and decoding.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use keel_engine::state::{Bank, Exchange, MarginAccount, Market, Ranges, TickArray};
use keel_sdk::accounts::{Stored, decode, encode};
use sha2::{Digest, Sha256};

fn discriminator_is_derived<T: Stored>() {
    let hash = Sha256::digest(format!("account:{}", T::NAME));
    assert_eq!(hash[..8], T::DISCRIMINATOR, "{}", T::NAME);
}

#[test]
fn discriminators_are_the_hashes_of_the_wrappers_names() {
    discriminator_is_derived::<Exchange>();
    discriminator_is_derived::<Bank>();
    discriminator_is_derived::<Market>();
    discriminator_is_derived::<TickArray>();
    discriminator_is_derived::<MarginAccount>();
    discriminator_is_derived::<Ranges>();
}

#[test]
fn what_is_encoded_is_decoded_even_from_unaligned_bytes() {
    let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
    account.capital = [1, 2, 3, 4];
    let mut bytes = vec![0];
    bytes.extend(encode(&account));
    assert_eq!(bytes.len(), 1 + MarginAccount::LEN);
    assert_eq!(decode::<MarginAccount>(&bytes[1..]), Some(account));
}

#[test]
fn another_kind_or_length_is_not_decoded() {
    let bank: Bank = bytemuck::Zeroable::zeroed();
    let bytes = encode(&bank);
    assert_eq!(decode::<Exchange>(&bytes), None);
    assert_eq!(decode::<Bank>(&bytes[..bytes.len() - 1]), None);
    assert_eq!(decode::<Bank>(&[]), None);
}
