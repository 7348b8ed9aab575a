//! Program codes and engine errors.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use keel_engine::Error;
use keel_sdk::error::{from_code, message, to_code};
use keel_sdk::{SdkError, address};

#[test]
fn every_error_has_its_code_from_six_thousand_on() {
    for (index, error) in Error::ALL.iter().enumerate() {
        assert_eq!(to_code(*error), 6_000 + u32::try_from(index).unwrap());
        assert_eq!(from_code(to_code(*error)), Some(*error));
        assert_eq!(message(to_code(*error)), Some(error.message()));
    }
}

#[test]
fn other_codes_are_nobodys() {
    let beyond = 6_000 + u32::try_from(Error::ALL.len()).unwrap();
    for code in [0, 2_000, 5_999, beyond, u32::MAX] {
        assert_eq!(from_code(code), None);
        assert_eq!(message(code), None);
    }
}

#[test]
fn every_error_is_a_sentence_that_says_what_is_wrong() {
    let at = address::exchange();
    assert_eq!(SdkError::Missing(at).to_string(), format!("there is no account at {at}"));
    assert_eq!(
        SdkError::WrongKind(at, "MarketAccount").to_string(),
        format!("the account at {at} is no MarketAccount")
    );
    assert_eq!(SdkError::Engine(Error::ReduceOnly).to_string(), format!("ReduceOnly: {}", Error::ReduceOnly.message()),);
}
