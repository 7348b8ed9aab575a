//! Standing orders: what may be placed, when each kind is due, what is filled, what is earned, and how they end
//! (protocol.md section 10).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod exchange;

use bytemuck::Zeroable;
use exchange::{Actor, CONTRACT, Sim, T0, quiet};
use keel_engine::curve::Exact;
use keel_engine::delegate::{self, MAY_ORDER, MAY_TRADE};
use keel_engine::orders::{
    self, ALL_OR_NOTHING, CLEANING_TIP, Cleaned, DROP_REST, Ended, Executed, Kind, MAX_ORDERS, REDUCE_ONLY, Request,
    Terms, level_price,
};
use keel_engine::params::Params;
use keel_engine::state::PlacedOrder;
use keel_engine::units::Price;
use keel_engine::{Error, Result, Side};
use proptest::prelude::*;

const LP: usize = 0;
const TRADER: usize = 1;
const PUSHER: usize = 2;
const ONE: u64 = CONTRACT;
const TIP: u64 = 1_000_000;
const NOBODY: [u8; 32] = [9; 32];

/// A price of so many cents at which a market of 1,000 USD stands at 1.
fn cents(cents: u64) -> Price {
    Price::from_bits(u64::try_from((u128::from(cents) << 48) / 100_000).unwrap())
}

fn usd(usd: u64) -> Price {
    cents(usd * 100)
}

const fn plain(kind: Kind, side: Side, amount: u64) -> Terms {
    let zero = Price::from_bits(0);
    Terms {
        kind,
        side,
        flags: 0,
        amount,
        below: zero,
        below_limit: zero,
        above: zero,
        above_limit: zero,
        min_fill: 0,
        tip: TIP,
        starts_at: 0,
        expires_at: 0,
        interval_secs: 0,
        slices: 0,
        catch_up: 0,
    }
}

fn stop(usd_below: u64, amount: u64) -> Terms {
    Terms { below: usd(usd_below), flags: REDUCE_ONLY, ..plain(Kind::Trigger, Side::Sell, amount) }
}

fn limit(side: Side, price: Price, amount: u64) -> Terms {
    match side {
        Side::Buy => Terms { below: price, ..plain(Kind::Limit, side, amount) },
        Side::Sell => Terms { above: price, ..plain(Kind::Limit, side, amount) },
    }
}

fn scale(side: Side, first: Price, last: Price, slices: u32, amount: u64) -> Terms {
    let terms = Terms { slices, ..plain(Kind::Scale, side, amount) };
    match side {
        Side::Buy => Terms { below: first, below_limit: last, ..terms },
        Side::Sell => Terms { above: first, above_limit: last, ..terms },
    }
}

fn twap(slices: u32, interval_secs: u32, catch_up: u32, amount: u64) -> Terms {
    Terms { slices, interval_secs, catch_up, ..plain(Kind::Twap, Side::Buy, amount) }
}

