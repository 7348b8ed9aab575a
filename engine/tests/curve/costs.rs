//! What parts, round trips and dust cost, fees included.

use super::*;

fn params() -> Params {
    // The documented fees, without what time adds.
    Params { ..Params { price_band_ppm: 0, guard_secs: 0, imf_slope_ppm_per_million_usd: 0, oi_cap_usd: 4_000_000_000, oi_scale_from_ppm: 0, ..Params::DEFAULT } }
}

fn paid(fill: &Fill) -> i128 {
    i128::from(fill.fee) - i128::from(fill.quote)
}

/// Invariant 10: n parts cost no less than the whole, fees included.
#[test]
fn parts_cost_no_less_than_the_whole() {
    let mut random = Random::new("parts");
    for _ in 0..rounds() {
        let mut start = market(params(), &[(-200, 200, L), (-30, 30, L / 5), (40, 120, L / 9), (-120, -40, L / 9)]);
        let first = random.between(-3_000, 3_000) * CONTRACT as i64;
        if first != 0 {
            let _ = start.take(0, TAKER, first);
        }
        let side = if random.below(2) == 0 { 1 } else { -1 };
        let total = 1 + random.up_to_64(42);
        let mut once = start.clone();
        let Ok(whole) = once.take(0, TAKER, side * total as i64) else { continue };
        if whole.end != End::Filled {
            continue;
        }
        let mut often = start;
        let (mut left, mut cost) = (total, 0);
        let parts = 1 + random.below(7);
        for part in (0..parts).rev() {
            let amount = if part == 0 { left } else { random.below(left + 1) };
            if amount == 0 {
                continue;
            }
            left -= amount;
            cost += paid(&often.take(0, TAKER, side * amount as i64).unwrap());
        }
        assert!(cost >= paid(&whole), "parts {cost}, whole {}", paid(&whole));
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
