//! Which lookup tables a message takes.

use keel_client::tables::choose;
use solana_instruction::{AccountMeta, Instruction};
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;

fn address(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

fn table(number: u8, addresses: &[u8]) -> AddressLookupTableAccount {
    AddressLookupTableAccount {
        key: address(number),
        addresses: addresses.iter().map(|number| address(*number)).collect(),
    }
}

/// An instruction of program 9 that 1 signs and that names 2 to 6.
fn instruction() -> Instruction {
    let named = (2..=6).map(|number| AccountMeta::new(address(number), false));
    let accounts = [AccountMeta::new_readonly(address(1), true)].into_iter().chain(named).collect();
    Instruction { program_id: address(9), accounts, data: Vec::new() }
}

fn chosen(tables: &[AddressLookupTableAccount]) -> Vec<Pubkey> {
    choose(&address(1), &[instruction()], tables).into_iter().map(|table| table.key).collect()
}

#[test]
fn the_most_useful_come_first_and_the_useless_not_at_all() {
    let tables = [table(100, &[2, 3]), table(101, &[2, 3, 4]), table(102, &[5, 6]), table(103, &[4, 77, 78])];
    assert_eq!(chosen(&tables), [address(101), address(102)]);
}

#[test]
fn one_address_does_not_pay_for_a_table() {
    assert!(chosen(&[table(100, &[2]), table(101, &[2, 2, 2])]).is_empty());
    assert!(chosen(&[]).is_empty());
}

#[test]
fn programs_and_signers_come_out_of_no_table() {
    assert!(chosen(&[table(100, &[1, 9, 2])]).is_empty());
    assert_eq!(chosen(&[table(100, &[1, 9, 2, 3])]), [address(100)]);
}
