//! Closing a market down: notice, the final mark, everybody out, nothing left.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod exchange;

use bytemuck::Zeroable;
use exchange::{Sim, USD, defaults, quiet, range};
use keel_engine::closing::{give_notice, is_closed, remove, require_unused};
use keel_engine::params::Params;
use keel_engine::state::{Exchange, Mode};
use keel_engine::units::Rate;
use keel_engine::{Error, Side};
use proptest::prelude::*;

/// Base atoms of a contract.
const CONTRACT: i64 = 1_000_000_000;
const WEEK: i64 = 604_800;

/// A market with a provider (0), somebody long (1) and somebody short (2), and notice given.
fn noticed(params: Params) -> Sim {
    let mut sim = Sim::new(params, 20_000, 4);
    let _ = sim.provide(0, 0, -200, 200, 5_000_000).unwrap();
    sim.slots(100);
    let _ = sim.take(0, 1, 10 * CONTRACT).unwrap();
    let _ = sim.take(0, 2, -4 * CONTRACT).unwrap();
    let now = sim.now;
    give_notice(sim.market_mut(0), now).unwrap();
    sim
}

/// The same, with the notice run out.
fn due(params: Params) -> Sim {
    let mut sim = noticed(params);
    sim.wait(WEEK);
    sim
}

/// The same, closed.
fn closed(params: Params) -> Sim {
    let mut sim = due(params);
    let _ = sim.close_market(0).unwrap();
    sim
}

#[test]
fn notice_is_given_once() {
    let mut sim = noticed(defaults());
    let market = *sim.market(0);
    assert_eq!((market.status, market.reduce_only, market.close_at), (1, 1, sim.now.unix + WEEK));
    sim.wait(WEEK / 2);
    let now = sim.now;
    give_notice(sim.market_mut(0), now).unwrap();
    assert_eq!(*sim.market(0), market);
}

#[test]
fn it_closes_no_earlier_than_told_and_once() {
    let mut sim = Sim::new(defaults(), 20_000, 1);
    assert_eq!(sim.close_market(0), Err(Error::MarketNotClosing));
    let mut sim = noticed(defaults());
    sim.wait(WEEK - 1);
    assert_eq!(sim.close_market(0), Err(Error::MarketNotDue));
    sim.wait(1);
    let done = sim.close_market(0).unwrap();
    assert!(is_closed(sim.market(0)) && done.mark == sim.market(0).mark && done.index == done.mark);
    assert_eq!(sim.close_market(0), Err(Error::MarketClosed));
    let now = sim.now;
    assert_eq!(give_notice(sim.market_mut(0), now), Err(Error::MarketClosed));
}

#[test]
fn a_silent_feed_is_waited_for_and_not_for_ever() {
    let mut sim = due(defaults());
    let _ = sim.touch(0);
    let now = sim.now.unix;
    let close = |sim: &Sim, secs| {
        let mut market = *sim.market(0);
        let at = keel_engine::Now { unix: now + secs, slot: 0 };
        keel_engine::closing::close(&mut market, None, at).map(|done| done.index == done.mark)
    };
    let age = i64::from(defaults().max_age_mark_secs);
    let patience = i64::from(defaults().max_age_liquidation_secs);
    assert_eq!(close(&sim, age), Ok(true));
    assert_eq!(close(&sim, age + 1), Err(Error::MarkStale));
    assert_eq!(close(&sim, patience), Err(Error::MarkStale));
    assert_eq!(close(&sim, patience + 1), Ok(true));
}

#[test]
fn a_doubtful_feed_is_waited_for_and_not_for_ever() {
    let mut sim = due(defaults());
    sim.places[0].conf = 20_000 * 10_000_000;
    assert_eq!(sim.close_market(0), Err(Error::MarketGuarded));
    sim.wait(i64::from(defaults().max_age_liquidation_secs));
    assert_eq!(sim.close_market(0), Err(Error::MarketGuarded));
    sim.wait(1);
    let _ = sim.close_market(0).unwrap();
    assert!(!sim.market(0).is_guarded());
}

