//! Instructions: data, and accounts in the program's order.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod chain;

use bytemuck::Zeroable;
use chain::{Map, array_of, market};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::delegate;
use keel_engine::governance::PoolGuard;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::orders::{Kind, Terms};
use keel_engine::pool::StrategyTerms;
use keel_engine::state::Strategy;
use keel_engine::state::{Bank, MarginAccount, PlacedOrder, Pool, PoolRequest, Ticket};
use keel_engine::trade::Order;
use keel_engine::units::{Price, SqrtPrice};
use keel_sdk::accounts::encode;
use keel_sdk::address;
use keel_sdk::instructions::*;
use keel_sdk::path::Reach;
use keel_sdk::{PROGRAM_ID, SdkError};
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

const ACCOUNT: Pubkey = Pubkey::new_from_array([1; 32]);
const OWNER: Pubkey = Pubkey::new_from_array([2; 32]);
const PRICE: Pubkey = Pubkey::new_from_array([3; 32]);
const MINT: Pubkey = Pubkey::new_from_array([9; 32]);

/// Three markets; the account holds the first and the third, and ranges in both.
fn map() -> Map {
    let ranges = [(3, -200, 200), (1, -100, 100)];
    let map = Map::default().with_account(&ACCOUNT, &[3, 1], &ranges);
    [1, 2, 3].iter().fold(map, |map, number| map.with_market(&market(*number, 0, &[-2, -1, 0, 1])))
}

fn written(address: Pubkey) -> AccountMeta {
    AccountMeta::new(address, false)
}

fn read(address: Pubkey) -> AccountMeta {
    AccountMeta::new_readonly(address, false)
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
        all_or_nothing: true,
        reach: Reach::default(),
    }
}

/// The accounts after the declared ones.
fn remaining(instruction: &Instruction, declared: usize) -> &[AccountMeta] {
    &instruction.accounts[declared..]
}

#[test]
fn a_trade_is_a_byte_and_its_arguments() {
    let instruction = trade(1).instruction(&map()).unwrap();
    let mut data = vec![11, 1, 1];
    data.extend(7u64.to_le_bytes());
    data.extend(9u64.to_le_bytes());
    data.push(3);
    assert_eq!((instruction.program_id, instruction.data), (PROGRAM_ID, data));
}

/// 0 says none on the wire: a limit that came out as 0, for a purchase in a cheap market say, must not become none.
#[test]
fn a_limit_of_zero_is_a_limit() {
    let limit = |limit: Option<Price>| {
        let data = Trade { limit, ..trade(1) }.instruction(&map()).unwrap().data;
        u64::from_le_bytes(data[11..19].try_into().unwrap())
    };
    assert_eq!(limit(None), 0);
    assert_eq!(limit(Some(Price::from_bits(0))), 1);
    assert_eq!(limit(Some(Price::from_bits(1))), 1);
}

#[test]
fn a_trade_passes_companion_other_markets_and_arrays_in_order() {
    let instruction = trade(1).instruction(&map()).unwrap();
    let declared = [AccountMeta::new_readonly(OWNER, true), written(ACCOUNT), written(address::market(1)), read(PRICE)];
    assert_eq!(instruction.accounts[..4], declared);
    // The path and the ends of the own range coincide; those of the other market's range are only read.
    let expected = [
        read(address::ranges(&ACCOUNT)),
        read(address::market(3)),
        written(address::tick_array(1, -1)),
        written(address::tick_array(1, 0)),
        written(address::tick_array(1, 1)),
        read(array_of(3, -200)),
        read(array_of(3, 200)),
    ];
    assert_eq!(remaining(&instruction, 4), expected);
}

