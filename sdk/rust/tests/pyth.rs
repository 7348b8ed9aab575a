//! Price updates as the receiver writes them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use keel_sdk::pyth::{DISCRIMINATOR, LEN, PriceUpdate, Verification};
use sha2::{Digest, Sha256};

const UPDATE: PriceUpdate = PriceUpdate {
    write_authority: [1; 32],
    verification: Verification::Full,
    feed_id: [2; 32],
    price: 4_000_000_000_000,
    conf: 500_000_000,
    exponent: -8,
    publish_time: 1_700_000_000,
    prev_publish_time: 1_699_999_999,
    ema_price: 3_990_000_000_000,
    ema_conf: 600_000_000,
    posted_slot: 300_000_000,
};

#[test]
fn the_discriminator_is_the_hash_of_the_name() {
    assert_eq!(Sha256::digest("account:PriceUpdateV2")[..8], DISCRIMINATOR);
}

#[test]
fn a_full_update_has_its_fields_at_their_places() {
    let data = UPDATE.encode();
    assert_eq!(data.len(), LEN);
    assert_eq!(data[..8], DISCRIMINATOR);
    assert_eq!(data[8..40], [1; 32]);
    assert_eq!(data[40], 1);
    assert_eq!(data[41..73], [2; 32]);
    assert_eq!(data[73..81], UPDATE.price.to_le_bytes());
    assert_eq!(data[81..89], UPDATE.conf.to_le_bytes());
    assert_eq!(data[89..93], UPDATE.exponent.to_le_bytes());
    assert_eq!(data[93..101], UPDATE.publish_time.to_le_bytes());
    assert_eq!(data[101..109], UPDATE.prev_publish_time.to_le_bytes());
    assert_eq!(data[109..117], UPDATE.ema_price.to_le_bytes());
    assert_eq!(data[117..125], UPDATE.ema_conf.to_le_bytes());
    assert_eq!(data[125..133], UPDATE.posted_slot.to_le_bytes());
    assert_eq!(data[133], 0);
}

#[test]
fn a_partial_update_is_shifted_by_its_count_of_signatures() {
    let data = PriceUpdate { verification: Verification::Partial(5), ..UPDATE }.encode();
    assert_eq!(data.len(), LEN);
    assert_eq!(data[40..42], [0, 5]);
    assert_eq!(data[42..74], [2; 32]);
    assert_eq!(data[126..134], UPDATE.posted_slot.to_le_bytes());
}