#[test]
fn off_hours_the_price_of_the_feed_counts_and_not_the_curves_own() {
    let params = Params { session_gap_secs: 600, ..defaults() };
    let mut sim = Sim::new(params, 200, 3);
    let _ = sim.provide(0, 0, -400, 400, 1_000_000).unwrap();
    let _ = sim.take(0, 1, 400 * CONTRACT).unwrap();
    let now = sim.now;
    give_notice(sim.market_mut(0), now).unwrap();
    sim.wait(WEEK);
    let _ = sim.touch(0);
    let told = sim.market(0).index;
    sim.wait(601);
    let _ = sim.accrue(0).unwrap();
    assert_eq!(sim.market(0).session, 1);
    // Whoever has pushed the curve moves the index and the mark, and not the final one.
    for _ in 0..10 {
        sim.wait(600);
        let _ = sim.accrue(0).unwrap();
    }
    assert!(sim.market(0).mark > told);
    let mut market = *sim.market(0);
    let done = keel_engine::closing::close(&mut market, None, sim.now).unwrap();
    assert_eq!((done.mark, market.stable, market.session), (told, told, 0));
}

#[test]
fn nobody_trades_adds_or_liquidates_in_a_closed_market() {
    let mut sim = closed(Params { min_range_slots: 0, ..defaults() });
    assert_eq!(sim.take(0, 1, -CONTRACT), Err(Error::MarketClosed));
    assert_eq!(sim.flatten(0, 1), Err(Error::MarketClosed));
    assert_eq!(sim.add_range(0, 3, range(-10, 10, 1 << 40)), Err(Error::MarketClosed));
    assert_eq!(sim.on_curve(0, 1, 3, u64::MAX), Err(Error::MarketClosed));
    // The provider may leave by himself, too.
    let _ = sim.close(0, 0, 0).unwrap();
}

#[test]
fn nothing_moves_and_nothing_grows_old() {
    let mut sim = closed(defaults());
    let before = *sim.market(0);
    sim.places[0].price *= 3;
    sim.wait(100_000);
    let _ = sim.touch(0);
    let after = *sim.market(0);
    assert_eq!(after.trusted_secs, before.trusted_secs + 100_000);
    assert_eq!((after.funding_rate, after.funding, after.premium_ema), (Rate::ZERO, before.funding, Rate::ZERO));
    assert_eq!((after.mark, after.index, after.stable, after.peg), (before.mark, before.mark, before.mark, before.peg));
    let _ = sim.health(1).unwrap();
}

#[test]
fn everybody_is_settled_at_the_final_mark_by_anybody() {
    let mut sim = closed(defaults());
    assert_eq!(sim.close_position(0, 0), Err(Error::RangesOpen));
    let _ = sim.unwind(0, 0, 0).unwrap();
    let wealth = sim.wealth();
    for actor in 0..3 {
        let worth = sim.worth(actor);
        let base = sim.position(0, actor).base;
        let done = sim.close_position(0, actor).unwrap();
        assert_eq!((done.base, sim.position(0, actor).base), (base, 0));
        assert_eq!(done.value, sim.market(0).mark.value_floor(base).unwrap());
        assert!((0..1 << 48).contains(&(worth - sim.worth(actor))), "an atom each, to the market");
        // A profit is a claim, which waits like any other.
        assert!(done.settled.profit == 0 || sim.position(0, actor).unmatured + sim.position(0, actor).mature > 0);
    }
    assert!((0..3 << 48).contains(&(wealth - sim.wealth())));
    assert_eq!((sim.market(0).long_base, sim.market(0).short_base), (0, 0));
    // What rounding had left is the market's: long, or nothing.
    assert_eq!(-i128::from(sim.market(0).closed_base), sim.rounding_base(0));
    assert!(sim.market(0).closed_base <= 0);
    for actor in 0..3 {
        let again = sim.close_position(0, actor);
        assert!(matches!(again, Err(Error::NothingToSettle | Error::PositionNotFound)), "{again:?}");
    }
}

