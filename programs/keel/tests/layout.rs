//! Pins what clients and stored accounts depend on: discriminators, sizes, error codes, event layouts. A change here is a
//! change of the interface.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use anchor_lang::prelude::*;
use keel::events::*;
use keel::instruction as data;
use keel::state::*;
use keel::{KeelError, accounts, errors};

/// The discriminator of an account or an event of this name, as the framework makes it.
fn hashed(kind: &str, name: &str) -> [u8; 8] {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(format!("{kind}:{name}"));
    hash[..8].try_into().expect("a hash is longer than that")
}

#[test]
fn the_program_id() {
    assert_eq!(keel::ID.to_string(), "Kee1Perp11111111111111111111111111111111111");
}

#[test]
fn instructions_begin_with_their_number() {
    let numbered: [&[u8]; 40] = [
        data::Initialize::DISCRIMINATOR,
        data::AddBank::DISCRIMINATOR,
        data::CreateMarket::DISCRIMINATOR,
        data::CreateTickArray::DISCRIMINATOR,
        data::OpenAccount::DISCRIMINATOR,
        data::OpenRanges::DISCRIMINATOR,
        data::CloseAccount::DISCRIMINATOR,
        data::CloseRanges::DISCRIMINATOR,
        data::Deposit::DISCRIMINATOR,
        data::Withdraw::DISCRIMINATOR,
        data::Refresh::DISCRIMINATOR,
        data::Trade::DISCRIMINATOR,
        data::AddRange::DISCRIMINATOR,
        data::RemoveRange::DISCRIMINATOR,
        data::SettleRange::DISCRIMINATOR,
        data::Settle::DISCRIMINATOR,
        data::Release::DISCRIMINATOR,
        data::BeginLiquidation::DISCRIMINATOR,
        data::UnwindRange::DISCRIMINATOR,
        data::LiquidateOnCurve::DISCRIMINATOR,
        data::Resolve::DISCRIMINATOR,
        data::TradeLegs::DISCRIMINATOR,
        data::Liquidate::DISCRIMINATOR,
        data::Deleverage::DISCRIMINATOR,
        data::Launch::DISCRIMINATOR,
        data::QueueChange::DISCRIMINATOR,
        data::CancelChange::DISCRIMINATOR,
        data::AcceptAdmin::DISCRIMINATOR,
        data::ChangeExchange::DISCRIMINATOR,
        data::ChangeBank::DISCRIMINATOR,
        data::ChangeMarket::DISCRIMINATOR,
        data::ListMarket::DISCRIMINATOR,
        data::ListBank::DISCRIMINATOR,
        data::GuardMarket::DISCRIMINATOR,
        data::GuardBank::DISCRIMINATOR,
        data::WithdrawTreasury::DISCRIMINATOR,
        data::CollectPledged::DISCRIMINATOR,
        data::FundMarketInsurance::DISCRIMINATOR,
        data::FundInsurance::DISCRIMINATOR,
        data::SweepUnbooked::DISCRIMINATOR,
    ];
    for (number, discriminator) in (0u8..).zip(numbered) {
        assert_eq!(discriminator, [number]);
    }
    let of_the_pool: [(u8, &[u8]); 2] =
        [(62, data::Backstop::DISCRIMINATOR), (63, data::BalanceReserve::DISCRIMINATOR)];
    for (number, discriminator) in of_the_pool {
        assert_eq!(discriminator, [number]);
    }
}

#[test]
fn the_pools_instructions_begin_with_theirs() {
    let numbered: [(u8, &[u8]); 8] = [
        (54, data::CreatePool::DISCRIMINATOR),
        (55, data::RequestDeposit::DISCRIMINATOR),
        (56, data::ExecuteDeposit::DISCRIMINATOR),
        (57, data::CancelDeposit::DISCRIMINATOR),
        (58, data::RequestRedeem::DISCRIMINATOR),
        (59, data::ExecuteRedeem::DISCRIMINATOR),
        (60, data::CancelRedeem::DISCRIMINATOR),
        (66, data::ViewPool::DISCRIMINATOR),
    ];
    for (number, discriminator) in numbered {
        assert_eq!(discriminator, [number]);
    }
    let deposit = data::RequestDeposit { amount: 1, min_shares: 2, tip: 3 }.data();
    assert_eq!(deposit, [&[55][..], &[1u64, 2, 3].map(u64::to_le_bytes).concat()].concat());
    let redeem = data::RequestRedeem { amount: 1, tip: 2 }.data();
    assert_eq!(redeem, [&[58][..], &[1u64, 2].map(u64::to_le_bytes).concat()].concat());
}