#[test]
fn legs_bring_their_prices_then_their_markets_to_be_written() {
    let leg = |market: u16, price: Pubkey| {
        let Trade { side, exact, limit, reduce_only, all_or_nothing, reach, .. } = trade(market);
        Leg { market, price, order: Order { side, exact, limit, reduce_only, all_or_nothing }, reach }
    };
    let other = Pubkey::new_from_array([4; 32]);
    let legs = TradeLegs { authority: OWNER, account: ACCOUNT, legs: vec![leg(2, PRICE), leg(3, other)] };
    let instruction = legs.instruction(&map()).unwrap();
    assert_eq!(instruction.accounts[..2], [AccountMeta::new_readonly(OWNER, true), written(ACCOUNT)]);
    // The account holds 1 and 3, and ranges in both: 1 is only looked at.
    let expected = [
        read(PRICE),
        read(other),
        read(address::ranges(&ACCOUNT)),
        read(address::market(1)),
        written(address::market(2)),
        written(address::market(3)),
        read(array_of(1, -100)),
        read(array_of(1, 100)),
        written(address::tick_array(2, -1)),
        written(address::tick_array(2, 0)),
        written(address::tick_array(2, 1)),
        written(array_of(3, -200)),
        written(address::tick_array(3, -1)),
        written(address::tick_array(3, 0)),
        written(address::tick_array(3, 1)),
    ];
    assert_eq!(remaining(&instruction, 2), expected);
    // As many bytes whatever the number of legs; each is its market and a trade's arguments.
    let single = trade(2).instruction(&map()).unwrap();
    assert_eq!(instruction.data.len(), 2 + 8 * 21);
    assert_eq!(instruction.data[..2], [21, 2]);
    assert_eq!(instruction.data[2..23], [&[2, 0], &single.data[1..]].concat());
    assert_eq!(instruction.data[23..25], [3, 0]);
    assert!(instruction.data[44..].iter().all(|byte| *byte == 0));
    let nine = TradeLegs { legs: vec![leg(1, PRICE); 9], ..legs };
    assert_eq!(nine.instruction(&map()).unwrap_err(), SdkError::Engine(keel_engine::Error::TooManyLegs));
}

#[test]
fn a_trade_locks_one_market_its_arrays_and_the_account_for_writing() {
    let map = Map::default().with_account(&ACCOUNT, &[1, 2, 3], &[]);
    let map = [1, 2, 3].iter().fold(map, |map, number| map.with_market(&market(*number, 0, &[-1, 0])));
    let instruction = trade(2).instruction(&map).unwrap();
    let locked: Vec<Pubkey> = instruction.accounts.iter().filter(|m| m.is_writable).map(|m| m.pubkey).collect();
    let arrays = [address::tick_array(2, -1), address::tick_array(2, 0)];
    assert_eq!(locked, [ACCOUNT, address::market(2), arrays[0], arrays[1]]);
}

#[test]
fn a_health_check_passes_every_market_and_nothing_to_write() {
    let instruction = BeginLiquidation { account: ACCOUNT }.instruction(&map()).unwrap();
    let expected = [
        read(address::ranges(&ACCOUNT)),
        read(address::market(1)),
        read(address::market(3)),
        read(array_of(1, -100)),
        read(array_of(1, 100)),
        read(array_of(3, -200)),
        read(array_of(3, 200)),
    ];
    assert_eq!(remaining(&instruction, 1), expected);
}

#[test]
fn adding_a_range_brings_its_ends_and_declares_the_companion() {
    let add = AddRange {
        owner: OWNER,
        account: ACCOUNT,
        market: 1,
        price: PRICE,
        lower: -200,
        upper: 40,
        liquidity: 1 << 70,
        min_sqrt_price: SqrtPrice::from_bits(5),
        max_sqrt_price: SqrtPrice::ONE,
    };
    let instruction = add.instruction(&map()).unwrap();
    assert_eq!(instruction.accounts[2], written(address::ranges(&ACCOUNT)));
    let expected = [
        read(address::market(3)),
        written(address::tick_array(1, -2)),
        written(address::tick_array(1, -1)),
        written(address::tick_array(1, 0)),
        read(array_of(3, -200)),
        read(array_of(3, 200)),
    ];
    assert_eq!(remaining(&instruction, 5), expected);
    assert_eq!(instruction.data.len(), 1 + 4 + 4 + 16 + 16 + 16);
}