#[test]
fn an_open_market_closes_nobody() {
    let mut sim = noticed(defaults());
    assert_eq!(sim.close_position(0, 1), Err(Error::MarketNotClosed));
    assert_eq!(sim.unwind(0, 0, 0), Err(Error::AccountNotFlagged));
    let array = sim.places[0].arrays[0];
    assert_eq!(require_unused(Some(sim.market(0)), &array), Err(Error::MarketNotClosed));
    assert_eq!(remove(sim.market(0), &mut Exchange::zeroed()), Err(Error::MarketNotClosed));
}

/// A bankrupt in a closed market: closed, flagged, resolved; insurance first, then claims.
#[test]
fn a_loss_goes_the_ordinary_way() {
    let mut sim = Sim::new(quiet(), 20_000, 0);
    let [poor, rich] = [sim.actor(1_200), sim.actor(1_000_000)];
    sim.deal(0, poor, rich, CONTRACT, 20_000);
    let now = sim.now;
    give_notice(sim.market_mut(0), now).unwrap();
    sim.wait(WEEK);
    sim.places[0].price = 18_000 * 100_000_000;
    for _ in 0..4 {
        let _ = sim.touch(0);
        sim.wait(1);
    }
    let _ = sim.close_market(0).unwrap();
    let lost = sim.close_position(0, poor).unwrap();
    assert_eq!((lost.settled.paid, lost.settled.owed), (1_200 * USD, 800 * USD));
    assert_eq!(sim.close_position(0, poor), Err(Error::NothingToSettle));
    let _ = sim.begin(poor).unwrap();
    let resolved = sim.resolve(0, poor).unwrap();
    assert_eq!(resolved.written_off, 800 * USD);
    assert_eq!(sim.close_position(0, rich).unwrap().settled.profit, 2_000 * USD);
    // It matures by the clock; what the pot holds is what there is.
    sim.wait(100_000);
    let _ = sim.touch(0);
    assert_eq!(sim.release(0, rich, 0).unwrap().paid, 1_200 * USD);
    let mut exchange = Exchange::zeroed();
    assert_eq!(remove(sim.market(0), &mut exchange), Ok(0));
}

#[test]
fn a_market_goes_when_nobody_has_anything_in_it() {
    let mut sim = closed(defaults());
    let mut exchange = Exchange { insurance: 7, ..Exchange::zeroed() };
    let _ = sim.unwind(0, 0, 0).unwrap();
    for actor in 0..3 {
        assert_eq!(remove(sim.market(0), &mut exchange), Err(Error::MarketNotEmpty));
        let _ = sim.close_position(0, actor).unwrap();
    }
    sim.wait(1_000_000);
    let _ = sim.touch(0);
    for actor in 0..3 {
        assert_eq!(remove(sim.market(0), &mut exchange), Err(Error::MarketNotEmpty));
        let _ = sim.release(0, actor, 1_000_000);
        assert!(sim.position(0, actor).is_empty(), "actor {actor}");
    }
    for array in &sim.places[0].arrays {
        assert_eq!(require_unused(Some(sim.market(0)), array), Ok(()));
    }
    let market = *sim.market(0);
    let left = remove(&market, &mut exchange).unwrap();
    assert_eq!(left, market.pot + market.insurance + market.treasury);
    assert_eq!(exchange.insurance, 7 + left);
    // Fees and what rounding left, and no more: the holders have taken all else out.
    let capital: u64 = (0..4).map(|actor| sim.capital(actor)).sum();
    assert_eq!(capital + left, sim.bank.booked);
}

