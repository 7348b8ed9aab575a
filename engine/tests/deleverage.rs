//! Deleveraging at mark: when, whom, how much, and that nobody loses by it (design.md section 8.5).

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
use keel_engine::liquidation::{Phase, auction};
use keel_engine::params::Params;
use keel_engine::{Error, Now};
use math_reference::Random;

const VICTIM: usize = 0;
const HOLDER: usize = 1;
const KEEPER: usize = 2;
const RICH: usize = 3;
const ONE: i64 = CONTRACT as i64;
const US: (usize, usize, usize) = (VICTIM, HOLDER, KEEPER);
/// Plateau, auction and the pool's time, which is as long as the plateau.
const AUCTION: i64 = 70;

/// Nothing but holders: a victim with 100 contracts at 1,000 USD on 6,000 USD, half of it against the holder and half
/// against somebody rich.
fn market(params: Params, side: i64) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    for usd in [6_000, 50_000, 0, 1_000_000] {
        sim.actor(usd);
    }
    for other in [HOLDER, RICH] {
        let (buyer, seller) = if side > 0 { (VICTIM, other) } else { (other, VICTIM) };
        sim.deal(0, buyer, seller, 50 * ONE, 1_000);
    }
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

#[test]
fn phases_and_threshold_by_time() {
    let sim = flagged(1, 35, 0);
    let health = sim.health(VICTIM).unwrap();
    let at = |secs: i64| {
        let now = Now { unix: sim.now.unix + secs, ..sim.now };
        let auction = auction(sim.market(0), sim.account(VICTIM), &health, now);
        (auction.phase, auction.threshold.map(|threshold| threshold.bits >> 40))
    };
    assert_eq!(at(5), (Phase::Plateau, Some(2_560)));
    assert_eq!(at(6), (Phase::Auction, Some(2_560)));
    assert_eq!(at(65), (Phase::Auction, Some(2_560)));
    assert_eq!(at(66), (Phase::Backstop, Some(2_560)));
    assert_eq!(at(AUCTION), (Phase::Backstop, Some(2_560)));
    assert_eq!(at(AUCTION + 30), (Phase::Deleverage, Some(1_280)));
    assert_eq!(at(AUCTION + 59), (Phase::Deleverage, Some(42)));
    assert_eq!(at(AUCTION + 60), (Phase::Deleverage, None));
}

#[test]
fn it_waits_for_the_auction_and_for_the_mark() {
    let mut sim = flagged(1, 35, 65);
    assert_eq!(sim.deleverage(0, US, u64::MAX), Err(Error::AuctionRunning));
    sim.rest(5);
    assert_eq!(sim.deleverage(0, US, u64::MAX), Err(Error::BackstopFirst));
    sim.rest(1);
    assert_eq!(sim.deleverage(0, (VICTIM, KEEPER, RICH), u64::MAX), Err(Error::NotOpposite), "he holds nothing");
    // The mark lags by a median of three: at 940 it stands at 965, more than half a percent away.
    sim.wait(1);
    let _ = sim.set_price(0, 940 * 100_000_000);
    sim.rest(60);
    sim.wait(1);
    let _ = sim.set_price(0, 930 * 100_000_000);
    assert_eq!(sim.deleverage(0, US, u64::MAX), Err(Error::PricesApart));
    sim.rest(3);
    assert!(sim.deleverage(0, US, u64::MAX).is_ok());
}

/// Whom: the return on margin of a short of 50 contracts from 1,000 at 965 is 1,750 of 1,447.5, 121%. The threshold
/// stands there when an eighth of the window is left.
#[test]
fn the_threshold_falls_to_whom_it_names_and_then_to_anybody() {
    let mut sim = flagged(1, 35, AUCTION + 52);
    assert_eq!(sim.deleverage(0, US, u64::MAX), Err(Error::BelowThreshold));
    sim.rest(1);
    let step = sim.deleverage(0, US, u64::MAX).unwrap();
    assert!(step.threshold.is_some());
    // At a loss: short from 900.
    let loser = sim.actor(50_000);
    sim.deal(0, RICH, loser, 10 * ONE, 900);
    assert_eq!(sim.deleverage(0, (VICTIM, loser, KEEPER), u64::MAX), Err(Error::BelowThreshold));
    sim.rest(7);
    let worth = sim.worth(loser);
    let step = sim.deleverage(0, (VICTIM, loser, KEEPER), u64::MAX).unwrap();
    assert_eq!(step.threshold, None);
    assert!((0..1 << 48).contains(&(sim.worth(loser) - worth)), "his loss stays his own");
}

/// A quarter of what the holder has, both at one whole number; the holder's profit of it is his.
#[test]
fn nobody_gains_and_nobody_loses() {
    for (side, expected) in [(1, -25 * ONE / 2), (-1, 25 * ONE / 2)] {
        let mut sim = flagged(side, 55, AUCTION + 61);
        let (victim, holder) = (sim.worth(VICTIM), sim.worth(HOLDER));
        let before = sim.health(VICTIM).unwrap();
        let step = sim.deleverage(0, US, u64::MAX).unwrap();
        assert_eq!(step.base, expected);
        assert_eq!(sim.position(0, HOLDER).base, -side * 50 * ONE - expected);
        assert!((0..1 << 48).contains(&(sim.worth(HOLDER) - holder)), "to less than an atom");
        let cost = victim - sim.worth(VICTIM);
        assert!((0..1 << 48).contains(&(cost - (i128::from(step.tip) << 48))), "the tip and less than an atom");
        assert_eq!((step.tip, sim.capital(KEEPER)), (USD / 2, USD / 2));
        assert!(step.health.excess() > before.excess());
    }
}

