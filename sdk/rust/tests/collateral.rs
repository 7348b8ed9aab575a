//! Instructions about other collateral than USDC, liens and trades within a bound: data, and accounts in the program's
//! order; and the banks that an account's health needs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod chain;

use chain::{Map, market};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::governance::{BankTerms, Kind};
use keel_engine::lien::Terms;
use keel_engine::state::{Exchange, MarginAccount};
use keel_engine::units::Price;
use keel_sdk::accounts::{decode, encode};
use keel_sdk::address::{self, TOKEN_PROGRAM};
use keel_sdk::chain::{Accounts, Attempt, Gathering};
use keel_sdk::instructions::*;
use keel_sdk::path::Reach;
use keel_sdk::{SdkError, quote};
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

const ACCOUNT: Pubkey = Pubkey::new_from_array([1; 32]);
const OWNER: Pubkey = Pubkey::new_from_array([2; 32]);
const PRICE: Pubkey = Pubkey::new_from_array([3; 32]);
const BUYER: Pubkey = Pubkey::new_from_array([4; 32]);
const USDC: Pubkey = Pubkey::new_from_array([40; 32]);
const SOL: Pubkey = Pubkey::new_from_array([41; 32]);
const DOLLAR: Pubkey = Pubkey::new_from_array([42; 32]);

fn written(address: Pubkey) -> AccountMeta {
    AccountMeta::new(address, false)
}

fn read(address: Pubkey) -> AccountMeta {
    AccountMeta::new_readonly(address, false)
}

fn signer(address: Pubkey) -> AccountMeta {
    AccountMeta::new_readonly(address, true)
}

/// Gives an account capital in these banks.
fn hold(map: &mut Map, at: &Pubkey, banks: &[usize]) {
    let mut account: MarginAccount = decode(&map.get(at).unwrap()).unwrap();
    banks.iter().for_each(|bank| account.capital[*bank] = 7);
    map.0.insert(*at, encode(&account));
}

/// Three markets; the account holds the first and the third, a range in the first, and three kinds of collateral; the buyer
/// holds the second market and the last kind.
fn map() -> Map {
    let map = Map::default().with_account(&ACCOUNT, &[3, 1], &[(1, -100, 100)]).with_account(&BUYER, &[2], &[]);
    let mut map = [1, 2, 3].iter().fold(map, |map, number| map.with_market(&market(*number, 0, &[-2, -1, 0, 1])));
    let mut exchange: Exchange = bytemuck::Zeroable::zeroed();
    exchange.banks = 3;
    for (to, mint) in exchange.mints.iter_mut().zip([USDC, SOL, DOLLAR]) {
        *to = mint.to_bytes();
    }
    map.0.insert(address::exchange(), encode(&exchange));
    hold(&mut map, &ACCOUNT, &[0, 1, 2]);
    hold(&mut map, &BUYER, &[0, 2]);
    map
}

fn trade(market: u16) -> Trade {
    Trade {
        authority: OWNER,
        account: ACCOUNT,
        market,
        price: PRICE,
        side: Side::Sell,
        exact: Exact::Quote(7),
        limit: Some(Price::from_bits(9)),
        reduce_only: true,
        all_or_nothing: false,
        reach: Reach { ahead: 1, behind: 0 },
    }
}

/// An order on the wire: side, kind, amount, limit, flags.
fn order(flags: u8) -> Vec<u8> {
    [vec![1, 1], 7u64.to_le_bytes().to_vec(), 9u64.to_le_bytes().to_vec(), vec![flags]].concat()
}

fn ranges() -> AccountMeta {
    read(address::ranges(&ACCOUNT))
}

fn banks() -> [AccountMeta; 2] {
    [read(address::bank(&SOL)), read(address::bank(&DOLLAR))]
}

fn markets(numbers: &[u16]) -> Vec<AccountMeta> {
    numbers.iter().map(|number| read(address::market(*number))).collect()
}

fn assert_data(instruction: &Instruction, discriminator: u8, arguments: &[Vec<u8>]) {
    assert_eq!(instruction.data, [vec![discriminator], arguments.concat()].concat());
}

#[test]
fn banks_are_listed_with_their_feeds() {
    let terms = BankTerms { mint: SOL.to_bytes(), price_owner: [5; 32], feed_id: [6; 32], rate_feed_id: [7; 32] };
    let add = AddBank { admin: OWNER, terms }.instruction();
    assert_data(&add, 1, &[vec![5; 32], vec![6; 32], vec![7; 32]]);
    assert_eq!(add.accounts[2..5], [read(SOL), written(address::bank(&SOL)), written(address::vault(&SOL))]);
    let usdc = AddBank::of_usdc(OWNER, USDC).instruction();
    assert_data(&usdc, 1, &[vec![0; 96]]);
    assert_eq!(usdc.accounts[2], read(USDC));

    let plan = Plan::AddBank(terms);
    assert_eq!(plan.place(), (Kind::AddBank, 0));
    let content = [SOL.to_bytes(), [5; 32], [6; 32], [7; 32], [0; 32]].concat();
    assert_eq!(plan.content()[..160], content);
}

