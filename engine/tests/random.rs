//! Randomised sequences of every operation, with everything recounted after each (design.md section 13).
//!
//! `KEEL_LONG=1` runs many more; a failure prints `KEEL_SEED`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic
)]

mod exchange;
mod math_reference;

use std::collections::BTreeMap;

use exchange::{CONTRACT, Sim, USD, order, range};
use keel_engine::curve::Exact;
use keel_engine::margin::Health;
use keel_engine::params::Params;
use keel_engine::pot::shortfall;
use keel_engine::state::Mode;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{Error, Side};
use math_reference::Random;

fn long() -> bool {
    std::env::var("KEEL_LONG").is_ok_and(|value| value == "1")
}

/// What a step does to wealth, in quote atoms: deposits less withdrawals, and what a resolution gives.
#[derive(Default)]
struct Outcome {
    given: i128,
    /// Prices or time moved: worth at mark is another one.
    moved: bool,
    /// Who traded, changed liquidity or withdrew: a healthy account stays healthy.
    owner: Option<usize>,
}

struct Run {
    sim: Sim,
    random: Random,
    seen: BTreeMap<String, u64>,
    /// The index at listing, in 1e-8 USD.
    listed: i64,
}

impl Run {
    fn new(name: &str, params: Params, modes: &[Mode], usd: i64, round: u64) -> Self {
        let mut sim = Sim::empty();
        for mode in modes {
            sim.list(params, *mode, usd);
        }
        let mut random = Random::new(&format!("{name} {round}"));
        for _ in 0..7 {
            let usd = 1 << random.between(8, 20);
            sim.actor(usd);
        }
        sim.checked = true;
        Self { sim, random, seen: BTreeMap::new(), listed: usd * 100_000_000 }
    }

    fn note<T>(&mut self, name: &str, result: &Result<T, Error>) {
        let key = match result {
            Ok(_) => format!("{name} ok"),
            Err(error) => format!("{name} {}", error.name()),
        };
        *self.seen.entry(key).or_default() += 1;
    }

    fn side(&mut self) -> Side {
        if self.random.below(2) == 0 { Side::Buy } else { Side::Sell }
    }

    /// A tick on the grid within 250 of the middle, mostly near.
    fn tick(&mut self) -> i32 {
        let spacing = self.sim.market(0).params.tick_spacing as i32;
        let reach = [8, 40, 120, 250][self.random.below(4) as usize] / i64::from(spacing);
        spacing * self.random.between(-reach, reach) as i32
    }

    fn step(&mut self) -> Outcome {
        let mut outcome = Outcome::default();
        let markets = self.sim.places.len() as u64;
        let (market, actor) = (self.random.below(markets) as usize, self.random.below(7) as usize);
        match self.random.below(100) {
            0..36 => {
                outcome.owner = Some(actor);
                self.trade(market, actor);
            }
            36..50 => {
                outcome.owner = Some(actor);
                self.add(market, actor);
            }
            50..57 => {
                outcome.owner = Some(actor);
                let slot = self.random.below(8) as usize;
                let result = self.sim.close(market, actor, slot);
                self.note("close", &result);
            }
            57..60 => {
                let slot = self.random.below(8) as usize;
                let result = self.sim.fold(market, actor, slot);
                self.note("fold", &result);
            }
            60..64 => {
                let result = self.sim.settle(market, actor);
                self.note("settle", &result);
            }
            64..66 => {
                let result = self.sim.settle_other(market, actor);
                self.note("settle other", &result);
            }
            66..70 => {
                let result = self.sim.release(market, actor, [0, 500_000, 1_000_000][self.random.below(3) as usize]);
                self.note("release", &result);
            }
            70..72 => {
                let amount = self.random.up_to_64(36);
                let result = self.sim.deposit(actor, amount);
                self.note("deposit", &result);
                outcome.given = if result.is_ok() { i128::from(amount) } else { 0 };
            }
            72..75 => {
                let amount = self.random.below(self.sim.capital(actor).max(1));
                let result = self.sim.withdraw(actor, amount);
                self.note("withdraw", &result);
                outcome.owner = Some(actor);
                outcome.given = if result.is_ok() { -i128::from(amount) } else { 0 };
            }
            75..90 => outcome = self.liquidate(market),
            _ => {
                outcome.moved = true;
                self.time(market);
            }
        }
        outcome
    }

