//! An update that Hermes once gave out, byte for byte: the fixture of `test_accumulator_fixture` in the crate
//! `pythnet-sdk` (pyth-crosschain, `pythnet/pythnet_sdk/src/wire.rs`), of 2 April 2025, signed by 13 of the 19 Wormhole
//! guardians of that time.

use keel_sdk::hermes::{HermesError, PriceMessage, Update};

/// Its bytes.
pub fn bytes() -> Vec<u8> {
    let text: String = include_str!("recorded.hex").split_whitespace().collect();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Its only feed.
pub fn feed() -> [u8; 32] {
    let id = "879551021853eec7a7dc827578e8e69da7e4fa8148339aa0d3d5296405be4b1a";
    core::array::from_fn(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap())
}

#[test]
fn its_price_is_read_and_proven() {
    let update = Update::parse(&bytes()).unwrap();
    assert_eq!((update.vaa.guardian_set, update.vaa.signatures(), update.messages.len()), (4, 13, 1));
    let (price, proven) = update.price(&feed()).unwrap();
    let expected = PriceMessage {
        feed_id: feed(),
        price: 0x393d_2ba8,
        conf: 0x00a8_2f9a,
        exponent: -8,
        publish_time: 1_743_631_834,
        prev_publish_time: 1_743_631_834,
        ema_price: 0x3cf0_6b08,
        ema_conf: 0x0024_b751,
    };
    assert_eq!(price, expected);
    assert_eq!((proven.message.len(), proven.proof.len()), (85, 12));
    assert_eq!(price.encode(), proven.message);
    assert_eq!(update.price(&[0; 32]), Err(HermesError::NoPrice));
}

#[test]
fn its_signed_root_is_written_as_it_was_read() {
    let bytes = bytes();
    let vaa = Update::parse(&bytes).unwrap().vaa.encode();
    assert_eq!(vaa.len(), 6 + 13 * 66 + 51 + 37);
    assert_eq!(bytes[10..10 + vaa.len()], vaa);
}

#[test]
fn cut_off_anywhere_it_is_refused() {
    let bytes = bytes();
    for length in 0..bytes.len() {
        assert!(Update::parse(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn no_bent_byte_gives_another_price() {
    let bytes = bytes();
    let (price, _) =
        Update::parse(&bytes).unwrap().price(&feed()).map(|(price, proven)| (price, proven.clone())).unwrap();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bent = bytes.clone();
            bent[at] ^= flip;
            let Ok(update) = Update::parse(&bent) else { continue };
            if let Ok((read, _)) = update.price(&feed()) {
                assert_eq!(read, price, "byte {at}");
            }
        }
    }
}
