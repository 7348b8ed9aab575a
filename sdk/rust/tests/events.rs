//! Events: from the bytes of a log line and back, and whose sequence numbers they have.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use bytemuck::Zeroable;
use keel_sdk::events::*;
use sha2::{Digest, Sha256};

/// Data of a log line of this kind whose struct is 1, 2, 3 and so on.
fn numbered(kind: &Kind) -> Vec<u8> {
    let content = (1..).map(|byte| (byte % 251) as u8).take(kind.size);
    kind.discriminator.into_iter().chain(content).collect()
}

#[test]
fn discriminators_are_hashes_of_the_names() {
    for kind in Event::KINDS {
        let hash = Sha256::digest(format!("event:{}", kind.name));
        assert_eq!(kind.discriminator, hash[..8], "{}", kind.name);
    }
}

#[test]
fn every_kind_is_read_and_written_as_it_lies_in_the_log() {
    for kind in Event::KINDS {
        let data = numbered(kind);
        // Wherever it lies in memory.
        let shifted = [&[0], data.as_slice()].concat();
        let event = Event::decode(&shifted[1..]).unwrap();
        assert_eq!((event.kind(), event.encode()), (*kind, data), "{}", kind.name);
    }
}

#[test]
fn what_is_not_an_event_is_nothing() {
    for kind in Event::KINDS {
        let data = numbered(kind);
        assert_eq!(Event::decode(&data[..data.len() - 1]), None, "{} cut", kind.name);
        assert_eq!(Event::decode(&[data.as_slice(), &[0]].concat()), None, "{} too long", kind.name);
        let mut other = data;
        other[0] ^= 1;
        assert_eq!(Event::decode(&other), None, "another's discriminator");
    }
    assert_eq!((Event::decode(&[]), Event::decode(&[7; 7])), (None, None));
}

#[test]
fn a_number_belongs_to_exchange_bank_or_market() {
    let traded = Traded { sequence: 9, market: 3, ..Traded::zeroed() };
    assert_eq!(Event::from(traded).sequence(), Some(Sequence { of: Counter::Market(3), number: 9 }));
    let deposited = Deposited { sequence: 8, bank: 2, ..Deposited::zeroed() };
    assert_eq!(Event::from(deposited).sequence(), Some(Sequence { of: Counter::Bank(2), number: 8 }));
    let created = MarketCreated { sequence: 7, number: 5, ..MarketCreated::zeroed() };
    assert_eq!(Event::from(created).sequence(), Some(Sequence { of: Counter::Exchange, number: 7 }));
}

/// What has a number has it first, and the few without one are known.
#[test]
fn all_but_seventeen_kinds_are_counted() {
    let mut uncounted = Vec::new();
    for kind in Event::KINDS {
        let data = numbered(kind);
        let number = u64::from_le_bytes(data[8..16].try_into().unwrap());
        match Event::decode(&data).unwrap().sequence() {
            Some(sequence) => assert_eq!(sequence.number, number, "{}", kind.name),
            None => uncounted.push(kind.name),
        }
    }
    let expected = [
        "TickArrayCreated",
        "AccountOpened",
        "AccountClosed",
        "RangesOpened",
        "RangesClosed",
        "LiquidationBegun",
        "TickArrayClosed",
        "OrderPlaced",
        "OrderExecuted",
        "OrderClosed",
        "DelegateSet",
        "BuilderApproved",
        "BuilderRevoked",
        "AccountGiven",
        "LienPlaced",
        "LienCalled",
        "LienReleased",
    ];
    assert_eq!(uncounted, expected);
}
