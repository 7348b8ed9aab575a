//! Trades within a bound and to a target (`exact.rs`): the bound in its four senses, the order in both directions, and the
//! edges of tolerance and size.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod exchange;
mod math_reference;

use bytemuck::Zeroable;
use exchange::{CONTRACT, Sim, flat_fee, order};
use keel_engine::curve::{End, Exact};
use keel_engine::exact::{order_to, require_bound};
use keel_engine::params::Params;
use keel_engine::state::{MarginAccount, Position};
use keel_engine::trade::Fill;
use keel_engine::units::{MAX_BASE, Price};
use keel_engine::{Error, Side};
use math_reference::{Random, cases};

fn fill(base: i64, quote: i64, fee: u64) -> Fill {
    Fill { base, quote, fee, steps: 1, crossings: 0, end: End::Filled, settled: None }
}

/// The largest (or smallest) bound that is met, and its neighbour that is not.
#[test]
fn the_four_senses_of_a_bound() {
    let bought = fill(50, -1_000, 7);
    let sold = fill(-50, 1_000, 7);
    for (side, exact, filled, met, refused) in [
        // At most 1,007 paid; at least 993 got; at least 50 bought; at most 50 given.
        (Side::Buy, Exact::Base(50), bought, 1_007, 1_006),
        (Side::Sell, Exact::Base(50), sold, 993, 994),
        (Side::Buy, Exact::Quote(1_000), bought, 50, 51),
        (Side::Sell, Exact::Quote(1_000), sold, 50, 49),
    ] {
        let asked = order(side, exact);
        assert_eq!(require_bound(&asked, &filled, met), Ok(()), "{side:?} {exact:?}");
        assert_eq!(require_bound(&asked, &filled, refused), Err(Error::BoundNotMet), "{side:?} {exact:?}");
        assert_eq!(require_bound(&asked, &filled, 0), Ok(()), "0 is none");
    }
    let extremes = |side, exact, filled: Fill, bound| require_bound(&order(side, exact), &filled, bound);
    // A sale whose fee is more than it brings meets no bound; a cost beyond a word none either.
    assert_eq!(extremes(Side::Sell, Exact::Base(1), fill(-1, 5, 6), 1), Err(Error::BoundNotMet));
    assert_eq!(extremes(Side::Sell, Exact::Base(1), fill(-1, 6, 6), 1), Err(Error::BoundNotMet));
    assert_eq!(extremes(Side::Buy, Exact::Base(1), fill(1, -1, u64::MAX), u64::MAX), Err(Error::BoundNotMet));
    assert_eq!(extremes(Side::Buy, Exact::Base(1), fill(1, i64::MIN, 0), 1 << 63), Ok(()));
    assert_eq!(extremes(Side::Sell, Exact::Quote(1), fill(i64::MIN, 1, 0), (1 << 63) - 1), Err(Error::BoundNotMet));
}

/// On the curve, with a fee: the bound that a fill has met is the one at which it would not go through by an atom.
#[test]
fn a_bound_is_what_leaves_and_comes() {
    let mut random = Random::new("bounds");
    for _ in 0..cases() / 16 {
        let mut sim = Sim::new(Params { price_band_ppm: 0, guard_secs: 0, ..flat_fee(1_000) }, 1_000, 2);
        sim.provide(0, 0, -200, 200, 300_000).unwrap();
        let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
        let by_base = random.below(2) == 0;
        let exact = if by_base {
            Exact::Base(1 + random.below(5 * CONTRACT))
        } else {
            Exact::Quote(1_000 + random.below(1 << 32))
        };
        let asked = order(side, exact);
        let before = sim.worth(1);
        let done = sim.trade(0, 1, asked).unwrap();
        let position = sim.position(0, 1);
        let (base, quote) = (position.base.unsigned_abs(), position.quote.unsigned_abs());
        // What the account really has now, fee and all, is what is compared.
        let (met, refused) = match (by_base, side) {
            (true, Side::Buy) => (quote, quote - 1),
            (true, Side::Sell) => (quote, quote + 1),
            (false, Side::Buy) => (base, base + 1),
            (false, Side::Sell) => (base, base - 1),
        };
        assert_eq!(require_bound(&asked, &done, met), Ok(()));
        assert!(refused == 0 || require_bound(&asked, &done, refused) == Err(Error::BoundNotMet));
        assert!(sim.worth(1) < before);
    }
}

