//! The pool's strategies: where its ranges end, how large they are, how its position goes, and that nobody gains by having
//! them rolled (docs/pool-strategy.md).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod exchange;

use bytemuck::Zeroable;
use exchange::{CONTRACT, Sim, T0, USD, defaults, flat_fee, order, quiet};
use keel_engine::curve::Exact;
use keel_engine::exchange_params::set_pool_defaults;
use keel_engine::params::Params;
use keel_engine::pool::{Collected, Members, Nav, Rebalanced, collect, nav, rebalance};
use keel_engine::state::{Mode, Pool, Range, Strategy};
use keel_engine::units::Price;
use keel_engine::{Error, Result, Side};
use proptest::prelude::{Just, ProptestConfig, Strategy as _, any, prop_oneof, proptest};

const BTC: i64 = 100_000;

/// A pool whose margin account is actor 0, a keeper who is actor 1, a provider who is actor 2, traders behind them.
#[derive(Clone)]
struct Stage {
    sim: Sim,
    pool: Pool,
}

const POOL: usize = 0;
const KEEPER: usize = 1;
const PROVIDER: usize = 2;
const TRADER: usize = 3;

fn strategy(market: u16) -> Strategy {
    Strategy {
        market,
        quotes: 1,
        width_ticks: 100,
        weight_ppm: 500_000,
        leverage_ppm: 2_000_000,
        exposure_cap_usd: 4_000_000,
        ..Strategy::zeroed()
    }
}

impl Stage {
    fn new(params: Params, mode: Mode, markets: u16) -> Self {
        let mut sim = Sim::empty();
        for _ in 0..markets {
            sim.list(params, mode, BTC);
        }
        for _ in 0..5 {
            sim.actor(1_000_000);
        }
        let mut pool = Pool::zeroed();
        set_pool_defaults(&mut pool);
        pool.shares = 1_000_000 * USD;
        for market in 1..=markets {
            pool.strategies[usize::from(market)] = strategy(market);
        }
        sim.rest(60);
        Self { sim, pool }
    }

    fn terms(&mut self) -> &mut Strategy {
        &mut self.pool.strategies[1]
    }

    fn run<T>(&mut self, operation: impl FnOnce(&mut Sim, &mut Pool) -> Result<T>) -> Result<T> {
        let mut pool = self.pool;
        let result = self.sim.run(|sim| operation(sim, &mut pool));
        if result.is_ok() {
            self.pool = pool;
        }
        result
    }

    fn rebalance(&mut self, market: usize) -> Result<Rebalanced> {
        self.run(|sim, pool| {
            let mut keeper = sim.actors[KEEPER].account;
            let done = sim.with_book(market, |book, actors, others, now| {
                let pooled = &mut actors[POOL];
                let mut members =
                    Members { pool, account: &mut pooled.account, ranges: &mut pooled.ranges, keeper: &mut keeper };
                rebalance(book, &mut members, 0, others, now)
            })?;
            sim.actors[KEEPER].account = keeper;
            Ok(done)
        })
    }

    /// With fresh prices, as soon as it may be.
    fn roll(&mut self, market: usize) -> Result<Rebalanced> {
        self.sim.rest(60);
        self.rebalance(market)
    }

    fn collect(&mut self, market: usize) -> Result<Collected> {
        self.run(|sim, _| {
            sim.with_book(market, |book, actors, _, now| {
                let pooled = &mut actors[POOL];
                collect(book, &mut pooled.account, &mut pooled.ranges, now)
            })
        })
    }

    fn nav(&self) -> Nav {
        let pooled = &self.sim.actors[POOL];
        self.sim.with_view(|view| nav(0, &pooled.account, Some(&pooled.ranges), view, self.sim.now)).unwrap()
    }

    fn range(&self, market: usize) -> Option<Range> {
        let number = self.sim.market(market).index_number;
        self.sim.actors[POOL].ranges.ranges.iter().find(|range| range.market == number).copied()
    }

