//! Compute units to ask for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use keel_sdk::address::{PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM, ranges};
use keel_sdk::budget::{CATCHING_UP, CROSSING, MAX_UNITS, TABLE, measured, total, units};
use keel_sdk::pyth::RECEIVER;
use sha2::{Digest, Sha256};
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

/// Instructions of the program.
const INSTRUCTIONS: u8 = 87;

/// An instruction with so many accounts that are nobody's.
fn instruction(discriminator: u8, accounts: u32) -> Instruction {
    let meta = |number: u32| AccountMeta::new(Pubkey::new_from_array([u8::try_from(number).unwrap() + 100; 32]), false);
    Instruction { program_id: PROGRAM_ID, accounts: (0..accounts).map(meta).collect(), data: vec![discriminator, 1] }
}

#[test]
fn every_instruction_is_in_the_table_once() {
    let listed: Vec<u8> = TABLE.iter().map(|row| row.discriminator).collect();
    assert_eq!(listed, (0..INSTRUCTIONS).collect::<Vec<u8>>());
    for row in &TABLE {
        assert!(row.accounts > 0 && row.base > 0 && row.per_account > 0 && !row.name.is_empty(), "{row:?}");
        assert_eq!(measured(&instruction(row.discriminator, 1)), Some(row));
    }
    const { assert!(CROSSING > 1_000 && CATCHING_UP > 1_000) };
    assert_eq!(measured(&instruction(INSTRUCTIONS, 1)), None);
    assert_eq!(measured(&Instruction { program_id: TOKEN_PROGRAM, ..instruction(0, 1) }), None);
}

#[test]
fn there_is_head_room_over_what_was_measured() {
    for row in &TABLE {
        let asked = units(&instruction(row.discriminator, row.accounts));
        assert!(asked >= (row.base + row.base / 5).min(MAX_UNITS), "{row:?}: {asked}");
        assert!(asked <= MAX_UNITS);
    }
}

#[test]
fn what_an_instruction_has_more_costs_more() {
    let named = |name: &str| TABLE.iter().find(|row| row.name == name).unwrap();
    let trade = named("trade");
    let plain = units(&instruction(trade.discriminator, trade.accounts));
    let further = units(&instruction(trade.discriminator, trade.accounts + 5));
    assert!(further >= plain + 5 * trade.per_account && further < plain + 7 * trade.per_account);

    let mut with_companion = instruction(trade.discriminator, trade.accounts + 5);
    with_companion.accounts[4].pubkey = ranges(&with_companion.accounts[1].pubkey);
    assert!(units(&with_companion) >= further + trade.ranges);

    let mut with_tokens = instruction(trade.discriminator, trade.accounts);
    with_tokens.accounts[5].pubkey = TOKEN_PROGRAM;
    assert!(units(&with_tokens) >= plain + 10_000);

    let legs = |count: u8| {
        let row = named("trade_legs");
        units(&Instruction { data: vec![row.discriminator, count], ..instruction(row.discriminator, row.accounts) })
    };
    assert!(legs(8) > legs(2) + 6 * CATCHING_UP && legs(255) == legs(8) && legs(0) == legs(1));
}

#[test]
fn a_transaction_is_the_sum_and_no_more_than_the_most() {
    let trade = instruction(11, 6);
    let atomic = Instruction {
        program_id: RECEIVER,
        accounts: Vec::new(),
        data: Sha256::digest("global:post_update_atomic")[..8].to_vec(),
    };
    let system = Instruction { program_id: SYSTEM_PROGRAM, accounts: Vec::new(), data: Vec::new() };
    assert_eq!(units(&atomic), 170_000);
    assert_eq!(total(&[system.clone(), atomic.clone(), trade.clone()]), units(&system) + 170_000 + units(&trade));
    let stranger = Instruction { program_id: Pubkey::new_from_array([9; 32]), ..system };
    assert_eq!(units(&stranger), 200_000);
    assert_eq!(total(&vec![stranger; 8]), MAX_UNITS);
    assert_eq!(total(&[]), 0);
}