#[test]
fn a_health_check_looks_at_the_banks_between_companion_and_markets() {
    let instruction = ViewHealth { account: ACCOUNT }.instruction(&map()).unwrap();
    let expected = [vec![read(ACCOUNT), ranges()], banks().to_vec(), markets(&[1, 3])].concat();
    assert_eq!(instruction.accounts[..6], expected);
    let trade = trade(2).instruction(&map()).unwrap();
    assert_eq!(trade.accounts[4..9], [vec![ranges()], banks().to_vec(), markets(&[1, 3])].concat());
}

#[test]
fn usdc_alone_needs_no_bank_and_no_exchange() {
    let mut map = map();
    map.0.remove(&address::exchange());
    let account: MarginAccount = decode(&map.get(&ACCOUNT).unwrap()).unwrap();
    map.0.insert(ACCOUNT, encode(&MarginAccount { capital: [7, 0, 0, 0], ..account }));
    let instruction = ViewHealth { account: ACCOUNT }.instruction(&map).unwrap();
    assert_eq!(instruction.accounts[..4], [vec![read(ACCOUNT), ranges()], markets(&[1, 3])].concat());
    map.0.insert(ACCOUNT, encode(&account));
    let missing = ViewHealth { account: ACCOUNT }.instruction(&map).unwrap_err();
    assert_eq!(missing, SdkError::Missing(address::exchange()));
}

/// The exchange is asked for together with the markets: other collateral costs no further round.
#[test]
fn over_a_network_the_banks_are_found_in_two_rounds() {
    let map = map();
    let (mut gathering, mut rounds) = (Gathering::new(), 0);
    let built = loop {
        match gathering.attempt(|accounts| trade(2).instruction(accounts)) {
            Attempt::Ready(built) => break built.unwrap(),
            Attempt::Needs(addresses) => {
                rounds += 1;
                addresses.into_iter().for_each(|address| gathering.put(address, map.get(&address)));
            }
        }
    };
    assert_eq!(built, trade(2).instruction(&map).unwrap());
    assert_eq!(rounds, 2);
}

#[test]
fn a_declared_bank_is_not_passed_again() {
    let bank = address::bank(&SOL);
    let (owner, account, amount) = (OWNER, ACCOUNT, 5);
    let out = Withdraw { owner, account, mint: SOL, destination: PRICE, amount }.instruction(&map()).unwrap();
    assert_eq!(out.accounts[2], written(bank));
    assert_eq!(out.accounts[6..8], [ranges(), read(address::bank(&DOLLAR))]);
    let move_it = Transfer { owner, account, receiver: BUYER, mint: SOL, amount }.instruction(&map()).unwrap();
    assert_eq!(move_it.accounts[3..6], [written(bank), ranges(), read(address::bank(&DOLLAR))]);
    let usdc = Withdraw { owner, account, mint: USDC, destination: PRICE, amount }.instruction(&map()).unwrap();
    assert_eq!(usdc.accounts[6..9], [vec![ranges()], banks().to_vec()].concat());
}

#[test]
fn refreshing_a_bank_brings_a_rate_where_it_has_one() {
    let plain = RefreshBank { mint: SOL, price: PRICE, rate: None }.instruction();
    assert_data(&plain, 76, &[]);
    assert_eq!(plain.accounts, [written(address::bank(&SOL)), read(PRICE)]);
    let rated = RefreshBank { mint: SOL, price: PRICE, rate: Some(OWNER) }.instruction();
    assert_eq!(rated.accounts[2..], [read(OWNER)]);
}

#[test]
fn a_purchase_looks_at_both_accounts() {
    let buy = BuyCollateral { owner: OWNER, buyer: BUYER, account: ACCOUNT, mint: SOL, most: 5, limit: None };
    let instruction = buy.instruction(&map()).unwrap();
    assert_data(&instruction, 77, &[5u64.to_le_bytes().to_vec(), vec![0; 8]]);
    let declared = [signer(OWNER), written(BUYER), written(ACCOUNT), written(address::bank(&SOL))];
    assert_eq!(instruction.accounts[..4], declared);
    let seen = [vec![ranges(), read(address::bank(&DOLLAR))], markets(&[1, 2, 3])].concat();
    assert_eq!(instruction.accounts[4..9], seen);
    assert!(instruction.accounts[9..].iter().all(|meta| !meta.is_writable), "tick arrays are only looked at");
    // A limit of nothing is one: the least there is.
    let for_nothing = BuyCollateral { limit: Some(Price::from_bits(0)), ..buy };
    assert_eq!(for_nothing.instruction(&map()).unwrap().data[9..], 1u64.to_le_bytes());
}