    /// What the pool's position is with the curve at either end of its range, and where it is.
    fn bases(&self, market: usize) -> [i64; 3] {
        let base = self.sim.position(market, POOL).base;
        let Some(range) = self.range(market) else { return [base; 3] };
        let here = self.sim.places[market].entitlement(&range).base;
        let ends = keel_engine::ranges::ends(self.sim.market(market), &range).unwrap();
        [base + ends.base_down, base + here, base + ends.base_up]
    }

    fn provide(&mut self, market: usize, width: i32, usd: u64) {
        self.sim.provide(market, PROVIDER, -width, width, usd).unwrap();
    }

    fn trade(&mut self, market: usize, base: i64) -> Result<keel_engine::trade::Fill> {
        let side = if base > 0 { Side::Buy } else { Side::Sell };
        self.sim.trade(market, TRADER, order(side, Exact::Base(base.unsigned_abs())))
    }

    /// What an actor is worth at the marks, in quote atoms.
    fn worth(&self, actor: usize) -> i64 {
        i64::try_from(self.sim.worth(actor) >> 48).unwrap()
    }
}

#[test]
fn the_range_is_the_strategys() {
    let mut stage = Stage::new(defaults(), Mode::Floating, 1);
    let before = stage.nav();
    let done = stage.rebalance(0).unwrap();
    let (_, range) = done.placed.unwrap();
    assert_eq!((range.lower, range.upper), (-100, 100));
    // A million to each side, the lower side of which is worth exactly that at the index.
    let [down, here, up] = stage.bases(0);
    let notional = |base: i64| stage.sim.market(0).index.notional_floor(base.unsigned_abs()).unwrap();
    assert!((-1..=0).contains(&here));
    assert!(notional(down).abs_diff(1_000_000 * USD) < 100 * USD, "{}", notional(down));
    assert!(notional(up).abs_diff(995_000 * USD) < 1_000 * USD && up < 0, "{}", notional(up));
    // Nothing but the tip has left, and what it left is the keeper's.
    assert_eq!(done.tip, 100_000);
    let after = stage.nav();
    assert!((0..=200).contains(&(before.low - after.low - done.tip as i64)));
    assert!((after.high - (before.high - done.tip as i64)).abs() <= 200);
    assert_eq!(stage.sim.capital(KEEPER), 1_000_000 * USD + done.tip);

    // Twice is once, and not before its time.
    assert_eq!(stage.rebalance(0), Err(Error::RebalanceTooSoon));
    assert_eq!(stage.roll(0), Err(Error::NothingToRebalance));
    assert_eq!(stage.sim.capital(KEEPER), 1_000_000 * USD + done.tip);
}

#[test]
fn it_follows_what_the_pool_is_worth_beyond_hysteresis() {
    let mut stage = Stage::new(defaults(), Mode::Floating, 1);
    let first = stage.rebalance(0).unwrap().placed.unwrap().1.liquidity.get();
    stage.sim.deposit(POOL, 90_000 * USD).unwrap();
    assert_eq!(stage.roll(0), Err(Error::NothingToRebalance));
    stage.sim.deposit(POOL, 30_000 * USD).unwrap();
    let second = stage.roll(0).unwrap().placed.unwrap().1.liquidity.get();
    assert!(second.abs_diff(first / 100 * 112) < first / 1_000, "{first} {second}");
    // Half of the shares want to leave: half of the range goes, and its margin is free.
    stage.pool.shares_waiting = stage.pool.shares / 2;
    let done = stage.roll(0).unwrap();
    assert!(done.placed.unwrap().1.liquidity.get().abs_diff(second / 2) < second / 1_000);
    assert_eq!(done.tip, 0, "who may take his request back is paid for nothing");
    stage.pool.shares_waiting = 0;
    assert_eq!(stage.roll(0).unwrap().tip, 0);
    // All of them: it is gone.
    stage.pool.shares_waiting = stage.pool.shares;
    let done = stage.roll(0).unwrap();
    assert!(done.removed.is_some() && done.placed.is_none());
    assert_eq!(stage.roll(0), Err(Error::NothingToRebalance));
}

