//! What parts, round trips and dust cost, fees included.

use super::*;

/// The documented fees, on a curve without a band.
fn params() -> Params {
    Params {
        price_band_ppm: 0,
        guard_secs: 0,
        imf_slope_ppm_per_million_usd: 0,
        oi_cap_usd: 4_000_000_000,
        oi_scale_from_ppm: 0,
        ..Params::DEFAULT
    }
}

fn paid(fill: &Fill) -> i128 {
    i128::from(fill.fee) - i128::from(fill.quote)
}

/// A market in which the fee is full at some distance, floating or with the index off the peg.
fn some_market(random: &mut Random) -> Sim {
    let max_fee_ppm = [300, 600, 3_000, 10_000][random.below(4) as usize];
    let depth_weight_ppm = [1_000_000, 1_000_000, 250_000, 7_000_000][random.below(4) as usize];
    let params =
        Params { max_fee_ppm, depth_weight_ppm, mark_band_ppm: 0, imr_ppm: 200_000, mmr_ppm: 100_000, ..params() };
    let mut sim = Sim::empty();
    sim.list(params, if random.below(2) == 0 { Mode::Floating } else { Mode::Fixed }, 1_000);
    sim.actor(1_000_000_000);
    sim.actor(1_000_000_000);
    for (lower, upper, liquidity) in [(-400, 400, L), (-30, 30, L / 5), (40, 120, L / 9), (-120, -40, L / 9)] {
        sim.add_range(0, LP, range(lower, upper, liquidity)).unwrap();
    }
    sim.wait(1);
    let _ = sim.set_price(0, random.between(99_000, 101_000) * 1_000_000);
    let first = random.between(-8_000, 8_000) * CONTRACT as i64;
    if first != 0 {
        let _ = sim.take(0, TAKER, first);
    }
    sim
}

/// Invariant 10: n parts cost no less than the whole, fees included.
#[test]
fn parts_cost_no_less_than_the_whole() {
    let mut random = Random::new("parts");
    for _ in 0..rounds() * 2 {
        let start = some_market(&mut random);
        let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
        let total = 1 + random.up_to_64(44);
        let of_base = random.below(2) == 0;
        let exact = |amount: u64| if of_base { Exact::Base(amount) } else { Exact::Quote(amount) };
        let mut once = start.clone();
        let Ok(whole) = go(&mut once, side, exact(total)) else { continue };
        if whole.end != End::Filled {
            continue;
        }
        let mut often = start;
        let (mut left, mut cost, mut base, mut fee) = (total, 0, 0, 0);
        let parts = 1 + random.below(7);
        for part in (0..parts).rev() {
            let amount = if part == 0 { left } else { random.below(left + 1) };
            // A quote amount of a few atoms may buy nothing.
            let Ok(fill) = go(&mut often, side, exact(amount)) else { continue };
            left -= amount;
            cost += paid(&fill);
            base += fill.base;
            fee += fill.fee;
        }
        if left != 0 {
            continue;
        }
        if of_base {
            assert!(cost >= paid(&whole), "parts {cost}, whole {}", paid(&whole));
        } else {
            // The same quote brings no more base (and costs no less of it), and no smaller a fee.
            assert!(base <= whole.base, "parts {base}, whole {}", whole.base);
            assert!(fee >= whole.fee, "parts {fee}, whole {}", whole.fee);
        }
    }
}

/// A fee that is full from some distance on is no discount for who goes there in one piece, nor for who goes in many.
#[test]
fn a_full_fee_is_full_only_beyond_its_distance() {
    for side in [Side::Buy, Side::Sell] {
        let mut sim = market(params(), &[(-400, 400, L)]);
        // 300 ppm, and the distance up to 2,700 ppm of it. Up to there the mean is half.
        let fill = go(&mut sim, side, Exact::Quote(13_500_000_000_000 / 10)).unwrap();
        let first = fill.fee as f64 / fill.quote.unsigned_abs() as f64;
        assert!((first - 0.00165).abs() < 0.000_01, "{side:?} {first}");
        let fill = go(&mut sim, side, Exact::Quote(1_000_000 * USD)).unwrap();
        let second = fill.fee as f64 / fill.quote.unsigned_abs() as f64;
        assert!((second - 0.003).abs() < 0.000_01, "{side:?} {second}");
    }
}

/// Open and close at an unchanged index never profits, in whatever pieces.
#[test]
fn a_round_trip_never_profits() {
    let mut random = Random::new("round trip");
    for _ in 0..rounds() {
        let p = if random.below(2) == 0 { params() } else { quiet() };
        let mut sim = market(p, &[(-200, 200, L), (-30, 30, L / 5), (40, 120, L / 9)]);
        let third = sim.actor(1_000_000_000);
        // Somebody else has moved the curve.
        let moved = random.between(-2_000, 2_000) * CONTRACT as i64;
        if moved != 0 {
            let _ = sim.take(0, third, moved);
        }
        let before = sim.worth(TAKER);
        for _ in 0..=random.below(4) {
            let amount = (1 + random.up_to_64(41)) as i64;
            let _ = sim.take(0, TAKER, if random.below(2) == 0 { amount } else { -amount });
        }
        if sim.position(0, TAKER).base != 0 && sim.flatten(0, TAKER).is_ok_and(|fill| fill.end == End::Filled) {
            assert!(sim.worth(TAKER) <= before);
        }
    }
}

/// Reliability 16: dust round trips.
#[test]
fn ten_thousand_dust_round_trips_never_profit() {
    let mut sim = market(params(), &[(-200, 200, L)]);
    sim.checked = false;
    let before = sim.worth(TAKER);
    let mut last = before;
    for i in 0..rounds() * 30 {
        let _ = sim.take(0, TAKER, (i % 7 + 1) as i64);
        let _ = sim.flatten(0, TAKER);
        assert!(sim.worth(TAKER) <= last);
        last = sim.worth(TAKER);
    }
    sim.check_all();
    assert!(last < before);
}