#[test]
fn a_range_is_settled_with_arrays_read_and_removed_with_arrays_written() {
    let ends = [array_of(3, -200), array_of(3, 200)];
    let settle = SettleRange { authority: OWNER, account: ACCOUNT, slot: 0 }.instruction(&map()).unwrap();
    assert_eq!(remaining(&settle, 4), ends.map(read));
    let remove = RemoveRange { owner: OWNER, account: ACCOUNT, slot: 0 }.instruction(&map()).unwrap();
    assert_eq!(remaining(&remove, 4), ends.map(written));
    assert_eq!((settle.data, remove.data), (vec![14, 0], vec![13, 0]));
}

#[test]
fn resolving_writes_the_other_markets() {
    let map = map().with_account(&ACCOUNT, &[1, 2, 3], &[]);
    let instruction = Resolve { account: ACCOUNT, market: 2 }.instruction(&map).unwrap();
    assert_eq!(remaining(&instruction, 3), [written(address::market(1)), written(address::market(3))]);
}

/// A bank with a ticket in its queue, of an account that is flagged or not.
fn with_queue(amount: u64, flagged_at: i64) -> Map {
    let mut map = map();
    let mut account: MarginAccount = keel_sdk::chain::load(&map, &ACCOUNT).unwrap();
    account.flagged_at = flagged_at;
    let bank = Bank { index: 2, queue_head: 7, queue_tail: 9, ..Bank::zeroed() };
    let ticket = Ticket { account: [1; 32], destination: [4; 32], payer: [5; 32], amount, bank: 2, ..Ticket::zeroed() };
    map.0.insert(ACCOUNT, encode(&account));
    map.0.insert(address::bank(&MINT), encode(&bank));
    map.0.insert(address::ticket(2, 7), encode(&ticket));
    map
}

#[test]
fn a_withdrawal_waits_at_the_end_of_its_banks_queue() {
    let queue = QueueWithdrawal { owner: OWNER, account: ACCOUNT, mint: MINT, destination: PRICE, amount: 6 };
    let instruction = queue.instruction(&with_queue(1, 0)).unwrap();
    assert_eq!(instruction.accounts[3], written(address::ticket(2, 9)));
    assert_eq!(remaining(&instruction, 7).len(), 7);
    assert_eq!(instruction.data, [&[40][..], &6u64.to_le_bytes()].concat());
}

#[test]
fn paying_reads_the_ticket_and_leaves_out_the_account_of_a_cancelled_one() {
    let pay = PayWithdrawal { mint: MINT, number: 7 };
    let instruction = pay.instruction(&with_queue(1, 0)).unwrap();
    let to = |byte: u8| written(Pubkey::new_from_array([byte; 32]));
    assert_eq!(instruction.accounts[2..6], [written(address::ticket(2, 7)), written(ACCOUNT), to(4), to(5)]);
    assert_eq!(remaining(&instruction, 7).len(), 7);
    let skip = pay.instruction(&with_queue(0, 0)).unwrap();
    assert_eq!((skip.accounts[3].clone(), remaining(&skip, 7)), (read(PROGRAM_ID), &[][..]));
    let nowhere = PayWithdrawal { number: 8, ..pay }.instruction(&with_queue(0, 0));
    assert_eq!(nowhere.unwrap_err(), SdkError::Missing(address::ticket(2, 8)));
}

#[test]
fn cancelling_brings_what_the_cure_of_a_flagged_account_needs() {
    let cancel = CancelWithdrawal { authority: OWNER, mint: MINT, number: 7 };
    assert_eq!(cancel.instruction(&with_queue(1, 0)).unwrap().accounts.len(), 5);
    assert_eq!(cancel.instruction(&with_queue(1, 9)).unwrap().accounts.len(), 12);
}

#[test]
fn a_transfer_brings_what_the_givers_health_needs() {
    let transfer = Transfer { owner: OWNER, account: ACCOUNT, receiver: PRICE, mint: MINT, amount: 1 };
    let instruction = transfer.instruction(&map()).unwrap();
    assert_eq!(instruction.accounts[1..4], [written(ACCOUNT), written(PRICE), written(address::bank(&MINT))]);
    assert_eq!(remaining(&instruction, 4).len(), 7);
}

