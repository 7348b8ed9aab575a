//! Trades with several legs: fills as of single trades, one look at margin at the end, all or nothing.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

mod exchange;
mod math_reference;

use exchange::{CONTRACT, Sim, USD, order, quiet};
use keel_engine::curve::{End, Exact};
use keel_engine::params::Params;
use keel_engine::state::Mode;
use keel_engine::trade::{Fill, Order};
use keel_engine::units::Price;
use keel_engine::{Error, Side};
use math_reference::Random;

const LP: usize = 0;
const TAKER: usize = 1;
const ONE: i64 = CONTRACT as i64;

/// So many markets at 1,000 USD, each with 20 million USD of liquidity to either side, and a taker.
fn markets(count: usize, params: Params, usd: u64) -> Sim {
    let mut sim = Sim::empty();
    sim.actor(1_000_000_000);
    sim.actor(usd);
    for market in 0..count {
        sim.list(params, Mode::Floating, 1_000);
        // An account holds 8 ranges: one provider for each market.
        let provider = if market == 0 { LP } else { sim.actor(1_000_000_000) };
        sim.provide(market, provider, -200, 200, 20_000_000).unwrap();
    }
    sim
}

/// Buys (positive) or sells (negative) that many base atoms in a market.
fn leg(market: usize, base: i64) -> (usize, Order) {
    let side = if base > 0 { Side::Buy } else { Side::Sell };
    (market, order(side, Exact::Base(base.unsigned_abs())))
}

fn base_of(fill: Option<Fill>) -> i64 {
    fill.unwrap().base
}

/// 100 contracts of 1,000 USD at the margin of 5%: no second position fits beside the first, in whatever order.
#[test]
fn a_position_rolls_over_at_the_limit_of_margin() {
    let mut sim = markets(2, quiet(), 5_100);
    let _ = sim.take(0, TAKER, 99 * ONE).unwrap();
    assert_eq!(sim.take(1, TAKER, 99 * ONE), Err(Error::InsufficientMargin), "open the new one first");
    let fills = sim.trade_legs(TAKER, &[leg(0, -99 * ONE), leg(1, 99 * ONE)]).unwrap();
    assert_eq!((base_of(fills[0]), base_of(fills[1]), fills[2]), (-99 * ONE, 99 * ONE, None));
    assert_eq!((sim.position(0, TAKER).base, sim.position(1, TAKER).base), (0, 99 * ONE));
    // And back: the market with the lower number is the one that opens now, before the other one closes.
    let fills = sim.trade_legs(TAKER, &[leg(0, 99 * ONE), leg(1, -99 * ONE)]).unwrap();
    assert_eq!((base_of(fills[0]), base_of(fills[1])), (99 * ONE, -99 * ONE));
}

/// Attack: legs that are short of margin between each other leave nothing unchecked at the end.
#[test]
fn what_legs_borrow_from_each_other_is_checked_at_the_end() {
    let mut sim = markets(3, quiet(), 5_100);
    // Each of them would fit alone; together they do not, whatever their order in time.
    for legs in [
        vec![leg(0, 60 * ONE), leg(1, 60 * ONE)],
        vec![leg(0, 60 * ONE), leg(1, -60 * ONE)],
        vec![leg(0, ONE), leg(1, ONE), leg(2, 120 * ONE)],
    ] {
        let before = sim.clone();
        assert_eq!(sim.trade_legs(TAKER, &legs), Err(Error::InsufficientMargin), "{legs:?}");
        assert_eq!(sim.account(TAKER), before.account(TAKER));
    }
    // A reduction does not let another leg pass.
    let _ = sim.take(0, TAKER, 99 * ONE).unwrap();
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, -ONE), leg(1, 20 * ONE)]), Err(Error::InsufficientMargin));
    // Nor does one that turns.
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, -180 * ONE), leg(1, 40 * ONE)]), Err(Error::InsufficientMargin));
}