#[test]
fn nothing_is_placed_while_somebody_pushes_the_curve() {
    let mut stage = Stage::new(defaults(), Mode::Floating, 1);
    stage.provide(0, 100, 2_000_000);
    let _ = stage.trade(0, 4 * CONTRACT as i64).unwrap();
    assert_eq!(stage.roll(0), Err(Error::CurveOffCentre));
    let _ = stage.sim.flatten(0, TRADER).unwrap();
    let _ = stage.roll(0).unwrap();
    // A range that is too large is made smaller in its place, wherever the curve is: the way back is the same for each of
    // its parts.
    let _ = stage.trade(0, 4 * CONTRACT as i64).unwrap();
    assert_eq!(stage.roll(0), Err(Error::CurveOffCentre));
    stage.pool.shares_waiting = stage.pool.shares / 2;
    let large = stage.range(0).unwrap();
    let done = stage.roll(0).unwrap();
    let (_, small) = done.placed.unwrap();
    assert_eq!((small.lower, small.upper), (large.lower, large.upper));
    assert!(small.liquidity.get() < large.liquidity.get() / 100 * 51);
    // It does not grow again there.
    stage.pool.shares_waiting = 0;
    assert_eq!(stage.roll(0), Err(Error::CurveOffCentre));
    // Where the strategy does not quote it goes.
    stage.terms().quotes = 0;
    assert!(stage.roll(0).unwrap().placed.is_none());
    assert!(stage.range(0).is_none());
}

#[test]
fn a_market_that_takes_no_liquidity_keeps_a_range_that_is_not_too_large() {
    for close in 0..4 {
        let mut stage = Stage::new(defaults(), Mode::Floating, 1);
        let now = stage.sim.now.unix;
        let market = stage.sim.market_mut(0);
        let refusal = match close {
            0 => {
                market.paused_until = now + 3_600;
                Error::MarketPaused
            }
            1 => {
                market.reduce_only = 1;
                Error::MarketReduceOnly
            }
            2 => {
                market.guard_left = 200;
                Error::MarketGuarded
            }
            _ => {
                market.written_off = 1_000 * USD;
                market.curve_quote += (1_000 * USD) as i64;
                Error::MarketHasDeficit
            }
        };
        stage.sim.checked = close != 3;
        let closed = *stage.sim.market(0);
        assert_eq!(stage.rebalance(0), Err(refusal), "nothing is placed");

        let mut stage = Stage::new(defaults(), Mode::Floating, 1);
        let _ = stage.rebalance(0).unwrap();
        stage.sim.checked = close != 3;
        let market = stage.sim.market_mut(0);
        (market.paused_until, market.reduce_only) = (closed.paused_until + 7_200, closed.reduce_only);
        if closed.paused_until == 0 {
            market.paused_until = 0;
        }
        (market.guard_left, market.written_off) = (closed.guard_left, closed.written_off);
        stage.pool.shares_waiting = stage.pool.shares / 20;
        assert_eq!(stage.roll(0), Err(refusal), "it stays");
        stage.pool.shares_waiting = stage.pool.shares / 2;
        let done = stage.roll(0).unwrap();
        assert!(done.removed.is_some() && done.placed.is_none(), "it goes where it is too large");
    }
}

