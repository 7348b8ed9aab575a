//! The pool's backstop: when, how much, at what price, and the caps of its strategy (design.md section 8.4). In these tests
//! the pool's margin account is an actor like any other, which is what it is.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod exchange;
mod math_reference;

use bytemuck::Zeroable;
use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::liquidation::{Phase, auction};
use keel_engine::params::Params;
use keel_engine::pool::{day_loss_ceil, room};
use keel_engine::state::{Mode, Strategy};
use math_reference::Random;

const VICTIM: usize = 0;
const POOL: usize = 1;
const KEEPER: usize = 2;
const RICH: usize = 3;
const ONE: i64 = CONTRACT as i64;
const US: (usize, usize, usize) = (VICTIM, POOL, KEEPER);
/// Plateau and auction.
const AUCTION: i64 = 65;

/// Takes up to a million USD, and stops at a loss of 10,000 a day.
fn strategy() -> Strategy {
    Strategy {
        market: 1,
        backstops: 1,
        backstop_cap_usd: 1_000_000,
        backstop_loss_cap_usd: 10_000,
        ..Strategy::zeroed()
    }
}

/// A victim with 100 contracts at 1,000 USD on 6,000 USD against somebody rich, and a pool of 100,000 USD.
fn market(params: Params, side: i64) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    for usd in [6_000, 100_000, 0, 1_000_000] {
        sim.actor(usd);
    }
    let (buyer, seller) = if side > 0 { (VICTIM, RICH) } else { (RICH, VICTIM) };
    sim.deal(0, buyer, seller, 100 * ONE, 1_000);
    sim.pool.strategies[0] = strategy();
    sim
}

/// The same after a move against the victim, flagged, that many seconds ago.
fn flagged(side: i64, usd: i64, secs: i64) -> Sim {
    let mut sim = market(quiet(), side);
    sim.move_price(0, 1_000 - side * usd);
    let _ = sim.begin(VICTIM).unwrap();
    sim.rest(secs);
    sim
}

fn strategy_mut(sim: &mut Sim) -> &mut Strategy {
    &mut sim.pool.strategies[0]
}

#[test]
fn it_begins_when_the_auction_has_run_out_and_does_not_end() {
    let mut sim = flagged(1, 35, AUCTION);
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::AuctionRunning));
    assert_eq!(sim.deleverage(0, (VICTIM, RICH, KEEPER), u64::MAX), Err(Error::AuctionRunning));
    // At 35 down the short's return on margin is far below a thousand per cent.
    for (secs, deleverages) in [(1, Error::BackstopFirst), (5, Error::BackstopFirst), (6, Error::BelowThreshold)] {
        let mut sim = sim.clone();
        sim.rest(secs);
        assert_eq!(sim.deleverage(0, (VICTIM, RICH, KEEPER), u64::MAX), Err(deleverages));
        assert!(sim.backstop(0, US, u64::MAX).is_ok());
    }
    sim.rest(200);
    assert!(sim.clone().deleverage(0, (VICTIM, RICH, KEEPER), u64::MAX).is_ok(), "without touching the pool");
    assert!(sim.backstop(0, US, u64::MAX).is_ok());
}

/// In one step, whatever `max_part` says: the pool gets the whole position's worth less seven tenths of the largest
/// discount, the keeper the tip, the market's insurance its part.
#[test]
fn it_takes_what_brings_the_account_to_its_target_at_the_largest_discount() {
    for side in [1, -1] {
        let mut sim = flagged(side, 35, AUCTION + 1);
        let mark = sim.market(0).mark;
        let (victim, pool) = (sim.worth(VICTIM), sim.worth(POOL));
        let taken = sim.backstop(0, US, u64::MAX).unwrap();
        assert!(taken.discount.bits.abs_diff((1 << 48) / 100) < 1 << 16, "d_max");
        let size = taken.base.unsigned_abs();
        assert_eq!(taken.base.signum(), -side);
        assert!((26 * CONTRACT..50 * CONTRACT).contains(&size), "more than a quarter, no more than needed: {size}");
        assert_eq!(sim.account(VICTIM).flagged_at, 0, "cured");
        assert_eq!(sim.position(0, POOL).base, -taken.base);
        let (low, high) = (mark.notional_floor(size).unwrap(), mark.notional_ceil(size).unwrap());
        let notional = if side > 0 { high } else { low };
        let cost = taken.discount.of_floor(notional);
        assert_eq!(taken.quote, side * notional as i64 - cost as i64);
        assert_eq!(taken.paid, side * notional as i64 - (cost - taken.insurance) as i64);
        assert_eq!(taken.insurance, (cost * 3).div_ceil(10));
        assert_eq!((taken.tip, sim.capital(KEEPER)), (USD / 2, USD / 2));
        let atoms = |worth: i128| worth as f64 / 2f64.powi(48);
        assert!((0.0..=1.0).contains(&((cost + taken.tip) as f64 - atoms(victim - sim.worth(VICTIM)))));
        assert!((0.0..=1.0).contains(&((cost - taken.insurance) as f64 - atoms(sim.worth(POOL) - pool))));
        let strategy = sim.pool.strategies[0];
        assert_eq!(strategy.taken_day, sim.now.unix);
        assert_eq!((strategy.taken_base, strategy.taken_quote), (-taken.base, -taken.paid));
        assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::AccountNotFlagged));
    }
}