    fn trade(&mut self, market: usize, actor: usize) {
        let position = self.sim.position(market, actor).base;
        let side = self.side();
        let exact = match self.random.below(8) {
            0 => Exact::Base(position.unsigned_abs()),
            1 => Exact::Base(self.random.up_to_64(44)),
            2 => Exact::Quote(self.random.up_to_64(42)),
            3 => Exact::Base(self.random.below(10)),
            4 => Exact::Quote(self.random.below(100)),
            5 => Exact::Quote(self.random.below(100_000) * USD / 10),
            // Up to the largest leverage.
            6 => Exact::Quote(self.sim.capital(actor) * self.random.between(1, 20) as u64),
            _ => Exact::Base(self.random.below(4 * CONTRACT)),
        };
        let limit = match self.random.below(6) {
            0 => {
                let index = self.sim.market(market).index.bits;
                Some(Price::from_bits(index / 10_000 * self.random.between(9_900, 10_100) as u64))
            }
            _ => None,
        };
        let order = Order {
            limit,
            reduce_only: self.random.below(4) == 0,
            all_or_nothing: self.random.below(8) == 0,
            ..order(side, exact)
        };
        let result = self.sim.trade(market, actor, order);
        self.note("trade", &result);
    }

    fn add(&mut self, market: usize, actor: usize) {
        let (a, b) = (self.tick(), self.tick());
        let liquidity = match self.random.below(4) {
            0 => self.random.up_to(64),
            _ => self.random.up_to(50),
        };
        let result = self.sim.add_range(market, actor, range(a.min(b), a.max(b), liquidity));
        self.note("add", &result);
    }

    /// Who is most in need of a keeper: a flagged account or an unhealthy one, else anybody.
    fn patient(&mut self) -> usize {
        let from = self.random.below(7) as usize;
        let mut actors = (0..7).map(|i| (from + i) % 7);
        let bad = |actor: &usize| {
            self.sim.account(*actor).flagged_at != 0
                || self.sim.health(*actor).is_ok_and(|health| health.is_unhealthy())
        };
        if self.random.below(8) == 0 { from } else { actors.find(bad).unwrap_or(from) }
    }

    /// Everything that a keeper tries.
    fn liquidate(&mut self, market: usize) -> Outcome {
        let mut outcome = Outcome::default();
        let actor = self.patient();
        if self.sim.account(actor).flagged_at == 0 || self.random.below(8) == 0 {
            let result = self.sim.begin(actor);
            self.note("begin", &result);
        }
        if self.random.below(2) == 0 {
            for slot in 0..8 {
                let held = self.sim.actors[actor].ranges.ranges[slot].market;
                let place = if held == 0 { market } else { usize::from(held) - 1 };
                let result = self.sim.unwind(place, actor, slot);
                self.note("unwind", &result);
            }
        }
        if self.random.below(4) == 0 {
            let result = self.sim.resolve(market, actor);
            self.note("resolve", &result);
            if let Ok(resolved) = result {
                outcome.given =
                    i128::from(resolved.surplus) + i128::from(resolved.insurance) + i128::from(resolved.written_off);
            }
            return outcome;
        }
        let keeper = (actor + 1 + self.random.below(6) as usize) % 7;
        let max = if self.random.below(4) != 0 { u64::MAX } else { self.random.up_to_64(40) };
        let before = self.sim.health(actor);
        let result = self.sim.on_curve(market, actor, keeper, max);
        if let (Ok(before), Ok(step)) = (before, &result) {
            assert!(step.health.excess() >= before.excess());
        }
        self.note("on curve", &result);
        outcome
    }

    fn time(&mut self, market: usize) {
        match self.random.below(8) {
            0 => self.sim.wait(self.random.between(60, 2_000)),
            1 => self.sim.wait(self.random.between(5, 60)),
            2 => self.sim.slots(self.random.below(30)),
            _ => self.sim.wait(self.random.between(0, 3)),
        }
        if self.random.below(8) == 0 {
            let _ = self.sim.accrue(market).unwrap();
            return;
        }
        let ppm = match self.random.below(10) {
            0 => self.random.between(-150_000, 150_000),
            1..4 => self.random.between(-30_000, 30_000),
            4..7 => self.random.between(-1_000, 1_000),
            _ => 0,
        };
        let price = self.sim.places[market].price;
        let price = (price + price / 1_000_000 * ppm).clamp(self.listed / 3, self.listed * 2);
        self.sim.places[market].conf =
            if self.random.below(40) == 0 { price as u64 / 50 } else { price as u64 / 20_000 };
        let _ = self.sim.set_price(market, price);
        // All markets, mostly: a stale one blocks those who hold positions there.
        if self.random.below(4) != 0 {
            self.sim.touch_all();
        }
    }