/// A maker with 20 million USD to either side of 1,000 USD, a trader with a million, and somebody with a lot.
fn market(params: Params) -> Sim {
    let mut sim = Sim::new(params, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(1_000_000);
    sim.actor(100_000_000);
    sim.provide(0, LP, -200, 200, 40_000_000).unwrap();
    sim
}

trait Orders {
    fn place(&mut self, terms: Terms) -> Result<PlacedOrder>;
    fn place_by(&mut self, placed_by: [u8; 32], terms: Terms) -> Result<PlacedOrder>;
    fn execute(&mut self, order: &mut PlacedOrder) -> Result<Executed>;
    fn execute_with(&mut self, order: &mut PlacedOrder, arrays: &[usize]) -> Result<Executed>;
    fn clean(&mut self, order: &PlacedOrder) -> Result<Cleaned>;
}

impl Orders for Sim {
    fn place(&mut self, terms: Terms) -> Result<PlacedOrder> {
        self.place_by([0; 32], terms)
    }

    fn place_by(&mut self, placed_by: [u8; 32], terms: Terms) -> Result<PlacedOrder> {
        self.run(|sim| {
            let mut order = PlacedOrder::zeroed();
            let request = Request { account: [5; 32], payer: placed_by, placed_by, number: 7, bump: 3, terms };
            orders::place(&mut order, &request, &mut sim.actors[TRADER].account, &sim.places[0].market, sim.now)?;
            Ok(order)
        })
    }

    fn execute(&mut self, order: &mut PlacedOrder) -> Result<Executed> {
        let all: Vec<usize> = (0..self.places[0].arrays.len()).collect();
        self.execute_with(order, &all)
    }

    fn execute_with(&mut self, order: &mut PlacedOrder, arrays: &[usize]) -> Result<Executed> {
        let mut changed = *order;
        let executed = self.run(|sim| {
            sim.with_arrays(0, arrays, |book, actors, others, now| {
                let Actor { account, ranges } = &mut actors[TRADER];
                orders::execute(&mut changed, book, account, Some(ranges), others, now)
            })
        })?;
        *order = changed;
        Ok(executed)
    }

    fn clean(&mut self, order: &PlacedOrder) -> Result<Cleaned> {
        self.run(|sim| {
            let Sim { places, actors, now, .. } = sim;
            orders::clean(order, &mut actors[TRADER].account, Some(&places[0].market), *now)
        })
    }
}

/// A filled amount and an end.
fn done(executed: Executed) -> (i64, Option<Ended>) {
    (executed.fill.base, executed.ended)
}

#[test]
fn an_order_is_stored_as_it_is_given() {
    let mut sim = market(quiet());
    let terms = Terms {
        below_limit: usd(890),
        above: usd(1_100),
        above_limit: usd(1_099),
        min_fill: 4,
        expires_at: T0 + 50,
        flags: DROP_REST,
        ..Terms { below: usd(900), ..plain(Kind::Trigger, Side::Sell, ONE) }
    };
    let order = sim.place(terms).unwrap();
    assert_eq!((order.account, order.payer, order.placed_by, order.number), ([5; 32], [0; 32], [0; 32], 7));
    assert_eq!((order.amount, order.filled, order.skipped, order.min_fill), (ONE, 0, 0, 4));
    assert_eq!((order.below, order.below_limit), (usd(900), usd(890)));
    assert_eq!((order.above, order.above_limit), (usd(1_100), usd(1_099)));
    assert_eq!((order.tip, order.tip_paid, order.placed_at), (TIP, 0, T0));
    assert_eq!((order.starts_at, order.expires_at), (0, T0 + 50));
    assert_eq!((order.market, order.kind, order.side, order.flags), (1, 0, 1, DROP_REST));
    assert_eq!((order.bump, order.version), (3, 1));
    assert_eq!(sim.account(TRADER).orders, 1);
    let order = sim.place(twap(5, 10, 2, ONE)).unwrap();
    assert_eq!((order.starts_at, order.interval_secs, order.slices, order.catch_up), (T0, 10, 5, 2));
    assert_eq!((order.kind, order.side, sim.account(TRADER).orders), (3, 0, 2));
}

#[test]
fn kinds_have_their_numbers() {
    for (number, kind) in [Kind::Trigger, Kind::Limit, Kind::Scale, Kind::Twap].into_iter().enumerate() {
        assert_eq!((Kind::of(number as u8), kind.number()), (Ok(kind), number as u8));
    }
    assert_eq!(Kind::of(4), Err(Error::InvalidInstruction));
    for (number, ended) in Ended::ALL.into_iter().enumerate() {
        assert_eq!(ended.number(), number as u8);
    }
}

#[test]
fn what_contradicts_itself_is_not_placed() {
    let (buy, sell, nothing) = (Side::Buy, Side::Sell, Price::from_bits(0));
    let trigger = Terms { below: usd(900), ..plain(Kind::Trigger, sell, ONE) };
    let (resting, levels, slices) =
        (limit(buy, usd(990), ONE), scale(buy, usd(990), usd(980), 3, ONE), twap(4, 10, 1, ONE));
    let mut sim = market(quiet());
    for sound in [
        trigger,
        Terms { below_limit: usd(900), ..trigger },
        Terms { above: usd(901), ..trigger },
        Terms { min_fill: ONE, expires_at: T0 + 1, ..trigger },
        Terms { flags: ALL_OR_NOTHING, ..trigger },
        Terms { side: buy, below_limit: usd(900), ..trigger },
        Terms { below: Price::MIN, ..trigger },
        Terms { above: Price::MAX, ..trigger },
        resting,
        limit(sell, usd(990), ONE),
        levels,
        scale(sell, usd(980), usd(990), 32, 32),
        Terms { slices: 2, ..levels },
        slices,
        twap(1_000, 1, 999, 1_000),
        twap(1, u32::MAX, 0, 1),
        Terms { starts_at: T0, expires_at: T0 + 1, ..slices },
        Terms { starts_at: T0 + 9, below: usd(1_010), ..slices },
    ] {
        assert!(sim.place(sound).is_ok(), "{sound:?}");
    }
    for absurd in [
        Terms { below: nothing, ..trigger },
        Terms { below_limit: cents(90_001), ..trigger },
        Terms { side: buy, below_limit: cents(89_999), ..trigger },
        Terms { above_limit: usd(900), ..trigger },
        Terms { above: usd(900), ..trigger },
        Terms { above: usd(950), above_limit: usd(951), ..trigger },
        Terms { below: nothing, above: usd(1_100), below_limit: usd(880), ..trigger },
        Terms { below: Price::from_bits(Price::MIN.bits - 1), ..trigger },
        Terms { above: Price::from_bits(Price::MAX.bits + 1), ..trigger },
        Terms { slices: 1, ..trigger },
        Terms { interval_secs: 1, ..trigger },
        Terms { catch_up: 1, ..trigger },
        Terms { starts_at: T0, ..trigger },
        Terms { expires_at: T0, ..trigger },
        Terms { expires_at: -1, ..trigger },
        Terms { min_fill: ONE + 1, ..trigger },
        Terms { flags: 8, ..trigger },
        Terms { flags: ALL_OR_NOTHING | DROP_REST, ..trigger },
        Terms { flags: ALL_OR_NOTHING, min_fill: 1, ..trigger },
        Terms { below: nothing, ..resting },
        Terms { below_limit: usd(990), ..resting },
        Terms { above: usd(1_000), ..resting },
        Terms { side: sell, ..resting },
        Terms { slices: 1, ..resting },
        Terms { starts_at: T0, ..resting },
        Terms { slices: 1, ..levels },
        Terms { slices: 33, ..levels },
        Terms { amount: 2, ..levels },
        Terms { below_limit: usd(990), ..levels },
        Terms { below_limit: usd(991), ..levels },
        Terms { below_limit: nothing, ..levels },
        Terms { above: usd(1_000), ..levels },
        Terms { interval_secs: 1, ..levels },
        scale(sell, usd(990), usd(980), 3, ONE),
        scale(sell, nothing, usd(980), 3, ONE),
        Terms { slices: 0, ..slices },
        Terms { slices: 1_001, ..slices },
        Terms { amount: 3, ..slices },
        Terms { interval_secs: 0, ..slices },
        Terms { catch_up: 4, ..slices },
        Terms { starts_at: T0 - 1, ..slices },
        Terms { starts_at: T0 + 5, expires_at: T0 + 5, ..slices },
        Terms { below_limit: usd(990), ..slices },
        Terms { above: usd(990), ..slices },
    ] {
        assert_eq!(sim.place(absurd), Err(Error::InvalidOrder), "{absurd:?}");
    }
    assert_eq!(sim.place(Terms { amount: 0, ..trigger }), Err(Error::ZeroAmount));
    assert_eq!(sim.place(Terms { amount: (1 << 62) + 1, ..trigger }), Err(Error::AmountTooLarge));
    assert_eq!(sim.place(stop(900, ONE)), Err(Error::ReduceOnly));
    let _ = sim.take(0, TRADER, -1).unwrap();
    assert_eq!(sim.place(stop(900, ONE)), Err(Error::ReduceOnly), "a short is not reduced by selling");
}

#[test]
fn an_account_has_so_many_orders_and_is_not_closed_with_any() {
    let mut sim = market(quiet());
    for _ in 0..MAX_ORDERS {
        let _ = sim.place(limit(Side::Buy, usd(990), ONE)).unwrap();
    }
    assert_eq!(sim.place(limit(Side::Buy, usd(990), ONE)), Err(Error::OrdersOpen));
    let mut account = sim.actors[TRADER].account;
    account.capital = [0; 4];
    assert_eq!(keel_engine::vault::require_closable(&account), Err(Error::OrdersOpen));
    account.orders = 0;
    assert_eq!(keel_engine::vault::require_closable(&account), Ok(()));
    sim.actors[TRADER].account.orders = 0;
    sim.actors[TRADER].account.isolated_market = 2;
    assert_eq!(sim.place(limit(Side::Buy, usd(990), ONE)), Err(Error::WrongMarket));
}

#[test]
fn a_stop_waits_for_the_mark_and_not_for_one_price_or_one_push() {
    let mut sim = market(quiet());
    let _ = sim.take(0, TRADER, 10 * ONE as i64).unwrap();
    let mut order = sim.place(stop(995, 10 * ONE)).unwrap();
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));

    // One price among five: the median does not move.
    sim.rest(30);
    sim.wait(1);
    let _ = sim.set_price(0, 900 * 100_000_000);
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
    sim.wait(1);
    let _ = sim.set_price(0, 1_000 * 100_000_000);
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
    sim.rest(30);

    // The curve far below, and back within the same second: it weighs nothing.
    let fill = sim.take(0, PUSHER, -15_000 * ONE as i64).unwrap();
    assert!(-fill.quote < 0 && sim.market(0).sqrt_price.get() < (1 << 64) / 1_000 * 997);
    let _ = sim.touch(0);
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
    let _ = sim.take(0, PUSHER, 15_000 * ONE as i64).unwrap();
    // And for a whole slot of a second: a 150th of it.
    let _ = sim.take(0, PUSHER, -15_000 * ONE as i64).unwrap();
    sim.wait(1);
    let _ = sim.touch(0);
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
    let _ = sim.take(0, PUSHER, 15_000 * ONE as i64).unwrap();

    // The price itself, for as long as the median asks for.
    sim.move_price(0, 994);
    let executed = sim.execute(&mut order).unwrap();
    assert_eq!((done(executed), executed.tip), ((-10 * ONE as i64, Some(Ended::Filled)), TIP));
    assert_eq!((sim.position(0, TRADER).base, sim.account(TRADER).orders), (0, 0));
}

