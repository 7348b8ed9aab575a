//! Views against what they speak of: health against the health that the rules use, the liquidation price against health
//! at that mark, a quote against the fill.

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

use exchange::{CONTRACT, Sim, USD, order, quiet};
use keel_engine::curve::{End, Exact};
use keel_engine::params::Params;
use keel_engine::state::Mode;
use keel_engine::units::Price;
use keel_engine::views::fee::{self, FeeView};
use keel_engine::views::health::{self, HealthView};
use keel_engine::views::liquidation_price::{LiquidationPriceView, liquidation_price};
use keel_engine::{Error, Side};
use math_reference::Random;

const ONE: i64 = CONTRACT as i64;

fn health_of(sim: &Sim, actor: usize) -> HealthView {
    sim.with_view(|view| health::health(sim.account(actor), Some(&sim.actors[actor].ranges), view, sim.now)).unwrap()
}

fn price_of(sim: &Sim, market: usize, actor: usize) -> LiquidationPriceView {
    let number = sim.market(market).index_number;
    let (account, ranges) = (sim.account(actor), &sim.actors[actor].ranges);
    sim.with_view(|view| liquidation_price(account, Some(ranges), view, number, sim.now)).unwrap()
}

/// Two markets, providers, and traders with positions, ranges, claims and funding.
fn busy(random: &mut Random) -> Sim {
    let params = Params { price_band_ppm: 0, ..Params::DEFAULT };
    let mut sim = Sim::empty();
    sim.list(params, Mode::Floating, 1_000);
    sim.list(params, Mode::Fixed, 50);
    for _ in 0..5 {
        sim.actor(1 + random.below(20_000));
    }
    let rich = sim.actor(100_000_000);
    for market in 0..2 {
        sim.provide(market, rich, -400, 400, 20_000_000).unwrap();
    }
    sim.checked = false;
    for _ in 0..60 {
        sim.wait(random.below(40) as i64);
        for (market, usd) in [(0, 1_000), (1, 50)] {
            let swing = random.between(-2_000_000, 2_000_000) * usd;
            let _ = sim.set_price(market, usd * 100_000_000 + swing);
        }
        let (market, actor) = (random.below(2) as usize, random.below(5) as usize);
        let unit = if market == 0 { ONE } else { 20 * ONE };
        match random.below(8) {
            0..5 => drop(sim.take(market, actor, random.between(-300, 300) * unit / 10)),
            5 => drop(sim.provide(
                market,
                actor,
                -2 * random.between(1, 200) as i32,
                2 * random.between(1, 200) as i32,
                random.below(200_000),
            )),
            6 => drop(sim.settle(market, actor)),
            _ => drop(sim.fold(market, actor, 0)),
        }
    }
    sim.touch_all();
    sim
}

#[test]
fn health_is_the_health_of_the_rules() {
    let mut random = Random::new("health_is_the_health_of_the_rules");
    let (mut positions, mut ranges) = (0, 0);
    for _ in 0..60 {
        let sim = busy(&mut random);
        for actor in 0..5 {
            let (told, rules, initial) =
                (health_of(&sim, actor), sim.health(actor).unwrap(), sim.initial(actor).unwrap());
            assert_eq!((told.equity, told.maintenance, told.target), (rules.equity, rules.maintenance, rules.target));
            assert_eq!((told.initial_equity, told.initial_required), (initial.equity, initial.required));
            assert_eq!((told.notional, told.stale), (initial.notional, 0));
            let parts = told.positions.iter().filter(|part| part.market != 0);
            let equity: i64 = parts.clone().map(|p| p.claims_worth as i64 + p.value + p.quote - p.funding_due).sum();
            assert_eq!(told.capital as i64 + equity, told.equity);
            assert_eq!(parts.clone().map(|part| part.maintenance).sum::<u64>(), told.maintenance);
            positions += parts.clone().filter(|part| part.base != 0).count();
            ranges += parts.map(|part| usize::from(part.ranges)).sum::<usize>();
        }
    }
    assert!(positions > 300 && ranges > 100, "{positions} positions, {ranges} ranges");
}

#[test]
fn an_old_mark_is_told_and_not_refused() {
    let mut sim = Sim::new(quiet(), 1_000, 1);
    let taker = sim.actor(100_000);
    sim.provide(0, 0, -200, 200, 1_000_000).unwrap();
    let _ = sim.take(0, taker, 10 * ONE).unwrap();
    let fresh = health_of(&sim, taker);
    sim.wait(21);
    assert_eq!(sim.health(taker), Err(Error::MarkStale));
    let old = health_of(&sim, taker);
    assert_eq!((old.stale, old.positions[0].stale), (1, 1));
    assert_eq!((old.initial_equity, old.initial_required), (fresh.initial_equity, fresh.initial_required));
    assert_eq!((old.equity, old.maintenance), (fresh.equity, fresh.maintenance));
    assert_eq!(price_of(&sim, 0, taker).stale, 1);
    // Nothing is open here: no mark is needed.
    let idle = sim.actor(5);
    assert_eq!((health_of(&sim, idle).stale, health_of(&sim, idle).equity), (0, 5 * USD as i64));
}

