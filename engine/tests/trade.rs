//! Trades as accounts make them: caps, modes, flags, margin, and the depth that the README promises.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

mod exchange;

use exchange::{CONTRACT, Sim, USD, order, quiet, range};
use keel_engine::Error;
use keel_engine::Side;
use keel_engine::curve::{End, Exact};
use keel_engine::params::Params;
use keel_engine::state::{MarginAccount, Mode};
use keel_engine::trade::Order;
use keel_engine::units::Price;

const LP: usize = 0;
const TAKER: usize = 1;
const ONE: i64 = CONTRACT as i64;

/// A rich LP with 20 million USD to either side of 1,000 USD, and a taker.
fn market(params: Params, usd: u64) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(usd);
    sim.provide(0, LP, -200, 200, 20_000_000).unwrap();
    sim
}

/// LPs with 10,000,000 USD of margin, at most half of it used as initial margin, ranges of 1% to either side,
/// default parameters: a buy of 1,000,000 USD moves the price by at most 2 basis points.
#[test]
fn a_million_moves_the_price_by_two_basis_points_at_most() {
    for usd in [100_000, 2_000] {
        let mut sim = Sim::new(Params::DEFAULT, usd, 0);
        for _ in 0..10 {
            sim.actor(1_000_000);
        }
        let taker = sim.actor(1_000_000);
        // Each adds the most that half of its margin allows, to a thousand USD.
        for lp in 0..10 {
            let (mut low, mut high) = (0, 100_000);
            while high - low > 1 {
                let middle = (low + high) / 2;
                let mut trial = sim.clone();
                trial.checked = false;
                let fits = trial.provide(0, lp, -100, 100, middle * 1_000).is_ok()
                    && trial.initial(lp).unwrap().required <= 500_000 * USD;
                if fits { low = middle } else { high = middle }
            }
            sim.provide(0, lp, -100, 100, low * 1_000).unwrap();
        }
        let required: u64 = (0..10).map(|lp| sim.initial(lp).unwrap().required).sum();
        let capital: u64 = (0..10).map(|lp| sim.capital(lp)).sum();
        assert!(required <= 5_000_000 * USD && required > 4_900_000 * USD, "{required}");
        assert_eq!(capital, 10_000_000 * USD);
        let before = sim.market(0).sqrt_price.get();
        let fill = sim.trade(0, taker, order(Side::Buy, Exact::Quote(1_000_000 * USD))).unwrap();
        assert_eq!((fill.end, fill.quote), (End::Filled, -(1_000_000 * USD as i64)));
        let after = sim.market(0).sqrt_price.get();
        let bps = ((after as f64 / before as f64).powi(2) - 1.0) * 10_000.0;
        eprintln!("at {usd} USD: {bps:.3} bp, {} USD of initial margin, {} crossings", required / USD, fill.crossings);
        assert!(bps <= 2.0, "{bps} bp");
        // What the taker pays in all: half of the impact, and the fee.
        eprintln!("fee {} USD", fill.fee / USD);
    }
}

#[test]
fn a_fill_is_booked_to_the_atom() {
    let mut sim = market(quiet(), 100_000);
    let fill = sim.take(0, TAKER, ONE).unwrap();
    assert_eq!((fill.base, fill.fee, fill.end, fill.settled), (ONE, 0, End::Filled, None));
    let position = sim.position(0, TAKER);
    assert_eq!((position.base, position.quote), (ONE, fill.quote));
    assert_eq!((sim.market(0).long_base, sim.market(0).short_base), (CONTRACT, 0));
    // Closing settles.
    let fill = sim.flatten(0, TAKER).unwrap();
    let settled = fill.settled.unwrap();
    assert!(settled.paid > 0 && settled.paid < 5, "dust of a round trip: {}", settled.paid);
    assert_eq!(sim.account(TAKER).position(1), Err(Error::PositionNotFound), "the slot is free");
}

#[test]
fn amounts_and_prices_are_checked() {
    let mut sim = market(quiet(), 100_000);
    assert_eq!(sim.take(0, TAKER, 0), Err(Error::ZeroAmount));
    let huge = order(Side::Buy, Exact::Base((1 << 62) + 1));
    assert_eq!(sim.trade(0, TAKER, huge), Err(Error::AmountTooLarge));
    sim.wait(2);
    assert!(sim.take(0, TAKER, ONE).is_ok(), "two seconds old");
    sim.wait(1);
    assert_eq!(sim.take(0, TAKER, ONE), Err(Error::PriceStale));
    assert_eq!(sim.flatten(0, TAKER), Err(Error::PriceStale), "the index prices every fill");
}

