//! Governance: what waits, what is at once, what is refused, and that nothing of it touches what users have.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use bytemuck::{Pod, Zeroable, bytes_of};
use keel_engine::exchange_params::{BankParams, ExchangeParams, set_bank_defaults, set_exchange_defaults};
use keel_engine::governance::*;
use keel_engine::listing::list_market;
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::state::{Bank, CHANGE_LENGTH, Change, Exchange, MAX_BANKS, MarginAccount, Market};
use keel_engine::units::Rate;
use keel_engine::vault::deposit;
use keel_engine::{Error, Now};
use proptest::prelude::*;

const T0: i64 = 1_800_000_000;
const DAY: i64 = 86_400;
const DELAY: i64 = 2 * DAY;
const ADMIN: [u8; 32] = [1; 32];
const GUARDIAN: [u8; 32] = [2; 32];
const STRANGER: [u8; 32] = [3; 32];

fn at(unix: i64) -> Now {
    Now { unix, slot: 0 }
}

/// Launched at `T0`, with a bank and a market.
fn exchange() -> Exchange {
    let mut exchange = Exchange { admin: ADMIN, guardian: GUARDIAN, ..Exchange::zeroed() };
    set_exchange_defaults(&mut exchange);
    (exchange.banks, exchange.markets, exchange.launched_at) = (1, 1, T0);
    exchange
}

fn bank() -> Bank {
    let mut bank = Bank { open: 1, ..Bank::zeroed() };
    set_bank_defaults(&mut bank);
    bank
}

fn terms() -> MarketTerms {
    MarketTerms { params: Params::DEFAULT, name: [b'x'; 16], ..MarketTerms::zeroed() }
}

/// Of a token with this mint: USDC has no feed, anything else one.
fn bank_terms(mint: u8) -> BankTerms {
    BankTerms { mint: [mint; 32], price_owner: [8; 32], feed_id: [9; 32], ..BankTerms::default() }
}

fn market() -> Market {
    let (mut market, terms) = (Market::zeroed(), terms());
    let price = 10_000_000_000_000;
    let sample = Sample { price, conf: 0, exponent: -8, publish_time: T0, ema_price: price };
    list_market(&mut market, &terms.listing(1, 0).unwrap(), &sample, at(T0)).unwrap();
    market
}

fn padded<T: Pod>(value: &T) -> [u8; CHANGE_LENGTH] {
    let mut content = [0; CHANGE_LENGTH];
    content[..size_of::<T>()].copy_from_slice(bytes_of(value));
    content
}

fn queued(
    exchange: &mut Exchange,
    kind: Kind,
    target: u16,
    content: [u8; CHANGE_LENGTH],
    unix: i64,
) -> Result<Change, Error> {
    let mut change = Change::zeroed();
    let proposal = Proposal { kind: kind as u8, target, content: &content, payer: ADMIN, bump: 7 };
    queue(exchange, &mut change, &proposal, at(unix)).map(|()| change)
}

fn key(key: [u8; 32]) -> [u8; CHANGE_LENGTH] {
    padded(&key)
}

#[test]
fn nobody_deposits_before_the_launch() {
    let (mut exchange, mut one) = (Exchange { launched_at: 0, ..exchange() }, Bank { open: 0, ..bank() });
    let mut account = MarginAccount::zeroed();
    assert_eq!(deposit(&mut account, &mut one, 1, at(T0)), Err(Error::NotLaunched));
    assert_eq!(require_not_launched(&exchange), Ok(()));
    launch(&mut exchange, &mut [&mut one], at(T0)).unwrap();
    assert_eq!((exchange.launched_at, one.open), (T0, 1));
    assert_eq!(deposit(&mut account, &mut one, 1, at(T0)), Ok(()));
    assert_eq!(require_not_launched(&exchange), Err(Error::AlreadyLaunched));
    assert_eq!(launch(&mut exchange, &mut [&mut one], at(T0)), Err(Error::AlreadyLaunched));
}

