//! Stretches without liquidity.

use super::*;

/// Ranges to both sides of an empty stretch from 20 to 60.
fn gap(sim_params: Params) -> Sim {
    market(sim_params, &[(-100, 20, L), (60, 100, L)])
}

#[test]
fn a_trade_that_fills_beyond_a_gap_jumps_it_for_nothing() {
    let ranges = [(-100, 20, L), (60, 100, L)];
    let mut sim = gap(quiet());
    let fill = buy(&mut sim, 2_000 * CONTRACT).unwrap();
    assert_eq!((fill.end, fill.crossings), (End::Filled, 2));
    assert!(s(&sim) > at(60));
    assert_fair(&ranges, 1 << 64, s(&sim), Side::Buy, &fill);
    // And back over it.
    let from = s(&sim);
    let fill = sell(&mut sim, 2_000 * CONTRACT).unwrap();
    assert!(s(&sim) < at(20) && fill.crossings == 2);
    assert_fair(&ranges, from, s(&sim), Side::Sell, &fill);
}

#[test]
fn s_never_rests_in_a_gap_by_moving_away_from_one() {
    let ranges = [(-100, 20, L), (60, 100, L)];
    let (base, quote) = between(&ranges, 1 << 64, at(20));
    let (base, quote) = (base.floor().to_integer(), quote.floor().to_integer());
    for (exact_base, edge) in [(true, u64::try_from(base).unwrap()), (false, u64::try_from(quote).unwrap())] {
        for amount in edge - 4..edge + 5 {
            let mut sim = gap(quiet());
            let exact = if exact_base { Exact::Base(amount) } else { Exact::Quote(amount) };
            let fill = go(&mut sim, Side::Buy, exact).unwrap();
            assert!(s(&sim) < at(20) || s(&sim) >= at(60), "s {} after {amount}", s(&sim));
            assert!(sim.market(0).liquidity.get() != 0);
            assert_fair(&ranges, 1 << 64, s(&sim), Side::Buy, &fill);
        }
    }
    // The mirror image: selling away from 1 over a gap below.
    let ranges = [(-20, 100, L), (-100, -60, L)];
    let (base, quote) = between(&ranges, 1 << 64, at(-20));
    let (base, quote) = (base.floor().to_integer(), quote.floor().to_integer());
    for (exact_base, edge) in [(true, u64::try_from(base).unwrap()), (false, u64::try_from(quote).unwrap())] {
        for amount in edge - 4..edge + 5 {
            let mut sim = market(quiet(), &ranges);
            let exact = if exact_base { Exact::Base(amount) } else { Exact::Quote(amount) };
            let fill = go(&mut sim, Side::Sell, exact).unwrap();
            assert!(s(&sim) < at(-60) || s(&sim) >= at(-20), "s {} after {amount}", s(&sim));
            assert!(sim.market(0).liquidity.get() != 0);
            assert_fair(&ranges, 1 << 64, s(&sim), Side::Sell, &fill);
        }
    }
}

#[test]
fn a_gap_is_not_jumped_without_a_landing_within_the_bounds() {
    for (side, sign) in [(Side::Buy, 1), (Side::Sell, -1)] {
        let ranges: Vec<_> = [(-100, 20, L), (60, 100, L)]
            .iter()
            .map(|(a, b, l)| if sign > 0 { (*a, *b, *l) } else { (-b, -a, *l) })
            .collect();
        let mut sim = market(quiet(), &ranges);
        // The limit lies in the gap.
        let limit = if sign > 0 { 1_004 } else { 996 };
        let limit = Some(Price::from_bits((1 << 48) / 1_000 * limit));
        let order = Order { limit, ..order(side, Exact::Base(2_000 * CONTRACT)) };
        assert_eq!(sim.trade(0, TAKER, order).unwrap().end, End::Partial(Error::LimitReached));
        let rest = if sign > 0 { at(20) - 1 } else { at(-20) };
        assert_eq!(s(&sim), rest);
        // So does the band's end.
        let params = Params { price_band_ppm: 4_000, ..quiet() };
        let mut sim = market(params, &ranges);
        assert_eq!(
            go(&mut sim, side, Exact::Base(2_000 * CONTRACT)).unwrap().end,
            End::Partial(Error::PriceBandExceeded)
        );
        assert_eq!(s(&sim), rest);
    }
}