#[test]
fn a_stale_mark_elsewhere_blocks() {
    let mut sim = market(quiet(), 100_000);
    sim.list(quiet(), Mode::Floating, 1_000);
    sim.provide(1, LP, -200, 200, 1_000_000).unwrap();
    let _ = sim.take(1, TAKER, ONE).unwrap();
    sim.wait(21);
    let _ = sim.touch(0);
    assert_eq!(sim.take(0, TAKER, ONE), Err(Error::MarkStale));
    let _ = sim.touch(1);
    assert!(sim.take(0, TAKER, ONE).is_ok());
}

#[test]
fn leverage_ends_at_initial_margin() {
    // 5% of 1,000 USD is 50: 100 contracts need 5,000, and what they paid above the index.
    let mut sim = market(quiet(), 5_000);
    assert_eq!(sim.take(0, TAKER, 100 * ONE), Err(Error::InsufficientMargin));
    assert!(sim.take(0, TAKER, 99 * ONE).is_ok());
    assert_eq!(sim.take(0, TAKER, ONE), Err(Error::InsufficientMargin));
    // Turning to the same size is new risk: it needs the margin, too.
    assert_eq!(sim.take(0, TAKER, -199 * ONE), Err(Error::InsufficientMargin));
    assert!(sim.take(0, TAKER, -190 * ONE).is_ok());
    assert_eq!(sim.position(0, TAKER).base, -91 * ONE);
}

#[test]
fn reduce_only_never_increases_or_turns() {
    let mut sim = market(quiet(), 100_000);
    let reduce = |side, exact| Order { reduce_only: true, ..order(side, exact) };
    assert_eq!(sim.trade(0, TAKER, reduce(Side::Sell, Exact::Base(5))), Err(Error::ReduceOnly));
    let _ = sim.take(0, TAKER, 10 * ONE).unwrap();
    assert_eq!(sim.trade(0, TAKER, reduce(Side::Buy, Exact::Base(5))), Err(Error::ReduceOnly));
    let fill = sim.trade(0, TAKER, reduce(Side::Sell, Exact::Base(4 * CONTRACT))).unwrap();
    assert_eq!(fill.base, -4 * ONE);
    // Quote that would turn it.
    assert_eq!(sim.trade(0, TAKER, reduce(Side::Sell, Exact::Quote(7_000 * USD))), Err(Error::ReduceOnly));
    assert!(sim.trade(0, TAKER, reduce(Side::Sell, Exact::Quote(1_000 * USD))).is_ok());
    // Base is cut to the position.
    let left = sim.position(0, TAKER).base;
    let fill = sim.trade(0, TAKER, reduce(Side::Sell, Exact::Base(100 * CONTRACT))).unwrap();
    assert_eq!((fill.base, fill.end), (-left, End::Filled));
}

#[test]
fn all_or_nothing_refuses_a_part() {
    let mut sim = market(Params { price_band_ppm: 1_000, ..quiet() }, 10_000_000);
    let before = sim.market(0).sqrt_price;
    let whole = Order { all_or_nothing: true, ..order(Side::Buy, Exact::Quote(10_000_000 * USD)) };
    assert_eq!(sim.trade(0, TAKER, whole), Err(Error::NotFilled));
    assert_eq!(sim.market(0).sqrt_price, before);
    let part = sim.trade(0, TAKER, Order { all_or_nothing: false, ..whole }).unwrap();
    assert_eq!(part.end, End::Partial(Error::PriceBandExceeded));
}

/// Attack 22: reductions may go twice as far; what is not sure to reduce may not.
#[test]
fn the_band_is_twice_as_wide_for_reductions() {
    let mut sim = market(Params { price_band_ppm: 2_000, ..quiet() }, 10_000_000);
    let third = sim.actor(10_000_000);
    let _ = sim.take(0, TAKER, 100 * ONE).unwrap();
    let _ = sim.trade(0, third, order(Side::Sell, Exact::Quote(9_000_000 * USD))).unwrap();
    assert_eq!(sim.take(0, third, -ONE), Err(Error::PriceBandExceeded), "the band's edge");
    assert_eq!(sim.trade(0, TAKER, order(Side::Sell, Exact::Quote(50_000 * USD))), Err(Error::PriceBandExceeded));
    assert_eq!(sim.take(0, TAKER, -200 * ONE), Err(Error::PriceBandExceeded));
    assert_eq!(sim.flatten(0, TAKER).unwrap().end, End::Filled);
    // And no further than twice: three buys up to the band's edge, each sold back by the other, and out at once.
    for _ in 0..3 {
        let _ = sim.trade(0, TAKER, order(Side::Buy, Exact::Quote(9_000_000 * USD))).unwrap();
        let _ = sim.trade(0, third, order(Side::Sell, Exact::Quote(9_000_000 * USD))).unwrap();
    }
    assert_eq!(sim.flatten(0, TAKER).unwrap().end, End::Partial(Error::PriceBandExceeded));
    let x = (sim.market(0).sqrt_price.get() as f64 / (1_u128 << 64) as f64).powi(2);
    assert!((x - 0.996).abs() < 1e-9, "{x}");
}

