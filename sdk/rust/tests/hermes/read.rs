//! Reading made updates: what they hold, and how bent ones are refused.

use keel_sdk::hermes::{HermesError, Update};

use crate::made::{self, Quoted, Signature};

const FEED: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [8; 32];
const PRICES: [Quoted; 2] = [
    Quoted { feed_id: FEED, price: 4_200_000_000_000, publish_time: 1_800_000_000 },
    Quoted { feed_id: OTHER, price: 17_000_000_000, publish_time: 1_800_000_001 },
];
/// Where the signed root begins in an update without a header.
const VAA: usize = 10;

/// Signatures of which nobody asks here whether they are right.
fn unchecked(count: u8) -> impl Fn(&[u8]) -> Vec<Signature> {
    move |_| (0..count).map(|number| [number; 66]).collect()
}

fn bytes() -> Vec<u8> {
    made::signed(&PRICES, 2_500, unchecked(3))
}

fn bent(at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = bytes();
    assert_ne!(bytes[at], byte);
    bytes[at] = byte;
    bytes
}

#[test]
fn every_feed_of_an_update_is_proven() {
    let update = Update::parse(&bytes()).unwrap();
    assert_eq!((update.vaa.guardian_set, update.vaa.signatures()), (1, 3));
    for quoted in &PRICES {
        let (price, proven) = update.price(&quoted.feed_id).unwrap();
        assert_eq!((price.price, price.publish_time), (quoted.price, quoted.publish_time));
        assert_eq!(proven.proof.len(), 12, "2,500 feeds");
        let sample = price.sample();
        let expected = (quoted.price, 1_000, -8, quoted.publish_time, quoted.price + 7);
        assert_eq!((sample.price, sample.conf, sample.exponent, sample.publish_time, sample.ema_price), expected);
    }
}

#[test]
fn cut_off_anywhere_it_is_refused() {
    let bytes = bytes();
    for length in 0..bytes.len() {
        assert!(Update::parse(&bytes[..length]).is_err(), "{length} bytes");
    }
    Update::parse(&bytes).unwrap();
}

#[test]
fn what_is_of_another_kind_is_refused_by_name() {
    assert_eq!(Update::parse(&bent(0, b'X')), Err(HermesError::NotAnUpdate));
    assert_eq!(Update::parse(&bent(4, 2)), Err(HermesError::UnknownVersion(2)));
    assert_eq!(Update::parse(&bent(7, 1)), Err(HermesError::UnknownRoot));
    assert_eq!(Update::parse(&bent(VAA, 2)), Err(HermesError::UnknownVersion(2)));
    let payload = VAA + 6 + 3 * 66 + 51;
    assert_eq!(Update::parse(&bent(payload, b'X')), Err(HermesError::UnknownRoot));
    assert_eq!(Update::parse(&bent(payload + 4, 1)), Err(HermesError::UnknownRoot));
}

#[test]
fn later_minor_versions_may_append() {
    assert!(Update::parse(&bent(5, 9)).unwrap().price(&FEED).is_ok());
    let mut longer = bytes();
    longer[6] = 3;
    longer.splice(7..7, [1, 2, 3]);
    longer.extend([0; 5]);
    assert_eq!(Update::parse(&longer), Update::parse(&bytes()));
}

#[test]
fn a_bent_proof_root_or_message_proves_nothing() {
    let bytes = bytes();
    let first = VAA + 292 + 1;
    let (message, proof) = (first + 2, first + 2 + 85 + 1);
    let root = VAA + 292 - 20;
    for at in [root, root + 19, message + 40, message + 84, proof, proof + 12 * 20 - 1] {
        let mut bent = bytes.clone();
        bent[at] ^= 1;
        let update = Update::parse(&bent).unwrap();
        assert_eq!(update.price(&FEED), Err(HermesError::WrongProof), "byte {at}");
    }
    // The other message's proof is its own.
    let mut bent = bytes.clone();
    bent[proof] ^= 1;
    assert!(Update::parse(&bent).unwrap().price(&OTHER).is_ok());
}

#[test]
fn a_message_of_another_kind_is_no_price() {
    let mut twap = PRICES[0].message();
    twap[0] = 1;
    let tree = made::Tree::over(&[twap.clone()]);
    let body = made::body(&tree.root());
    let vaa = made::vaa(1, &unchecked(3)(&body), &body);
    let update = Update::parse(&made::update(&vaa, &[(twap, tree.proof(0))])).unwrap();
    assert_eq!(update.price(&FEED), Err(HermesError::NoPrice));
}

#[test]
fn signatures_are_cut_to_a_quorum_and_never_below() {
    let of = |count| Update::parse(&made::signed(&PRICES, 16, unchecked(count))).unwrap().vaa;
    let five = of(5);
    let three = five.clone().trimmed(3);
    assert_eq!((three.signatures(), three.body()), (3, five.body()));
    assert_eq!(three.encode(), of(3).encode());
    assert_eq!(three.encode().len(), 292);
    assert_eq!(three.root(), five.root());
    assert_eq!(of(2).trimmed(3).signatures(), 2);
    assert_eq!(five.trimmed(9).signatures(), 5);
}