/// Attack 10: whoever holds the only range at `s` removes it. The way back to 1 is free, and stops at 1.
#[test]
fn the_way_back_over_an_empty_stretch_is_free() {
    let mut sim = market(quiet(), &[(-100, 0, L)]);
    let own = sim.add_range(0, TAKER, range(10, 200, L)).unwrap();
    let third = sim.actor(1_000_000_000);
    let fill = sim.take(0, third, 1_000 * CONTRACT as i64).unwrap();
    assert!(fill.end == End::Filled && s(&sim) > at(10));
    let _ = sim.close(0, TAKER, own).unwrap();
    assert_eq!(sim.market(0).liquidity.get(), 0);
    // A buy has nothing to fill and does not move away.
    let before = s(&sim);
    assert_eq!(sim.take(0, LP, CONTRACT as i64), Err(Error::LiquidityExhausted));
    assert_eq!(s(&sim), before);
    // The holder of the position closes against what lies below 1.
    let fill = sim.flatten(0, third).unwrap();
    assert_eq!((fill.end, fill.base), (End::Filled, -1_000 * CONTRACT as i64));
    assert!(s(&sim) < 1 << 64);

    // Without anything on the other side it stops at 1, and has filled nothing.
    let mut sim = market(quiet(), &[(-100, 100, L)]);
    let _ = buy(&mut sim, 1_000 * CONTRACT).unwrap();
    let _ = sim.close(0, LP, 0).unwrap();
    let fill = sell(&mut sim, CONTRACT).unwrap();
    assert_eq!((fill.base, fill.end, s(&sim)), (0, End::Partial(Error::LiquidityExhausted), 1 << 64));
    assert_eq!(sell(&mut sim, CONTRACT), Err(Error::LiquidityExhausted));
    // Within the caller's limit.
    let mut sim = market(quiet(), &[(-100, 100, L)]);
    let _ = sell(&mut sim, 1_000 * CONTRACT).unwrap();
    let _ = sim.close(0, LP, 0).unwrap();
    let limit = Price::from_bits((1 << 48) / 1_000 * 999);
    let limited = Order { limit: Some(limit), ..order(Side::Buy, Exact::Base(5)) };
    assert_eq!(sim.trade(0, TAKER, limited).unwrap().end, End::Partial(Error::LimitReached));
    assert!(s(&sim) > at(-11) && s(&sim) < at(-9));
}

/// In a fixed market the anchor is where the index stands on the curve.
#[test]
fn a_fixed_market_drifts_to_its_index() {
    let mut sim = Sim::empty();
    sim.list(quiet(), Mode::Fixed, 1_000);
    sim.actor(1_000_000_000);
    sim.actor(1_000_000_000);
    sim.add_range(0, LP, range(-100, 100, L)).unwrap();
    let _ = sell(&mut sim, 1_000 * CONTRACT).unwrap();
    let _ = sim.close(0, LP, 0).unwrap();
    sim.wait(1);
    let _ = sim.set_price(0, 100_500_000_000);
    let fill = buy(&mut sim, CONTRACT).unwrap();
    assert_eq!(fill.base, 0);
    assert_eq!(s(&sim), sim.market(0).anchor.get());
    assert!(s(&sim) > at(49) && s(&sim) < at(50));
    assert_eq!(sim.market(0).inv_sqrt_price, inv_sqrt(SqrtPrice::from_bits(s(&sim))).unwrap());
}

/// Towards the anchor a gap is crossed as long as crossings last, up to the landing that they do not pay for.
#[test]
fn the_last_crossing_reaches_the_far_edge_of_a_gap() {
    let params = Params { max_crossings: 8, ..quiet() };
    let mut ranges = vec![(-100, 20, L), (60, 100, L)];
    // Six ticks on the way to the gap: its edges are the seventh and the eighth.
    ranges.extend((31..37).map(|grid| (2 * grid, 100, L / 100)));
    let mut sim = Sim::new(params, 1_000, 0);
    sim.actor(1_000_000_000);
    sim.actor(1_000_000_000);
    // A companion holds eight ranges.
    for (lower, upper, liquidity) in ranges {
        sim.add_range(0, LP, range(lower, upper, liquidity)).unwrap();
    }
    while s(&sim) < at(74) {
        let _ = buy(&mut sim, 500 * CONTRACT).unwrap();
    }
    let fill = sell(&mut sim, 100_000 * CONTRACT).unwrap();
    assert_eq!((fill.end, fill.crossings), (End::Partial(Error::CrossingsExhausted), 8));
    assert_eq!(s(&sim), at(20));
}
