//! Liquidation on the curve: who, when, how much, at what price, and what happens to what is left (design.md section 8).

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

use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::liquidation::{discount, step_size};
use keel_engine::margin::Health;
use keel_engine::params::Params;
use keel_engine::state::MarginAccount;
use keel_engine::units::Factor;
use math_reference::Random;

const LP: usize = 0;
const VICTIM: usize = 1;
const KEEPER: usize = 2;
const ONE: i64 = CONTRACT as i64;

/// A deep curve at 1,000 USD, a victim that is long 100 contracts on 6,000 USD, and a keeper with nothing.
fn market(params: Params) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(6_000);
    sim.actor(0);
    sim.provide(0, LP, -600, 600, 60_000_000).unwrap();
    let _ = sim.take(0, VICTIM, 100 * ONE).unwrap();
    sim
}

/// The same, with the index at `usd`, and the victim flagged.
fn flagged(params: Params, usd: i64) -> Sim {
    let mut sim = market(params);
    sim.move_price(0, usd);
    let _ = sim.begin(VICTIM).unwrap();
    sim
}

fn health(equity: i64, maintenance: u64) -> Health {
    Health { equity: equity * USD as i64, maintenance: maintenance * USD, target: maintenance * USD / 10 * 11 }
}

fn ppm(factor: Factor) -> u64 {
    (u128::from(factor.bits) * 1_000_000).div_ceil(1 << 48) as u64
}

#[test]
fn a_healthy_account_is_left_alone() {
    let mut sim = market(quiet());
    assert_eq!(sim.begin(VICTIM), Err(Error::AccountHealthy));
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX), Err(Error::AccountNotFlagged));
    assert_eq!(sim.unwind(0, LP, 0), Err(Error::AccountNotFlagged));
    // Equity 6,000 - 3,100 at 969 against 3% of 96,900 and the tip: 2,907.5.
    sim.move_price(0, 970);
    assert_eq!(sim.begin(VICTIM), Err(Error::AccountHealthy));
    sim.move_price(0, 968);
    let health = sim.begin(VICTIM).unwrap();
    assert!(health.is_unhealthy());
    // Flagged, but recovered: every step needs the account to be unhealthy at that moment.
    sim.move_price(0, 971);
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX), Err(Error::AccountHealthy));
    // The flag clears with the buffer only: equity at 971 is 3,100 against 3,204, at 980 4,000.
    assert_eq!(sim.cure(VICTIM), Ok(false));
    sim.move_price(0, 980);
    assert_eq!(sim.cure(VICTIM), Ok(true));
    assert_eq!(sim.account(VICTIM).flagged_at, 0);
}

#[test]
fn a_flag_stands_until_it_is_stale() {
    let mut sim = flagged(quiet(), 968);
    let since = sim.account(VICTIM).flagged_at;
    assert_eq!(sim.begin(VICTIM), Err(Error::AccountFlagged));
    sim.rest(300);
    assert_eq!(sim.begin(VICTIM), Err(Error::AccountFlagged));
    sim.rest(1);
    assert!(sim.begin(VICTIM).is_ok());
    assert_eq!(sim.account(VICTIM).flagged_at, since + 301);
    // A step on a stale flag counts from now, too (attack 13): time counts for nothing, depth for a little.
    sim.rest(400);
    let step = sim.on_curve(0, VICTIM, KEEPER, u64::MAX).unwrap();
    assert!(ppm(step.discount) < 1_500, "{}", ppm(step.discount));
}

#[test]
fn the_discount_rises_with_time_after_the_plateau_and_with_depth() {
    let sim = market(quiet());
    let mut account: MarginAccount = *sim.account(VICTIM);
    account.flagged_at = sim.now.unix;
    let at = |secs: i64, health: &Health| {
        let now = keel_engine::Now { unix: sim.now.unix + secs, ..sim.now };
        ppm(discount(sim.market(0), &account, health, now))
    };
    let just = health(3_000, 3_000);
    assert_eq!([0, 5, 35, 65, 1_000].map(|secs| at(secs, &just)), [1_000, 1_000, 5_500, 10_000, 10_000]);
    // A clock that went back.
    assert_eq!(at(-50, &just), 1_000);
    // Two thirds of 3,000 are 2,000: short by 500 is a quarter of the way, whatever the time.
    assert_eq!(at(0, &health(2_500, 3_000)), 3_250);
    assert_eq!(at(35, &health(2_500, 3_000)), 5_500);
    assert_eq!(at(0, &health(1_000, 3_000)), 10_000);
    assert_eq!(at(0, &health(-9_000, 3_000)), 10_000);
}