#[test]
fn the_launch_opens_all_banks() {
    let zero = Exchange { launched_at: 0, banks: 2, ..exchange() };
    let (mut a, mut b) = (bank(), Bank { index: 1, ..bank() });
    assert_eq!(launch(&mut zero.clone(), &mut [], at(T0)), Err(Error::WrongBank));
    assert_eq!(launch(&mut zero.clone(), &mut [&mut a], at(T0)), Err(Error::WrongBank));
    assert_eq!(launch(&mut zero.clone(), &mut [&mut b, &mut a], at(T0)), Err(Error::WrongBank));
    let mut exchange = zero;
    launch(&mut exchange, &mut [&mut a, &mut b], at(-5)).unwrap();
    // Launched whatever the clock says.
    assert!(is_launched(&exchange));
}

#[test]
fn before_the_launch_nothing_waits_and_nothing_of_it_is_left_after_it() {
    let mut exchange = Exchange { launched_at: 0, ..exchange() };
    let first = queued(&mut exchange, Kind::Guardian, 0, key([9; 32]), T0).unwrap();
    let second = queued(&mut exchange, Kind::Treasury, 0, key([8; 32]), T0).unwrap();
    assert_eq!((first.number, second.number, exchange.changes), (1, 2, 2));
    change_exchange(&mut exchange, &first, at(T0)).unwrap();
    assert_eq!(exchange.guardian, [9; 32]);
    launch(&mut exchange, &mut [&mut bank()], at(T0)).unwrap();
    for unix in [T0, T0 + DELAY, T0 + 100 * DAY] {
        assert_eq!(change_exchange(&mut exchange, &second, at(unix)), Err(Error::ChangeLapsed));
    }
}

#[test]
fn a_change_waits_may_be_executed_and_lapses() {
    let mut exchange = exchange();
    let change = queued(&mut exchange, Kind::Treasury, 0, key([8; 32]), T0 + 5).unwrap();
    assert_eq!((change.queued_at, change.executable_at), (T0 + 5, T0 + 5 + DELAY));
    assert_eq!((change.payer, change.bump, change.version), (ADMIN, 7, 1));
    let ready = change.executable_at;
    assert_eq!(require_due(&exchange, &change, at(ready - 1)), Err(Error::ChangeNotReady));
    assert_eq!(require_due(&exchange, &change, at(ready)), Ok(()));
    assert_eq!(require_due(&exchange, &change, at(ready + EXECUTION_WINDOW_SECS - 1)), Ok(()));
    assert_eq!(require_due(&exchange, &change, at(ready + EXECUTION_WINDOW_SECS)), Err(Error::ChangeLapsed));
    assert_eq!(EXECUTION_WINDOW_SECS, 14 * DAY);
}

/// The timelock is itself a parameter: lowering it waits for the old one, and what was queued before keeps its time.
#[test]
fn delay_cannot_be_lowered_at_once() {
    let mut exchange = exchange();
    let low = ExchangeParams { timelock_secs: 86_400, ..ExchangeParams::of(&exchange) };
    let lower = queued(&mut exchange, Kind::ExchangeParams, 0, padded(&low), T0).unwrap();
    let other = queued(&mut exchange, Kind::Guardian, 0, key(STRANGER), T0 + 1).unwrap();
    assert_eq!(change_exchange(&mut exchange, &lower, at(T0 + DELAY - 1)), Err(Error::ChangeNotReady));
    change_exchange(&mut exchange, &lower, at(T0 + DELAY)).unwrap();
    assert_eq!(exchange.timelock_secs, 86_400);
    assert_eq!(change_exchange(&mut exchange, &other, at(T0 + DELAY)), Err(Error::ChangeNotReady));
    let next = queued(&mut exchange, Kind::Guardian, 0, key(STRANGER), T0 + DELAY).unwrap();
    assert_eq!(next.executable_at, T0 + DELAY + DAY);
    // Never below what is compiled in.
    let none = ExchangeParams { timelock_secs: 86_399, ..low };
    let refused = queued(&mut exchange, Kind::ExchangeParams, 0, padded(&none), T0).map(drop);
    assert_eq!(refused, Err(Error::InvalidParameter));
}