/// The pool, which holds the first market and a range there, with a deposit and a redemption that wait.
fn with_pool(amount: u64) -> Map {
    let mut map = map().with_account(&address::pool_account(), &[1], &[(1, -100, 100)]);
    let pool = Pool { deposits: 4, redeem_head: 7, redeem_tail: 9, ..Pool::zeroed() };
    map.0.insert(address::pool(), encode(&pool));
    for (kind, number) in [(0, 3), (1, 7)] {
        let request = PoolRequest {
            account: [1; 32],
            shares_account: [4; 32],
            payer: [5; 32],
            amount,
            kind,
            number,
            ..PoolRequest::zeroed()
        };
        map.0.insert(address::pool_request(kind, number), encode(&request));
    }
    map
}

/// Whoever is said to pay signs in the owner's place at the payer's, and nothing else changes.
#[test]
fn somebody_else_may_pay() {
    let payer = Pubkey::new_from_array([77; 32]);
    let terms = everything();
    let (pool, queue) = (with_pool(1), with_queue(1, 0));
    let open = OpenAccount { owner: OWNER, sub_account: 3, isolated_market: 0 };
    let ranges = OpenRanges { owner: OWNER, account: ACCOUNT };
    let approve = ApproveBuilder { owner: OWNER, account: ACCOUNT, builder: PRICE, max_fee_ppm: 500 };
    let place = PlaceOrder { authority: OWNER, account: ACCOUNT, market: 3, number: 14, terms };
    let wait = QueueWithdrawal { owner: OWNER, account: ACCOUNT, mint: MINT, destination: PRICE, amount: 6 };
    let enter =
        RequestDeposit { owner: OWNER, account: ACCOUNT, shares_account: PRICE, amount: 6, min_shares: 5, tip: 4 };
    let leave = RequestRedeem { owner: OWNER, account: ACCOUNT, shares_account: PRICE, amount: 6, tip: 4 };
    let own_and_paid = [
        (open.instruction(), open.paid_by(payer)),
        (ranges.instruction(), ranges.paid_by(payer)),
        (approve.instruction(), approve.paid_by(payer)),
        (place.instruction(), place.paid_by(payer)),
        (wait.instruction(&queue).unwrap(), wait.paid_by(&queue, payer).unwrap()),
        (enter.instruction(&pool).unwrap(), enter.paid_by(&pool, payer).unwrap()),
        (leave.instruction(&pool).unwrap(), leave.paid_by(&pool, payer).unwrap()),
    ];
    for (own, paid) in own_and_paid {
        assert_eq!(own.accounts[0], AccountMeta::new_readonly(OWNER, true));
        let place = own.accounts.iter().position(|meta| *meta == AccountMeta::new(OWNER, true)).unwrap();
        let mut expected = own.clone();
        expected.accounts[place].pubkey = payer;
        assert_eq!(paid, expected);
    }
}

#[test]
fn requests_to_the_pool_have_the_next_number() {
    let map = with_pool(1);
    let deposit =
        RequestDeposit { owner: OWNER, account: ACCOUNT, shares_account: PRICE, amount: 6, min_shares: 5, tip: 4 };
    let instruction = deposit.instruction(&map).unwrap();
    assert_eq!(instruction.accounts[3], written(address::pool_request(0, 4)));
    assert_eq!(remaining(&instruction, 7).len(), 7);
    assert_eq!(instruction.data, [&[55][..], &[6u64, 5, 4].map(u64::to_le_bytes).concat()].concat());
    let redeem = RequestRedeem { owner: OWNER, account: ACCOUNT, shares_account: PRICE, amount: 6, tip: 4 };
    let instruction = redeem.instruction(&map).unwrap();
    assert_eq!(instruction.accounts[3], written(address::pool_request(1, 9)));
    assert_eq!(instruction.accounts.len(), 9);
    assert_eq!(instruction.data, [&[58][..], &[6u64, 4].map(u64::to_le_bytes).concat()].concat());
}