/// A bankrupt account has no discount to give: the pool takes all of it at the mark, and nobody is tipped.
#[test]
fn a_bankrupt_account_goes_whole_at_the_mark() {
    for side in [1, -1] {
        let mut sim = flagged(side, 70, AUCTION + 1);
        let pool = sim.worth(POOL);
        let taken = sim.backstop(0, US, u64::MAX).unwrap();
        assert_eq!((taken.base, taken.tip, taken.insurance), (-side * 100 * ONE, 0, 0));
        assert!((0..1 << 48).contains(&(pool - sim.worth(POOL))), "less than an atom");
        let resolved = sim.resolve(0, VICTIM).unwrap();
        assert!(resolved.written_off.abs_diff(1_000 * USD) <= 2, "what it owed is another matter");
    }
}

/// Position after it, at most the cap; a part where the cap leaves only that, none where it leaves a crumb.
#[test]
fn the_cap_on_the_position_holds() {
    let mut sim = flagged(1, 70, AUCTION + 1);
    strategy_mut(&mut sim).backstop_cap_usd = 20_000;
    let taken = sim.backstop(0, US, u64::MAX).unwrap();
    let notional = sim.market(0).mark.notional_ceil(sim.position(0, POOL).base.unsigned_abs()).unwrap();
    assert!((19_999 * USD..=20_000 * USD).contains(&notional), "{notional}");
    assert_eq!(taken.base, -sim.position(0, POOL).base);
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::BackstopExhausted));
    strategy_mut(&mut sim).backstop_cap_usd = 20_099;
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::BackstopExhausted), "less than the smallest step");
    strategy_mut(&mut sim).backstop_cap_usd = 20_101;
    assert!(sim.backstop(0, US, u64::MAX).is_ok());
    // What it holds the other way round comes on top.
    let mut sim = flagged(1, 70, AUCTION + 1);
    sim.deal(0, RICH, POOL, 30 * ONE, 930);
    strategy_mut(&mut sim).backstop_cap_usd = 9_300;
    let _ = sim.backstop(0, US, u64::MAX).unwrap();
    assert_eq!(sim.position(0, POOL).base / 1_000, 10 * ONE / 1_000);
    // And what it holds already counts.
    let mut sim = flagged(1, 70, AUCTION + 1);
    sim.deal(0, POOL, RICH, 30 * ONE, 930);
    strategy_mut(&mut sim).backstop_cap_usd = 27_900;
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::BackstopExhausted));
}

#[test]
fn the_strategy_says_no() {
    let sim = flagged(1, 35, AUCTION + 1);
    let with = |change: fn(&mut Strategy)| {
        let mut sim = sim.clone();
        change(strategy_mut(&mut sim));
        sim.backstop(0, US, u64::MAX).map(|_| ())
    };
    assert_eq!(with(|strategy| strategy.backstops = 0), Err(Error::BackstopExhausted));
    assert_eq!(with(|strategy| strategy.backstop_cap_usd = 0), Err(Error::BackstopExhausted));
    assert_eq!(with(|strategy| strategy.backstop_loss_cap_usd = 0), Err(Error::BackstopExhausted));
    assert_eq!(with(|strategy| strategy.market = 2), Err(Error::StrategyMissing));
    assert_eq!(with(|strategy| *strategy = Strategy::zeroed()), Err(Error::StrategyMissing));
    assert_eq!(with(|_| ()), Ok(()));
}