    /// Equity is worth, rounded down, while nothing is short; and no owner makes a healthy account unhealthy.
    fn check_health(&self, outcome: &Outcome, before: &[Result<Health, Error>]) {
        let short = self.sim.places.iter().any(|place| shortfall(&place.market) != 0);
        for (actor, before) in before.iter().enumerate() {
            let Ok(health) = self.sim.health(actor) else { continue };
            let off = (self.sim.worth(actor) >> 48) - i128::from(health.equity);
            assert!(short || (0..=16).contains(&off), "equity {} is {off} atoms below worth", health.equity);
            let was_healthy = before.is_ok_and(|health| !health.is_unhealthy());
            // What an open range rounds down may come into sight as an atom of base and a few of quote.
            let atoms = 16 + self.listed / 100_000_000_000 * 16;
            if outcome.owner == Some(actor) && was_healthy {
                assert!(health.excess() >= -atoms, "{} short of maintenance by its own doing", -health.excess());
            }
        }
    }

    fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            // The program refreshes first, with a price that the caller brings.
            if self.random.below(8) != 0 {
                self.sim.touch_all();
            }
            let before = self.sim.wealth();
            let healths: Vec<_> = (0..7).map(|actor| self.sim.health(actor)).collect();
            let outcome = self.step();
            self.check_health(&outcome, &healths);
            if !outcome.moved {
                // Entitlements are rounded down one by one: of what was rounded off before, an atom of base and three of
                // quote per range may come back into sight.
                let jitter: i128 = self
                    .sim
                    .places
                    .iter()
                    .enumerate()
                    .map(|(m, place)| {
                        i128::from(self.sim.live_ranges(m)) * (i128::from(place.market.mark.bits) + (3 << 48))
                    })
                    .sum();
                let gained = self.sim.wealth() - before - (outcome.given << 48);
                assert!(gained <= jitter, "wealth rose by {} quote atoms", gained >> 48);
            }
        }
    }
}

fn rounds(name: &str, params: Params, modes: &[Mode], usd: i64) -> BTreeMap<String, u64> {
    let (rounds, steps) = if long() { (60, 4_000) } else { (5, 600) };
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..rounds {
        let mut run = Run::new(name, params, modes, usd, round);
        run.run(steps);
        for (key, count) in run.seen {
            *seen.entry(key).or_default() += count;
        }
    }
    eprintln!("{name}: {seen:#?}");
    seen
}

#[test]
fn floating_markets_at_default_parameters() {
    let seen = rounds("floating", Params::DEFAULT, &[Mode::Floating, Mode::Floating], 50_000);
    for what in ["trade ok", "add ok", "close ok", "fold ok", "settle ok", "release ok", "withdraw ok", "on curve ok"] {
        assert!(seen.contains_key(what), "{what} never happened");
    }
}

#[test]
fn a_fixed_market_beside_a_floating_one() {
    rounds("fixed", Params { price_band_ppm: 0, ..Params::DEFAULT }, &[Mode::Fixed, Mode::Floating], 50_000);
}

#[test]
fn few_crossings_no_guard_and_profit_that_matures_at_once() {
    let params = Params {
        max_crossings: 8,
        guard_secs: 0,
        min_range_slots: 0,
        profit_half_life_secs: 0,
        drift_horizon_secs: 0,
        imf_slope_ppm_per_million_usd: 0,
        ..Params::DEFAULT
    };
    rounds("simple", params, &[Mode::Floating], 50_000);
}

/// An atom of base is 5,000 atoms of quote in the one, and a thousandth of one in the other.
#[test]
fn dear_and_cheap_contracts() {
    rounds("dear", Params::DEFAULT, &[Mode::Floating, Mode::Fixed], 5_000_000);
    rounds("cheap", Params::DEFAULT, &[Mode::Floating, Mode::Fixed], 1);
}

/// Small fees and margins, long drift, slow maturity: what the defaults do not reach.
#[test]
fn the_other_end_of_the_parameters() {
    let params = Params {
        base_fee_ppm: 0,
        max_fee_ppm: 20_000,
        price_band_ppm: 100_000,
        tick_spacing: 10,
        skew_scale_base: 50 * CONTRACT,
        imr_ppm: 500_000,
        mmr_ppm: 300_000,
        funding_cap_ppm_per_hour: 20_000,
        funding_slew_ppm_per_hour2: 1_000_000,
        funding_day_cap_ppm: 1_000_000,
        profit_half_life_secs: 86_400,
        max_part_ppm: 1_000_000,
        step_gap_secs: 0,
        guard_secs: 10,
        oi_cap_usd: 10_000_000,
        ..Params::DEFAULT
    };
    rounds("other end", params, &[Mode::Floating, Mode::Floating], 50_000);
}
