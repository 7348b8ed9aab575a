//! Tokens: which mints are listed, whose token accounts are served, and that a gift to the vault is nobody's.

use keel_chain_tests::refusal::{
    ALREADY_IN_USE, NOT_TOKEN_OWNER, Refusal, WRONG_PROGRAM, assert_all_refused, assert_refused,
};
use keel_chain_tests::trial::FORGER;
use keel_chain_tests::{World, dollars};
use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::{Collateral, token};
use keel_engine::Error;
use keel_engine::governance::BankTerms;
use keel_engine::state::{Bank, Exchange};
use keel_sdk::address::{self, TOKEN_PROGRAM};
use keel_sdk::instructions::{AddBank, Deposit, Withdraw};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The token program whose mints may have extensions.
const TOKEN_2022: Pubkey = Pubkey::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// The token program: not enough tokens.
const INSUFFICIENT_FUNDS: Refusal = Refusal::Code(1);
/// Where a token account keeps its state: 0 not initialised, 1 good, 2 frozen.
const STATE: usize = 108;

fn deposit(world: &World, trader: &Trader, source: Pubkey, amount: u64) -> Instruction {
    let deposit =
        Deposit { authority: trader.key.pubkey(), account: trader.account, mint: world.exchange.mint, source, amount };
    deposit.instruction(&world.exchange.chain).unwrap()
}

fn withdraw(world: &World, trader: &Trader, destination: Pubkey, amount: u64) -> Instruction {
    let withdraw = Withdraw {
        owner: trader.key.pubkey(),
        account: trader.account,
        mint: world.exchange.mint,
        destination,
        amount,
    };
    withdraw.instruction(&world.exchange.chain).unwrap()
}

/// A trader with 1,000 USD deposited and 1,000 in the hand.
fn trader(world: &mut World, name: &str) -> Trader {
    let trader = world.open(name, dollars(1_000), false);
    token::credit(&mut world.exchange.chain, &trader.tokens, dollars(1_000)).unwrap();
    trader
}

fn bent(world: &mut World, address: &Pubkey, at: usize, byte: u8) {
    let mut account = world.exchange.chain.account(address).unwrap();
    account.data[at] = byte;
    world.exchange.chain.put(address, account).unwrap();
}

/// A new mint with that content under that program, and the instruction that would list it.
fn listing(world: &mut World, owner: &Pubkey, bend: impl FnOnce(&mut Vec<u8>)) -> Instruction {
    let admin = world.exchange.admin.pubkey();
    let mint = key("questionable mint").pubkey();
    token::create_mint(&mut world.exchange.chain, &mint, &admin, 6).unwrap();
    let mut data = world.exchange.chain.data(&mint).unwrap().to_vec();
    bend(&mut data);
    world.exchange.chain.put_data(&mint, owner, data).unwrap();
    let terms = BankTerms { mint: mint.to_bytes(), ..Collateral::named("questionable", false).terms() };
    AddBank { admin, terms }.instruction()
}

#[test]
fn only_plain_mints_with_at_most_nine_decimals() {
    let mut world = World::new();
    for decimals in [10, 18, 255] {
        let add = listing(&mut world, &TOKEN_PROGRAM, |data| data[44] = decimals);
        assert_all_refused(&mut world, &[add], Error::UnsupportedMint, &format!("{decimals} decimals"));
    }
    let add = listing(&mut world, &TOKEN_PROGRAM, |data| data[45] = 0);
    assert_all_refused(&mut world, &[add], Error::UnsupportedMint, "not initialised");
    for len in [0, 45, 81, 83, 165, 355] {
        let add = listing(&mut world, &TOKEN_PROGRAM, |data| data.resize(len, 0));
        assert_all_refused(&mut world, &[add], Error::UnsupportedMint, &format!("{len} bytes"));
    }
    let add = listing(&mut world, &FORGER, |_| {});
    assert_all_refused(&mut world, &[add], Error::UnsupportedMint, "of another program");
    let add = listing(&mut world, &TOKEN_PROGRAM, |_| {});
    world.send(add);
}

