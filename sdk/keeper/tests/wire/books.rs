//! Fees that are bid, refusals that are understood, and receipts that are booked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytemuck::Zeroable;
use keel_engine::Error;
use keel_keeper::prices::Recorded;
use keel_keeper::profit::{Realised, Receipt};
use keel_keeper::sender::{MOST_UNITS, Refusal, bid, limit};
use keel_sdk::error::to_code;
use keel_sdk::events::{Event, Liquidated, TakenOver};
use solana_instruction::error::InstructionError;
use solana_pubkey::Pubkey;
use solana_transaction_error::TransactionError;

#[test]
fn bids_are_within_floor_and_cap() {
    let recent = vec![0, 9_000, 100, 5_000, 200];
    assert_eq!(bid(recent.clone(), 50, 1, 10_000), 200);
    assert_eq!(bid(recent.clone(), 100, 1, 10_000), 9_000);
    assert_eq!(bid(recent.clone(), 100, 1, 6_000), 6_000);
    assert_eq!(bid(recent, 0, 7, 6_000), 7);
    assert_eq!(bid(Vec::new(), 60, 7, 6_000), 7, "nobody says anything");
}

#[test]
fn units_have_head_room_and_an_end() {
    assert_eq!(limit(10_000), 17_000);
    assert_eq!(limit(1_300_000), MOST_UNITS);
    assert_eq!(limit(u64::MAX), MOST_UNITS);
}

fn refusal(code: u32, own: bool) -> Refusal {
    let error = TransactionError::InstructionError(2, InstructionError::Custom(code));
    Refusal::new(error, &[], |index| own && index == 2)
}

#[test]
fn somebody_elses_success_is_no_trouble() {
    for error in [Error::AccountFlagged, Error::NothingToSettle, Error::OrderNotDue, Error::RequestNotNext] {
        assert!(refusal(to_code(error), true).somebody_was_first(), "{error:?}");
    }
    for error in [Error::Unbalanced, Error::PriceStale, Error::ComputeExhausted, Error::InvalidInstruction] {
        let refusal = refusal(to_code(error), true);
        assert!(!refusal.somebody_was_first(), "{error:?}");
        let shown = refusal.to_string();
        assert!(shown.contains(&to_code(error).to_string()) && shown.contains(error.name()), "{shown}");
        assert!(shown.contains(&error.to_string()), "the sentence that says what to do: {shown}");
    }
    // The same number is another program's word for something else.
    assert!(!refusal(to_code(Error::AccountFlagged), false).somebody_was_first());
    let closed = TransactionError::InstructionError(2, InstructionError::InvalidAccountOwner);
    assert!(Refusal::new(closed, &[], |_| true).somebody_was_first());
    assert!(!Refusal::new(TransactionError::AccountInUse, &[], |_| true).somebody_was_first());
}

#[test]
fn receipts_say_what_it_brought() {
    let (own, other) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
    let step = |keeper_account, keeper| Event::from(Liquidated { keeper_account, keeper, ..Liquidated::zeroed() });
    let taken = Event::from(TakenOver { liquidator_account: own, tip: 30, ..TakenOver::zeroed() });
    let events = [step(own, 500), step(other, 7_000), taken];
    let mut logs = vec!["Program log: nothing".to_owned(), "Program data: !".to_owned()];
    logs.extend(events.iter().map(|event| format!("Program data: {}", STANDARD.encode(event.encode()))));
    let receipt = Receipt { succeeded: true, fee: 5_000, before: 1_000_000, after: 1_095_000, logs };
    assert_eq!(receipt.events(), events);
    let earned = receipt.realised(&own);
    let expected = Realised { fees: 5_000, earned: 100_000, laid_out: 0, profit: 530, confirmed: 1, failed: 0 };
    assert_eq!(earned, expected);
    let failed = Receipt { fee: 5_000, before: 1_000_000, after: 995_000, ..Receipt::default() };
    let opened = Receipt { succeeded: true, fee: 5_000, before: 1_000_000, after: 905_000, ..Receipt::default() };
    let mut totals = earned;
    totals.add(&failed.realised(&own));
    totals.add(&opened.realised(&own));
    let expected = Realised { fees: 15_000, earned: 100_000, laid_out: 90_000, profit: 530, confirmed: 2, failed: 1 };
    assert_eq!(totals, expected);
    assert_eq!(
        totals.to_string(),
        "2 transactions confirmed, 1 failed; lamports: 15000 paid in fees, 100000 earned, 90000 laid out; \
         0.000530 USDC earned"
    );
}

#[test]
fn recorded_updates_are_read_or_refused_by_line() {
    assert!(Recorded::parse("").is_ok());
    assert!(Recorded::parse("# a comment\n\n").is_ok());
    let hex: String = include_str!("../../../rust/tests/hermes/recorded.hex").split_whitespace().collect();
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    assert!(Recorded::parse(&STANDARD.encode(bytes)).is_ok(), "an update as Hermes gave it");
    let error = Recorded::parse("# a comment\nUE5BVQ==\n").err().unwrap();
    assert!(error.starts_with("line 2:"), "{error}");
    assert!(Recorded::parse("not base64\n").err().unwrap().starts_with("line 1:"));
}