/// At the price that is told the account is unhealthy, and one bit towards health it is not.
#[test]
fn health_flips_at_the_liquidation_price() {
    let mut random = Random::new("health_flips_at_the_liquidation_price");
    let (mut below, mut above, mut none) = (0, 0, 0);
    for _ in 0..60 {
        let sim = busy(&mut random);
        for actor in 0..5 {
            for market in 0..2 {
                if sim.account(actor).position(market as u16 + 1).is_err() {
                    continue;
                }
                let told = price_of(&sim, market, actor);
                let at = |bits: u64| {
                    let mut moved = sim.clone();
                    moved.market_mut(market).mark = Price::from_bits(bits);
                    moved.health(actor).unwrap().is_unhealthy()
                };
                assert_eq!(told.excess, sim.health(actor).unwrap().excess());
                match (told.below, told.above) {
                    (0, 0) => {
                        none += 1;
                        // Neither at a hundredth nor at a hundred times the mark.
                        let unhealthy = |bits: u64| told.base != 0 && at(bits);
                        assert!(told.base <= 0 || !unhealthy(1 << 32));
                        assert!(told.base >= 0 || !unhealthy(told.mark.saturating_mul(100).min(1 << 63)));
                    }
                    (price, 0) => {
                        below += 1;
                        assert!(told.base > 0 && at(price) && !at(price + 1), "{told:?}");
                    }
                    (0, price) => {
                        above += 1;
                        assert!(told.base < 0 && at(price) && !at(price - 1), "{told:?}");
                    }
                    _ => panic!("two prices with one inventory: {told:?}"),
                }
            }
        }
    }
    assert!(below > 50 && above > 50 && none > 10, "{below} below, {above} above, {none} none");
}

/// 100 contracts at 1,000 USD behind 10,000 USD: equity 10,000 + 100 (m - 1,000) meets 3% of 100 m and 0.50.
#[test]
fn a_liquidation_price_by_hand() {
    let params = Params { contract_exponent: 3, ..quiet() };
    let mut sim = Sim::new(params, 1_000, 1);
    let trader = sim.actor(10_000);
    sim.deal(0, trader, 0, 100 * ONE / 1_000, 1_000);
    let usd = |bits: u64| bits as f64 / (1_u64 << 48) as f64;
    let told = price_of(&sim, 0, trader);
    assert!((usd(told.below) - 90_000.5 / 97.0).abs() < 1e-6, "{}", usd(told.below));
    sim.deal(0, 0, trader, 200 * ONE / 1_000, 1_000);
    let told = price_of(&sim, 0, trader);
    assert!((usd(told.above) - 109_999.5 / 103.0).abs() < 1e-6, "{}", usd(told.above));
    let none = sim.with_view(|view| liquidation_price(sim.account(trader), None, view, 2, sim.now));
    assert_eq!(none, Err(Error::MarketMissing));
}

fn quote(sim: &Sim, side: Side, exact: Exact) -> keel_engine::Result<FeeView> {
    let mut copy = sim.clone();
    let now = copy.now;
    copy.with_book(0, |book, _, _, _| fee::fee(book, None, side, exact, now))
}

/// The quote is the fill.
#[test]
fn a_quote_is_the_fill() {
    let mut random = Random::new("a_quote_is_the_fill");
    let (mut filled, mut partial) = (0, 0);
    for _ in 0..300 {
        let params = Params { price_band_ppm: if random.below(2) == 0 { 0 } else { 12_000 }, ..Params::DEFAULT };
        let mut sim = Sim::new(params, 1_000, 1);
        let taker = sim.actor(1_000_000_000);
        for _ in 0..3 {
            let (low, high) = (-2 * random.between(1, 80) as i32, 2 * random.between(1, 80) as i32);
            let _ = sim.provide(0, 0, low, high, 1_000 + random.below(1_000_000));
        }
        let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
        let exact = if random.below(2) == 0 {
            Exact::Base(1 + random.below(800 * CONTRACT))
        } else {
            Exact::Quote(1 + random.below(800_000 * USD))
        };
        let told = quote(&sim, side, exact).unwrap();
        let before = sim.market(0).sqrt_price;
        match sim.trade(0, taker, order(side, exact)) {
            Ok(fill) => {
                assert_eq!((told.base, told.quote), (fill.base.unsigned_abs(), fill.quote.unsigned_abs()));
                assert_eq!((told.fee, told.steps, told.crossings), (fill.fee, fill.steps, fill.crossings));
                let reason = match fill.end {
                    End::Filled => 0,
                    End::Partial(error) => 6_000 + error.code(),
                };
                assert_eq!((told.reason, told.filled), (reason, u8::from(reason == 0)));
                if told.filled == 1 {
                    filled += 1
                } else {
                    partial += 1
                }
                // The average lies between the ends of the way, and the fee rate within its bounds.
                if told.base > 1_000_000 {
                    let (a, b, mean) = (told.price_before as f64, told.price_after as f64, told.mean_price as f64);
                    assert!(mean > a.min(b) * 0.999_99 && mean < a.max(b) * 1.000_01, "{told:?}");
                    let rate = told.fee_rate as f64 / (1_u64 << 48) as f64;
                    assert!(rate < 0.003_001 && rate > 0.000_149, "{told:?}");
                }
            }
            Err(error) => assert_eq!(told.reason, 6_000 + error.code(), "{told:?} {before:?}"),
        }
    }
    assert!(filled > 100 && partial > 20, "{filled} filled, {partial} in part");
}

#[test]
fn a_quote_of_nothing_or_too_much_is_refused_and_an_old_index_is_told() {
    let mut sim = Sim::new(quiet(), 1_000, 1);
    sim.provide(0, 0, -200, 200, 1_000_000).unwrap();
    assert_eq!(quote(&sim, Side::Buy, Exact::Base(0)), Err(Error::ZeroAmount));
    assert_eq!(quote(&sim, Side::Buy, Exact::Quote((1 << 62) + 1)), Err(Error::AmountTooLarge));
    assert_eq!(quote(&sim, Side::Buy, Exact::Base(CONTRACT)).unwrap().stale, 0);
    sim.wait(3);
    assert_eq!(quote(&sim, Side::Buy, Exact::Base(CONTRACT)).unwrap().stale, 1);
}