#[test]
fn a_side_that_the_cap_has_no_room_for_is_left_out() {
    let mut stage = Stage::new(quiet(), Mode::Floating, 1);
    stage.terms().exposure_cap_usd = 1_000_000;
    let cap = 10 * CONTRACT as i64;
    let buy = |stage: &mut Stage, base: i64| stage.sim.deal(0, POOL, TRADER, base, BTC);
    // Long by less than half of a side: both sides, as far as there is room on the long one.
    buy(&mut stage, 4 * CONTRACT as i64);
    let _ = stage.rebalance(0).unwrap();
    assert_eq!(stage.range(0).map(|r| (r.lower, r.upper)), Some((-100, 100)));
    let [down, _, up] = stage.bases(0);
    assert!(down <= cap && down > cap - 10_000 && up < 0, "{down} {up}");
    // By more: the sells alone, in full.
    buy(&mut stage, 2 * CONTRACT as i64);
    let done = stage.roll(0).unwrap();
    assert_eq!(done.placed.map(|(_, r)| (r.lower, r.upper)), Some((0, 100)));
    let [down, here, up] = stage.bases(0);
    assert!(down.abs_diff(6 * CONTRACT as i64) <= 3 && here.abs_diff(6 * CONTRACT as i64) <= 3, "{down} {here}");
    assert!(up < -3 * CONTRACT as i64);
    // Back by a little: still the sells alone, or trading to and fro over the edge would have the range rolled each time.
    buy(&mut stage, -2 * CONTRACT as i64);
    assert_eq!(stage.roll(0), Err(Error::NothingToRebalance));
    buy(&mut stage, -2 * CONTRACT as i64);
    assert_eq!(stage.roll(0).unwrap().placed.map(|(_, r)| (r.lower, r.upper)), Some((-100, 100)));
    // And the other way round.
    buy(&mut stage, -8 * CONTRACT as i64);
    assert_eq!(stage.roll(0).unwrap().placed.map(|(_, r)| (r.lower, r.upper)), Some((-100, 0)));
    // A cap of 0 only lets the position out: bids for as much as it is short.
    stage.terms().exposure_cap_usd = 0;
    let _ = stage.roll(0).unwrap();
    assert_eq!(stage.range(0).map(|r| (r.lower, r.upper)), Some((-100, 0)));
    let [down, here, up] = stage.bases(0);
    assert!((-10_000..=0).contains(&down) && here == up, "{down} {here} {up}");
}

#[test]
fn a_position_beyond_the_cap_is_reduced_at_a_bounded_price() {
    let mut stage = Stage::new(flat_fee(300), Mode::Floating, 1);
    stage.provide(0, 100, 4_000_000);
    stage.terms().quotes = 0;
    stage.sim.deal(0, POOL, TRADER, 4 * CONTRACT as i64, BTC);
    let (before, mark) = (stage.nav(), stage.sim.market(0).mark);
    let done = stage.rebalance(0).unwrap();
    let fill = done.fill.unwrap();
    // A quarter, or as far as the base fee moves the curve.
    assert!(fill.base < 0 && fill.base >= -(CONTRACT as i64), "{}", fill.base);
    let fair = mark.notional_floor(fill.base.unsigned_abs()).unwrap();
    let paid = fair - fill.quote.unsigned_abs() + fill.fee;
    assert!(paid <= fair / 1_000_000 * (150 + 300) + 2, "{paid} of {fair}");
    let after = stage.nav();
    assert!(before.low - after.low <= (paid + done.tip + 4) as i64);
    // All of it, in time: dust goes at once.
    let mut turns = 0;
    while stage.sim.position(0, POOL).base != 0 {
        let _ = stage.roll(0).unwrap();
        turns += 1;
        // Somebody brings the curve back.
        let base = stage.sim.position(0, POOL).base - 4 * CONTRACT as i64;
        let _ = stage.sim.take(0, 4, -(base + stage.sim.position(0, 4).base)).ok();
    }
    assert!((3..60).contains(&turns), "{turns}");
    stage.sim.rest(60);
    assert_eq!(stage.rebalance(0), Err(Error::NothingToRebalance));
}

#[test]
fn nothing_is_sold_below_the_bound() {
    let mut stage = Stage::new(flat_fee(300), Mode::Floating, 1);
    stage.provide(0, 100, 4_000_000);
    stage.terms().quotes = 0;
    stage.sim.deal(0, POOL, TRADER, 4 * CONTRACT as i64, BTC);
    // Somebody has sold the curve down by 0.15%.
    let _ = stage.sim.take(0, 4, -(3 * CONTRACT as i64)).unwrap();
    stage.sim.rest(60);
    assert_eq!(stage.rebalance(0), Err(Error::NothingToRebalance));
    // Without liquidity neither.
    let mut stage = Stage::new(quiet(), Mode::Floating, 1);
    stage.terms().quotes = 0;
    stage.sim.deal(0, POOL, TRADER, 4 * CONTRACT as i64, BTC);
    assert_eq!(stage.roll(0), Err(Error::NothingToRebalance));
}

