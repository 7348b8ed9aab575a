//! The names of arguments mean to the program and the engine what they say.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use keel::instructions::{side_of, LEGS_LENGTH, LEG_LENGTH};
use keel_cpi::{
    change, exact, flags, guard_bank, guard_market, guard_pool, legs, mode, permission, request, side, Leg,
};
use keel_engine::curve::Exact;
use keel_engine::governance::{BankGuard, Kind, MarketGuard, PoolGuard};
use keel_engine::params::MILLION;
use keel_engine::state::Mode;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{delegate, orders, pool, Side};

#[test]
fn a_trade() {
    let flags = flags::REDUCE_ONLY | flags::ALL_OR_NOTHING;
    let decoded = keel::instructions::order(side::SELL, exact::QUOTE, 7, keel_cpi::NO_LIMIT, flags).unwrap();
    let exact = Exact::Quote(7);
    assert_eq!(decoded, Order { side: Side::Sell, exact, limit: None, reduce_only: true, all_or_nothing: true });
    let flags = flags::REDUCE_ONLY;
    let decoded = keel::instructions::order(side::BUY, exact::BASE, 7, 9, flags).unwrap();
    let (exact, limit) = (Exact::Base(7), Some(Price::from_bits(9)));
    assert_eq!(decoded, Order { side: Side::Buy, exact, limit, reduce_only: true, all_or_nothing: false });
    assert_eq!((side_of(side::LONG).unwrap(), side_of(side::SHORT).unwrap()), (Side::Buy, Side::Sell));
    assert_eq!(Price::ONE.bits, 1 << keel_cpi::PRICE_FRACTION_BITS);
    assert_eq!(keel_cpi::WHOLE_PPM, MILLION);
}

#[test]
fn orders_have_kinds_and_a_flag_more() {
    use keel_cpi::order::{LIMIT, SCALE, TRIGGER, TWAP};
    use orders::Kind;
    assert_eq!(
        [TRIGGER, LIMIT, SCALE, TWAP].map(Kind::of),
        [Kind::Trigger, Kind::Limit, Kind::Scale, Kind::Twap].map(Ok)
    );
    let known = [orders::REDUCE_ONLY, orders::ALL_OR_NOTHING, orders::DROP_REST];
    assert_eq!([flags::REDUCE_ONLY, flags::ALL_OR_NOTHING, flags::DROP_REST], known);
}

#[test]
fn permissions_and_requests() {
    let known = [delegate::MAY_TRADE, delegate::MAY_ORDER, delegate::MAY_RANGE];
    assert_eq!([permission::TRADE, permission::ORDER, permission::RANGE], known);
    let known = [pool::deposits::DEPOSIT, pool::redemptions::REDEMPTION];
    assert_eq!([request::DEPOSIT, request::REDEMPTION], known);
}

#[test]
fn modes_of_a_market() {
    let of = |mode| {
        let mut terms: keel_engine::governance::MarketTerms = bytemuck::Zeroable::zeroed();
        terms.mode = mode;
        terms.listing(1, 0).unwrap().mode
    };
    assert_eq!([mode::FLOATING, mode::FIXED].map(of), [Mode::Floating, Mode::Fixed]);
}

#[test]
fn changes() {
    let named = [
        (change::MARKET_PARAMS, Kind::MarketParams),
        (change::EXCHANGE_PARAMS, Kind::ExchangeParams),
        (change::BANK_PARAMS, Kind::BankParams),
        (change::GUARDIAN, Kind::Guardian),
        (change::TREASURY, Kind::Treasury),
        (change::PENDING_ADMIN, Kind::PendingAdmin),
        (change::LIST_MARKET, Kind::ListMarket),
        (change::ADD_BANK, Kind::AddBank),
        (change::CLOSE_MARKET, Kind::CloseMarket),
        (change::LIFT_REDUCE_ONLY, Kind::LiftReduceOnly),
        (change::POOL_PARAMS, Kind::PoolParams),
        (change::STRATEGY, Kind::Strategy),
        (change::OPEN_POOL, Kind::OpenPool),
    ];
    assert_eq!(named.map(|(number, _)| Kind::of(number).unwrap()).as_slice(), Kind::ALL);
    assert_eq!(named.map(|(_, kind)| kind).as_slice(), Kind::ALL);
}

#[test]
fn guards() {
    use guard_market::{OI_CAP, PAUSE, POSITION_CAP, REDUCE_ONLY};
    let market = [(PAUSE, 7), (REDUCE_ONLY, 0), (OI_CAP, 7), (POSITION_CAP, 7)];
    let known = [MarketGuard::Pause(7), MarketGuard::ReduceOnly, MarketGuard::OiCap(7), MarketGuard::PositionCap(7)];
    assert_eq!(market, known.map(MarketGuard::encoded));

    use guard_bank::{CAP, OUTFLOW_FLOOR, OUTFLOW_LIMIT};
    let bank = [guard_bank::PAUSE, CAP, OUTFLOW_LIMIT, OUTFLOW_FLOOR].map(|action| (action, 7));
    let known = [BankGuard::Pause(7), BankGuard::Cap(7), BankGuard::OutflowLimit(7), BankGuard::OutflowFloor(7)];
    assert_eq!(bank, known.map(BankGuard::encoded));

    let pool = [
        (guard_pool::CLOSE, 0, 0),
        (guard_pool::CAP, 0, 7),
        (guard_pool::STOP_QUOTING, 2, 0),
        (guard_pool::STOP_BACKSTOP, 2, 0),
        (guard_pool::EXPOSURE_CAP, 2, 7),
        (guard_pool::BACKSTOP_CAP, 2, 7),
        (guard_pool::BACKSTOP_LOSS_CAP, 2, 7),
    ];
    let known = [
        PoolGuard::Close,
        PoolGuard::Cap(7),
        PoolGuard::StopQuoting(2),
        PoolGuard::StopBackstop(2),
        PoolGuard::ExposureCap(2, 7),
        PoolGuard::BackstopCap(2, 7),
        PoolGuard::BackstopLossCap(2, 7),
    ];
    assert_eq!(pool, known.map(PoolGuard::encoded));
}

/// What the legs say is held to `keel-sdk` on the chain's side; here, how many there may be.
#[test]
fn legs_have_their_room() {
    assert_eq!(keel_cpi::MAX_LEGS, keel_engine::legs::MAX_LEGS);
    let leg = |market| Leg { market, side: side::SELL, kind: exact::BASE, amount: 1, limit: 2, flags: 3 };
    let all: Vec<Leg> = (1..).take(keel_cpi::MAX_LEGS).map(leg).collect();
    let (count, bytes) = legs(&all).unwrap();
    assert_eq!((usize::from(count), bytes.len()), (keel_cpi::MAX_LEGS, LEGS_LENGTH));
    for (leg, written) in all.iter().zip(bytes.chunks(LEG_LENGTH)) {
        assert_eq!((written[0], written[LEG_LENGTH - 1]), (leg.market.to_le_bytes()[0], leg.flags));
    }
    assert!(keel::instructions::legs(count, &bytes).is_ok());
    assert_eq!(legs(&[leg(1); keel_cpi::MAX_LEGS + 1]), None);
    assert_eq!(legs(&[]), Some((0, [0; LEGS_LENGTH])));
}