#[test]
fn a_mark_that_is_too_old_fires_nothing() {
    let mut sim = market(quiet());
    let _ = sim.take(0, TRADER, ONE as i64).unwrap();
    let mut order = sim.place(stop(1_100, ONE)).unwrap();
    sim.wait(i64::from(sim.market(0).params.max_age_mark_secs) + 1);
    assert_eq!(sim.execute(&mut order), Err(Error::MarkStale));
    let _ = sim.touch(0);
    assert_eq!(done(sim.execute(&mut order).unwrap()), (-(ONE as i64), Some(Ended::Filled)));
}

#[test]
fn of_a_stop_and_a_target_one_cancels_the_other() {
    for (moved, limit_price) in [(989, usd(985)), (1_011, usd(1_008))] {
        let mut sim = market(quiet());
        let _ = sim.take(0, TRADER, ONE as i64).unwrap();
        let terms = Terms { below_limit: usd(985), above: usd(1_010), above_limit: usd(1_008), ..stop(990, ONE) };
        let mut order = sim.place(terms).unwrap();
        assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
        sim.move_price(0, moved);
        let due = orders::due(&order, sim.account(TRADER), sim.market(0), sim.now).unwrap();
        assert_eq!((due.limit, due.exact, due.side), (Some(limit_price), Exact::Base(ONE), Side::Sell));
        assert_eq!((due.reduce_only, due.all_or_nothing), (true, false));
        assert_eq!(done(sim.execute(&mut order).unwrap()), (-(ONE as i64), Some(Ended::Filled)));
        assert_eq!(sim.account(TRADER).orders, 0);
    }
}

