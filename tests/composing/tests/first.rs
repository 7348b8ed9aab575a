//! The program of docs/composing.md, as it stands there.

use keel_chain_tests::{BTC, World, dollars};
use keel_composing_tests::vault::units_of;
use keel_composing_tests::{read, written};
use keel_embedded::token;
use keel_engine::Side;
use keel_engine::state::MarginAccount;
use keel_sdk::address::{self, PROGRAM_ID, SYSTEM_PROGRAM};
use keel_sdk::instructions::Deposit;
use keel_sdk::path::{self, Reach};
use keel_simulator::program;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const PAGE: &str = include_str!("../../../docs/composing.md");
const SOURCE: &str = include_str!("../../programs/first/src/lib.rs");
const TEST: &str = include_str!("first.rs");
const FIRST: Pubkey = Pubkey::from_str_const("First11111111111111111111111111111111111111");

#[test]
fn it_opens_an_account_and_trades() {
    let mut world = World::with_liquidity();
    let program = program::another("first").unwrap_or_else(|error| panic!("{error:#}"));
    world.exchange.chain.add_program(FIRST, &program).unwrap();
    let alice = world.open("alice", dollars(1_000), false);
    // the page
    let (owner, _) = Pubkey::find_program_address(&[b"owner"], &FIRST);
    let account = address::margin_account(&owner, 0);
    let accounts = vec![
        AccountMeta::new(alice.key.pubkey(), true),
        read(owner),
        written(account),
        read(PROGRAM_ID),
        read(SYSTEM_PROGRAM),
    ];
    world.send(Instruction { program_id: FIRST, accounts, data: vec![0] });

    // Anyone may bring it capital.
    token::credit(&mut world.exchange.chain, &alice.tokens, dollars(10_000)).unwrap();
    let (authority, mint, source) = (alice.key.pubkey(), world.exchange.mint, alice.tokens);
    let deposit = Deposit { authority, account, mint, source, amount: dollars(10_000) };
    world.send_built(deposit.instruction(&world.exchange.chain));

    // A second later, with a price of that second: 0.5 BTC.
    world.tick();
    let mut accounts = vec![
        read(owner),
        written(account),
        written(address::market(BTC)),
        read(world.price_account(BTC)),
        read(PROGRAM_ID),
    ];
    let arrays = path::arrays(&world.market(BTC), Side::Buy, Reach::default());
    accounts.extend(arrays.into_iter().map(|index| written(address::tick_array(BTC, index))));
    let data = [vec![1, 0], 500_000_000u64.to_le_bytes().to_vec()].concat();
    let trade = Instruction { program_id: FIRST, accounts, data };
    world.send(trade.clone());
    let state: MarginAccount = world.exchange.state(&account).unwrap();
    assert_eq!(state.position(BTC).unwrap().base, 500_000_000);
    // to here
    world.tick();
    let executed = world.send(trade);
    let [all, keels] = [FIRST, PROGRAM_ID].map(|program| units_of(&executed, &program));
    println!("{keels} units of {all} are Keel's");
    assert!(all - keels < 9_000, "{all} {keels}");
}

#[test]
fn the_page_shows_what_is_built_and_tried() {
    assert!(PAGE.contains(SOURCE), "docs/composing.md does not have tests/programs/first/src/lib.rs");
    let middle = TEST.split("    // the page\n").nth(1).unwrap().split("    // to here\n").next().unwrap();
    let middle: String =
        middle.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect();
    assert!(PAGE.contains(&middle), "docs/composing.md does not have the middle of this test");
}