#[test]
fn params_outside_caps_rejected() {
    let mut exchange = exchange();
    let fees = Params { base_fee_ppm: 1_000_000, max_fee_ppm: 1_000_000, ..Params::DEFAULT };
    let thin = Params { mmr_ppm: 5_000, ..Params::DEFAULT };
    let half = Params { insurance_share_ppm: 0, ..Params::DEFAULT };
    let wrong = [(fees, Error::InvalidParameter), (thin, Error::UnsafeParameters), (half, Error::UnsafeParameters)];
    for (params, error) in wrong {
        assert_eq!(queued(&mut exchange, Kind::MarketParams, 1, padded(&params), T0).map(drop), Err(error));
        let content = padded(&MarketTerms { params, ..terms() });
        assert_eq!(queued(&mut exchange, Kind::ListMarket, 0, content, T0).map(drop), Err(error));
    }
    let bad_bank = BankParams { outflow_limit_ppm_per_hour: 1_000_000, ..BankParams::of(&bank()) };
    let refused = queued(&mut exchange, Kind::BankParams, 0, padded(&bad_bank), T0).map(drop);
    assert_eq!((refused, exchange.changes), (Err(Error::InvalidParameter), 0));
    // And again at the execution, whatever was in the account.
    let mut change = queued(&mut exchange, Kind::MarketParams, 1, padded(&Params::DEFAULT), T0).unwrap();
    change.content = padded(&thin);
    assert_eq!(change_market(&exchange, &mut market(), &change, at(T0 + DELAY)), Err(Error::UnsafeParameters));
}

#[test]
fn targets_and_contents_that_mean_nothing() {
    let mut exchange = exchange();
    let mut refused = |kind, target, content| queued(&mut exchange, kind, target, content, T0).map(drop).unwrap_err();
    for kind in [Kind::MarketParams, Kind::CloseMarket, Kind::LiftReduceOnly] {
        for target in [0, 2, u16::MAX] {
            assert_eq!(refused(kind, target, padded(&Params::DEFAULT)), Error::WrongMarket);
        }
    }
    assert_eq!(refused(Kind::BankParams, 1, padded(&BankParams::of(&bank()))), Error::WrongBank);
    for kind in [Kind::Guardian, Kind::Treasury, Kind::PendingAdmin, Kind::AddBank, Kind::ListMarket] {
        assert_eq!(refused(kind, 1, key([1; 32])), Error::InvalidInstruction);
        // Something behind it.
        let mut content = padded(&terms());
        content[CHANGE_LENGTH - 1] = 1;
        assert_eq!(refused(kind, 0, content), Error::InvalidInstruction);
    }
    let both = MarketTerms { launch_price: 1, ..terms() };
    let neither = MarketTerms { mode: 2, ..terms() };
    for terms in [both, neither] {
        assert_eq!(refused(Kind::ListMarket, 0, padded(&terms)), Error::InvalidInstruction);
    }
    for number in (0..=u8::MAX).filter(|number| Kind::ALL.iter().all(|kind| *kind as u8 != *number)) {
        assert_eq!(Kind::of(number), Err(Error::ChangeUnknown));
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::of(*kind as u8), Ok(*kind));
    }
}

#[test]
fn no_more_markets_and_banks_than_there_may_be() {
    let mut full = exchange();
    (full.markets, full.max_markets) = (3, 3);
    assert_eq!(next_market(&full), Err(Error::MarketsFull));
    assert_eq!(queued(&mut full, Kind::ListMarket, 0, padded(&terms()), T0).map(drop), Err(Error::MarketsFull));
    full.markets = 2;
    assert_eq!(next_market(&full), Ok(3));
    // Queued while there was room, executed when there is none.
    let change = queued(&mut full, Kind::ListMarket, 0, padded(&terms()), T0).unwrap();
    assert_eq!(due_market(&full, &change, at(T0 + DELAY)).unwrap(), &terms());
    full.markets = 3;
    assert_eq!(due_market(&full, &change, at(T0 + DELAY)).map(drop), Err(Error::MarketsFull));
    full.banks = MAX_BANKS as u8;
    assert_eq!(queued(&mut full, Kind::AddBank, 0, padded(&bank_terms(5)), T0).map(drop), Err(Error::BanksFull));
    assert_eq!(new_bank(&mut full, &mut Bank::zeroed(), &bank_terms(5), &[4; 32]), Err(Error::BanksFull));
}