#[test]
fn an_entry_fires_above_and_is_kept_to_its_limit() {
    let mut sim = market(quiet());
    let terms = Terms { above: usd(1_005), above_limit: usd(1_006), ..plain(Kind::Trigger, Side::Buy, 9_000 * ONE) };
    let mut order = sim.place(terms).unwrap();
    sim.actors[TRADER].account.capital[0] *= 10;
    sim.checked = false;
    sim.move_price(0, 1_005);
    // From 1,005 to 1,006 there is a tenth of a percent of 40 million in 4%.
    let executed = sim.execute(&mut order).unwrap();
    assert!(executed.ended.is_none() && executed.fill.base > 900 * ONE as i64, "{executed:?}");
    let paid = executed.fill.quote.unsigned_abs();
    assert!(paid <= usd(1_006).notional_ceil(executed.fill.base.unsigned_abs()).unwrap() + 1);
    assert!(paid > usd(1_005).notional_floor(executed.fill.base.unsigned_abs()).unwrap());
    assert_eq!(order.filled, executed.fill.base.unsigned_abs());
    assert_eq!(sim.execute(&mut order), Err(Error::LimitReached), "the rest stays, and waits");
    sim.move_price(0, 1_004);
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue), "as long as the mark is there");
}

#[test]
fn a_limit_rests_on_the_curve() {
    let mut sim = market(quiet());
    let mut buy = sim.place(limit(Side::Buy, usd(999), 100 * ONE)).unwrap();
    let mut sell = sim.place(limit(Side::Sell, usd(1_001), 100 * ONE)).unwrap();
    assert_eq!(sim.execute(&mut buy), Err(Error::OrderNotDue));
    assert_eq!(sim.execute(&mut sell), Err(Error::OrderNotDue));
    // Somebody sells the curve down: it is the curve that counts, at once, and not the mark.
    let _ = sim.take(0, PUSHER, -1_500 * ONE as i64).unwrap();
    let executed = sim.execute(&mut buy).unwrap();
    assert_eq!(done(executed), (100 * ONE as i64, Some(Ended::Filled)));
    assert!(executed.fill.quote.unsigned_abs() <= usd(999).notional_floor(100 * ONE).unwrap());
    // And the index as well.
    let _ = sim.take(0, PUSHER, 1_400 * ONE as i64).unwrap();
    sim.move_price(0, 1_002);
    let executed = sim.execute(&mut sell).unwrap();
    assert_eq!(done(executed), (-100 * ONE as i64, Some(Ended::Filled)));
    assert!(executed.fill.quote.unsigned_abs() >= usd(1_001).notional_floor(100 * ONE).unwrap());
}

#[test]
fn the_worst_index_of_the_last_seconds_counts_for_a_limit_too() {
    let mut sim = market(Params { guard_secs: 2, ..quiet() });
    sim.wait(60);
    let _ = sim.touch(0);
    let mut order = sim.place(limit(Side::Buy, usd(999), ONE)).unwrap();
    sim.wait(1);
    let _ = sim.set_price(0, 998 * 100_000_000);
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
    sim.wait(3);
    let _ = sim.touch(0);
    assert_eq!(done(sim.execute(&mut order).unwrap()), (ONE as i64, Some(Ended::Filled)));
}

#[test]
fn the_rest_of_a_part_stays_or_is_given_up() {
    // From the anchor to 999 USD there are 20 million in 2%: about 1,000 contracts.
    for (flags, stays) in [(0, true), (DROP_REST, false)] {
        let mut sim = market(quiet());
        sim.actors[TRADER].account.capital[0] *= 100;
        sim.checked = false;
        let mut order = sim.place(Terms { flags, ..limit(Side::Buy, usd(1_001), 4_000 * ONE) }).unwrap();
        let executed = sim.execute(&mut order).unwrap();
        let got = executed.fill.base.unsigned_abs();
        assert!((950 * ONE..1_050 * ONE).contains(&got), "{got}");
        assert_eq!(executed.tip, (u128::from(TIP) * u128::from(got) / u128::from(4_000 * ONE)) as u64);
        assert_eq!((order.filled, order.tip_paid), (got, executed.tip));
        if stays {
            assert_eq!((executed.ended, order.skipped, sim.account(TRADER).orders), (None, 0, 1));
            let _ = sim.take(0, PUSHER, -3_500 * ONE as i64).unwrap();
            let rest = sim.execute(&mut order).unwrap();
            assert_eq!(done(rest), ((4_000 * ONE - got) as i64, Some(Ended::Filled)));
            assert_eq!(executed.tip + rest.tip, TIP);
        } else {
            assert_eq!((executed.ended, order.skipped), (Some(Ended::RestGivenUp), 4_000 * ONE - got));
            assert_eq!(sim.account(TRADER).orders, 0);
        }
    }
}

