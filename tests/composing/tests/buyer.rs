//! The program of README.md, as it stands there.

use keel_chain_tests::{BTC, World, dollars};
use keel_composing_tests::vault::units_of;
use keel_engine::delegate::{MAY_TRADE, Terms};
use keel_engine::state::MarginAccount;
use keel_engine::{Error, Side};
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::SetDelegate;
use keel_sdk::path::{self, Reach};
use keel_simulator::program;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const PAGE: &str = include_str!("../../../README.md");
const SOURCE: &str = include_str!("../../programs/buyer/src/lib.rs");
const TEST: &str = include_str!("../../programs/buyer/tests/buy.rs");
const BUYER: Pubkey = Pubkey::from_str_const("Buyer11111111111111111111111111111111111111");

#[test]
fn it_trades_for_whom_it_is_delegate() {
    let mut world = World::with_liquidity();
    let program = program::another("buyer").unwrap_or_else(|error| panic!("{error:#}"));
    world.exchange.chain.add_program(BUYER, &program).unwrap();
    let alice = world.open("alice", dollars(10_000), false);
    let (vault, bump) = Pubkey::find_program_address(&[b"vault"], &BUYER);
    world.tick();
    let mut accounts = vec![
        AccountMeta::new_readonly(vault, false),
        AccountMeta::new(alice.account, false),
        AccountMeta::new(address::market(BTC), false),
        AccountMeta::new_readonly(world.price_account(BTC), false),
    ];
    let arrays = path::arrays(&world.market(BTC), Side::Buy, Reach::default());
    accounts.extend(arrays.into_iter().map(|index| AccountMeta::new(address::tick_array(BTC, index), false)));
    accounts.push(AccountMeta::new_readonly(PROGRAM_ID, false));
    let data = [vec![bump], 500_000_000u64.to_le_bytes().to_vec()].concat();
    let buy = Instruction { program_id: BUYER, accounts, data };
    // Not before she says so.
    let refused = world.try_send(std::slice::from_ref(&buy)).unwrap_err();
    assert_eq!(refused.error(), Some(Error::Unauthorized), "{refused}");
    let terms =
        Terms { delegate: vault.to_bytes(), permissions: MAY_TRADE, expiry: i64::MAX, notional: 0, markets: [0; 4] };
    world.send(SetDelegate { owner: alice.key.pubkey(), account: alice.account, terms }.instruction());
    let executed = world.send(buy);
    let [all, keels] = [BUYER, PROGRAM_ID].map(|program| units_of(&executed, &program));
    println!("{keels} units of {all} are Keel's");
    assert!(all - keels < 2_500, "{all} {keels}");
    let state: MarginAccount = world.exchange.state(&alice.account).unwrap();
    assert_eq!(state.position(BTC).unwrap().base, 500_000_000);
}

#[test]
fn the_readme_shows_what_is_built_and_tried() {
    assert!(PAGE.contains(SOURCE), "README.md does not have tests/programs/buyer/src/lib.rs");
    assert!(PAGE.contains(TEST), "README.md does not have tests/programs/buyer/tests/buy.rs");
}