#[test]
fn a_deposit_with_a_trade_declares_the_bank() {
    let both = DepositAndTrade { trade: trade(2), mint: SOL, source: BUYER, deposit: 5 };
    let instruction = both.instruction(&map()).unwrap();
    assert_data(&instruction, 78, &[5u64.to_le_bytes().to_vec(), order(1)]);
    let declared = [
        signer(OWNER),
        written(ACCOUNT),
        written(address::bank(&SOL)),
        written(address::vault(&SOL)),
        written(BUYER),
        written(address::market(2)),
        read(PRICE),
        read(TOKEN_PROGRAM),
    ];
    assert_eq!(instruction.accounts[..8], declared);
    assert_eq!(instruction.accounts[8..10], [ranges(), read(address::bank(&DOLLAR))]);
    // The rest is the trade's.
    let alone = trade(2).instruction(&map()).unwrap();
    assert_eq!(instruction.accounts[10..], alone.accounts[7..]);
}

#[test]
fn a_trade_within_a_bound_is_the_trade_with_the_bound_behind_it() {
    let exact = TradeExact { trade: trade(2), bound: 77 }.instruction(&map()).unwrap();
    assert_data(&exact, 79, &[order(1), 77u64.to_le_bytes().to_vec()]);
    assert_eq!(exact.accounts, trade(2).instruction(&map()).unwrap().accounts);
}

#[test]
fn a_target_is_reached_from_where_the_position_is() {
    let mut map = map();
    let mut account: MarginAccount = decode(&map.get(&ACCOUNT).unwrap()).unwrap();
    account.positions[1].base = 10;
    map.0.insert(ACCOUNT, encode(&account));
    let to = |market: u16, target: i64| TradeTo {
        authority: OWNER,
        account: ACCOUNT,
        market,
        price: PRICE,
        target,
        tolerance: 2,
        limit: None,
        reach: Reach { ahead: 2, behind: 0 },
    };
    let down = to(1, -5).instruction(&map).unwrap();
    assert_data(&down, 80, &[(-5i64).to_le_bytes().to_vec(), 2u64.to_le_bytes().to_vec(), vec![0; 8]]);
    let as_trade = |side, amount| {
        let exact = Exact::Base(amount);
        Trade { side, exact, limit: None, reduce_only: false, all_or_nothing: true, reach: to(1, 0).reach, ..trade(1) }
    };
    assert_eq!(down.accounts, as_trade(Side::Sell, 15).instruction(&map).unwrap().accounts);
    let up = to(1, 13).instruction(&map).unwrap();
    assert_eq!(up.accounts, as_trade(Side::Buy, 3).instruction(&map).unwrap().accounts);
    assert_eq!(to(1, -5).trade(&map).unwrap().exact, Exact::Base(15));
    assert_eq!(to(1, 12).trade(&map).unwrap_err(), SdkError::Engine(keel_engine::Error::NearTarget));
    // Near or not is for the program to say, and so is a position that there is not.
    assert!(to(1, 10).instruction(&map).is_ok() && to(2, 5).instruction(&map).is_ok());
}

#[test]
fn liens_and_gifts() {
    let (owner, account) = (OWNER, ACCOUNT);
    let give = GiveAccount { owner, account, new_owner: BUYER }.instruction();
    assert_data(&give, 81, &[vec![4; 32]]);
    let terms = Terms { holder: [5; 32], floor: 6, notice_secs: 7 };
    let place = PlaceLien { owner, account, terms }.instruction();
    assert_data(&place, 82, &[vec![5; 32], 6u64.to_le_bytes().to_vec(), 7u32.to_le_bytes().to_vec()]);
    let call = |notice| CallLien { holder: owner, account, notice }.instruction();
    assert_data(&call(true), 83, &[vec![1]]);
    assert_data(&call(false), 83, &[vec![0]]);
    let release = ReleaseLien { holder: owner, account }.instruction();
    assert_data(&release, 84, &[]);
    for instruction in [give, place, call(true), release] {
        assert_eq!(instruction.accounts, [signer(OWNER), written(ACCOUNT)]);
    }
    let seize = Seize { holder: owner, account, receiver: BUYER, mint: SOL, amount: 5 }.instruction(&map()).unwrap();
    assert_data(&seize, 85, &[5u64.to_le_bytes().to_vec()]);
    let declared = [signer(OWNER), written(ACCOUNT), written(BUYER), written(address::bank(&SOL))];
    assert_eq!(seize.accounts[..4], declared);
    assert_eq!(seize.accounts[4..6], [ranges(), read(address::bank(&DOLLAR))]);
}

#[test]
fn a_delta_is_asked_of_a_market_that_is_held_or_not() {
    for market in [1, 2] {
        let view = ViewDelta { account: ACCOUNT, market }.instruction(&map()).unwrap();
        assert_data(&view, 86, &[market.to_le_bytes().to_vec()]);
        assert!(view.accounts.contains(&read(address::market(market))));
    }
    let nothing = quote::delta(&map(), &BUYER, 3, keel_engine::Now { unix: 9, slot: 9 });
    // It looks at banks too, as every question about an account does; they are not there.
    assert_eq!(nothing.unwrap_err(), SdkError::Missing(address::bank(&DOLLAR)));
}