#[test]
fn small_fills_and_parts_are_refused_where_the_order_says_so() {
    let mut sim = market(quiet());
    sim.actors[TRADER].account.capital[0] *= 100;
    sim.checked = false;
    let terms = limit(Side::Buy, usd(1_001), 4_000 * ONE);
    let mut order = sim.place(Terms { min_fill: 1_500 * ONE, ..terms }).unwrap();
    assert_eq!(sim.execute(&mut order), Err(Error::FillTooSmall));
    let mut whole = sim.place(Terms { flags: ALL_OR_NOTHING, ..terms }).unwrap();
    assert_eq!(sim.execute(&mut whole), Err(Error::NotFilled));
    let _ = sim.take(0, PUSHER, -1_000 * ONE as i64).unwrap();
    let executed = sim.execute(&mut order).unwrap();
    assert!(executed.ended.is_none() && executed.fill.base >= 1_500 * ONE as i64);
    // What is left is smaller than the smallest at last, and may be filled in whole.
    let _ = sim.take(0, PUSHER, -6_000 * ONE as i64).unwrap();
    order.min_fill = 4_000 * ONE;
    assert_eq!(sim.execute(&mut order).unwrap().ended, Some(Ended::Filled));
    let _ = sim.take(0, PUSHER, -4_000 * ONE as i64).unwrap();
    assert_eq!(done(sim.execute(&mut whole).unwrap()), (4_000 * ONE as i64, Some(Ended::Filled)));
}

#[test]
fn who_executes_does_not_choose_how_much_by_leaving_arrays_out() {
    let mut sim = market(quiet());
    sim.provide(0, LP, 4, 8, 1_000_000).unwrap();
    sim.actors[TRADER].account.capital[0] *= 100;
    sim.checked = false;
    let mut order = sim.place(limit(Side::Buy, usd(1_015), 12_000 * ONE)).unwrap();
    // Ticks 4, 8 and 200 are grid positions 2, 4 and 100: arrays 5 and 6 of ten around zero.
    assert_eq!(sim.execute_with(&mut order, &[4, 5]), Err(Error::TickArrayMissing));
    assert_eq!(order.filled, 0);
    assert!(sim.execute_with(&mut order, &[5, 6]).unwrap().fill.base > 9_000 * ONE as i64);
}

#[test]
fn a_scale_order_is_filled_level_by_level() {
    let mut sim = market(quiet());
    let amount = 100 * ONE + 2;
    let mut order = sim.place(scale(Side::Buy, usd(999), usd(995), 5, amount)).unwrap();
    let prices: Vec<Price> = (0..5).map(|level| level_price(&order, level)).collect();
    assert_eq!((prices[0], prices[4]), (usd(999), usd(995)));
    for (level, price) in (0..).zip(&prices) {
        let exact = usd(999 - level);
        assert!(*price <= exact && exact.bits - price.bits <= 2, "rounded down, for who buys");
    }
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
    // Down to 996.6: three levels.
    let _ = sim.take(0, PUSHER, -3_400 * ONE as i64).unwrap();
    let mut total = 0;
    for (level, price) in prices.iter().enumerate().take(3) {
        let due = orders::due(&order, sim.account(TRADER), sim.market(0), sim.now).unwrap();
        assert_eq!(due.limit, Some(*price), "level {level}");
        let executed = sim.execute(&mut order).unwrap();
        // Each a fifth, and the atoms that are over in the last ones.
        assert_eq!(executed.fill.base, 20 * ONE as i64 + i64::from(level == 2), "level {level}");
        assert_eq!(executed.ended, None);
        total += executed.tip;
    }
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
    let _ = sim.take(0, PUSHER, -2_000 * ONE as i64).unwrap();
    for _ in 3..5 {
        total += sim.execute(&mut order).unwrap().tip;
    }
    assert_eq!((order.filled, total, sim.account(TRADER).orders), (amount, TIP, 0));

    let order = sim.place(scale(Side::Sell, usd(1_001), usd(1_002), 4, amount)).unwrap();
    let prices: Vec<u64> = (0..4).map(|level| level_price(&order, level).bits).collect();
    assert!(prices.is_sorted() && prices[0] == usd(1_001).bits && prices[3] == usd(1_002).bits);
    assert!(prices[1] * 3 >= prices[0] * 2 + prices[3], "rounded up, for who sells");
}

#[test]
fn a_level_that_is_filled_in_part_is_finished_first() {
    for (flags, next) in [(0, 0), (DROP_REST, 1)] {
        let mut sim = market(quiet());
        sim.actors[TRADER].account.capital[0] *= 100;
        sim.checked = false;
        let terms = Terms { flags, ..scale(Side::Buy, usd(1_001), usd(1_000), 2, 8_000 * ONE) };
        let mut order = sim.place(terms).unwrap();
        let executed = sim.execute(&mut order).unwrap();
        assert!(executed.ended.is_none() && executed.fill.base < 1_100 * ONE as i64);
        let _ = sim.take(0, PUSHER, -5_500 * ONE as i64).unwrap();
        let due = orders::due(&order, sim.account(TRADER), sim.market(0), sim.now).unwrap();
        assert_eq!(due.limit, Some(level_price(&order, next)));
        let rest = if next == 0 { 4_000 * ONE - order.filled } else { 4_000 * ONE };
        assert_eq!(due.exact, Exact::Base(rest));
    }
}