#[test]
fn other_collateral_begins_at_weight_zero() {
    for (launched_at, open) in [(0, 0), (T0, 1)] {
        let mut exchange = Exchange { banks: 0, launched_at, ..exchange() };
        let (mut usdc, mut other) = (Bank::zeroed(), Bank::zeroed());
        let of_usdc = BankTerms { mint: [5; 32], ..BankTerms::default() };
        // USDC has no feed, and nothing else is without one.
        let unpriced = Err(Error::InvalidParameter);
        assert_eq!(new_bank(&mut exchange, &mut usdc.clone(), &bank_terms(5), &[4; 32]), unpriced);
        new_bank(&mut exchange, &mut usdc, &of_usdc, &[4; 32]).unwrap();
        assert_eq!(new_bank(&mut exchange, &mut other.clone(), &of_usdc, &[4; 32]), unpriced);
        // The pool's share rests on the exchange itself.
        assert_eq!(new_bank(&mut exchange, &mut other.clone(), &bank_terms(4), &[4; 32]), Err(Error::PoolShares));
        new_bank(&mut exchange, &mut other, &bank_terms(6), &[4; 32]).unwrap();
        let fed = (other.mint, other.price_owner, other.feed_id, other.rate_feed_id);
        assert_eq!(fed, ([6; 32], [8; 32], [9; 32], [0; 32]));
        assert_eq!((usdc.ramp_secs, other.ramp_secs), (0, 86_400));
        assert_eq!((usdc.index, usdc.haircut_ppm, usdc.open), (0, 1_000_000, open));
        assert_eq!((other.index, other.haircut_ppm, other.open), (1, 0, open));
        assert_eq!(exchange.banks, 2);
    }
}

/// A change is executed by the instruction of its kind, on its target, and by no other.
#[test]
fn each_kind_by_its_own_instruction() {
    let mut exchange = exchange();
    exchange.markets = 2;
    let bank_params = BankParams { cap_usd: 5, ..BankParams::of(&bank()) };
    let params = Params { base_fee_ppm: 400, ..Params::DEFAULT };
    let now = at(T0 + DELAY);
    let all: Vec<Change> = [
        (Kind::MarketParams, 1, padded(&params)),
        (Kind::ExchangeParams, 0, padded(&ExchangeParams { max_markets: 9, ..ExchangeParams::of(&exchange) })),
        (Kind::BankParams, 0, padded(&bank_params)),
        (Kind::Guardian, 0, key([4; 32])),
        (Kind::Treasury, 0, key([5; 32])),
        (Kind::PendingAdmin, 0, key([6; 32])),
        (Kind::ListMarket, 0, padded(&terms())),
        (Kind::AddBank, 0, padded(&bank_terms(7))),
        (Kind::CloseMarket, 1, [0; CHANGE_LENGTH]),
        (Kind::LiftReduceOnly, 1, [0; CHANGE_LENGTH]),
    ]
    .map(|(kind, target, content)| queued(&mut exchange, kind, target, content, T0).unwrap())
    .into();
    for change in &all {
        let kind = Kind::of(change.kind).unwrap();
        let expected = |right: bool| if right { Ok(()) } else { Err(Error::ChangeUnknown) };
        let of_exchange = matches!(kind, Kind::ExchangeParams | Kind::Guardian | Kind::Treasury | Kind::PendingAdmin);
        assert_eq!(change_exchange(&mut exchange.clone(), change, now), expected(of_exchange), "{kind:?}");
        assert_eq!(change_bank(&exchange, &mut bank(), change, now), expected(kind == Kind::BankParams));
        let other = &mut Bank { index: 1, ..bank() };
        assert_eq!(change_bank(&exchange, other, change, now), Err(Error::ChangeUnknown));
        let of_market = matches!(kind, Kind::MarketParams | Kind::CloseMarket | Kind::LiftReduceOnly);
        assert_eq!(change_market(&exchange, &mut market(), change, now), expected(of_market));
        let other = &mut Market { index_number: 2, ..market() };
        assert_eq!(change_market(&exchange, other, change, now), Err(Error::ChangeUnknown));
        assert_eq!(due_market(&exchange, change, now).map(drop), expected(kind == Kind::ListMarket));
        assert_eq!(due_bank(&exchange, change, &[7; 32], now).map(drop), expected(kind == Kind::AddBank));
        assert_eq!(due_bank(&exchange, change, &[8; 32], now).map(drop), Err(Error::ChangeUnknown));
    }
    let mut changed = exchange;
    for change in [&all[1], &all[3], &all[4], &all[5]] {
        change_exchange(&mut changed, change, now).unwrap();
    }
    let keys = (changed.admin, changed.guardian, changed.treasury, changed.pending_admin);
    assert_eq!((keys, changed.max_markets), ((ADMIN, [4; 32], [5; 32], [6; 32]), 9));
    let mut bank = bank();
    change_bank(&exchange, &mut bank, &all[2], now).unwrap();
    assert_eq!(BankParams::of(&bank), bank_params);
    let mut market = market();
    change_market(&exchange, &mut market, &all[0], now).unwrap();
    assert_eq!(market.params, params);
}

