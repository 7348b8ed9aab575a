//! First come is never first served: in whatever order winners release, and whenever a debt between is written off, each
//! gets the same, but for an atom for each payment before (protocol.md section 7).
//!
//! What nobody has settled is in no figure: a debt that is found only between two payments does change them. Anyone may
//! settle losers while the pot is short, and flag who cannot pay.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests"
)]

mod exchange;
mod math_reference;

use exchange::{CONTRACT, Sim, USD, quiet};
use keel_engine::Error;
use keel_engine::params::Params;
use keel_engine::payout::{backing, payout};
use keel_engine::pot::{payout_floor, shortfall};
use keel_engine::units::ONE;
use math_reference::{Random, cases};

/// One unit: a thousandth of a contract.
const UNIT: i64 = CONTRACT as i64 / 1_000;

fn at_once() -> Params {
    Params { contract_exponent: 3, profit_half_life_secs: 0, ..quiet() }
}

/// Every order of the first `n` numbers.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(n - 1);
    let insert = |order: &Vec<usize>, place| {
        let mut order = order.clone();
        order.insert(place, n - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..n).map(move |place| insert(order, place))).collect()
}

/// Winners `0..n` with claims of random sizes, losers behind them of whom the last has nothing left and is flagged.
struct Draw {
    sim: Sim,
    winners: usize,
    bankrupt: usize,
}

fn draw(random: &mut Random) -> Draw {
    let winners = 2 + random.below(3) as usize;
    let mut sim = Sim::new(at_once(), 1_000, 0);
    for _ in 0..winners {
        sim.actor(10);
    }
    let payer = sim.actor(1_000_000);
    let bankrupt = sim.actor(0);
    let rich = sim.actor(1_000_000);
    sim.checked = false;
    let mut lost = 0;
    for winner in 0..winners {
        let bits = random.between(1, 38) as u32;
        let gain = 1 + random.up_to_64(bits);
        lost += gain;
        sim.hold(0, winner, 0, gain as i64);
    }
    // Part of the loss is one's who pays, part one's who pays and waits to be settled, the rest one's who cannot.
    let paid = random.below(lost + 1);
    let late = [0, random.below(lost - paid + 1), lost - paid][random.below(3) as usize];
    sim.hold(0, payer, 0, -(paid as i64));
    let _ = sim.settle(0, payer).unwrap();
    sim.hold(0, rich, 0, -(late as i64));
    let owed = lost - paid - late;
    sim.hold(0, bankrupt, 0, -(owed as i64));
    let _ = sim.settle(0, bankrupt).unwrap();
    sim.actors[bankrupt].account.flagged_at = sim.now.unix;
    for winner in 0..winners {
        let _ = sim.settle(0, winner).unwrap();
    }
    // Trades leave their fees to the protocol and let nobody bear anything yet.
    if random.below(2) == 0 {
        let (insurance, treasury) = (random.up_to_64(30), random.up_to_64(30));
        sim.hold(0, payer, 0, -((insurance + treasury) as i64));
        let _ = sim.settle(0, payer).unwrap();
        let market = sim.market_mut(0);
        (market.insurance_claim, market.treasury_claim) = (insurance, treasury);
        // A loss of before, which nobody has borne yet.
        let hole = random.up_to_64(32);
        sim.hold(0, rich, 0, hole as i64);
        sim.market_mut(0).written_off += hole;
    }
    sim.checked = true;
    sim.check_all();
    Draw { sim, winners, bankrupt }
}

/// What each winner is paid in some order of events, and whether the debt was resolved before. The event behind the
/// winners' is the resolution.
fn paid(draw: &Draw, order: &[usize]) -> Vec<(u64, bool)> {
    let mut sim = draw.sim.clone();
    let (mut paid, mut is_resolved) = (vec![(0, false); draw.winners], false);
    for event in order {
        if *event == draw.winners {
            let _resolved = sim.resolve(0, draw.bankrupt).unwrap();
            is_resolved = true;
        } else {
            paid[*event] = (sim.release(0, *event, 0).unwrap().paid, is_resolved);
        }
    }
    assert!((0..draw.winners).all(|winner| sim.position(0, winner).is_done()));
    paid
}