#[test]
fn a_twap_makes_up_for_what_it_may() {
    let mut sim = market(quiet());
    let terms = Terms { starts_at: T0 + 100, ..twap(10, 60, 2, 10 * ONE + 5) };
    let mut order = sim.place(terms).unwrap();
    assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
    let mut at = |secs: i64, order: &mut PlacedOrder| {
        sim.now.unix = T0 + 100 + secs;
        let _ = sim.touch(0);
        sim.execute(order)
    };
    let filled = |executed: Result<Executed>| executed.map(|executed| (executed.fill.base, executed.ended));
    assert_eq!(filled(at(0, &mut order)), Ok((ONE as i64, None)));
    assert_eq!(filled(at(59, &mut order)), Err(Error::OrderNotDue), "one slice at its time");
    assert_eq!(filled(at(60, &mut order)), Ok((ONE as i64 + 1, None)), "every other has an atom more");
    // Slices 2, 3 and 4: the one of now and two of before.
    assert_eq!(filled(at(240, &mut order)), Ok((3 * ONE as i64 + 1, None)));
    // At 480 slice 5 is lost.
    assert_eq!(filled(at(480, &mut order)), Ok((3 * ONE as i64 + 1, None)));
    assert_eq!((order.filled, order.skipped), (8 * ONE + 3, ONE + 1));
}

#[test]
fn a_twap_loses_slices_for_good_and_is_over_at_last() {
    let mut sim = market(quiet());
    let mut order = sim.place(Terms { flags: 0, ..twap(10, 60, 2, 10 * ONE) }).unwrap();
    let go = |sim: &mut Sim, secs: i64| {
        sim.now.unix = T0 + secs;
        let _ = sim.touch(0);
    };
    // At 600 the last slice has had its interval; it and those two before it may still be made up for.
    go(&mut sim, 599);
    let executed = sim.execute(&mut order).unwrap();
    assert_eq!(done(executed), (3 * ONE as i64, Some(Ended::RestGivenUp)));
    assert_eq!((order.skipped, executed.tip), (7 * ONE, TIP / 10 * 3));

    let mut order = sim.place(Terms { starts_at: sim.now.unix, ..twap(10, 60, 2, 10 * ONE) }).unwrap();
    go(&mut sim, 599 + 719);
    assert_eq!(done(sim.clone().execute(&mut order.clone()).unwrap()), (ONE as i64, Some(Ended::RestGivenUp)));
    assert_eq!(sim.clean(&order), Err(Error::OrderAlive));
    go(&mut sim, 599 + 720);
    assert_eq!(sim.execute(&mut order), Err(Error::OrderExpired));
    assert_eq!(sim.clean(&order), Ok(Cleaned { tip: CLEANING_TIP, ended: Ended::Expired }));
}

#[test]
fn a_slice_that_is_filled_in_part_stays_due_while_it_may_be_made_up_for() {
    for (flags, again) in [(0, true), (DROP_REST, false)] {
        let mut sim = market(quiet());
        sim.actors[TRADER].account.capital[0] *= 100;
        sim.checked = false;
        let terms = Terms { flags, below: usd(1_001), ..twap(2, 60, 1, 8_000 * ONE) };
        let mut order = sim.place(terms).unwrap();
        let got = sim.execute(&mut order).unwrap().fill.base.unsigned_abs();
        assert!(got < 1_100 * ONE);
        let _ = sim.take(0, PUSHER, -9_500 * ONE as i64).unwrap();
        if again {
            assert_eq!(done(sim.execute(&mut order).unwrap()), ((4_000 * ONE - got) as i64, None));
        } else {
            assert_eq!(sim.execute(&mut order), Err(Error::OrderNotDue));
            assert_eq!(order.skipped, 4_000 * ONE - got);
        }
    }
}

#[test]
fn a_reduce_only_order_is_cut_to_the_position_and_dies_with_it() {
    let mut sim = market(quiet());
    let _ = sim.take(0, TRADER, 4 * ONE as i64).unwrap();
    let mut order = sim.place(stop(1_100, 10 * ONE)).unwrap();
    assert_eq!(sim.clean(&order), Err(Error::OrderAlive));
    let executed = sim.clone().execute(&mut order.clone()).unwrap();
    assert_eq!((done(executed), executed.tip), ((-4 * ONE as i64, Some(Ended::NoPosition)), TIP / 10 * 4));
    let other = sim.place(stop(900, ONE)).unwrap();
    let _ = sim.flatten(0, TRADER).unwrap();
    assert_eq!(sim.execute(&mut order), Err(Error::OrderDead));
    assert_eq!(sim.clean(&order), Ok(Cleaned { tip: CLEANING_TIP, ended: Ended::NoPosition }));
    // On the other side it has nothing to reduce either.
    let _ = sim.take(0, TRADER, -(ONE as i64)).unwrap();
    assert_eq!(sim.clean(&other).unwrap().ended, Ended::NoPosition);
    assert_eq!(sim.account(TRADER).orders, 0);
}