#[test]
fn margin_that_is_short_makes_the_range_smaller() {
    let mut stage = Stage::new(defaults(), Mode::Floating, 2);
    // Funding has left an atom to the rounding holder before anything was traded, which the checks think little of.
    stage.sim.checked = false;
    let deal = |stage: &mut Stage, base: i64| {
        let quote = base / 1_000 * BTC;
        stage.sim.hold(1, POOL, base, -quote);
        stage.sim.hold(1, TRADER, -base, quote);
    };
    // Most of the margin is taken by a position in the other market, of which the strategy there knows nothing.
    stage.terms().exposure_cap_usd = u32::MAX;
    deal(&mut stage, 100 * CONTRACT as i64);
    stage.pool.strategies[1].leverage_ppm = 20_000_000;
    let done = stage.rebalance(0).unwrap();
    let side = stage.sim.market(0).index.notional_floor(stage.bases(0)[0].unsigned_abs()).unwrap();
    assert!(side > 1_000_000 * USD && side < 9_900_000 * USD, "{side}");
    let health = stage.sim.initial(POOL).unwrap();
    let free = health.equity - health.required as i64;
    // Nearly all of it is used, and nothing beyond it.
    assert!((0..health.required as i64 / 50).contains(&free), "{free} of {}", health.required);
    assert!(done.tip > 0);
    assert_eq!(stage.roll(0), Err(Error::NothingToRebalance));
    // None is left: the range goes.
    deal(&mut stage, 80 * CONTRACT as i64);
    let done = stage.roll(0).unwrap();
    assert!(done.removed.is_some() && done.placed.is_none());
    assert_eq!(stage.roll(0), Err(Error::NothingToRebalance));
}

#[test]
fn a_fixed_market_has_its_range_around_the_index() {
    let mut stage = Stage::new(Params { price_band_ppm: 0, ..quiet() }, Mode::Fixed, 1);
    stage.provide(0, 600, 8_000_000);
    let _ = stage.rebalance(0).unwrap();
    // The index goes up by 3%, and traders take the curve there.
    stage.sim.move_price(0, BTC + BTC * 3 / 100);
    assert_eq!(stage.roll(0), Err(Error::CurveOffCentre));
    let limit = stage.sim.market(0).index;
    let buy = keel_engine::trade::Order { limit: Some(limit), ..order(Side::Buy, Exact::Base(1_000 * CONTRACT)) };
    let _ = stage.sim.trade(0, TRADER, buy).unwrap();
    let done = stage.roll(0).unwrap();
    // 1.03 is 295.6 ticks.
    assert_eq!(
        done.placed.map(|(_, r)| (r.lower % 2, r.upper - r.lower)),
        Some((0, if done.placed.unwrap().1.lower == 196 { 200 } else { 100 }))
    );
    assert!(done.placed.unwrap().1.upper == 296 || done.placed.unwrap().1.upper == 396);
    // It does not follow each step of it.
    stage.sim.move_price(0, BTC + BTC * 3 / 100 + 50);
    assert_eq!(stage.roll(0), Err(Error::NothingToRebalance));
}

#[test]
fn refusals() {
    let mut stage = Stage::new(defaults(), Mode::Floating, 2);
    stage.pool.strategies[2] = Strategy::zeroed();
    assert_eq!(stage.rebalance(1), Err(Error::StrategyMissing));
    stage.sim.actors[POOL].account.flagged_at = T0;
    assert_eq!(stage.rebalance(0), Err(Error::AccountFlagged));
    assert_eq!(stage.collect(0), Err(Error::AccountFlagged));
    stage.sim.actors[POOL].account.flagged_at = 0;
    assert_eq!(stage.collect(0), Err(Error::PositionNotFound));
    stage.sim.wait(30);
    assert_eq!(stage.rebalance(0), Err(Error::PriceStale));
    stage.sim.touch_all();
    let _ = stage.rebalance(0).unwrap();
    stage.sim.market_mut(0).params.min_range_slots = 9_000;
    assert_eq!(stage.roll(0), Err(Error::RangeTooYoung));
}