/// What was taken over lost its cap at the worse of mark and index: nothing more for the rest of the day.
#[test]
fn the_loss_of_the_day_stops_it() {
    let mut sim = flagged(1, 70, AUCTION + 1);
    strategy_mut(&mut sim).backstop_loss_cap_usd = 500;
    let _ = sim.backstop(0, US, 50 * CONTRACT).unwrap();
    let begun = sim.now.unix;
    // 50 contracts from 930: 10 down is a loss of 500.
    sim.move_price(0, 921);
    let loss = |sim: &Sim| day_loss_ceil(&sim.pool.strategies[0], sim.market(0), sim.now).unwrap();
    assert!(loss(&sim).abs_diff(450 * USD) < 2);
    assert!(sim.clone().backstop(0, US, u64::MAX).is_ok());
    sim.wait(1);
    let _ = sim.set_price(0, 919 * 100_000_000);
    assert!(sim.market(0).mark > sim.market(0).index);
    assert!(loss(&sim).abs_diff(550 * USD) < 2, "the index has fallen, the mark not yet");
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::BackstopExhausted));
    // What is closed counts as if it were held: there is no way around the cap by turning over.
    sim.deal(0, RICH, POOL, 50 * ONE, 919);
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::BackstopExhausted));
    // A day after the first take-over.
    let left = begun + 86_400 - sim.now.unix;
    sim.wait(left - 1);
    sim.move_price(0, 919);
    sim.now.unix = begun + 86_399;
    assert!(loss(&sim) > 500 * USD);
    sim.now.unix = begun + 86_400;
    assert_eq!(loss(&sim), 0);
    assert_eq!(
        room(&sim.pool.strategies[0], sim.market(0), 0, ONE, sim.now),
        Ok(sim.market(0).mark.base_floor(1_000_000 * USD))
    );
}

#[test]
fn the_pool_needs_initial_margin_and_no_flag() {
    let mut sim = flagged(1, 70, AUCTION + 1);
    sim.actors[POOL].account.capital[0] = 3_000 * USD;
    sim.bank.booked -= 97_000 * USD;
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::InsufficientMargin));
    // Less of it is carried; that earns no tip here anyway, the account being bankrupt.
    assert!(sim.clone().backstop(0, US, 50 * CONTRACT).is_ok());
    assert_eq!(sim.backstop(0, US, CONTRACT / 10), Err(Error::StepTooSmall));
    sim.actors[POOL].account.flagged_at = sim.now.unix;
    assert_eq!(sim.backstop(0, US, 50 * CONTRACT), Err(Error::AccountFlagged));
    // What only reduces the pool's own position is taken nevertheless.
    sim.deal(0, RICH, POOL, 60 * ONE, 930);
    assert!(sim.backstop(0, US, 50 * CONTRACT).is_ok());
    assert_eq!(sim.position(0, POOL).base, -10 * ONE);
}

#[test]
fn a_part_earns_no_tip() {
    let mut sim = flagged(1, 35, AUCTION + 1);
    let taken = sim.backstop(0, US, 5 * CONTRACT).unwrap();
    assert_eq!((taken.tip, sim.capital(KEEPER)), (0, 0));
}

/// The mark lags behind the index, or nobody knows the index any more: for deleveraging the second is no obstacle, for the
/// pool it is.
#[test]
fn it_waits_for_a_fresh_price() {
    let mut sim = flagged(1, 35, AUCTION + 1);
    let mut apart = sim.clone();
    apart.wait(1);
    let _ = apart.set_price(0, 955 * 100_000_000);
    assert_eq!(apart.backstop(0, US, u64::MAX), Err(Error::PricesApart));
    apart.rest(3);
    assert!(apart.backstop(0, US, u64::MAX).is_ok());
    sim.wait(21);
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::MarkStale));
    sim.wait(60);
    assert!(sim.deleverage(0, (VICTIM, RICH, KEEPER), u64::MAX).is_ok());
}