#[test]
fn only_a_dead_order_is_cleaned_up_and_for_no_more_than_its_own_tip() {
    let mut sim = market(quiet());
    let order = sim.place(Terms { expires_at: T0 + 10, tip: 400, ..limit(Side::Buy, usd(990), ONE) }).unwrap();
    sim.wait(9);
    assert_eq!(sim.clean(&order), Err(Error::OrderAlive));
    sim.wait(1);
    assert_eq!(sim.execute(&mut order.clone()), Err(Error::OrderExpired));
    assert_eq!(sim.clean(&PlacedOrder { market: 2, ..order }), Err(Error::WrongMarket));
    assert_eq!(sim.clone().clean(&order), Ok(Cleaned { tip: 400, ended: Ended::Expired }));
    let paid = PlacedOrder { tip: TIP, tip_paid: TIP - 7, ..order };
    assert_eq!(sim.clean(&paid), Ok(Cleaned { tip: 7, ended: Ended::Expired }));

    let order = sim.place(limit(Side::Buy, usd(990), ONE)).unwrap();
    let mut account = sim.actors[TRADER].account;
    let gone = Cleaned { tip: CLEANING_TIP, ended: Ended::MarketClosed };
    assert_eq!(orders::clean(&order, &mut account, None, sim.now), Ok(gone));
    sim.market_mut(0).status = 2;
    assert_eq!(sim.clean(&order), Ok(gone));
    assert_eq!(sim.execute(&mut order.clone()), Err(Error::OrderDead));
    assert_eq!(sim.place(limit(Side::Buy, usd(990), ONE)), Err(Error::MarketClosed));
}

#[test]
fn an_order_of_a_delegate_lives_as_long_as_his_right() {
    let mut sim = market(quiet());
    sim.actors[TRADER].account.owner = [1; 32];
    let terms = delegate::Terms {
        delegate: [2; 32],
        permissions: MAY_ORDER,
        expiry: T0 + 1_000,
        notional: 2_000_000_000,
        markets: [1, 0, 0, 0],
    };
    let wanted = limit(Side::Buy, usd(1_010), 3 * ONE);
    assert_eq!(sim.place_by([2; 32], wanted), Err(Error::Unauthorized));
    let allow = |sim: &mut Sim, terms: &delegate::Terms| {
        delegate::set(&mut sim.actors[TRADER].account, terms, sim.now).unwrap();
    };
    allow(&mut sim, &delegate::Terms { permissions: MAY_TRADE, ..terms });
    assert_eq!(sim.place_by([2; 32], wanted), Err(Error::DelegateNotAllowed));
    allow(&mut sim, &terms);
    let mut order = sim.place_by([2; 32], wanted).unwrap();
    assert_eq!((order.payer, order.placed_by), ([2; 32], [2; 32]));

    // His limit counts when it is executed: 2,000 USD are less than three contracts.
    assert_eq!(sim.execute(&mut order), Err(Error::DelegateNotional));
    let mut own = sim.place_by([1; 32], wanted).unwrap();
    assert_eq!(done(sim.clone().execute(&mut own).unwrap()), (3 * ONE as i64, Some(Ended::Filled)));

    // He cancels his own, the owner cancels any, nobody else does.
    let mut account = sim.actors[TRADER].account;
    assert_eq!(orders::cancel(&own, &mut account, &[2; 32], sim.now), Err(Error::DelegateNotAllowed));
    assert_eq!(orders::cancel(&own, &mut account, &NOBODY, sim.now), Err(Error::Unauthorized));
    assert_eq!(orders::cancel(&order, &mut account, &[2; 32], sim.now), Ok(()));
    assert_eq!(orders::cancel(&own, &mut account, &[1; 32], sim.now), Ok(()));
    assert_eq!(account.orders, 0);

    for (other, at) in [
        (delegate::Terms { delegate: [3; 32], ..terms }, 0),
        (delegate::Terms { markets: [2, 0, 0, 0], ..terms }, 0),
        (delegate::Terms { permissions: MAY_TRADE, ..terms }, 0),
        (terms, 1_000),
    ] {
        let mut sim = sim.clone();
        allow(&mut sim, &other);
        sim.now.unix += at;
        assert_eq!(sim.execute(&mut order), Err(Error::OrderDead));
        assert_eq!(sim.clean(&order).unwrap().ended, Ended::NotAllowed);
        assert_eq!(sim.clean(&own), Err(Error::OrderAlive));
    }
    allow(&mut sim, &delegate::Terms { notional: 4_000_000_000, ..terms });
    assert_eq!(done(sim.execute(&mut order).unwrap()), (3 * ONE as i64, Some(Ended::Filled)));
    // Who is not the owner any more has placed nothing.
    sim.actors[TRADER].account.owner = [4; 32];
    assert_eq!(sim.clean(&own).unwrap().ended, Ended::NotAllowed);
}

