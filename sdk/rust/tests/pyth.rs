//! Price updates as the receiver writes them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use keel_engine::Error;
use keel_engine::oracle::Sample;
use keel_sdk::SdkError;
use keel_sdk::pyth::{DISCRIMINATOR, LEN, PriceUpdate, Verification, decode, feed_account, sample, sample_of};
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

#[test]
fn what_is_written_is_read() {
    for verification in [Verification::Full, Verification::Partial(5)] {
        let update = PriceUpdate { verification, ..UPDATE };
        assert_eq!(decode(&update.encode()), Ok(update));
    }
    let taken = Sample {
        price: UPDATE.price,
        conf: UPDATE.conf,
        exponent: UPDATE.exponent,
        publish_time: UPDATE.publish_time,
        ema_price: UPDATE.ema_price,
    };
    assert_eq!(sample(&UPDATE.encode()), Ok(taken));
    assert_eq!(sample_of(&UPDATE.encode(), &[2; 32]), Ok(taken));
    assert_eq!(sample_of(&UPDATE.encode(), &[3; 32]), Err(SdkError::Engine(Error::OracleWrongFeed)));
}

#[test]
fn what_the_program_would_not_take_is_no_sample() {
    let partial = PriceUpdate { verification: Verification::Partial(13), ..UPDATE };
    assert_eq!(sample(&partial.encode()), Err(SdkError::Engine(Error::OracleNotFullyVerified)));
    let whole = UPDATE.encode();
    let no_account = Err(SdkError::Engine(Error::OraclePriceAccount));
    assert_eq!(sample(&[]), no_account);
    assert_eq!(sample(&whole[..LEN - 1]), no_account);
    assert_eq!(sample(&[whole.as_slice(), &[0]].concat()), no_account);
    for (at, byte) in [(0, 0), (40, 2)] {
        let mut bent = whole.clone();
        bent[at] = byte;
        assert_eq!(sample(&bent), no_account, "byte {at}");
    }
}

#[test]
fn the_feeds_that_others_sponsor_are_where_they_are_on_the_cluster() {
    // SOL/USD of shard 0: 7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE.
    let feed = "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d";
    let byte = |at: usize| u8::from_str_radix(&feed[2 * at..2 * at + 2], 16).unwrap();
    let feed: [u8; 32] = core::array::from_fn(byte);
    assert_eq!(feed_account(0, &feed).to_string(), "7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE");
    assert_ne!(feed_account(1, &feed), feed_account(0, &feed));
}