/// Room from before a limit that is lowered in due time is gone with it, and one that is raised gives none at once.
#[test]
fn a_changed_limit_leaves_no_room_beyond_it() {
    for (ppm, room) in [(50_000, 50_000_000_000), (100_000, 100_000_000_000), (200_000, 100_000_000_000)] {
        let (mut exchange, mut bank) = (exchange(), Bank { booked: 1_000_000_000_000, outflow_floor_usd: 0, ..bank() });
        let params = BankParams { outflow_limit_ppm_per_hour: ppm, ..BankParams::of(&bank) };
        let change = queued(&mut exchange, Kind::BankParams, 0, padded(&params), T0).unwrap();
        change_bank(&exchange, &mut bank, &change, at(T0 + DELAY)).unwrap();
        assert_eq!(bank.room, room, "{ppm}");
    }
}

#[test]
fn ticks_and_contracts_keep_their_size() {
    let mut exchange = exchange();
    let wide = Params { tick_spacing: 4, ..Params::DEFAULT };
    let large = Params { contract_exponent: 1, ..Params::DEFAULT };
    for params in [wide, large] {
        let change = queued(&mut exchange, Kind::MarketParams, 1, padded(&params), T0).unwrap();
        let refused = change_market(&exchange, &mut market(), &change, at(T0 + DELAY));
        assert_eq!(refused, Err(Error::ImmutableParameter));
    }
}

/// What prevailed is what is charged: the time before the change at the old parameters, the time after it at the new.
#[test]
fn the_past_is_charged_at_the_old_parameters() {
    let mut exchange = exchange();
    let capped = Params { funding_cap_ppm_per_hour: 0, ..Params::DEFAULT };
    let change = queued(&mut exchange, Kind::MarketParams, 1, padded(&capped), T0 - DELAY).unwrap();
    let mut changed = market();
    changed.funding_rate = Rate::from_ppm(1_000);
    let mut same = changed;
    change_market(&exchange, &mut changed, &change, at(T0 + 100)).unwrap();
    keel_engine::funding::accrue(&mut same, at(T0 + 100));
    assert_eq!((changed.funding, changed.accrued_at), (same.funding, T0 + 100));
    assert_ne!(changed.funding.get(), 0);
    let then = changed.funding;
    keel_engine::funding::accrue(&mut changed, at(T0 + 200));
    assert_eq!(changed.funding, then);
}