#[test]
fn a_refused_trade_leaves_the_order_as_it_is() {
    let mut sim = market(quiet());
    sim.actors[TRADER].account.capital[0] /= 10;
    sim.checked = false;
    let mut order = sim.place(limit(Side::Buy, usd(1_010), 1_000_000 * ONE)).unwrap();
    let before = order;
    assert_eq!(sim.execute(&mut order), Err(Error::InsufficientMargin));
    sim.market_mut(0).paused_until = i64::MAX;
    assert_eq!(sim.execute(&mut order), Err(Error::MarketPaused));
    assert_eq!((order, sim.account(TRADER).orders), (before, 1));
    assert_eq!(sim.execute(&mut PlacedOrder { market: 2, ..order }), Err(Error::WrongMarket));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the market does, whenever anybody executes: never beyond the amount, the limit, the tip or the position.
    #[test]
    fn orders_keep_their_word(
        kind in 0_u8..4,
        is_buy: bool,
        flags in prop::sample::select(vec![0, REDUCE_ONLY, ALL_OR_NOTHING, DROP_REST, REDUCE_ONLY | DROP_REST]),
        amount in 32_u64..2_000 * ONE,
        slices in 2_u32..12,
        catch_up in 0_u32..2,
        held in 1_i64..500,
        tip in 0_u64..100_000,
        moves in prop::collection::vec((-3_000_i64..3_000, 0_i64..90, 980_i64..1_020), 1..24),
    ) {
        let mut sim = market(quiet());
        sim.actors[TRADER].account.capital[0] *= 50;
        sim.checked = false;
        let side = if is_buy { Side::Buy } else { Side::Sell };
        let (near, far) = if is_buy { (usd(1_001), usd(996)) } else { (usd(999), usd(1_004)) };
        let kind = Kind::of(kind).unwrap();
        let terms = match kind {
            Kind::Trigger => Terms { below: usd(999), above: usd(1_001), ..plain(kind, side, amount) },
            Kind::Limit => limit(side, near, amount),
            Kind::Scale => scale(side, near, far, slices, amount),
            Kind::Twap if is_buy => Terms { below: near, ..twap(slices, 60, catch_up, amount) },
            Kind::Twap => Terms { side, above: near, ..twap(slices, 60, catch_up, amount) },
        };
        let _ = sim.take(0, TRADER, if is_buy { -held } else { held } * ONE as i64).unwrap();
        let mut order = sim.place(Terms { flags, tip, ..terms }).unwrap();
        for (push, secs, price) in moves {
            let _ = sim.take(0, PUSHER, push * ONE as i64);
            sim.wait(secs);
            let _ = sim.set_price(0, price * 100_000_000);
            let (before, was) = (sim.position(0, TRADER).base, order);
            let Ok(wanted) = orders::due(&order, sim.account(TRADER), sim.market(0), sim.now) else { continue };
            let Ok(executed) = sim.execute(&mut order) else { continue };
            let fill = executed.fill;
            let base = fill.base.unsigned_abs();
            prop_assert!(base != 0 && base <= wanted.exact.amount() && (fill.base > 0) == is_buy);
            prop_assert!(order.filled == was.filled + base && order.filled + order.skipped <= amount);
            prop_assert!(order.tip_paid == was.tip_paid + executed.tip && order.tip_paid <= tip);
            prop_assert_eq!(order.tip_paid, (u128::from(tip) * u128::from(order.filled) / u128::from(amount)) as u64);
            if let Some(limit) = wanted.limit {
                let (quote, steps) = (fill.quote.unsigned_abs(), u64::from(fill.steps));
                if is_buy {
                    prop_assert!(quote <= limit.notional_ceil(base).unwrap() + steps);
                } else {
                    prop_assert!(quote + steps >= limit.notional_floor(base).unwrap());
                }
            }
            let after = sim.position(0, TRADER).base;
            if flags & REDUCE_ONLY != 0 {
                prop_assert!(after.abs() < before.abs() && after.signum() * before.signum() >= 0);
            }
            if flags & ALL_OR_NOTHING != 0 {
                prop_assert_eq!(base, wanted.exact.amount());
            }
            let is_over = order.filled + order.skipped == amount || (flags & REDUCE_ONLY != 0 && after == 0);
            prop_assert_eq!((executed.ended.is_some(), sim.account(TRADER).orders), (is_over, u32::from(!is_over)));
            if is_over {
                break;
            }
        }
    }

    /// Levels and slices share an amount to the atom, whatever the numbers.
    #[test]
    fn parts_are_the_whole(amount in 32_u64..1 << 62, slices in 2_u32..=32, first: u32, width in 1_u32..) {
        let mut sim = market(quiet());
        let (low, high) = (u64::from(first) + (1 << 33), u64::from(first) + (1 << 33) + u64::from(width));
        let (low, high) = (Price::from_bits(low), Price::from_bits(high));
        for (side, from, to) in [(Side::Buy, high, low), (Side::Sell, low, high)] {
            let order = sim.place(scale(side, from, to, slices, amount)).unwrap();
            prop_assert_eq!((level_price(&order, 0), level_price(&order, slices - 1)), (from, to));
            for level in 0..slices {
                let exact = u128::from(width) * u128::from(level);
                let away = u128::from(level_price(&order, level).bits.abs_diff(from.bits));
                prop_assert_eq!(away, exact.div_ceil(u128::from(slices - 1)));
            }
        }
    }
}