#[test]
fn the_order_of_release_changes_nobodys_payment() {
    let mut random = Random::new("the_order_of_release_changes_nobodys_payment");
    let (mut short, mut written_off, mut borne) = (0, 0, 0);
    for _ in 0..cases() / 4 {
        let draw = draw(&mut random);
        let market = *draw.sim.market(0);
        let owes = draw.sim.position(0, draw.bankrupt).quote < 0;
        let events = draw.winners + usize::from(owes);
        let all: Vec<_> = orders(events).iter().map(|order| paid(&draw, order)).collect();
        short += usize::from(payout_floor(&market, market.claims) < market.claims);
        let atoms = draw.winners as u64;
        let is_borne = owes && market.insurance_claim + market.treasury_claim > 0;
        for winner in 0..draw.winners {
            let of =
                |wanted: fn(bool) -> bool| all.iter().map(move |paid| paid[winner]).filter(move |one| wanted(one.1));
            let least = |wanted| of(wanted).map(|one| one.0).min();
            let most = |wanted| of(wanted).map(|one| one.0).max();
            if is_borne {
                // The protocol's own claims will bear a part of the debt: who takes less meanwhile does not gain by it.
                let (before, after) = (most(|resolved| !resolved), least(|resolved| resolved));
                assert!(before.unwrap() <= after.unwrap() + atoms, "{before:?} before, {after:?} after");
            } else {
                let (least, most) = (least(|_| true).unwrap(), most(|_| true).unwrap());
                assert!(most - least <= atoms, "from {least} to {most} by the order");
            }
        }
        borne += usize::from(is_borne);
        written_off += usize::from(owes && !is_borne);
    }
    assert!(short > 10 && written_off > 10 && borne > 10, "{short} short, {written_off} written off, {borne} borne");
}

/// Losses that are settled between two payments pay the second one more: who releases at less than one has chosen not to
/// wait. Nobody ever gets more by being first.
#[test]
fn who_waits_for_a_loser_gets_no_less() {
    let mut sim = Sim::new(at_once(), 1_000, 0);
    for usd in [0, 0, 1_000] {
        sim.actor(usd);
    }
    sim.deal(0, 0, 2, UNIT, 1_000);
    sim.deal(0, 1, 2, UNIT, 1_000);
    sim.move_price(0, 1_200);
    for winner in [0, 1] {
        let _ = sim.settle(0, winner).unwrap();
    }
    assert_eq!(sim.release(0, 0, 1_000_000), Err(Error::PayoutRatioTooLow));
    let _ = sim.settle_other(0, 2).unwrap();
    for winner in [1, 0] {
        assert_eq!(sim.release(0, winner, 1_000_000).unwrap().paid, 200 * USD);
    }
}

/// What a view tells is what a release then pays.
#[test]
fn the_view_is_what_is_paid() {
    let mut random = Random::new("the_view_is_what_is_paid");
    for _ in 0..cases() / 20 {
        let Draw { mut sim, winners, .. } = draw(&mut random);
        // A fine that came in since; a release lets it bear what is written off, so the view is asked behind that.
        sim.fund_market(0, 1 + random.up_to_64(20)).unwrap();
        let market = *sim.market(0);
        let view = payout(&market);
        assert_eq!((view.pot, view.claims, view.shortfall), (market.pot, market.claims, shortfall(&market)));
        assert_eq!(view.backed, market.claims.min(market.pot).min(market.claims.saturating_sub(view.shortfall)));
        assert!(view.h <= view.worth && view.h.bits <= ONE);
        for winner in 0..winners {
            let mut sim = sim.clone();
            let held = sim.position(0, winner);
            let claim = held.mature + held.unmatured;
            let paid = sim.release(0, winner, 0).unwrap().paid;
            // h is rounded down in its 48th bit.
            let told = view.h.of_floor(claim);
            assert!(told <= paid && paid - told <= 1 + (claim >> 48), "{paid} for {claim} at {:?}", view.h);
        }
    }
    let empty = payout(Sim::new(at_once(), 1_000, 0).market(0));
    assert_eq!((empty.h.bits, empty.worth.bits, empty.backed), (ONE, ONE, 0));
}

#[test]
fn what_stands_behind_the_claims_today() {
    let mut sim = Sim::new(at_once(), 1_000, 0);
    sim.exchange.insurance_day_cap_usd = 100;
    sim.fund(250 * USD).unwrap();
    sim.fund_market(0, 30 * USD).unwrap();
    sim.checked = false;
    let market = sim.market_mut(0);
    (market.surplus, market.uncovered, market.insurance_claim, market.treasury_claim) = (9, 4, 2, 3);
    let told = backing(sim.market(0), &sim.exchange, sim.now);
    assert_eq!((told.surplus, told.insurance, told.exchange, told.treasury), (5, 30 * USD + 2, 100 * USD, 3));
    assert_eq!(told.total(), 130 * USD + 10);
}