#[test]
fn executing_for_the_pool_brings_what_its_health_needs() {
    let to = |byte: u8| written(Pubkey::new_from_array([byte; 32]));
    let pool = [
        read(address::ranges(&address::pool_account())),
        read(address::market(1)),
        read(array_of(1, -100)),
        read(array_of(1, 100)),
    ];
    let map = with_pool(1);
    let deposit = ExecuteDeposit { keeper: OWNER, number: 3 }.instruction(&map).unwrap();
    assert_eq!(deposit.accounts[4..7], [written(address::pool_request(0, 3)), written(ACCOUNT), to(4)]);
    assert_eq!((deposit.accounts[8].clone(), remaining(&deposit, 10)), (to(5), &pool[..]));
    let redeem = ExecuteRedeem { keeper: OWNER, number: 7 };
    let paid = redeem.instruction(&map).unwrap();
    assert_eq!(paid.accounts[4..7], [written(address::pool_request(1, 7)), written(ACCOUNT), to(4)]);
    assert_eq!(remaining(&paid, 11), pool);
    let skipped = redeem.instruction(&with_pool(0)).unwrap();
    assert_eq!((skipped.accounts[5].clone(), remaining(&skipped, 11)), (read(PROGRAM_ID), &[][..]));
    let view = ViewPool.instruction(&map).unwrap();
    assert_eq!((&view.data[..], remaining(&view, 3)), (&[66][..], &pool[..]));
}

#[test]
fn taking_a_request_back_names_its_payer() {
    let mut map = with_pool(1);
    let cancel = CancelDeposit { authority: OWNER, number: 3 };
    assert_eq!(cancel.instruction(&map).unwrap().accounts.len(), 5);
    let mut account: MarginAccount = keel_sdk::chain::load(&map, &ACCOUNT).unwrap();
    account.flagged_at = 9;
    map.0.insert(ACCOUNT, encode(&account));
    assert_eq!(cancel.instruction(&map).unwrap().accounts.len(), 12);
    let back = CancelRedeem { owner: OWNER, shares_account: PRICE, number: 7 }.instruction(&map).unwrap();
    assert_eq!(back.accounts[3..5], [written(address::pool_request(1, 7)), written(PRICE)]);
    assert_eq!(back.accounts[6], written(Pubkey::new_from_array([5; 32])));
    assert_eq!(CreatePool { admin: OWNER }.instruction().accounts.len(), 10);
}

#[test]
fn what_is_not_there_is_named() {
    let nowhere = BeginLiquidation { account: OWNER }.instruction(&map());
    assert_eq!(nowhere.unwrap_err(), SdkError::Missing(OWNER));
    let kind = BeginLiquidation { account: address::market(1) }.instruction(&map());
    assert_eq!(kind.unwrap_err(), SdkError::WrongKind(address::market(1), "TraderAccount"));
    let slot = RemoveRange { owner: OWNER, account: ACCOUNT, slot: 5 }.instruction(&map());
    assert_eq!(slot.unwrap_err(), SdkError::Engine(keel_engine::Error::RangeNotFound));
    let flat = LiquidateOnCurve {
        keeper: OWNER,
        account: ACCOUNT,
        market: 2,
        price: PRICE,
        max_base: 1,
        reach: Reach::default(),
    };
    // Why nothing can be closed is for the program to say.
    assert_eq!(flat.instruction(&map()).unwrap().data.first(), Some(&19));
}

/// The liquidator's companion and both accounts' other markets; every tick array is only looked at.
#[test]
fn a_take_over_looks_at_both_accounts() {
    let liquidated = Pubkey::new_from_array([4; 32]);
    let map = map().with_account(&liquidated, &[1, 2], &[]);
    let liquidate = Liquidate {
        owner: OWNER,
        liquidator: ACCOUNT,
        account: liquidated,
        market: 1,
        max_base: 7,
        limit: Some(Price::from_bits(9)),
    };
    let instruction = liquidate.instruction(&map).unwrap();
    assert_eq!(instruction.data[1..], [7u64.to_le_bytes(), 9u64.to_le_bytes()].concat());
    assert_eq!(instruction.accounts[0], AccountMeta::new_readonly(OWNER, true));
    assert_eq!(instruction.accounts[1..4], [written(ACCOUNT), written(liquidated), written(address::market(1))]);
    let rest = remaining(&instruction, 4);
    assert_eq!(rest[..3], [read(address::ranges(&ACCOUNT)), read(address::market(2)), read(address::market(3))]);
    assert!(rest.len() > 3 && rest[3..].iter().all(|meta| !meta.is_writable));
}