#[test]
fn no_mint_of_the_program_with_extensions() {
    let mut world = World::new();
    let plain = listing(&mut world, &TOKEN_2022, |_| {});
    assert_all_refused(&mut world, &[plain], Error::UnsupportedMint, "without extensions");
    // Every extension there is, some that there will be: a mint padded to 165 bytes, its type, then type and length.
    for extension in 1..=40u16 {
        let add = listing(&mut world, &TOKEN_2022, |data| {
            data.resize(165, 0);
            data.push(1);
            data.extend_from_slice(&extension.to_le_bytes());
            data.extend_from_slice(&[32, 0]);
            data.resize(data.len() + 32, 0);
        });
        assert_all_refused(
            &mut world,
            std::slice::from_ref(&add),
            Error::UnsupportedMint,
            &format!("extension {extension}"),
        );
        let mut by_its_program = add;
        by_its_program.accounts[6].pubkey = TOKEN_2022;
        assert_all_refused(&mut world, &[by_its_program], WRONG_PROGRAM, "by its own program");
    }
}

#[test]
fn banks_are_listed_once_and_by_the_admin() {
    let mut world = World::new();
    let admin = world.exchange.admin.pubkey();
    let again = AddBank::of_usdc(admin, world.exchange.mint).instruction();
    assert_refused(&mut world, &again, ALREADY_IN_USE);
    let stranger = world.stranger("stranger");
    let mut listed = Vec::new();
    for index in 1..=4 {
        let terms = Collateral::named(&format!("collateral {index}"), false).terms();
        token::create_mint(&mut world.exchange.chain, &Pubkey::from(terms.mint), &admin, 6).unwrap();
        listed.push(terms);
    }
    let foreign = AddBank { admin: stranger, terms: listed[0] }.instruction();
    assert_refused(&mut world, &foreign, Error::NotAdmin);
    for (index, terms) in listed.into_iter().enumerate() {
        let add = AddBank { admin, terms }.instruction();
        let mint = Pubkey::from(terms.mint);
        if index == 3 {
            assert_refused(&mut world, &add, Error::BanksFull);
        } else {
            world.send(add);
            let bank: Bank = world.exchange.state(&address::bank(&mint)).unwrap();
            assert_eq!(usize::from(bank.index), index + 1);
            let exchange: Exchange = world.exchange.state(&address::exchange()).unwrap();
            assert_eq!(exchange.mints[index + 1], terms.mint, "the exchange knows the bank's mint");
        }
    }
}

#[test]
fn whose_tokens() {
    let mut world = World::new();
    let (owner, other) = (trader(&mut world, "owner"), trader(&mut world, "other"));
    let stolen = deposit(&world, &owner, other.tokens, dollars(1));
    assert_refused(&mut world, &stolen, NOT_TOKEN_OWNER);
    let too_much = deposit(&world, &owner, owner.tokens, dollars(1_000) + 1);
    assert_refused(&mut world, &too_much, INSUFFICIENT_FUNDS);
    let vault = address::vault(&world.exchange.mint);
    let from_vault = deposit(&world, &owner, vault, dollars(1));
    assert_refused(&mut world, &from_vault, Error::WrongTokenAccount);
    let to_vault = withdraw(&world, &owner, vault, dollars(1));
    assert_refused(&mut world, &to_vault, Error::WrongTokenAccount);

    // Anybody deposits for anybody; the owner alone withdraws, to whom the owner likes.
    let gift = Deposit {
        authority: other.key.pubkey(),
        account: owner.account,
        mint: world.exchange.mint,
        source: other.tokens,
        amount: dollars(5),
    };
    let gift = gift.instruction(&world.exchange.chain).unwrap();
    world.send(gift);
    assert_eq!(world.account(&owner).usdc(), dollars(1_005));
    let mut theft = withdraw(&world, &owner, other.tokens, dollars(1));
    theft.accounts[0].pubkey = other.key.pubkey();
    assert_refused(&mut world, &theft, Error::Unauthorized);
    let paid = withdraw(&world, &owner, other.tokens, dollars(1));
    world.send(paid);
    assert_eq!(token::balance(&world.exchange.chain, &other.tokens).unwrap(), dollars(996));
    let too_much = withdraw(&world, &owner, owner.tokens, dollars(1_004) + 1);
    assert_refused(&mut world, &too_much, Error::InsufficientCapital);
}