/// Long 90 contracts in each of two markets, and both fell by 4%.
fn unhealthy() -> Sim {
    let mut sim = markets(2, quiet(), 10_000);
    let _ = sim.trade_legs(TAKER, &[leg(0, 90 * ONE), leg(1, 90 * ONE)]).unwrap();
    for market in 0..2 {
        sim.move_price(market, 960);
    }
    let _ = sim.touch(0);
    assert!(sim.health(TAKER).unwrap().is_unhealthy());
    sim
}

#[test]
fn reductions_pass_while_health_does_not_fall() {
    let mut sim = unhealthy();
    let before = sim.health(TAKER).unwrap().excess();
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, -ONE), leg(1, ONE)]), Err(Error::InsufficientMargin), "one grows");
    let _ = sim.trade_legs(TAKER, &[leg(0, -ONE), leg(1, -ONE)]).unwrap();
    let after = sim.health(TAKER).unwrap();
    assert!(after.is_unhealthy() && after.excess() > before);
    // Flagged, it reduces too, and only that; who is healthy again loses the flag.
    let _ = sim.begin(TAKER).unwrap();
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, -ONE), leg(1, ONE)]), Err(Error::AccountFlagged));
    let _ = sim.trade_legs(TAKER, &[leg(0, -60 * ONE), leg(1, -60 * ONE)]).unwrap();
    assert_eq!(sim.account(TAKER).flagged_at, 0);
}

/// What reductions cost may not make an unhealthy account worse, all legs together.
#[test]
fn reductions_that_cost_more_than_they_free_are_refused() {
    let mut sim = unhealthy();
    for market in 0..2 {
        // Without a band the curve may be pushed 5% below the mark: closing there costs more than maintenance.
        let provider = sim.actor(1_000_000_000);
        sim.provide(market, provider, -600, 600, 1_000_000).unwrap();
        let seller = sim.actor(1_000_000_000);
        let limit = Some(Price::from_bits((1 << 48) / 1_000 * 912));
        let push = Order { limit, ..order(Side::Sell, Exact::Quote(100_000_000 * USD)) };
        let _ = sim.trade(market, seller, push).unwrap();
    }
    assert_eq!(sim.clone().take(0, TAKER, -10 * ONE), Err(Error::InsufficientMargin));
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, -10 * ONE), leg(1, -10 * ONE)]), Err(Error::InsufficientMargin));
}

#[test]
fn legs_are_one_for_each_market_in_their_order() {
    let mut sim = markets(9, quiet(), 1_000_000);
    assert_eq!(sim.trade_legs(TAKER, &[]), Err(Error::ZeroAmount));
    assert_eq!(sim.trade_legs(TAKER, &[leg(1, ONE), leg(0, ONE)]), Err(Error::LegOrder));
    let nine: Vec<_> = (0..9).map(|market| leg(market, ONE)).collect();
    assert_eq!(sim.trade_legs(TAKER, &nine), Err(Error::TooManyLegs));
    let fills = sim.trade_legs(TAKER, &nine[..8]).unwrap();
    assert!(fills.iter().all(|fill| fill.unwrap().base == ONE));
    // Eight positions are held: a ninth has room where a leg before it ends one and leaves nothing.
    assert_eq!(sim.take(8, TAKER, ONE), Err(Error::PositionsFull));
    let _ = sim.trade_legs(TAKER, &[leg(0, -ONE), leg(8, ONE)]).unwrap();
    assert_eq!((sim.position(0, TAKER).base, sim.position(8, TAKER).base), (0, ONE));
}