#[test]
fn closing_gives_notice_and_is_not_lifted() {
    let mut exchange = exchange();
    let close = queued(&mut exchange, Kind::CloseMarket, 1, [0; CHANGE_LENGTH], T0).unwrap();
    let lift = queued(&mut exchange, Kind::LiftReduceOnly, 1, [0; CHANGE_LENGTH], T0).unwrap();
    let (mut market, now) = (market(), at(T0 + DELAY));
    market.reduce_only = 1;
    change_market(&exchange, &mut market, &lift, now).unwrap();
    assert_eq!(market.reduce_only, 0);
    change_market(&exchange, &mut market, &close, now).unwrap();
    assert_eq!((market.status, market.reduce_only, market.close_at), (1, 1, T0 + DELAY + 604_800));
    assert_eq!(change_market(&exchange, &mut market, &lift, now), Err(Error::MarketReduceOnly));
    assert_eq!(new_risk_refusal(&market, now), Some(Error::MarketReduceOnly));
}

#[test]
fn only_the_admin_is_the_admin() {
    let exchange = Exchange { pending_admin: STRANGER, ..exchange() };
    assert_eq!(require_admin(&exchange, &ADMIN), Ok(()));
    assert_eq!(require_guardian(&exchange, &ADMIN), Ok(()));
    assert_eq!(require_guardian(&exchange, &GUARDIAN), Ok(()));
    let mut near = ADMIN;
    near[31] ^= 1;
    for other in [GUARDIAN, STRANGER, [0; 32], near] {
        assert_eq!(require_admin(&exchange, &other), Err(Error::NotAdmin));
    }
    for other in [STRANGER, [0; 32], near] {
        assert_eq!(require_guardian(&exchange, &other), Err(Error::NotGuardian));
    }
    // No guardian is nobody, and not the key zero.
    let without = Exchange { guardian: [0; 32], ..exchange };
    assert_eq!(require_guardian(&without, &[0; 32]), Err(Error::NotGuardian));
}

#[test]
fn two_step_authority() {
    let mut exchange = exchange();
    for key in [ADMIN, STRANGER, [0; 32]] {
        assert_eq!(accept_admin(&mut exchange, &key), Err(Error::NotAdmin));
    }
    exchange.pending_admin = STRANGER;
    for key in [ADMIN, GUARDIAN, [0; 32]] {
        assert_eq!(accept_admin(&mut exchange, &key), Err(Error::NotAdmin));
    }
    assert_eq!(accept_admin(&mut exchange, &STRANGER), Ok(()));
    assert_eq!((exchange.admin, exchange.pending_admin), (STRANGER, [0; 32]));
    assert_eq!(accept_admin(&mut exchange, &STRANGER), Err(Error::NotAdmin));
}

#[test]
fn a_pause_is_bounded_and_ends_by_itself() {
    let exchange = exchange();
    let (longest, mut market, mut bank) = (exchange.max_pause_secs, market(), bank());
    for (secs, error) in [(0, Error::NotTighter), (longest + 1, Error::PauseTooLong)] {
        assert_eq!(guard_market(&exchange, &mut market.clone(), MarketGuard::Pause(secs), at(T0)), Err(error));
        assert_eq!(guard_bank(&exchange, &mut bank.clone(), BankGuard::Pause(secs), at(T0)), Err(error));
    }
    guard_market(&exchange, &mut market, MarketGuard::Pause(longest), at(T0)).unwrap();
    guard_bank(&exchange, &mut bank, BankGuard::Pause(longest), at(T0)).unwrap();
    let end = T0 + i64::from(longest);
    assert_eq!((market.paused_from, market.paused_until, bank.paused_until), (T0, end, end));
    for (unix, is_paused) in [(T0, true), (end - 1, true), (end, false), (end + DAY, false)] {
        let expected = is_paused.then_some(Error::MarketPaused);
        assert_eq!(new_risk_refusal(&market, at(unix)), expected);
        let expected = if is_paused { Err(Error::WithdrawalsPaused) } else { Ok(()) };
        assert_eq!(require_withdrawals_open(&bank, at(unix)), expected);
    }
    // Not extended, and not again before as long has passed.
    let free = end + i64::from(longest);
    for unix in [T0, end - 1, end, free - 1] {
        let again = guard_market(&exchange, &mut market.clone(), MarketGuard::Pause(1), at(unix));
        assert_eq!(again, Err(Error::PauseTooLong));
        let again = guard_bank(&exchange, &mut bank.clone(), BankGuard::Pause(1), at(unix));
        assert_eq!(again, Err(Error::PauseTooLong));
    }
    guard_market(&exchange, &mut market, MarketGuard::Pause(1), at(free)).unwrap();
    guard_bank(&exchange, &mut bank, BankGuard::Pause(1), at(free)).unwrap();
}