#[test]
fn a_step_closes_what_brings_the_account_to_its_target() {
    let sim = market(quiet());
    let m = sim.market(0);
    let size = |base: u64, equity: i64, maintenance: u64, discount_ppm: u32| {
        step_size(m, base, &health(equity, maintenance), Factor::from_ppm(discount_ppm)).unwrap()
    };
    let near = |a: u64, b: u64| assert!(a.abs_diff(b) <= b / 1_000_000_000 + 2, "{a} against {b}");
    // Short of 3,300 by 320 with 3.3% - 0.1% a unit: 10,000 USD.
    near(size(1_000 * CONTRACT, 2_980, 3_000, 1_000), 10 * CONTRACT);
    // With 1% discount 2.3% a unit: 13,913 USD.
    near(size(1_000 * CONTRACT, 2_980, 3_000, 10_000), 320 * CONTRACT / 23);
    // At most a quarter.
    near(size(20 * CONTRACT, 2_980, 3_000, 1_000), 5 * CONTRACT);
    // At least 100 USD, whole when less than that would be left, and never more than there is.
    near(size(10 * CONTRACT, 3_299, 3_000, 1_000), CONTRACT / 10);
    near(size(CONTRACT / 5 - 1, 2_980, 3_000, 1_000), CONTRACT / 5 - 1);
    near(size(CONTRACT / 5 + 1_000, 2_980, 3_000, 1_000), CONTRACT / 10);
    near(size(7, 2_980, 3_000, 1_000), 7);
    // The largest fee takes its room, too.
    let sim = market(Params { max_fee_ppm: 3_000, ..quiet() });
    near(
        step_size(sim.market(0), 1_000 * CONTRACT, &health(2_980, 3_000), Factor::from_ppm(1_000)).unwrap(),
        320 * CONTRACT / 29,
    );
}

#[test]
fn a_step_pays_the_keeper_and_insurance_out_of_the_discount() {
    let mut sim = flagged(quiet(), 960);
    // The curve stands below the mark by a hundredth of a percent.
    let _ = sim.take(0, LP, -200 * ONE).unwrap();
    let before = sim.health(VICTIM).unwrap();
    let (insurance, worth) = (sim.market(0).insurance, sim.worth(VICTIM));
    let step = sim.on_curve(0, VICTIM, KEEPER, u64::MAX).unwrap();
    assert_eq!(step.base, -25 * ONE, "a quarter");
    assert!(step.health.excess() > before.excess());
    let notional = sim.market(0).mark.notional_floor(25 * CONTRACT).unwrap();
    let whole = (u128::from(step.discount.bits) * u128::from(notional)) >> 48;
    let slipped = notional - step.quote.unsigned_abs();
    let left = whole as u64 - slipped;
    assert!(step.insurance.abs_diff(left * 3 / 10) <= 2, "{} of {left}", step.insurance);
    assert!(step.keeper.abs_diff(left * 7 / 10 + USD / 2) <= 2);
    assert_eq!(sim.capital(KEEPER), step.keeper);
    assert_eq!(sim.market(0).insurance, insurance + step.insurance);
    // All in all the step costs the account its discount and the tip, to a few atoms of rounding.
    let cost = (worth - sim.worth(VICTIM)) >> 48;
    assert!((cost - i128::from(whole as u64 + USD / 2)).abs() <= 3, "{cost} against {whole}");
    assert_eq!(sim.account(VICTIM).stepped_at, sim.now.unix);
}

#[test]
fn steps_wait_for_each_other_and_for_the_window_unless_it_is_urgent() {
    let params = Params { window_cap_usd: 40_000, ..quiet() };
    let mut sim = flagged(params, 960);
    sim.wait(1);
    sim.touch_all();
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, CONTRACT / 10 - 1), Err(Error::StepTooSmall));
    let first = sim.on_curve(0, VICTIM, KEEPER, 5 * CONTRACT).unwrap();
    assert_eq!(first.base, -5 * ONE, "the caller may ask for less");
    sim.rest(9);
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX), Err(Error::StepTooSoon));
    sim.rest(1);
    // 40,000 less 4,800 leave 35,200 USD: 36.66 contracts. A quarter of 95 fits; the next is cut.
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX).unwrap().base.unsigned_abs(), 95 * CONTRACT / 4);
    sim.move_price(0, 958);
    sim.rest(6);
    let health = sim.health(VICTIM).unwrap();
    assert!(health.is_unhealthy() && health.equity > health.maintenance as i64 * 2 / 3, "{health:?}");
    let third = sim.on_curve(0, VICTIM, KEEPER, u64::MAX).unwrap();
    assert!(third.base.unsigned_abs() < 13 * CONTRACT, "cut to the window: {}", third.base);
    // Deep under water nothing waits.
    sim.move_price(0, 940);
    let health = sim.health(VICTIM).unwrap();
    assert!(health.equity < health.maintenance as i64 * 2 / 3, "{health:?}");
    assert!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX).is_ok());
    assert!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX).is_ok(), "in the same second");
}

