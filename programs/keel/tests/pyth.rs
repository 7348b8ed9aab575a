//! The price reader against accounts read from the clusters, and against everything that is not such an account.
//!
//! The fixtures are `data/pyth_sol_usd_price_updates.json` in the folder that `KEEL_SHARED` names, or in `../shared` beside
//! the repository. Without them the tests on them say so and pass.
//!
//! Pyth's own `pyth-solana-receiver-sdk` reads the same bytes beside our reader. (`pyth-sdk-solana` reads the price
//! accounts of the retired oracle program, another layout, and has nothing to say about these.)

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::path::{Path, PathBuf};

use anchor_v1::AccountDeserialize;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use keel::KeelError;
use keel::oracle::pyth::{DISCRIMINATOR, LENGTH, decode};
use keel_engine::oracle::Sample;
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};
use serde::Deserialize;

/// The SOL/USD feed.
const FEED: [u8; 32] = [
    0xef, 0x0d, 0x8b, 0x6f, 0xda, 0x2c, 0xeb, 0xa4, 0x1d, 0xa1, 0x5d, 0x40, 0x95, 0xd1, 0xda, 0x39, 0x2a, 0x0d, 0x2f,
    0x8e, 0xd0, 0xc6, 0xc7, 0xbc, 0x0f, 0x4c, 0xfa, 0xc8, 0xc2, 0x80, 0xb5, 0x6d,
];

#[derive(Deserialize)]
struct Fixtures {
    updates: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    data_base64: String,
    verification_level_tag: u8,
    feed_id: String,
    price: i64,
    conf: u64,
    exponent: i32,
    publish_time: i64,
    ema_price: i64,
}

impl Fixture {
    fn data(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(&self.data_base64).expect("fixtures are base64")
    }

    fn feed(&self) -> [u8; 32] {
        let byte = |at: usize| u8::from_str_radix(&self.feed_id[2 * at..2 * at + 2], 16).expect("feed ids are hex");
        core::array::from_fn(byte)
    }
}

/// The accounts from the clusters, when they are on this machine.
fn fixtures() -> Vec<Fixture> {
    let shared = std::env::var_os("KEEL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let file = shared.join("data/pyth_sol_usd_price_updates.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("SKIPPED: {} is not there; set KEEL_SHARED to check against real price accounts", file.display());
        return Vec::new();
    };
    serde_json::from_str::<Fixtures>(&text).expect("the fixtures' format").updates
}

/// A fully verified update, written field by field.
fn update() -> Vec<u8> {
    let mut data = DISCRIMINATOR.to_vec();
    data.extend([7; 32]);
    data.push(1);
    data.extend(FEED);
    data.extend(14_250_000_000i64.to_le_bytes());
    data.extend(7_000_000u64.to_le_bytes());
    data.extend((-8i32).to_le_bytes());
    data.extend(1_760_000_001i64.to_le_bytes());
    data.extend(1_760_000_000i64.to_le_bytes());
    data.extend(14_200_000_000i64.to_le_bytes());
    data.extend(6_000_000u64.to_le_bytes());
    data.extend(400_000_000u64.to_le_bytes());
    data.push(0);
    assert_eq!(data.len(), LENGTH);
    data
}

/// What Pyth's own SDK reads.
fn read_by_sdk(data: &[u8]) -> (Sample, [u8; 32], VerificationLevel) {
    let update = PriceUpdateV2::try_deserialize(&mut &data[..]).expect("the SDK reads it");
    let message = update.price_message;
    let sample = Sample {
        price: message.price,
        conf: message.conf,
        exponent: message.exponent,
        publish_time: message.publish_time,
        ema_price: message.ema_price,
    };
    (sample, message.feed_id, update.verification_level)
}

#[test]
fn the_reader_agrees_with_the_sdk() {
    assert_eq!(LENGTH, PriceUpdateV2::LEN);
    let accounts: Vec<Vec<u8>> = fixtures().iter().map(Fixture::data).chain([update()]).collect();
    for data in accounts {
        let (sample, feed, level) = read_by_sdk(&data);
        assert_eq!(level, VerificationLevel::Full);
        assert_eq!(decode(&data, &feed), Ok(sample));
    }
}

#[test]
fn every_real_account_decodes_to_its_fields() {
    for fixture in fixtures() {
        assert_eq!(fixture.verification_level_tag, 1);
        let sample = decode(&fixture.data(), &fixture.feed()).expect("a real account decodes");
        let expected = Sample {
            price: fixture.price,
            conf: fixture.conf,
            exponent: fixture.exponent,
            publish_time: fixture.publish_time,
            ema_price: fixture.ema_price,
        };
        assert_eq!(sample, expected);
    }
}

#[test]
fn the_fields_lie_where_the_receiver_writes_them() {
    let sample = decode(&update(), &FEED).expect("it is whole");
    let expected = Sample {
        price: 14_250_000_000,
        conf: 7_000_000,
        exponent: -8,
        publish_time: 1_760_000_001,
        ema_price: 14_200_000_000,
    };
    assert_eq!(sample, expected);
}

#[test]
fn another_length_is_not_a_price_update() {
    let mut data = update();
    for length in 0..LENGTH {
        assert_eq!(decode(&data[..length], &FEED), Err(KeelError::OraclePriceAccount), "{length} bytes");
    }
    data.push(0);
    assert_eq!(decode(&data, &FEED), Err(KeelError::OraclePriceAccount));
    for fixture in fixtures() {
        let data = fixture.data();
        assert_eq!(decode(&data[..data.len() - 1], &fixture.feed()), Err(KeelError::OraclePriceAccount));
    }
}

#[test]
fn another_discriminator_is_not_a_price_update() {
    for at in 0..DISCRIMINATOR.len() {
        let mut data = update();
        data[at] ^= 1;
        assert_eq!(decode(&data, &FEED), Err(KeelError::OraclePriceAccount), "byte {at}");
    }
}

#[test]
fn a_partially_verified_update_is_refused_by_name() {
    // The partial form is a byte longer: the count of signatures stands where the feed id would.
    let mut data = update();
    data.pop();
    data[40] = 0;
    data.insert(41, 5);
    assert_eq!(data.len(), LENGTH);
    let (sample, feed, level) = read_by_sdk(&data);
    assert_eq!(level, VerificationLevel::Partial { num_signatures: 5 });
    assert_eq!((sample.price, feed), (14_250_000_000, FEED));
    assert_eq!(decode(&data, &FEED), Err(KeelError::OracleNotFullyVerified));
    for tag in 2..=u8::MAX {
        data[40] = tag;
        assert_eq!(decode(&data, &FEED), Err(KeelError::OraclePriceAccount), "tag {tag}");
    }
}

#[test]
fn another_feed_is_refused_by_name() {
    for at in 0..32 {
        let mut feed = FEED;
        feed[at] ^= 0x80;
        assert_eq!(decode(&update(), &feed), Err(KeelError::OracleWrongFeed), "byte {at}");
    }
    for fixture in fixtures() {
        assert_eq!(decode(&fixture.data(), &[0; 32]), Err(KeelError::OracleWrongFeed));
    }
}

#[test]
fn decoding_does_not_depend_on_alignment() {
    let mut shifted = [0; 8 + LENGTH];
    for offset in 0..8 {
        shifted[offset..offset + LENGTH].copy_from_slice(&update());
        assert!(decode(&shifted[offset..offset + LENGTH], &FEED).is_ok());
    }
}