/// The holder's companion is written where it has ranges in the market, and left out where it has none.
#[test]
fn deleveraging_settles_the_holders_ranges() {
    let [keeper, deleveraged] = [5, 4].map(|byte| Pubkey::new_from_array([byte; 32]));
    let map = map().with_account(&deleveraged, &[2, 1], &[]);
    let deleverage = |market| {
        let step = Deleverage { keeper, holder: ACCOUNT, account: deleveraged, market, max_base: 7 };
        step.instruction(&map).unwrap()
    };
    let instruction = deleverage(1);
    let market = written(address::market(1));
    assert_eq!(instruction.accounts[..4], [written(keeper), written(ACCOUNT), written(deleveraged), market]);
    let rest = remaining(&instruction, 4);
    assert_eq!(rest[..2], [written(address::ranges(&ACCOUNT)), read(address::market(2))]);
    // The ends of its range in the first market, not of the one in the third.
    let arrays = [-1, 0].map(|index| read(address::tick_array(1, index)));
    assert_eq!(rest[2..], arrays);
    let elsewhere = deleverage(2);
    assert_eq!(remaining(&elsewhere, 4), [read(address::market(1))]);
}

/// An order of the account in the third market, placed by somebody else.
fn with_order() -> Map {
    let mut map = map();
    let order =
        PlacedOrder { account: [1; 32], payer: [5; 32], number: 7, market: 3, side: 1, ..PlacedOrder::zeroed() };
    map.0.insert(address::order(&ACCOUNT, 7), encode(&order));
    map
}

/// An order that says something of everything.
fn everything() -> Terms {
    let price = Price::from_bits;
    Terms {
        kind: Kind::Twap,
        side: Side::Sell,
        flags: 5,
        amount: 1,
        below: price(2),
        below_limit: price(3),
        above: price(4),
        above_limit: price(6),
        min_fill: 7,
        tip: 8,
        starts_at: 9,
        expires_at: -10,
        interval_secs: 11,
        slices: 12,
        catch_up: 13,
    }
}

#[test]
fn an_order_is_placed_with_everything_that_it_says() {
    let terms = everything();
    let place = PlaceOrder { authority: OWNER, account: ACCOUNT, market: 3, number: 14, terms };
    let instruction = place.instruction();
    let words = [1u64, 2, 3, 4, 6, 7, 8].map(u64::to_le_bytes).concat();
    let times = [9i64, -10].map(i64::to_le_bytes).concat();
    let counts = [11u32, 12, 13].map(u32::to_le_bytes).concat();
    assert_eq!(instruction.data, [&[68][..], &14u64.to_le_bytes(), &[3, 1, 5], &words, &times, &counts].concat());
    let order = written(address::order(&ACCOUNT, 14));
    let signs = AccountMeta::new_readonly(OWNER, true);
    let expected = [signs, written(ACCOUNT), read(address::market(3)), order, AccountMeta::new(OWNER, true)];
    assert_eq!(instruction.accounts[..5], expected);
}

#[test]
fn an_order_is_executed_as_a_trade_of_its_account_and_ends_with_who_paid() {
    let (order, paid) = (written(address::order(&ACCOUNT, 7)), written(Pubkey::new_from_array([5; 32])));
    let keeper = AccountMeta::new(OWNER, true);
    let market = address::market(3);
    let execute = ExecuteOrder { keeper: OWNER, account: ACCOUNT, number: 7, price: PRICE, reach: Reach::default() };
    let instruction = execute.instruction(&with_order()).unwrap();
    let declared = [keeper.clone(), written(ACCOUNT), written(market), read(PRICE), order.clone(), paid.clone()];
    assert_eq!((&instruction.data[..], &instruction.accounts[..6]), (&[69][..], &declared[..]));
    assert_eq!(remaining(&instruction, 6), remaining(&trade(3).instruction(&map()).unwrap(), 4));

    let cancel = CancelOrder { authority: OWNER, account: ACCOUNT, number: 7 }.instruction(&with_order()).unwrap();
    let signer = AccountMeta::new_readonly(OWNER, true);
    assert_eq!((cancel.data, cancel.accounts), (vec![70], vec![signer, written(ACCOUNT), order.clone(), paid.clone()]));

    let clean = CleanOrder { keeper: OWNER, account: ACCOUNT, number: 7 }.instruction(&with_order()).unwrap();
    assert_eq!((clean.data, clean.accounts), (vec![71], vec![keeper, written(ACCOUNT), read(market), order, paid]));
    let nowhere = CleanOrder { keeper: OWNER, account: ACCOUNT, number: 8 }.instruction(&with_order());
    assert_eq!(nowhere.unwrap_err(), SdkError::Missing(address::order(&ACCOUNT, 8)));
}