/// It closes what brings the account to its target and no more: holders who win are not closed out for nothing.
#[test]
fn it_stops_at_the_target() {
    let mut sim = flagged(1, 31, AUCTION + 61);
    let step = sim.deleverage(0, (VICTIM, RICH, KEEPER), u64::MAX).unwrap();
    assert!(step.base.unsigned_abs() < 12 * CONTRACT, "{}", step.base);
    assert_eq!(sim.account(VICTIM).flagged_at, 0);
    assert_eq!(sim.deleverage(0, US, u64::MAX), Err(Error::AccountNotFlagged));
}

/// Bankrupt: no tip, everything goes, holder by holder; what is owed then is the loss order's.
#[test]
fn a_bankrupt_account_is_closed_whole() {
    let mut sim = flagged(1, 70, AUCTION + 61);
    let mut steps = 0;
    while sim.position(0, VICTIM).base != 0 {
        let against = if sim.position(0, HOLDER).base != 0 { HOLDER } else { RICH };
        let step = sim.deleverage(0, (VICTIM, against, KEEPER), u64::MAX).unwrap();
        assert_eq!(step.tip, 0);
        steps += 1;
        assert!(steps < 80);
    }
    assert!(sim.position(0, HOLDER).base == 0 && sim.position(0, HOLDER).unmatured > 1_500 * USD, "a claim");
    let owed = sim.position(0, VICTIM).debt;
    assert!(owed.abs_diff(1_000 * USD) <= 40, "an atom a step: {owed}");
    let _ = sim.resolve(0, VICTIM).unwrap();
    assert!(sim.account(VICTIM).is_done());
}

/// Crumbs are refused, and many small holders earn a keeper no more tips than the smallest step each.
#[test]
fn crumbs_and_tips() {
    let mut sim = flagged(1, 35, AUCTION + 61);
    assert_eq!(sim.deleverage(0, US, CONTRACT / 10), Err(Error::StepTooSmall));
    let part = sim.deleverage(0, US, CONTRACT).unwrap();
    assert_eq!((part.base, part.tip), (-ONE, 0));
    let small = sim.actor(100);
    sim.deal(0, RICH, small, 1_000, 1_000);
    let crumb = sim.deleverage(0, (VICTIM, small, KEEPER), u64::MAX).unwrap();
    assert_eq!((crumb.base, crumb.tip), (-1_000, 0), "all he has");
    assert!(sim.account(small).positions[0].base == 0);
}

/// The opposite base sits in a range only: it is settled first.
#[test]
fn the_holders_ranges_are_settled_first() {
    let mut sim = Sim::new(quiet(), 1_000, 0);
    for usd in [6_000, 10_000_000, 0] {
        sim.actor(usd);
    }
    let slot = sim.provide(0, HOLDER, -600, 600, 60_000_000).unwrap();
    let _ = sim.take(0, VICTIM, 100 * ONE).unwrap();
    assert_eq!(sim.position(0, HOLDER).base, 0);
    sim.move_price(0, 940);
    let _ = sim.begin(VICTIM).unwrap();
    sim.rest(AUCTION + 61);
    let worth = sim.worth(HOLDER);
    let step = sim.deleverage(0, US, u64::MAX).unwrap();
    assert_eq!(step.base, -25 * ONE);
    assert!((sim.position(0, HOLDER).base + 75 * ONE).abs() <= 1);
    // Settling a range rounds what it holds down by an atom of base at most.
    assert!(sim.worth(HOLDER) >= worth - (2 << 48));
    assert!(sim.close(0, HOLDER, slot).is_ok());
}

/// The flag went stale while the price was away: the auction runs again before anybody is deleveraged.
#[test]
fn a_price_that_ran_away_and_came_back_starts_anew() {
    let mut sim = flagged(1, 35, 10);
    sim.move_price(0, 975);
    sim.rest(400);
    sim.move_price(0, 965);
    assert_ne!(sim.account(VICTIM).flagged_at, 0, "not cured");
    assert_eq!(sim.deleverage(0, US, u64::MAX), Err(Error::AuctionRunning));
    let _ = sim.begin(VICTIM).unwrap();
    sim.rest(AUCTION + 61);
    assert!(sim.deleverage(0, US, u64::MAX).is_ok());
}

/// A feed that fell silent for most of an hour stops it no more than the auction.
#[test]
fn a_silent_feed_stops_nothing() {
    let mut sim = flagged(1, 35, 0);
    sim.wait(200);
    assert!(sim.deleverage(0, US, u64::MAX).is_ok());
}

/// With many holders and prices, always somebody can be named until the account is cured or closed.
#[test]
fn it_terminates() {
    let mut random = Random::new("deleveraging");
    for _ in 0..20 {
        let side = [1, -1][random.below(2) as usize];
        let mut sim = flagged(side, random.between(32, 200), AUCTION + 61);
        let mut steps = 0;
        while sim.health(VICTIM).unwrap().is_unhealthy() && sim.position(0, VICTIM).base != 0 {
            let against = [HOLDER, RICH][random.below(2) as usize];
            match sim.deleverage(0, (VICTIM, against, KEEPER), u64::MAX) {
                Ok(_) => {}
                Err(error) => assert_eq!(error, Error::NotOpposite),
            }
            steps += 1;
            assert!(steps < 400);
        }
    }
}