#[test]
fn the_fill_takes_the_worst_index_of_the_window() {
    let params = Params { guard_secs: 2, ..quiet() };
    let mut sim = market(params, 100_000);
    sim.wait(10);
    let _ = sim.set_price(0, 101_000_000_000);
    let price = |quote: i64| (quote.unsigned_abs() as f64 / ONE as f64 * 1_000.0).round();
    // 1,000 went out of force in this second: a buyer pays 1,010, a seller gets 1,000.
    assert_eq!(price(sim.clone().take(0, TAKER, ONE).unwrap().quote), 1_010.0);
    assert_eq!(price(sim.clone().take(0, TAKER, -ONE).unwrap().quote), 1_000.0);
    sim.wait(2);
    let _ = sim.touch(0);
    assert_eq!(price(sim.clone().take(0, TAKER, -ONE).unwrap().quote), 1_000.0);
    sim.wait(1);
    let _ = sim.touch(0);
    assert_eq!(price(sim.clone().take(0, TAKER, -ONE).unwrap().quote), 1_010.0);
    // The limit is on the price as it is filled.
    let limited = |usd: u64| Order {
        limit: Some(Price::from_bits((1 << 48) / 1_000 * usd)),
        ..order(Side::Buy, Exact::Base(CONTRACT))
    };
    assert_eq!(sim.trade(0, TAKER, limited(1_009)), Err(Error::LimitReached));
    assert!(sim.trade(0, TAKER, limited(1_011)).is_ok());
}

/// The confidence on top of the fee is no more than the quote, or ranges would earn more than the taker pays: the quote is
/// rounded down for who sells, and what ranges earn is not.
#[test]
fn a_fee_is_at_most_the_quote() {
    let mut sim = Sim::new(quiet(), 50_000, 2);
    sim.add_range(0, LP, range(-188, 10, 2_001)).unwrap();
    let _ = sim.take(0, TAKER, 2).unwrap();
    sim.wait(1);
    sim.places[0].conf = u64::MAX;
    let _ = sim.touch(0);
    let fill = sim.take(0, TAKER, -1).unwrap();
    assert_eq!(fill.fee, fill.quote.unsigned_abs());
}

#[test]
fn a_guarded_market_takes_reductions_only_and_charges_the_confidence() {
    let mut sim = market(quiet(), 100_000);
    let _ = sim.take(0, TAKER, 10 * ONE).unwrap();
    sim.wait(1);
    // Confidence of 1% is twice the limit.
    sim.places[0].conf = 1_000_000_000;
    assert!(sim.touch(0).guarded);
    assert_eq!(sim.take(0, TAKER, ONE), Err(Error::MarketGuarded));
    assert_eq!(sim.take(0, TAKER, -11 * ONE), Err(Error::MarketGuarded), "turning");
    assert_eq!(sim.take(0, LP, ONE), Err(Error::MarketGuarded));
    assert_eq!(sim.provide(0, LP, -20, 20, 1_000), Err(Error::MarketGuarded));
    let fill = sim.take(0, TAKER, -5 * ONE).unwrap();
    let percent = fill.quote.unsigned_abs().div_ceil(100);
    assert!(fill.fee.abs_diff(percent) <= 1, "{} of {percent}", fill.fee);
    assert!(sim.close(0, LP, 0).is_ok());
}

#[test]
fn a_flagged_account_only_reduces() {
    let mut sim = market(quiet(), 100_000);
    let _ = sim.take(0, TAKER, 10 * ONE).unwrap();
    sim.actors[TAKER].account.flagged_at = sim.now.unix;
    assert_eq!(sim.take(0, TAKER, ONE), Err(Error::AccountFlagged));
    assert_eq!(sim.take(0, TAKER, -11 * ONE), Err(Error::AccountFlagged));
    assert_eq!(sim.provide(0, TAKER, -20, 20, 1_000), Err(Error::AccountFlagged));
    assert_eq!(sim.withdraw(TAKER, 1), Err(Error::AccountFlagged));
    // It is healthy: the first reduction clears the flag.
    assert!(sim.take(0, TAKER, -ONE).is_ok());
    assert_eq!(sim.account(TAKER).flagged_at, 0);
}