#[test]
fn a_closed_market_is_not_guarded() {
    for guard in [MarketGuard::Pause(60), MarketGuard::ReduceOnly, MarketGuard::OiCap(1), MarketGuard::PositionCap(1)] {
        let closed = &mut Market { status: 2, ..market() };
        assert_eq!(guard_market(&exchange(), closed, guard, at(T0)), Err(Error::MarketClosed));
    }
}

#[test]
fn the_wire_of_guards() {
    for guard in [MarketGuard::Pause(3), MarketGuard::ReduceOnly, MarketGuard::OiCap(4), MarketGuard::PositionCap(5)] {
        let (action, value) = guard.encoded();
        assert_eq!(MarketGuard::of(action, value), Ok(guard));
    }
    let of_bank = [BankGuard::Pause(3), BankGuard::Cap(4), BankGuard::OutflowLimit(5), BankGuard::OutflowFloor(6)];
    for guard in of_bank.into_iter().chain([BankGuard::Haircut(7)]) {
        let (action, value) = guard.encoded();
        assert_eq!(BankGuard::of(action, value), Ok(guard));
    }
    assert_eq!(MarketGuard::of(1, 1), Err(Error::InvalidInstruction));
    for action in 4..=u8::MAX {
        assert_eq!(MarketGuard::of(action, 0), Err(Error::InvalidInstruction));
        assert!(action == 4 || BankGuard::of(action, 0) == Err(Error::InvalidInstruction));
    }
}

#[test]
fn the_treasury_gets_what_was_paid_to_it_and_no_claim() {
    let exchange = Exchange { treasury: [5; 32], ..exchange() };
    let (mut market, mut bank) = (market(), bank());
    (market.treasury, market.treasury_claim, market.pot, market.insurance) = (100, 1_000, 5_000, 700);
    bank.booked = 10_000;
    let unset = Exchange { treasury: [0; 32], ..exchange };
    let now = at(T0);
    assert_eq!(withdraw_treasury(&unset, &mut market, &mut bank, 1, now), Err(Error::TreasuryUnset));
    assert_eq!(withdraw_treasury(&exchange, &mut market, &mut bank, 0, now), Err(Error::ZeroAmount));
    let other = &mut Bank { index: 1, ..bank };
    assert_eq!(withdraw_treasury(&exchange, &mut market, other, 1, now), Err(Error::WrongBank));
    let paused = &mut Bank { paused_until: T0 + 1, ..bank };
    assert_eq!(withdraw_treasury(&exchange, &mut market, paused, 1, now), Err(Error::WithdrawalsPaused));
    let refused = withdraw_treasury(&exchange, &mut market.clone(), &mut bank.clone(), 101, now);
    assert_eq!(refused, Err(Error::InsufficientCapital));
    withdraw_treasury(&exchange, &mut market, &mut bank, 100, now).unwrap();
    assert_eq!((market.treasury, bank.booked), (0, 9_900));
    assert_eq!((market.treasury_claim, market.pot, market.insurance), (1_000, 5_000, 700));
}

fn any_market_guard() -> impl Strategy<Value = MarketGuard> {
    prop_oneof![
        (0..=700_000_u32).prop_map(MarketGuard::Pause),
        Just(MarketGuard::ReduceOnly),
        (0..=25_000_000_u32).prop_map(MarketGuard::OiCap),
        (0..=25_000_000_u32).prop_map(MarketGuard::PositionCap),
    ]
}