#[test]
fn what_it_earned_becomes_capital() {
    let mut stage =
        Stage::new(Params { base_fee_ppm: 2_000, max_fee_ppm: 2_000, ..flat_fee(2_000) }, Mode::Floating, 1);
    let _ = stage.rebalance(0).unwrap();
    stage.sim.rest(30);
    assert_eq!(stage.collect(0), Err(Error::NothingToSettle));
    let _ = stage.trade(0, 5 * CONTRACT as i64).unwrap();
    let _ = stage.sim.flatten(0, TRADER).unwrap();
    let before = stage.nav();
    let done = stage.collect(0).unwrap();
    assert!(done.folded.fees > 500 * USD && done.settled.profit > 0);
    assert_eq!(done.released.paid, 0, "no profit is mature at once");
    let after = stage.nav();
    assert!(after.low <= before.low && (after.high - before.high).abs() <= 4);
    // Once a mark step; and not for dust.
    assert_eq!(stage.collect(0), Err(Error::NothingToSettle));
    stage.sim.rest(3_600);
    let capital = stage.sim.capital(POOL);
    let done = stage.collect(0).unwrap();
    assert!(done.released.paid > 400 * USD);
    assert_eq!(stage.sim.capital(POOL), capital + done.released.paid - done.settled.paid);
}

#[test]
fn a_claim_is_not_sold_low() {
    let mut stage = Stage::new(Params { profit_half_life_secs: 0, ..quiet() }, Mode::Floating, 1);
    stage.sim.deal(0, POOL, TRADER, CONTRACT as i64, BTC);
    stage.sim.move_price(0, BTC + 1_000);
    // Nobody has paid in yet: the claim waits.
    let done = stage.collect(0).unwrap();
    assert!(done.settled.profit > 0 && done.released.claim == 0);
    stage.sim.rest(60);
    assert_eq!(stage.collect(0), Err(Error::NothingToSettle));
    let _ = stage.sim.settle(0, TRADER).unwrap();
    assert_eq!(stage.collect(0).unwrap().released.claim, done.settled.profit);
}

#[test]
fn in_front_of_a_rebalancing_there_is_nothing_to_gain() {
    // A new range, a larger one, one that goes: whatever comes, bought before it and sold behind it.
    for (case, push) in (0..4).flat_map(|case| (1..8).map(move |push| (case, push))) {
        let mut stage = Stage::new(defaults(), Mode::Floating, 1);
        stage.provide(0, 100, 2_000_000);
        if case != 0 {
            let _ = stage.rebalance(0).unwrap();
        }
        match case {
            1 => stage.sim.deposit(POOL, 2_000_000 * USD).unwrap(),
            2 => stage.terms().quotes = 0,
            3 => {
                stage.terms().quotes = 0;
                stage.sim.deal(0, POOL, KEEPER, 8 * CONTRACT as i64, BTC);
            }
            _ => {}
        }
        stage.sim.rest(60);
        let side = if case == 3 { -1 } else { 1 };
        let before = stage.worth(TRADER);
        let _ = stage.trade(0, side * push * CONTRACT as i64 / 8).unwrap();
        let pool = stage.worth(POOL);
        let rolled = stage.rebalance(0);
        let _ = stage.sim.flatten(0, TRADER).unwrap();
        assert!(stage.worth(TRADER) < before, "case {case}, {push}: {rolled:?}");
        if let Ok(Rebalanced { fill: Some(fill), tip, .. }) = rolled {
            let lost = pool - stage.worth(POOL);
            assert!(lost <= (fill.quote.unsigned_abs() / 1_000 + fill.fee + tip + 2) as i64, "{lost} {fill:?}");
        }
    }
}