#[test]
fn a_used_up_window_refuses_until_the_next() {
    let params = Params { window_cap_usd: 1_000, step_gap_secs: 0, ..quiet() };
    let mut sim = flagged(params, 967);
    let first = sim.on_curve(0, VICTIM, KEEPER, u64::MAX).unwrap();
    assert!(first.base.unsigned_abs() <= 1_000 * CONTRACT / 967);
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX), Err(Error::WindowCapReached));
    sim.rest(29);
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX), Err(Error::WindowCapReached));
    sim.rest(1);
    assert!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX).is_ok());
}

/// Attack 19: not worse than the mark less the discount now.
#[test]
fn a_sandwich_finds_the_discount_as_its_limit() {
    let mut sim = flagged(quiet(), 967);
    // The curve is pushed down by 1.5%.
    let attacker = sim.actor(100_000_000);
    let _ = sim.take(0, attacker, -15_000 * ONE).unwrap();
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX), Err(Error::LimitReached));
    sim.rest(70);
    assert_eq!(
        sim.on_curve(0, VICTIM, KEEPER, u64::MAX),
        Err(Error::LimitReached),
        "not at the largest discount either"
    );
    let _ = sim.take(0, attacker, 15_000 * ONE).unwrap();
    assert!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX).is_ok());
}

#[test]
fn ranges_are_unwound_first_however_young() {
    let mut sim = Sim::new(Params { min_range_slots: 9_000, ..quiet() }, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(10_000);
    sim.actor(0);
    sim.provide(0, LP, -600, 600, 60_000_000).unwrap();
    let _ = sim.take(0, VICTIM, 100 * ONE).unwrap();
    let slot = sim.provide(0, VICTIM, -100, 100, 40_000).unwrap();
    sim.move_price(0, 920);
    let _ = sim.begin(VICTIM).unwrap();
    assert_eq!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX), Err(Error::RangesOpen));
    assert_eq!(sim.close(0, VICTIM, slot), Err(Error::RangeTooYoung));
    assert!(sim.unwind(0, VICTIM, slot).is_ok());
    assert_eq!(sim.unwind(0, VICTIM, slot), Err(Error::RangeNotFound));
    assert!(sim.on_curve(0, VICTIM, KEEPER, u64::MAX).is_ok());
}

/// A flag may stand for a while after the account has recovered; until it is unhealthy again, nobody unwinds it.
#[test]
fn a_recovered_account_keeps_its_ranges() {
    let mut sim = market(quiet());
    let slot = sim.provide(0, VICTIM, 0, 100, 10_000).unwrap();
    sim.move_price(0, 967);
    let _ = sim.begin(VICTIM).unwrap();
    sim.move_price(0, 990);
    assert!(!sim.health(VICTIM).unwrap().is_unhealthy());
    assert_ne!(sim.account(VICTIM).flagged_at, 0);
    assert_eq!(sim.unwind(0, VICTIM, slot), Err(Error::AccountHealthy));
    sim.move_price(0, 960);
    assert!(sim.unwind(0, VICTIM, slot).is_ok());
}

/// Liquidation goes on while the oracle is uncertain, however wide its confidence: the surcharge stays within the room
/// that the parameters keep for it.
#[test]
fn an_uncertain_oracle_does_not_stop_liquidation() {
    for conf in [2, 5, 10, 50] {
        let mut sim = flagged(quiet(), 960);
        sim.places[0].conf = sim.places[0].price as u64 / 100 * conf;
        sim.rest(1);
        assert!(sim.market(0).is_guarded());
        let step = sim.on_curve(0, VICTIM, KEEPER, u64::MAX).unwrap();
        let fee = u128::from(step.fee) * 1_000_000 / u128::from(step.quote.unsigned_abs());
        assert!(fee <= 5_000, "{fee} ppm at a confidence of {conf}%");
    }
}