#[test]
fn a_market_with_a_deficit_takes_no_new_risk() {
    let mut sim = market(quiet(), 100_000);
    let _ = sim.take(0, TAKER, 10 * ONE).unwrap();
    // Tolerated: 0.1% of 10,000 USD of open interest.
    sim.checked = false;
    sim.market_mut(0).written_off = 99 * USD / 10;
    assert!(sim.take(0, TAKER, 1).is_ok());
    sim.market_mut(0).written_off = 11 * USD;
    assert_eq!(sim.take(0, TAKER, ONE), Err(Error::MarketHasDeficit));
    assert_eq!(sim.provide(0, LP, -20, 20, 1_000), Err(Error::MarketHasDeficit));
    assert!(sim.take(0, TAKER, -ONE).is_ok());
    assert!(sim.close(0, LP, 0).is_ok());
}

#[test]
fn open_interest_is_capped_for_what_grows() {
    let params = Params { oi_cap_usd: 100_000, ..quiet() };
    let mut sim = market(params, 100_000);
    let _ = sim.take(0, TAKER, 100 * ONE).unwrap();
    assert_eq!(sim.take(0, TAKER, ONE), Err(Error::OpenInterestCap));
    let third = sim.actor(100_000);
    // The other side has room of its own.
    let _ = sim.take(0, third, -100 * ONE).unwrap();
    assert_eq!(sim.take(0, third, -ONE), Err(Error::OpenInterestCap));
    // A rising price pushes it over the cap; the way out stays open, and folding a range does not fail.
    sim.move_price(0, 1_005);
    assert!(sim.take(0, TAKER, -50 * ONE).is_ok());
    assert!(sim.fold(0, LP, 0).is_ok());
}

#[test]
fn margin_of_added_risk_rises_with_open_interest() {
    let params = Params { oi_cap_usd: 100_000, oi_scale_from_ppm: 600_000, ..quiet() };
    let mut sim = market(params, 100_000);
    let others = sim.actor(100_000);
    let _ = sim.take(0, others, 60 * ONE).unwrap();
    // Half way from 60% to the cap after it: 5% + 95% / 2 on what is added.
    let mut just = sim.clone();
    let poor = just.actor(10_480);
    assert_eq!(just.take(0, poor, 20 * ONE), Err(Error::InsufficientMargin));
    let mut just = sim.clone();
    let poor = just.actor(10_520);
    assert!(just.take(0, poor, 20 * ONE).is_ok());
    // Attack 16: it binds nobody else. A withdrawal is not scaled.
    assert!(sim.take(0, TAKER, 39 * ONE).is_ok());
    assert!(sim.withdraw(TAKER, 95_000 * USD).is_ok());
}

#[test]
fn an_isolated_account_trades_its_market_only() {
    let mut sim = market(quiet(), 100_000);
    sim.list(quiet(), Mode::Floating, 1_000);
    sim.provide(1, LP, -200, 200, 1_000_000).unwrap();
    let account: &mut MarginAccount = &mut sim.actors[TAKER].account;
    account.isolated_market = 1;
    assert!(sim.take(0, TAKER, ONE).is_ok());
    assert_eq!(sim.take(1, TAKER, ONE), Err(Error::WrongMarket));
}

/// Insurance and treasury take their shares when the losers have paid.
#[test]
fn fees_are_split_three_ways() {
    let params =
        Params { price_band_ppm: 0, guard_secs: 0, interest_ppm: 0, deadband_ppm: 0, ..exchange::flat_fee(1_000) };
    let mut sim = market(params, 100_000);
    let fill = sim.take(0, TAKER, 100 * ONE).unwrap();
    let fee = fill.quote.unsigned_abs().div_ceil(1_000);
    assert_eq!(fill.fee, fee);
    let m = sim.market(0);
    assert_eq!((m.insurance_claim, m.treasury_claim), (fee * 15 / 100, fee * 5 / 100));
    let (insurance, treasury) = (m.insurance_claim, m.treasury_claim);
    let held = sim.places[0].entitlement(&sim.actors[LP].ranges.ranges[0]);
    assert!(held.fees.abs_diff(fee * 80 / 100) <= 1);
    let _ = sim.settle(0, TAKER).unwrap();
    let m = sim.market(0);
    assert_eq!((m.insurance_claim, m.treasury_claim), (0, 0));
    assert_eq!((m.insurance, m.treasury), (insurance, treasury));
}