#[test]
fn each_leg_keeps_its_own_limit_flags_and_rules() {
    let mut sim = markets(2, quiet(), 1_000_000);
    let limited = |usd: u64| {
        let (market, order) = leg(1, 10 * ONE);
        (market, Order { limit: Some(Price::from_bits((1 << 48) / 1_000 * usd)), ..order })
    };
    let before = sim.clone();
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, ONE), limited(999)]), Err(Error::LimitReached));
    assert_eq!(sim.account(TAKER), before.account(TAKER), "all or nothing");
    assert!(sim.market(0) == before.market(0));
    let reduce = |(market, order): (usize, Order)| (market, Order { reduce_only: true, ..order });
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, ONE), reduce(leg(1, ONE))]), Err(Error::ReduceOnly));
    // A partial fill is a fill.
    let params = Params { price_band_ppm: 1_000, ..quiet() };
    let mut sim = markets(2, params, 100_000_000);
    let big = (1, order(Side::Buy, Exact::Quote(10_000_000 * USD)));
    let whole = (1, Order { all_or_nothing: true, ..big.1 });
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, ONE), whole]), Err(Error::NotFilled));
    let fills = sim.trade_legs(TAKER, &[leg(0, ONE), big]).unwrap();
    assert_eq!(fills[1].unwrap().end, End::Partial(Error::PriceBandExceeded));
    // A stale leg refuses all of them.
    sim.wait(3);
    let _ = sim.touch(0);
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, ONE), leg(1, -ONE)]), Err(Error::PriceStale));
    // And a stale mark of a market that is held and not traded.
    sim.list(quiet(), Mode::Floating, 1_000);
    sim.wait(60);
    let _ = sim.touch(0);
    assert_eq!(sim.trade_legs(TAKER, &[leg(0, ONE)]), Err(Error::MarkStale));
}

/// What each leg adds is scaled with its own market's open interest.
#[test]
fn margin_of_what_each_leg_adds_rises_with_its_market() {
    let params = Params { oi_cap_usd: 100_000, oi_scale_from_ppm: 600_000, ..quiet() };
    let crowded = |usd: u64| {
        let mut sim = markets(2, params, usd);
        for market in 0..2 {
            let _ = sim.take(market, LP, 60 * ONE).unwrap();
        }
        sim
    };
    // 20 contracts in each, at 5% + 95% / 2, and what they paid above the index.
    let legs = [leg(0, 20 * ONE), leg(1, 20 * ONE)];
    assert_eq!(crowded(20_960).trade_legs(TAKER, &legs), Err(Error::InsufficientMargin));
    assert!(crowded(21_060).trade_legs(TAKER, &legs).is_ok());
}

/// With ample margin, legs do what the same trades do one after the other.
#[test]
fn legs_are_the_same_trades() {
    let mut random = Random::new("legs_are_the_same_trades");
    let mut compared = 0;
    for _ in 0..120 {
        let mut legs_of = markets(3, Params { price_band_ppm: 0, ..Params::DEFAULT }, 10_000_000);
        for _ in 0..6 {
            legs_of.wait(random.below(30) as i64);
            for market in 0..3 {
                let _ = legs_of.set_price(market, 99_000_000_000 + random.below(2_000_000_000) as i64);
            }
            let mut legs = Vec::new();
            for market in 0..3 {
                if random.below(4) != 0 {
                    let base = random.below(400 * CONTRACT) as i64 - 200 * ONE;
                    legs.push(leg(market, if base == 0 { ONE } else { base }));
                }
            }
            let mut singly = legs_of.clone();
            let done = legs_of.trade_legs(TAKER, &legs);
            let fills: Result<Vec<_>, Error> =
                legs.iter().map(|(market, order)| singly.trade(*market, TAKER, *order)).collect();
            let (Ok(done), Ok(fills)) = (done, fills) else { continue };
            assert_eq!(done.iter().flatten().copied().collect::<Vec<_>>(), fills);
            assert_eq!(legs_of.account(TAKER), singly.account(TAKER));
            for market in 0..3 {
                assert!(legs_of.market(market) == singly.market(market));
            }
            compared += 1;
        }
    }
    assert!(compared > 300, "only {compared} were compared");
}