#[test]
fn a_pegged_order_is_one_grid_tick_away_from_the_index() {
    let spacing = i32::try_from(market(1, 0, &[]).params.tick_spacing).unwrap();
    let at = |side, tick| pegged_order(&map(), (OWNER, ACCOUNT), (1, PRICE), side, tick, 1_000_000_000);
    let sale = at(Side::Sell, 10 * spacing).unwrap();
    assert_eq!((sale.lower, sale.upper), (10 * spacing, 11 * spacing));
    assert_eq!(sale.max_sqrt_price, sqrt_price_at_tick(10 * spacing).unwrap());
    let purchase = at(Side::Buy, -10 * spacing).unwrap();
    assert_eq!((purchase.lower, purchase.upper), (-11 * spacing, -10 * spacing));
    assert_eq!(purchase.min_sqrt_price, sqrt_price_at_tick(-10 * spacing).unwrap());
    assert!(purchase.liquidity < sale.liquidity && sale.liquidity > 1 << 40);
    assert_eq!(at(Side::Sell, i32::MAX).unwrap_err(), SdkError::Engine(keel_engine::Error::InvalidTick));
}

#[test]
fn a_delegates_terms_are_in_the_order_of_the_program() {
    let terms = delegate::Terms { delegate: [5; 32], permissions: 3, expiry: -4, notional: 6, markets: [7, 0, 8, 0] };
    let instruction = SetDelegate { owner: OWNER, account: ACCOUNT, terms }.instruction();
    let mut data = vec![72];
    data.extend([5; 32]);
    data.extend(3u32.to_le_bytes());
    data.extend((-4i64).to_le_bytes());
    data.extend(6u64.to_le_bytes());
    data.extend([7, 0, 0, 0, 8, 0, 0, 0]);
    assert_eq!(instruction.data, data);
    assert_eq!(instruction.accounts, [AccountMeta::new_readonly(OWNER, true), written(ACCOUNT)]);
}

#[test]
fn an_approval_is_the_accounts_and_the_builders() {
    let builder = Pubkey::new_from_array([6; 32]);
    let approval = address::approval(&ACCOUNT, &builder);
    let approve = ApproveBuilder { owner: OWNER, account: ACCOUNT, builder, max_fee_ppm: 500 }.instruction();
    assert_eq!(approve.data, [&[73][..], &[6; 32], &500u32.to_le_bytes()].concat());
    let owner = AccountMeta::new(OWNER, true);
    let system = read(address::SYSTEM_PROGRAM);
    let signs = AccountMeta::new_readonly(OWNER, true);
    assert_eq!(approve.accounts, [signs, read(ACCOUNT), written(approval), owner.clone(), system]);
    let revoke = RevokeBuilder { owner: OWNER, account: ACCOUNT, builder }.instruction();
    assert_eq!((revoke.data, revoke.accounts), (vec![74], vec![owner, read(ACCOUNT), written(approval)]));
}

#[test]
fn a_trade_with_a_builder_is_the_trade_with_two_accounts_more() {
    let (builder, builder_account) = (Pubkey::new_from_array([6; 32]), Pubkey::new_from_array([7; 32]));
    let plain = trade(1).instruction(&map()).unwrap();
    let with = TradeWithBuilder { trade: trade(1), builder, builder_account, fee_ppm: 250 };
    let with = with.instruction(&map()).unwrap();
    assert_eq!(with.data, [&[75][..], &plain.data[1..], &250u32.to_le_bytes()].concat());
    let approval = read(address::approval(&ACCOUNT, &builder));
    let (declared, found) = plain.accounts.split_at(4);
    let (signer, declared) = declared.split_at(1);
    assert!(!found.is_empty());
    assert_eq!(with.accounts, [signer, &[approval], declared, &[written(builder_account)], found].concat());
}