#[test]
fn an_array_in_use_stays() {
    let sim = closed(defaults());
    let used = sim.places[0].arrays.iter().filter(|array| array.initialized != 0);
    let mut count = 0;
    for array in used {
        count += 1;
        assert_eq!(require_unused(Some(sim.market(0)), array), Err(Error::HasLiquidity));
        assert_eq!(require_unused(None, array), Err(Error::HasLiquidity));
    }
    assert!(count > 0);
}

/// What people do before a market closes, and at which price it closes.
#[derive(Clone, Debug)]
enum Deed {
    Trade(usize, i64),
    Provide(usize, i32, i32),
    Price(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0..4_usize, -5_000_000_000..5_000_000_000_i64).prop_map(|(who, base)| Deed::Trade(who, base)),
        1 => (0..4_usize, -150..0, 1..150).prop_map(|(who, low, high)| Deed::Provide(who, 2 * low, 2 * high)),
        2 => (19_500..20_500_i64).prop_map(Deed::Price),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var("KEEL_LONG").is_ok() { 2_000 } else { 48 }))]

    /// Whatever was open, in whatever order they leave and at whatever price it closes: every equality holds after each
    /// step, and in the end everybody is out and all money is somebody's.
    #[test]
    fn everybody_gets_out_of_everything(
        mode in prop::bool::ANY, deeds in prop::collection::vec(deed(), 1..24), last in 1_000..60_000_i64,
        order in Just([0_usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let mut sim = Sim::empty();
        let params = Params { min_range_slots: 0, ..defaults() };
        sim.list(params, if mode { Mode::Floating } else { Mode::Fixed }, 20_000);
        for _ in 0..4 {
            sim.actor(30_000);
        }
        let _ = sim.provide(0, 0, -300, 300, 400_000).unwrap();
        for deed in deeds {
            sim.wait(7);
            let _ = sim.touch(0);
            match deed {
                Deed::Trade(who, base) => drop(sim.take(0, who, base)),
                Deed::Provide(who, low, high) => drop(sim.provide(0, who, low, high, 50_000)),
                Deed::Price(usd) => sim.move_price(0, usd),
            }
        }
        let now = sim.now;
        give_notice(sim.market_mut(0), now).unwrap();
        sim.wait(WEEK);
        sim.places[0].price = last * 100_000_000;
        for _ in 0..4 {
            sim.wait(1);
            let _ = sim.touch(0);
        }
        let _ = sim.close_market(0).unwrap();
        for who in order {
            for slot in 0..8 {
                let _ = sim.unwind(0, who, slot);
            }
            let _ = sim.close_position(0, who);
        }
        for who in order {
            if sim.begin(who).is_ok() {
                let _ = sim.resolve(0, who).unwrap();
            }
        }
        sim.wait(10_000_000);
        let _ = sim.touch(0);
        for who in order {
            let _ = sim.release(0, who, 0);
        }
        prop_assert!(order.iter().all(|who| sim.position(0, *who).is_empty()));
        let mut exchange = Exchange::zeroed();
        let left = remove(sim.market(0), &mut exchange);
        prop_assert!(left.is_ok(), "{left:?}");
        let capital: u64 = (0..4).map(|actor| sim.capital(actor)).sum();
        prop_assert_eq!(capital + exchange.insurance, sim.bank.booked);
    }
}

#[test]
fn a_side_is_no_matter() {
    // Shorts are closed at a value that is rounded away from zero, longs towards it: never in the holder's favour.
    for side in [Side::Buy, Side::Sell] {
        let mut sim = closed(defaults());
        let actor = if side == Side::Buy { 1 } else { 2 };
        let base = sim.position(0, actor).base;
        let exact = i128::from(base) * i128::from(sim.market(0).mark.bits);
        let done = sim.close_position(0, actor).unwrap();
        assert_floor(i128::from(done.value), exact);
    }
}

fn assert_floor(value: i128, exact: i128) {
    assert!(value << 48 <= exact && exact < (value + 1) << 48);
}