fn held(base: i64) -> MarginAccount {
    let mut account = MarginAccount::zeroed();
    account.positions[3] = Position { market: 4, base, ..Position::zeroed() };
    account
}

#[test]
fn an_order_to_a_target() {
    let limit = Some(Price::ONE);
    for (from, to, side, amount) in [
        (0, 10, Side::Buy, 10),
        (0, -10, Side::Sell, 10),
        (7, 10, Side::Buy, 3),
        (10, 7, Side::Sell, 3),
        (-7, -10, Side::Sell, 3),
        (-10, -7, Side::Buy, 3),
        (5, -5, Side::Sell, 10),
        (-5, 5, Side::Buy, 10),
        (5, 0, Side::Sell, 5),
    ] {
        let asked = order_to(&held(from), 4, to, 0, limit).unwrap();
        assert_eq!((asked.side, asked.exact, asked.limit), (side, Exact::Base(amount), limit), "{from} to {to}");
        assert!(asked.all_or_nothing && !asked.reduce_only);
        // A tolerance of the whole distance is near enough, one of an atom less is not.
        assert_eq!(order_to(&held(from), 4, to, amount, limit), Err(Error::NearTarget));
        assert!(order_to(&held(from), 4, to, amount - 1, limit).is_ok());
    }
    // Without a position it begins at nothing, whatever there is in other markets.
    assert_eq!(order_to(&held(9), 5, 2, 0, None).unwrap().exact, Exact::Base(2));
    assert_eq!(order_to(&held(9), 0, 2, 0, None).unwrap().exact, Exact::Base(2), "nothing is no market's");
    assert_eq!(order_to(&held(9), 5, 0, 0, None), Err(Error::NearTarget));
}

#[test]
fn extremes_of_a_target() {
    let most = MAX_BASE as i64;
    assert_eq!(order_to(&held(0), 4, most, 0, None).unwrap().exact, Exact::Base(MAX_BASE));
    assert_eq!(order_to(&held(0), 4, -most, 0, None).unwrap().exact, Exact::Base(MAX_BASE));
    for (from, to) in [(0, most + 1), (0, i64::MIN), (0, i64::MAX), (1, -most), (-most, most), (i64::MIN, i64::MAX)] {
        assert_eq!(order_to(&held(from), 4, to, 0, None), Err(Error::AmountTooLarge), "{from} to {to}");
    }
    assert_eq!(order_to(&held(i64::MIN), 4, i64::MAX, u64::MAX, None), Err(Error::NearTarget));
}

/// Through the curve: the position is the target then, to the atom, or nothing happened.
#[test]
fn a_target_is_reached_or_nothing_happens() {
    let mut random = Random::new("targets");
    let (mut reached, mut refused) = (0, 0);
    for _ in 0..cases() / 16 {
        let mut sim = Sim::new(Params { price_band_ppm: 0, guard_secs: 0, ..flat_fee(300) }, 1_000, 2);
        sim.provide(0, 0, -100, 100, 20_000).unwrap();
        for _ in 0..4 {
            let target = random.between(-30, 30) * (CONTRACT as i64) + random.between(-9, 9);
            let before = sim.clone();
            let Ok(asked) = order_to(sim.account(1), 1, target, 3, None) else { continue };
            match sim.trade(0, 1, asked) {
                Ok(_) => {
                    assert_eq!(sim.position(0, 1).base, target);
                    reached += 1;
                }
                Err(error) => {
                    assert_eq!(error, Error::NotFilled);
                    assert_eq!(sim.account(1), before.account(1));
                    refused += 1;
                }
            }
        }
    }
    assert!(reached > 20 && refused > 5, "{reached} {refused}");
}