#[test]
fn rolling_the_pools_range_brings_both_ends_of_the_old_and_those_there_are_of_the_new() {
    let mut map = with_pool(1);
    let rebalance = Rebalance { keeper: ACCOUNT, market: 1, price: PRICE };
    let account = address::pool_account();
    let declared = [
        read(address::exchange()),
        written(ACCOUNT),
        written(address::pool()),
        written(account),
        written(address::ranges(&account)),
        written(address::market(1)),
        read(PRICE),
    ];
    let without = rebalance.instruction(&map).unwrap();
    assert_eq!((&without.data[..], &without.accounts[..7]), (&[61][..], &declared[..]));
    let mut state = keel_sdk::chain::market(&map, 1).unwrap();
    state.anchor = SqrtPrice::ONE;
    map.0.insert(address::market(1), encode(&state));
    let mut pool: Pool = keel_sdk::chain::load(&map, &address::pool()).unwrap();
    pool.strategies[0] = Strategy { market: 1, quotes: 1, width_ticks: 300, ..Strategy::zeroed() };
    map.0.insert(address::pool(), encode(&pool));
    let with = rebalance.instruction(&map).unwrap();
    assert_eq!(with.accounts, without.accounts, "no array is there");
    let spacing = keel_sdk::chain::market(&map, 1).unwrap().params.tick_spacing;
    let array = address::tick_array(1, keel_engine::book::array_index(300, spacing).unwrap());
    map.0.insert(array, Vec::new());
    let with = rebalance.instruction(&map).unwrap();
    assert!(with.accounts.contains(&written(array)));

    let collect = CollectPool { market: 1 }.instruction(&map).unwrap();
    assert_eq!(collect.data, [67]);
    assert!(collect.accounts[4..].iter().all(|meta| !meta.is_writable) && collect.accounts.len() > 4);
}

#[test]
fn the_pools_governance() {
    let guard = GuardPool { authority: OWNER, guard: PoolGuard::ExposureCap(3, 7) }.instruction();
    assert_eq!(guard.data, [65, 4, 3, 0, 7, 0, 0, 0]);
    let terms = StrategyTerms { quotes: 1, width_ticks: 9, ..StrategyTerms::default() };
    let plan = Plan::Strategy(3, terms);
    assert_eq!(plan.place(), (keel_engine::governance::Kind::Strategy, 3));
    assert_eq!(plan.content()[..8], [1, 0, 0, 0, 9, 0, 0, 0]);
    assert_eq!(Plan::OpenPool.content(), [0; 512]);
}

#[test]
fn the_pool_takes_over_with_what_its_health_needs() {
    let [keeper, liquidated] = [5, 4].map(|byte| Pubkey::new_from_array([byte; 32]));
    let pool = address::pool_account();
    let map = map().with_account(&pool, &[3, 1], &[(3, -200, 200), (1, -100, 100)]);
    let map = map.with_account(&liquidated, &[2, 1], &[]);
    let backstop = Backstop { keeper, account: liquidated, market: 1, max_base: 7 }.instruction(&map).unwrap();
    assert_eq!(backstop.data, [[62].as_slice(), &7u64.to_le_bytes()].concat());
    let declared = [keeper, address::pool(), pool, liquidated, address::market(1)].map(written);
    assert_eq!(backstop.accounts[..5], declared);
    let rest = remaining(&backstop, 5);
    // The companion, the other markets of both, the arrays of the pool's ranges; all are read.
    assert_eq!(rest[..3], [address::ranges(&pool), address::market(2), address::market(3)].map(read));
    let arrays = [(1, -100), (1, 100), (3, -200), (3, 200)].map(|(market, tick)| read(array_of(market, tick)));
    assert_eq!(rest[3..], arrays);

    let balance = BalanceReserve.instruction(&map).unwrap();
    assert_eq!(balance.data, [63]);
    let declared = [written(address::exchange()), read(address::pool()), written(pool)];
    assert_eq!(balance.accounts[..3], declared);
    assert_eq!(remaining(&balance, 3)[..3], [address::ranges(&pool), address::market(1), address::market(3)].map(read));
}