#[test]
fn frozen_or_foreign_token_accounts() {
    let mut world = World::new();
    let owner = trader(&mut world, "owner");
    let (into, out) = (deposit(&world, &owner, owner.tokens, 1), withdraw(&world, &owner, owner.tokens, 1));
    for state in [0, 2] {
        bent(&mut world, &owner.tokens, STATE, state);
        assert_refused(&mut world, &into, Error::WrongTokenAccount);
        assert_refused(&mut world, &out, Error::WrongTokenAccount);
    }
    bent(&mut world, &owner.tokens, STATE, 1);
    let mint = key("another mint").pubkey();
    let tokens = key("tokens of another mint").pubkey();
    token::create_mint(&mut world.exchange.chain, &mint, &owner.key.pubkey(), 6).unwrap();
    token::create_account(&mut world.exchange.chain, &tokens, &mint, &owner.key.pubkey(), dollars(9)).unwrap();
    let (other_in, other_out) = (deposit(&world, &owner, tokens, 1), withdraw(&world, &owner, tokens, 1));
    assert_refused(&mut world, &other_in, Error::WrongTokenAccount);
    assert_refused(&mut world, &other_out, Error::WrongTokenAccount);
    // A token account is 165 bytes of the token program, whatever it says.
    let data = world.exchange.chain.data(&owner.tokens).unwrap().to_vec();
    for (program, data) in
        [(TOKEN_2022, data.clone()), (FORGER, data.clone()), (TOKEN_PROGRAM, [data.clone(), vec![2; 9]].concat())]
    {
        world.exchange.chain.put_data(&owner.tokens, &program, data).unwrap();
        assert_refused(&mut world, &into, Error::WrongTokenAccount);
        assert_refused(&mut world, &out, Error::WrongTokenAccount);
    }
    world.exchange.chain.put_data(&owner.tokens, &TOKEN_PROGRAM, data).unwrap();
    world.send(into);
    world.send(out);
}

#[test]
fn a_gift_to_the_vault_is_nobodys() {
    let mut world = World::new();
    let owner = trader(&mut world, "owner");
    let vault = address::vault(&world.exchange.mint);
    let bank_before: Bank = world.exchange.state(&address::bank(&world.exchange.mint)).unwrap();
    let account_before = world.account(&owner);
    token::credit(&mut world.exchange.chain, &vault, dollars(777)).unwrap();
    world.exchange.audit().unwrap();
    assert_eq!(world.exchange.findings.unbooked, dollars(777));
    let bank: Bank = world.exchange.state(&address::bank(&world.exchange.mint)).unwrap();
    assert_eq!((bank, world.account(&owner)), (bank_before, account_before));
    let more = withdraw(&world, &owner, owner.tokens, dollars(1_000) + 1);
    assert_refused(&mut world, &more, Error::InsufficientCapital);
    let all = withdraw(&world, &owner, owner.tokens, dollars(1_000));
    world.send(all);
    assert_eq!(token::balance(&world.exchange.chain, &vault).unwrap(), dollars(777));
}

#[test]
fn one_collateral_does_not_pay_for_another() {
    let mut world = World::new();
    let owner = trader(&mut world, "owner");
    let second = Collateral::named("second", false);
    let (mint, tokens) = (second.mint, key("second tokens").pubkey());
    second.list(&mut world.exchange, 6).unwrap();
    token::create_account(&mut world.exchange.chain, &tokens, &mint, &owner.key.pubkey(), dollars(500)).unwrap();
    let deposit =
        Deposit { authority: owner.key.pubkey(), account: owner.account, mint, source: tokens, amount: dollars(500) };
    let deposit = deposit.instruction(&world.exchange.chain).unwrap();
    world.send(deposit);
    assert_eq!(world.account(&owner).capital, [dollars(1_000), dollars(500), 0, 0]);
    let more = withdraw(&world, &owner, owner.tokens, dollars(1_000) + 1);
    assert_refused(&mut world, &more, Error::InsufficientCapital);
    let out =
        Withdraw { owner: owner.key.pubkey(), account: owner.account, mint, destination: tokens, amount: dollars(500) };
    let out = out.instruction(&world.exchange.chain).unwrap();
    world.send(out);
    assert_eq!(token::balance(&world.exchange.chain, &tokens).unwrap(), dollars(500));
}