#[test]
fn arguments_are_little_endian_in_the_order_of_the_handler() {
    let trade = data::Trade { side: 1, kind: 0, amount: 0x0102_0304, limit: 5, flags: 3 }.data();
    assert_eq!(trade, [[11, 1, 0, 4, 3, 2, 1, 0, 0].as_slice(), &[0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 3]].concat());

    let range = data::AddRange { lower: -2, upper: 4, liquidity: 7, min_sqrt_price: 8, max_sqrt_price: 9 }.data();
    let expected = [
        [12].as_slice(),
        &(-2i32).to_le_bytes(),
        &4i32.to_le_bytes(),
        &7u128.to_le_bytes(),
        &8u128.to_le_bytes(),
        &9u128.to_le_bytes(),
    ]
    .concat();
    assert_eq!(range, expected);

    let market = data::CreateMarket {
        mode: 1,
        price_owner: [2; 32],
        feed_id: [3; 32],
        name: [4; 16],
        launch_price: 5,
        params: [6; keel::instructions::PARAMS_LENGTH],
    };
    assert_eq!(market.data().len(), 1 + 1 + 32 + 32 + 16 + 8 + size_of::<keel_engine::params::Params>());

    assert_eq!(data::OpenAccount { sub: 1, isolated_market: 2 }.data(), [4, 1, 0, 2, 0]);
    assert_eq!(data::CreateTickArray { index: -1 }.data(), [3, 255, 255, 255, 255]);
    assert_eq!(data::BeginLiquidation {}.data(), [17]);
}

#[test]
fn instructions_take_the_accounts_of_the_contract_in_order() {
    let [a, b, c, d, e] = [1u8, 2, 3, 4, 5].map(|byte| Address::new_from_array([byte; 32]));
    let metas = accounts::Trade { authority: a, account: b, market: c, price: d }.to_account_metas(None);
    let flags: Vec<_> = metas.iter().map(|meta| (meta.pubkey, meta.is_signer, meta.is_writable)).collect();
    assert_eq!(flags, [(a, true, false), (b, false, true), (c, false, true), (d, false, false)]);

    let metas = accounts::AddRange { authority: a, account: b, ranges: c, market: d, price: e }.to_account_metas(None);
    let flags: Vec<_> = metas.iter().map(|meta| (meta.is_signer, meta.is_writable)).collect();
    assert_eq!(flags, [(true, false), (false, true), (false, true), (false, true), (false, false)]);

    let metas =
        accounts::LiquidateOnCurve { keeper_account: a, account: b, market: c, price: d }.to_account_metas(None);
    let flags: Vec<_> = metas.iter().map(|meta| (meta.is_signer, meta.is_writable)).collect();
    assert_eq!(flags, [(false, true), (false, true), (false, true), (false, false)]);
}

#[test]
fn accounts_keep_their_discriminators_and_sizes() {
    macro_rules! pin {
        ($($account:ident = $size:expr,)*) => { $(
            assert_eq!($account::DISCRIMINATOR, hashed("account", stringify!($account)), stringify!($account));
            assert_eq!(8 + size_of::<$account>(), $size, stringify!($account));
            assert_eq!(align_of::<$account>(), 8);
        )* };
    }
    pin! {
        ExchangeAccount = 8 + 384,
        BankAccount = 8 + 520,
        MarketAccount = 8 + 4_752,
        TickArrayAccount = 8 + 8_248,
        TraderAccount = 8 + 1_152,
        RangesAccount = 8 + 1_856,
        ChangeAccount = 8 + 600,
        ApprovalAccount = 8 + 96,
    }
}

#[test]
fn events_keep_their_discriminators_and_sizes() {
    macro_rules! pin {
        ($($event:ident = $size:literal,)*) => { $(
            assert_eq!($event::DISCRIMINATOR, hashed("event", stringify!($event)), stringify!($event));
            assert_eq!(size_of::<$event>(), $size, stringify!($event));
        )* };
    }
    pin! {
        ExchangeInitialized = 72,
        BankAdded = 120,
        MarketCreated = 152,
        TickArrayCreated = 40,
        AccountOpened = 72,
        AccountClosed = 64,
        RangesOpened = 64,
        RangesClosed = 64,
        Deposited = 104,
        Withdrawn = 104,
        Refreshed = 88,
        Traded = 344,
        RangeAdded = 120,
        RangeFolded = 272,
        Settled = 280,
        ClaimReleased = 240,
        LiquidationBegun = 56,
        Liquidated = 384,
        ClaimConsumed = 224,
        Resolved = 288,
        TakenOver = 424,
        Deleveraged = 456,
        ExchangeLaunched = 80,
        ChangeQueued = 64,
        ChangeCancelled = 56,
        ExchangeChanged = 168,
        BankChanged = 56,
        MarketChanged = 56,
        TreasuryPaid = 64,
        TreasuryWithdrawn = 152,
        TokensBooked = 64,
        MarketInsured = 120,
        ExchangeInsured = 40,
        PledgeCollected = 240,
        Backstopped = 488,
        ReserveBalanced = 80,
        ReservePaid = 32,
        DelegateSet = 96,
        BuilderApproved = 72,
        BuilderRevoked = 64,
        BuilderPaid = 264,
        BankRefreshed = 104,
        CollateralSold = 144,
        AccountGiven = 96,
        LienPlaced = 80,
        LienCalled = 80,
        LienReleased = 64,
        LienSeized = 112,
    }
    assert_eq!((size_of::<Holding>(), size_of::<Ledger>()), (80, 96));
}

#[test]
fn error_codes_are_the_engines() {
    for (code, error) in (0u32..).zip(keel_engine::Error::ALL) {
        let expected = ProgramError::Custom(6_000 + code);
        assert_eq!(ProgramError::from(errors::KeelError::from(*error)), expected, "{error}");
        assert_eq!(format!("{:?}", KeelError::from(*error)), error.name());
    }
}