/// A position elsewhere that nobody can price: the pool takes nothing.
#[test]
fn its_other_markets_are_fresh_as_well() {
    let mut sim = market(quiet(), 1);
    sim.list(quiet(), Mode::Floating, 10);
    sim.deal(1, POOL, RICH, ONE, 10);
    sim.move_price(0, 930);
    let _ = sim.begin(VICTIM).unwrap();
    for _ in 0..7 {
        sim.wait(10);
        let _ = sim.touch(0);
    }
    assert_eq!(sim.backstop(0, US, u64::MAX), Err(Error::MarkStale));
    let _ = sim.touch(1);
    assert!(sim.backstop(0, US, u64::MAX).is_ok());
}

/// Whatever is taken over in whatever order, at whatever prices: each step costs the pool nothing at mark but rounding, its
/// position keeps to the cap unless it shrinks, and nothing is taken after the loss of the day.
#[test]
fn the_caps_hold_over_any_sequence() {
    let mut random = Random::new("backstop");
    let mut taken_over = 0;
    for _ in 0..40 {
        let mut sim = Sim::new(quiet(), 1_000, 0);
        for usd in [0, 60_000, 0, 100_000_000] {
            sim.actor(usd);
        }
        let victims: Vec<usize> = (0..6).map(|_| sim.actor(6_000)).collect();
        sim.pool.strategies[0] = Strategy {
            backstop_cap_usd: random.between(1_000, 400_000) as u32,
            backstop_loss_cap_usd: random.between(0, 8_000) as u32,
            ..strategy()
        };
        for victim in &victims {
            let base = random.between(60, 110) * ONE;
            let (buyer, seller) = if random.below(2) == 0 { (*victim, RICH) } else { (RICH, *victim) };
            sim.deal(0, buyer, seller, base, 1_000);
        }
        let mut price = 1_000;
        for _ in 0..30 {
            price = (price + random.between(-40, 40)).clamp(850, 1_150);
            sim.move_price(0, price);
            for victim in &victims {
                let _ = sim.begin(*victim);
            }
            sim.rest(random.between(0, 100));
            for victim in &victims {
                let (pool, had) = (sim.worth(POOL), sim.position(0, POOL).base);
                let before = sim.pool.strategies[0];
                let loss = day_loss_ceil(&before, sim.market(0), sim.now).unwrap();
                let max_base = [u64::MAX, random.below(60 * CONTRACT)][random.below(2) as usize];
                let Ok(taken) = sim.backstop(0, (*victim, POOL, KEEPER), max_base) else { continue };
                taken_over += 1;
                assert!(loss < u64::from(before.backstop_loss_cap_usd) * USD, "{loss} lost today");
                let has = sim.position(0, POOL).base;
                let notional = sim.market(0).mark.notional_ceil(has.unsigned_abs()).unwrap();
                let within = notional <= u64::from(before.backstop_cap_usd) * USD;
                assert!(within || has.unsigned_abs() < had.unsigned_abs(), "{had} to {has}, {notional}");
                assert!(sim.worth(POOL) > pool - (2 << 48), "costs nothing at mark");
                assert_eq!(has - had, -taken.base);
            }
        }
    }
    assert!(taken_over > 40, "{taken_over}");
}

/// The phases by the clock, with the plateau at both its bounds: without one the pool has no time of its own, and takes
/// beside the deleveraging.
#[test]
fn phases() {
    for (plateau, expected) in [
        (0, [(60, Phase::Auction), (61, Phase::Deleverage)].as_slice()),
        (
            5,
            &[
                (5, Phase::Plateau),
                (6, Phase::Auction),
                (65, Phase::Auction),
                (66, Phase::Backstop),
                (70, Phase::Backstop),
                (71, Phase::Deleverage),
            ],
        ),
        (
            60,
            &[
                (60, Phase::Plateau),
                (120, Phase::Auction),
                (121, Phase::Backstop),
                (180, Phase::Backstop),
                (181, Phase::Deleverage),
            ],
        ),
    ] {
        let mut sim = flagged(1, 35, 0);
        sim.market_mut(0).params.plateau_secs = plateau;
        let health = sim.health(VICTIM).unwrap();
        for (secs, phase) in expected {
            let now = keel_engine::Now { unix: sim.now.unix + secs, ..sim.now };
            assert_eq!(auction(sim.market(0), sim.account(VICTIM), &health, now).phase, *phase, "{plateau}, {secs}");
        }
    }
}