#[test]
fn to_and_fro_for_tips_costs_more_than_they_are() {
    // Over the edge of the cap and back, again and again.
    let mut stage = Stage::new(flat_fee(300), Mode::Floating, 1);
    stage.terms().exposure_cap_usd = 1_000_000;
    stage.sim.deal(0, POOL, PROVIDER, 4 * CONTRACT as i64, BTC);
    let _ = stage.rebalance(0).unwrap();
    let (mine, tips) = (stage.worth(TRADER), stage.sim.capital(KEEPER));
    let mut rolls = 0;
    for turn in 0..40 {
        let _ = stage.trade(0, if turn % 2 == 0 { -2 } else { 2 } * CONTRACT as i64 * 13 / 10).unwrap();
        stage.sim.rest(60);
        rolls += u32::from(stage.rebalance(0).is_ok());
    }
    let (cost, gain) = (mine - stage.worth(TRADER), stage.sim.capital(KEEPER) - tips);
    assert!(gain as i64 * 2 < cost, "{gain} in {rolls} for {cost}");
}

#[test]
fn a_deposit_that_comes_and_goes_is_tipped_once() {
    let mut stage = Stage::new(defaults(), Mode::Floating, 1);
    let _ = stage.rebalance(0).unwrap();
    let capital = stage.sim.capital(KEEPER);
    let mut tips = Vec::new();
    for turn in 0..6 {
        let shares = stage.pool.shares;
        if turn % 2 == 0 {
            stage.sim.deposit(POOL, 500_000 * USD).unwrap();
            stage.pool.shares = shares + 500_000 * USD;
        } else {
            // Asked for, the range makes room, paid.
            stage.pool.shares_waiting = 500_000 * USD;
            assert_eq!(stage.roll(0).unwrap().tip, 0);
            let paid = 500_000 * USD;
            stage.sim.actors[POOL].account.capital[0] -= paid;
            stage.sim.actors[4].account.capital[0] += paid;
            (stage.pool.shares, stage.pool.shares_waiting) = (shares - paid, 0);
        }
        tips.push(stage.roll(0).map_or(0, |done| done.tip));
    }
    assert!(tips[0] > 0 && tips[1..].iter().all(|tip| *tip == 0), "{tips:?}");
    assert_eq!(stage.sim.capital(KEEPER), capital + tips[0]);
}

#[derive(Clone, Debug)]
enum Deed {
    Trade(i64),
    Price(i64),
    Wait(i64),
    Waiting(u64),
    Roll,
    Collect,
    Quotes(u8),
    Cap(u32),
}

fn deed() -> impl proptest::strategy::Strategy<Value = Deed> {
    prop_oneof![
        4 => (-6_000_i64..6_000).prop_map(|base| Deed::Trade(base * CONTRACT as i64 / 1_000)),
        2 => (-300_i64..300).prop_map(Deed::Price),
        2 => (1_i64..120).prop_map(Deed::Wait),
        1 => (0_u64..=4).prop_map(Deed::Waiting),
        6 => Just(Deed::Roll),
        1 => Just(Deed::Collect),
        1 => (0_u8..=1).prop_map(Deed::Quotes),
        1 => (0_u32..2_000_000).prop_map(Deed::Cap),
        1 => any::<bool>().prop_map(|all| Deed::Waiting(if all { 4 } else { 0 })),
    ]
}

fn terms_of(stage: &Stage, market: usize) -> Strategy {
    *stage.pool.strategy(stage.sim.market(market).index_number).unwrap()
}

