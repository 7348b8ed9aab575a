//! Each term of the dynamic fee by itself, the factor for flow towards the index, the caps, and the split.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod exchange;

use exchange::{Sim, flat_fee};
use keel_engine::Side;
use keel_engine::fees::{FeeSchedule, lp_rate, shares};
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::params::Params;
use keel_engine::state::Market;
use keel_engine::units::{Factor, Price, Rate, SqrtPrice};

/// A base fee of 300 ppm with room up to 3,000 and nothing on top.
fn params() -> Params {
    Params { max_fee_ppm: 3_000, rebalance_factor_ppm: 500_000, ..flat_fee(300) }
}

fn market(params: Params) -> Market {
    *Sim::new(params, 1_000, 0).market(0)
}

/// A rate in parts per million, to the nearest.
fn ppm(rate: Factor) -> u64 {
    ((u128::from(rate.bits) * 1_000_000 + (1 << 47)) >> 48) as u64
}

/// The rate of a step that hardly moves, away from the index.
fn rate(market: &Market, age_secs: u64) -> u64 {
    let to = SqrtPrice::from_bits(SqrtPrice::ONE.get() + 1);
    ppm(FeeSchedule::new(market, age_secs).rate(SqrtPrice::ONE, to, Side::Buy, true))
}

#[test]
fn a_calm_market_takes_the_base_fee() {
    assert_eq!(rate(&market(params()), 0), 300);
    assert_eq!(rate(&market(Params { base_fee_ppm: 0, ..params() }), 0), 0);
}

#[test]
fn an_uncertain_price_costs_its_confidence() {
    for (weight, expected) in [(1_000_000, 1_300), (500_000, 800), (0, 300)] {
        let calm = market(Params { conf_weight_ppm: weight, ..params() });
        assert_eq!(rate(&calm, 0), 300);
        let uncertain = Market { conf: Rate::from_ppm(1_000), ..calm };
        assert_eq!(rate(&uncertain, 0), expected, "weight {weight}");
    }
}

#[test]
fn an_index_away_from_its_average_costs_a_part_of_the_distance() {
    let calm = market(Params { vol_weight_ppm: 50_000, ..params() });
    assert_eq!(rate(&calm, 0), 300);
    // One percent to either side, at a twentieth.
    for ema in [calm.index.bits / 101 * 100, calm.index.bits / 99 * 100] {
        let moving = Market { index_ema: Price::from_bits(ema), ..calm };
        assert_eq!(rate(&moving, 0), 800);
    }
}

#[test]
fn an_old_price_costs_by_the_second() {
    let market = market(Params { age_weight_ppm_per_sec: 50, ..params() });
    for (age, expected) in [(0, 300), (1, 350), (2, 400), (5, 550)] {
        assert_eq!(rate(&market, age), expected);
    }
}

/// The mean distance over the step: half of where it ends, when it begins at the index. Towards the index there is none.
#[test]
fn a_step_away_from_the_index_costs_its_mean_depth() {
    for (weight, expected) in [(1_000_000, 1_300), (250_000, 550), (0, 300)] {
        let market = market(Params { depth_weight_ppm: weight, ..params() });
        let schedule = FeeSchedule::new(&market, 0);
        for (tick, side) in [(20, Side::Buy), (-20, Side::Sell)] {
            let end = sqrt_price_at_tick(tick).unwrap();
            let away = ppm(schedule.rate(SqrtPrice::ONE, end, side, true));
            assert!(away.abs_diff(expected) <= 2, "{side:?}, weight {weight}: {away}");
            let back = if side == Side::Buy { Side::Sell } else { Side::Buy };
            assert_eq!(ppm(schedule.rate(end, SqrtPrice::ONE, back, false)), 150);
        }
    }
}

/// Flow towards the index pays a part, of everything but the surcharge.
#[test]
fn the_rebalance_factor_is_on_the_whole_rate_of_a_step_towards_the_index() {
    for (factor, expected) in [(1_000_000, 400), (500_000, 200), (100_000, 40)] {
        let params = Params { rebalance_factor_ppm: factor, age_weight_ppm_per_sec: 50, ..params() };
        let schedule = FeeSchedule::new(&market(params), 2);
        let from = sqrt_price_at_tick(20).unwrap();
        assert_eq!(ppm(schedule.rate(from, SqrtPrice::ONE, Side::Sell, false)), expected);
    }
}

#[test]
fn the_sum_is_capped_and_a_guarded_market_charges_its_confidence_on_top() {
    let everything =
        Params { conf_weight_ppm: 1_000_000, age_weight_ppm_per_sec: 1_000, depth_weight_ppm: 1_000_000, ..params() };
    let calm = market(everything);
    let loud = Market { conf: Rate::from_ppm(4_000), ..calm };
    assert_eq!(rate(&loud, 60), 3_000);
    let guarded = Market { guard_left: 1, ..loud };
    assert_eq!(rate(&guarded, 60), 7_000);
    assert_eq!(ppm(FeeSchedule::new(&guarded, 60).surcharge()), 4_000);
    // A liquidation pays no more of it than parameters keep room for.
    let wide = Market { conf: Rate::from_ppm(40_000), ..guarded };
    assert_eq!(ppm(FeeSchedule::for_liquidation(&wide, 60).surcharge()), u64::from(everything.conf_limit_ppm));
}

/// What does not divide is the ranges'.
#[test]
fn a_fee_is_split_without_a_rest() {
    let market = market(params());
    for fee in [0, 1, 19, 20, 999_999, 1 << 53] {
        let split = shares(&market, fee);
        assert_eq!((split.insurance, split.treasury), (fee * 15 / 100, fee * 5 / 100));
    }
    assert_eq!(ppm(lp_rate(&market, Factor::from_ppm(1_000))), 800);
}