/// Often unwinding restores the account: then it clears the flag.
#[test]
fn unwinding_may_cure() {
    let mut sim = market(quiet());
    let lp = sim.actor(1_200);
    let slot = sim.provide(0, lp, 0, 100, 20_000).unwrap();
    // It sells 20 contracts on the way up and is short.
    let _ = sim.take(0, LP, 20_000 * ONE).unwrap();
    sim.move_price(0, 1_030);
    let health = sim.begin(lp);
    if health.is_ok() {
        assert!(sim.unwind(0, lp, slot).is_ok());
    }
    assert!(sim.health(lp).is_ok());
}

#[test]
fn a_bankrupt_account_ends_in_the_loss_order() {
    let mut sim = flagged(quiet(), 930);
    assert!(sim.health(VICTIM).unwrap().equity < 0);
    // Every step is urgent: a quarter each, until dust goes whole.
    let mut steps = 0;
    while sim.position(0, VICTIM).base != 0 {
        let step = sim.on_curve(0, VICTIM, KEEPER, u64::MAX).unwrap();
        assert_eq!(step.insurance, 0, "there is nothing to share");
        steps += 1;
        assert!(steps < 40);
    }
    assert_eq!(sim.capital(VICTIM), 0);
    let owed = sim.position(0, VICTIM).debt;
    assert!(owed > 1_000 * USD && sim.market(0).uncovered == owed);
    let resolved = sim.resolve(0, VICTIM).unwrap();
    assert_eq!((resolved.own, resolved.surplus, resolved.insurance, resolved.written_off), (0, 0, 0, owed));
    assert!(sim.account(VICTIM).is_done());
    // The LP, who won it, bears it: 1 - shortfall / claims.
    let _ = sim.fold(0, LP, 0).unwrap();
    let _ = sim.settle(0, LP).unwrap();
    let m = *sim.market(0);
    assert!(m.claims > 0);
    sim.rest(40_000);
    let released = sim.release(0, LP, 0).unwrap();
    assert!(released.claim - released.paid >= owed.min(released.claim));
}

/// Reliability 28: victim and keeper are one.
#[test]
fn self_liquidation_never_profits() {
    let mut random = Random::new("self-liquidation");
    for _ in 0..40 {
        let fee = [0, 300, 1_000][random.below(3) as usize];
        let params = Params { base_fee_ppm: fee, max_fee_ppm: fee, ..quiet() };
        let mut sim = market(params);
        // Somebody brings the curve back to the index: what the victim's own buy left there is no profit.
        let other = sim.actor(1_000_000);
        let _ = sim.take(0, other, -100 * ONE).unwrap();
        sim.move_price(0, random.between(935, 968));
        if sim.begin(VICTIM).is_err() {
            continue;
        }
        // The keeper, too, may hold something, and has moved the curve.
        sim.deposit(KEEPER, 1_000_000 * USD).unwrap();
        let pushed = random.between(-9_000, 9_000) * ONE;
        let both = |sim: &Sim| sim.worth(VICTIM) + sim.worth(KEEPER);
        let before = both(&sim);
        let _ = sim.take(0, KEEPER, pushed);
        for _ in 0..8 {
            let _ = sim.on_curve(0, VICTIM, KEEPER, u64::MAX);
        }
        if sim.position(0, KEEPER).base != 0 {
            let _ = sim.flatten(0, KEEPER).unwrap();
        }
        let gained = (both(&sim) - before) >> 48;
        assert!(gained <= 2, "{gained} atoms");
    }
}

/// Whatever the price does, steps end: cured, or closed.
#[test]
fn liquidation_terminates() {
    for usd in [968, 960, 950, 940, 900] {
        let mut sim = flagged(quiet(), usd);
        let mut steps = 0;
        while sim.account(VICTIM).flagged_at != 0 && sim.position(0, VICTIM).base != 0 {
            sim.rest(10);
            let before = sim.health(VICTIM).unwrap();
            match sim.on_curve(0, VICTIM, KEEPER, u64::MAX) {
                Ok(step) => assert!(step.health.excess() >= before.excess()),
                // Between maintenance and its buffer the flag stands and nothing is done.
                Err(Error::AccountHealthy) => break,
                Err(error) => panic!("{error}"),
            }
            steps += 1;
            assert!(steps < 60, "{usd}");
        }
    }
}