/// A rebalancing, and everything that it may and may not do.
fn roll_and_check(stage: &mut Stage, market: usize) {
    stage.sim.rest(61);
    let initial = |stage: &Stage| {
        let health = stage.sim.initial(POOL).unwrap();
        health.equity - health.required as i64
    };
    let (backed, nav, health) = (initial(stage), stage.nav(), stage.sim.health(POOL).unwrap());
    // Folding a range may turn the position: what settled losses had paid in then no longer makes a profit mature at once.
    let paid_in = stage.sim.account(POOL).positions.iter().map(|position| position.paid_in as i64).sum::<i64>();
    let Ok(done) = stage.rebalance(market) else { return };
    assert_eq!(stage.sim.account(POOL).flagged_at, 0);
    assert!(backed < 0 || initial(stage) >= 0, "from {backed} to {}", initial(stage));
    let slipped = done.fill.map_or(0, |fill| fill.quote.unsigned_abs() / 500 + fill.fee + 4) + done.tip;
    let excess = health.excess();
    let now = stage.sim.health(POOL).unwrap().excess();
    assert!(now + (slipped as i64) + 10 >= excess.min(0), "health {excess} to {now}");
    let after = stage.nav();
    // A range that is placed while the curve is away from the prices at which it is valued loses, at those, half of that
    // distance on what comes back: of the index by up to 0.2%, of the mark, which follows the curve of some minutes, by more.
    let state = stage.sim.market(market);
    let x = (state.sqrt_price.get() as f64 / 2f64.powi(64)).powi(2);
    let from = |price: Price| (state.peg.bits as f64 * x / price.bits as f64 - 1.0).abs();
    let far = from(state.mark).max(from(state.index));
    let side = terms_of(stage, market).leverage_ppm as f64 / 2.0;
    let back = if done.placed.is_some() { (side * 1.2 * far * far / 0.02 * USD as f64) as i64 } else { 0 };
    assert!(
        after.low + (slipped as i64) + back + paid_in + 500 >= nav.low,
        "{nav:?} {after:?} {:?} {:?} {:?} {}",
        done.fill,
        done.removed.map(|(_, r)| (r.lower, r.upper, r.liquidity.get())),
        done.placed.map(|(_, r)| (r.lower, r.upper, r.liquidity.get())),
        done.tip
    );
    // The cap, as the strategy says, at the prices at which it was counted.
    let terms = terms_of(stage, market);
    let price = stage.sim.market(market).mark.max(stage.sim.market(market).index);
    let cap = price.base_floor(u64::from(terms.exposure_cap_usd) * USD) as i64;
    if done.placed.is_some() {
        let [down, here, up] = stage.bases(market);
        let most = cap.max(here.abs()) + 3;
        assert!(down <= most && up >= -most, "{down} {here} {up} within {cap}");
    }
    // Twice is once.
    let twice = stage.clone().roll(market);
    if done.fill.is_none() {
        // But for a price that has come within the bound in the minute, and for what little room a cap leaves: a small
        // difference of large numbers that move with the mark.
        let liquidity = |range: Option<(usize, Range)>| range.map_or(0, |(_, range)| range.liquidity.get());
        let little = u128::from(terms.leverage_ppm) * 2_000_000 / 50;
        let is_once = |twice: Rebalanced| {
            twice.fill.is_some() || liquidity(twice.placed).abs_diff(liquidity(done.placed)) <= little
        };
        assert!(twice.is_err() || twice.is_ok_and(is_once), "{done:?} and then {twice:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_happens_the_pool_keeps_to_its_strategy(deeds in proptest::collection::vec((0_usize..2, deed()), 1..25)) {
        let mut stage = Stage::new(defaults(), Mode::Floating, 2);
        stage.sim.checked = false;
        for market in 0..2 {
            stage.provide(market, 100, 1_000_000);
        }
        let mut price = [BTC; 2];
        for (market, deed) in deeds {
            stage.sim.touch_all();
            match deed {
                Deed::Trade(0) => {}
                Deed::Trade(base) => drop(stage.trade(market, base).ok()),
                Deed::Price(by) => {
                    price[market] = (price[market] + by).clamp(BTC * 9 / 10, BTC * 11 / 10);
                    stage.sim.move_price(market, price[market]);
                }
                Deed::Wait(secs) => stage.sim.rest(secs),
                Deed::Waiting(quarters) => stage.pool.shares_waiting = stage.pool.shares / 4 * quarters,
                Deed::Roll => roll_and_check(&mut stage, market),
                Deed::Collect => {
                    stage.sim.rest(10);
                    let _ = stage.collect(market);
                }
                Deed::Quotes(quotes) => stage.pool.strategies[market + 1].quotes = quotes,
                Deed::Cap(usd) => stage.pool.strategies[market + 1].exposure_cap_usd = usd,
            }
            stage.sim.check_all();
        }
    }
}