fn any_bank_guard() -> impl Strategy<Value = BankGuard> {
    prop_oneof![
        (0..=700_000_u32).prop_map(BankGuard::Pause),
        any::<u32>().prop_map(BankGuard::Cap),
        (0..=600_000_u32).prop_map(BankGuard::OutflowLimit),
        (0..=200_000_u32).prop_map(BankGuard::OutflowFloor),
    ]
}

/// 0 is no cap at all.
fn cap(value: u32) -> u64 {
    if value == 0 { u64::MAX } else { value.into() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var("KEEL_LONG").is_ok() { 20_000 } else { 512 }))]

    /// Whatever the guardian's key does, and however often: nothing is looser than before, nothing but what it may change
    /// has changed, and at most half of the time is paused.
    #[test]
    fn guardian_only_tightens(script in prop::collection::vec((any_market_guard(), any_bank_guard(), 0..200_000_i64), 1..60)) {
        let (exchange, mut market, mut bank) = (exchange(), market(), bank());
        let (mut now, mut paused) = (T0, 0);
        for (of_market, of_bank, wait) in script {
            let mut next = market;
            if guard_market(&exchange, &mut next, of_market, at(now)).is_ok() {
                prop_assert!(next.params.oi_cap_usd <= market.params.oi_cap_usd);
                prop_assert!(cap(next.params.position_cap_usd) <= cap(market.params.position_cap_usd));
                prop_assert!(next.reduce_only >= market.reduce_only && next.paused_until >= market.paused_until);
                if next.paused_until != market.paused_until {
                    paused += next.paused_until - next.paused_from;
                }
                let mut expected = market;
                let _ = keel_engine::refresh::refresh(&mut expected, None, at(now)).unwrap();
                expected.params.oi_cap_usd = next.params.oi_cap_usd;
                expected.params.position_cap_usd = next.params.position_cap_usd;
                (expected.reduce_only, expected.paused_from, expected.paused_until) =
                    (next.reduce_only, next.paused_from, next.paused_until);
                prop_assert_eq!(next, expected);
                prop_assert_eq!(next.params.check(), Ok(()));
                market = next;
            }
            let mut next = bank;
            if guard_bank(&exchange, &mut next, of_bank, at(now)).is_ok() {
                prop_assert!(cap(next.cap_usd) <= cap(bank.cap_usd));
                prop_assert!(next.outflow_limit_ppm_per_hour <= bank.outflow_limit_ppm_per_hour);
                prop_assert!(next.outflow_floor_usd <= bank.outflow_floor_usd && next.paused_until >= bank.paused_until);
                prop_assert_eq!(BankParams::of(&next).check(), Ok(()));
                // What may leave is brought up to date first.
                let mut expected = Bank { room: next.room, room_at: next.room_at, ..bank };
                (expected.cap_usd, expected.paused_until) = (next.cap_usd, next.paused_until);
                expected.outflow_limit_ppm_per_hour = next.outflow_limit_ppm_per_hour;
                expected.outflow_floor_usd = next.outflow_floor_usd;
                prop_assert_eq!(next, expected);
                bank = next;
            }
            now += wait;
        }
        let longest = i64::from(exchange.max_pause_secs);
        prop_assert!(paused <= (now - T0) / 2 + longest);
    }

    /// Bytes from anywhere are refused by name or are a change that holds what may be.
    #[test]
    fn any_bytes_are_a_sound_change_or_refused(kind: u8, target in 0..4_u16, bytes in prop::collection::vec(any::<u8>(), 0..=CHANGE_LENGTH)) {
        let (mut exchange, mut change) = (exchange(), Change::zeroed());
        let mut content = [0; CHANGE_LENGTH];
        content[..bytes.len()].copy_from_slice(&bytes);
        let proposal = Proposal { kind: kind % 12, target, content: &content, payer: ADMIN, bump: 0 };
        if queue(&mut exchange, &mut change, &proposal, at(T0)).is_ok() {
            prop_assert_eq!(check(&exchange, &change), Ok(()));
            prop_assert_eq!(require_due(&exchange, &change, at(change.executable_at - 1)), Err(Error::ChangeNotReady));
        }
    }
}
