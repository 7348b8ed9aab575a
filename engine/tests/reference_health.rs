//! Health and initial margin of accounts with positions and ranges in several markets, against the terms of the page.

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

mod math_reference;
mod reference;
mod reference_market;

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use keel_engine::curve::{Exact, SwapRequest, swap};
use keel_engine::fees::FeeSchedule;
use keel_engine::funding::accrue;
use keel_engine::margin;
use keel_engine::pot::paid_in_now;
use keel_engine::ranges::entitlement;
use keel_engine::state::{MarginAccount, Market, Position, Range, Ranges, TickArray};
use keel_engine::units::{Price, Rate};
use keel_engine::view::{Others, View};
use keel_engine::{Error, Side};
use math_reference::{Random, cases};
use num_bigint::BigInt;
use reference::curve;
use reference::health::{Facts, Ranged, Stake, health, initial};
use reference::pot::{Holder, allows_paid_in};
use reference::{binary, price};
use reference_market::{Place, T0, books, draw_place, draw_tick, holder, now, stored};

/// An account in up to three markets.
struct World {
    places: Vec<Place>,
    account: MarginAccount,
    ranges: Ranges,
    /// Which markets, whether the ranges, and which markets' arrays are passed.
    passed: (Vec<bool>, bool, Vec<bool>),
    unix: i64,
}

fn amount(random: &mut Random) -> u64 {
    let bits = [0, 25, 45, 52][random.below(4) as usize];
    random.up_to_64(bits)
}

fn signed(random: &mut Random) -> i64 {
    let value = amount(random) as i64;
    if random.below(2) == 0 { value } else { -value }
}

/// A price some percent beside another.
fn beside(random: &mut Random, price: Price) -> Price {
    Price::from_bits((price.bits / 1_000 * random.between(930, 1_070) as u64).clamp(1 << 32, 1 << 63))
}

fn draw_params(random: &mut Random, market: &mut Market) {
    let p = &mut market.params;
    p.imr_ppm = random.between(10_000, 1_000_000) as u32;
    p.mmr_ppm = random.between(5_000, 500_000) as u32;
    p.buffer_ppm = random.between(10_000, 1_000_000) as u32;
    p.imf_slope_ppm_per_million_usd = if random.below(3) == 0 { 0 } else { random.up_to_64(16) as u32 };
    p.liquidation_tip_quote = random.up_to_64(23) as u32;
    p.drift_horizon_secs = [0, 1, 28_800, 604_800][random.below(4) as usize];
    p.oi_cap_usd = 1 + random.up_to_64(31) as u32;
    p.oi_scale_from_ppm = [0, 1, 600_000, 999_999, 1_000_000][random.below(5) as usize];
    p.profit_half_life_secs = [1, 600, 86_400][random.below(3) as usize];
    p.funding_day_cap_ppm = 1_000_000;
    p.funding_cap_ppm_per_hour = 100_000;
}

impl World {
    fn new(random: &mut Random) -> Self {
        let mut world = Self {
            places: Vec::new(),
            account: MarginAccount::zeroed(),
            ranges: Ranges::zeroed(),
            passed: (Vec::new(), random.below(20) != 0, Vec::new()),
            unix: T0 + random.between(0, 25),
        };
        *world.account.usdc_mut() = amount(random);
        for number in 1..=1 + random.below(3) as u16 {
            let mut place = draw_place(random);
            place.market.index_number = number;
            place.market.params.min_range_slots = 0;
            for array in &mut place.arrays {
                array.market = number;
            }
            draw_params(random, &mut place.market);
            world.join(random, &mut place);
            world.places.push(place);
            world.passed.0.push(random.below(40) != 0);
            world.passed.2.push(random.below(20) != 0);
        }
        world
    }

    /// The account takes ranges and a position; trades and funding pass over them.
    fn join(&mut self, random: &mut Random, place: &mut Place) {
        place.market.guard_left = 0;
        let Self { account, ranges, .. } = self;
        let open = [0, 0, 1, 2][random.below(4) as usize];
        let spacing = place.market.params.tick_spacing;
        let center = keel_engine::math::tick::tick_at_sqrt_price(place.market.sqrt_price).unwrap();
        for _ in 0..open {
            let (a, b) = (draw_tick(random, spacing, center), draw_tick(random, spacing, center));
            let liquidity = 1 + random.up_to(52);
            let _ = place.open(account, ranges, (a.min(b), a.max(b), liquidity), now(T0));
        }
        for _ in 0..random.below(3) {
            let request = SwapRequest {
                side: if random.below(2) == 0 { Side::Buy } else { Side::Sell },
                exact: Exact::Quote(1 + amount(random)),
                peg: place.market.peg,
                bounds: [None, None],
                fees: FeeSchedule::new(&place.market, 0),
            };
            let (before, passed) = (place.clone(), place.all_arrays());
            if place.with_book(&passed, |book| swap(book, &request)).is_err() {
                *place = before;
            }
            place.market.funding_rate = Rate::from_bits(random.between(-(1 << 40), 1 << 40));
            let at = place.market.accrued_at + 1_000;
            accrue(&mut place.market, now(at));
        }
        place.curve.s = place.market.sqrt_price.get().into();
        let market = &mut place.market;
        (market.mark, market.stable) = (beside(random, market.index), beside(random, market.index));
        market.index_time = T0;
        let cap = Rate::from_ppm(market.params.funding_cap_ppm_per_hour).bits;
        market.funding_rate = Rate::from_bits(random.between(-cap, cap));
        let has_position = open != 0 || random.below(8) != 0;
        if !has_position {
            return;
        }
        let number = market.index_number;
        if account.position(number).is_err() {
            let slot = account.positions.iter_mut().find(|position| position.is_empty()).unwrap();
            slot.market = number;
            slot.funding = market.funding;
        }
        let position = account.position_mut(number).unwrap();
        if random.below(4) != 0 {
            let notional = [20, 40, 50, 54][random.below(4) as usize];
            let base = (u128::from(random.up_to_64(notional)) << 48) / u128::from(market.index.bits);
            let base = u64::try_from(base).unwrap_or(u64::MAX).min(1 << 61) as i64;
            position.base = if random.below(2) == 0 { base } else { -base };
        }
        position.quote = signed(random);
        (position.unmatured, position.mature, position.paid_in) = (amount(random), amount(random), amount(random));
        position.paid_in_at = T0 - random.between(0, 2_000);
        let market = &mut place.market;
        market.claims = position.unmatured + position.mature + amount(random);
        market.pot = amount(random);
        (market.uncovered, market.written_off, market.surplus) = (amount(random), amount(random), amount(random));
        if random.below(2) == 0 {
            (market.uncovered, market.written_off) = (0, 0);
        }
        let interest = u128::from(market.params.oi_cap_usd) * 1_000_000 * u128::from(1 + random.below(1_200)) / 1_000;
        let interest = (interest << 48) / u128::from(market.mark.bits);
        (market.long_base, market.short_base) = (u64::try_from(interest).unwrap_or(1).min(1 << 62), amount(random));
    }

    /// The reference's view of it.
    fn stakes(&self, added: Option<(u16, u64)>) -> Vec<Stake> {
        self.places.iter().filter_map(|place| self.stake(place, added)).collect()
    }

    /// What it has in one market, if anything.
    fn stake(&self, place: &Place, added: Option<(u16, u64)>) -> Option<Stake> {
        let market = &place.market;
        let number = market.index_number;
        let here = usize::from(number) - 1;
        let position = self.account.position(number).ok()?;
        let paid_in = paid_in_now(market, position, now(self.unix));
        let secs = (self.unix - position.paid_in_at) as u64;
        assert!(allows_paid_in(position.paid_in, secs, market.params.profit_half_life_secs, paid_in));
        Some(Stake {
            facts: self.facts(market),
            pot: books(market),
            holder: Holder { paid_in: paid_in.into(), ..holder(position) },
            grown: binary(market.funding.get().wrapping_sub(position.funding.get()), 64),
            ranges: self.ranged(place, position),
            added: added.and_then(|(market, base)| (market == number).then_some(base)),
            passed: [self.passed.0[here], self.passed.1, self.passed.2[here]],
        })
    }

    /// Whether every range's entitlement is a number that is served: what is not is for the tests of ranges.
    fn is_served(&self) -> bool {
        self.places.iter().all(|place| {
            let mut mine = self.ranges.ranges.iter().filter(|range| range.market == place.market.index_number);
            mine.all(|range| {
                let (lower, upper) = (stored(place, range.lower), stored(place, range.upper));
                entitlement(&place.market, range, &lower, &upper).is_ok()
            })
        })
    }

    /// Ranges with what the tests of ranges have compared already.
    fn ranged(&self, place: &Place, position: &Position) -> Vec<Ranged> {
        let mine = |range: &&Range| range.market == position.market;
        self.ranges
            .ranges
            .iter()
            .filter(mine)
            .map(|range| {
                let (lower, upper) = (stored(place, range.lower), stored(place, range.upper));
                let held = entitlement(&place.market, range, &lower, &upper).unwrap();
                let quote = BigInt::from(held.quote) + held.fees - held.funding;
                let debt = range.base_debt.into();
                let range = curve::Range::new(range.lower, range.upper, range.liquidity.get());
                Ranged { range, debt, base: held.base.into(), quote }
            })
            .collect()
    }

    fn facts(&self, m: &Market) -> Facts {
        let p = &m.params;
        Facts {
            mark: m.mark.bits,
            stable: m.stable.bits,
            index: m.index.bits,
            peg: m.peg.bits,
            s: m.sqrt_price.get().into(),
            rate: price(m.funding_rate.bits),
            stale: self.unix - m.index_time > i64::from(p.max_age_mark_secs),
            long_base: m.long_base,
            short_base: m.short_base,
            imr_ppm: p.imr_ppm,
            mmr_ppm: p.mmr_ppm,
            buffer_ppm: p.buffer_ppm,
            slope_ppm: p.imf_slope_ppm_per_million_usd,
            tip: p.liquidation_tip_quote,
            horizon_secs: p.drift_horizon_secs,
            oi_cap_usd: p.oi_cap_usd,
            oi_from_ppm: p.oi_scale_from_ppm,
        }
    }

    /// Runs a check of the engine with what is passed.
    fn with_view<T>(&self, run: impl FnOnce(Option<&Ranges>, &View) -> T) -> T {
        let markets: Vec<&Market> = self
            .places
            .iter()
            .zip(&self.passed.0)
            .filter(|(_, passed)| **passed)
            .map(|(place, _)| &place.market)
            .collect();
        let arrays: Vec<&TickArray> = self
            .places
            .iter()
            .zip(&self.passed.2)
            .filter(|(_, passed)| **passed)
            .flat_map(|(place, _)| &place.arrays)
            .collect();
        let ranges = self.passed.1.then_some(&self.ranges);
        run(ranges, &View::of(Others { markets: &markets, arrays: &arrays, ..Others::default() }))
    }
}

/// Notes a refusal and asserts that it is one of the reference's.
fn refused(seen: &mut BTreeMap<&'static str, usize>, error: Error, refusals: &[&'static str]) {
    let error = reference_market::name(error);
    assert!(refusals.contains(&error), "{error} instead of {refusals:?}");
    *seen.entry(error).or_default() += 1;
}

#[test]
fn health_is_equity_against_maintenance() {
    let mut random = Random::new("health_is_equity_against_maintenance");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..cases() {
        let world = World::new(&mut random);
        if !world.is_served() {
            continue;
        }
        let engine = world.with_view(|ranges, view| margin::health(&world.account, ranges, view, now(world.unix)));
        let stakes = world.stakes(None);
        match (engine, health(world.account.usdc(), &stakes)) {
            (Ok(engine), Ok(exact)) => {
                assert_eq!(BigInt::from(engine.equity), exact.equity, "{stakes:?}");
                assert!(
                    exact.maintenance.allows(engine.maintenance),
                    "{} of {:?}",
                    engine.maintenance,
                    exact.maintenance
                );
                assert!(exact.target.allows(engine.target), "{} of {:?}", engine.target, exact.target);
                let ranged = stakes.iter().any(|stake| !stake.ranges.is_empty());
                *seen.entry(if ranged { "with ranges" } else { "without" }).or_default() += 1;
            }
            (Err(error), Err(refusals)) => refused(&mut seen, error, &refusals),
            (engine, exact) => panic!("{engine:?} against {exact:?}: {stakes:?}"),
        }
    }
    for kind in ["with ranges", "without", "MarketMissing", "MarkStale", "RangesAccountMissing", "TickArrayMissing"] {
        assert!(seen.contains_key(kind), "no account was {kind}: {seen:?}");
    }
}

/// However large rate, horizon and notional are, an account has a health: it could not be liquidated otherwise.
#[test]
fn a_week_of_drift_at_the_largest_rate() {
    let mut market = reference_market::market(1 << 48, 2);
    market.params.drift_horizon_secs = 604_800;
    market.params.funding_cap_ppm_per_hour = 100_000;
    market.funding_rate = Rate::from_ppm(100_000);
    let mut account = MarginAccount::zeroed();
    (account.positions[0].market, account.positions[0].base) = (1, 1 << 53);
    let markets = [&market];
    let view = View::of(Others { markets: &markets, arrays: &[], ..Others::default() });
    let health = margin::health(&account, None, &view, now(T0)).unwrap();
    // 168 hours of a tenth, and the margin of 3%.
    assert_eq!(health.maintenance >> 53, 16);
}

#[test]
fn initial_margin_of_new_risk() {
    let mut random = Random::new("initial_margin_of_new_risk");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..cases() {
        let world = World::new(&mut random);
        if !world.is_served() {
            continue;
        }
        let added = (random.below(2) == 0).then(|| (1, amount(&mut random)));
        let engine = world
            .with_view(|ranges, view| margin::initial(&world.account, ranges, view, added.as_slice(), now(world.unix)));
        let stakes = world.stakes(added);
        match (engine, initial(world.account.usdc(), &stakes)) {
            (Ok(engine), Ok(exact)) => {
                assert_eq!(BigInt::from(engine.equity), exact.equity, "{stakes:?}");
                assert!(
                    exact.required.allows(engine.required),
                    "{} of {:?}: {stakes:?}",
                    engine.required,
                    exact.required
                );
                assert!(exact.notional.allows(engine.notional), "{} of {:?}", engine.notional, exact.notional);
                let ranged = stakes.iter().any(|stake| !stake.ranges.is_empty());
                *seen.entry(if ranged { "with ranges" } else { "without" }).or_default() += 1;
            }
            (Err(error), Err(refusals)) => refused(&mut seen, error, &refusals),
            (engine, exact) => panic!("{engine:?} against {exact:?}: {stakes:?}"),
        }
    }
    for kind in ["with ranges", "without", "NotionalTooLarge"] {
        assert!(seen.contains_key(kind), "no account was {kind}: {seen:?}");
    }
}

#[test]
fn the_worst_base_of_position_and_ranges() {
    let mut random = Random::new("the_worst_base_of_position_and_ranges");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..cases() {
        let world = World::new(&mut random);
        if !world.is_served() {
            continue;
        }
        for place in &world.places {
            let Some(stake) = world.stake(place, None) else { continue };
            let engine =
                world.with_view(|ranges, view| margin::worst_base(&place.market, &world.account, ranges, view));
            let mut refusals = stake.unserved();
            let [_, ranges, arrays] = stake.passed;
            let lacks = !ranges || !arrays;
            if lacks && !stake.ranges.is_empty() {
                refusals.extend(["RangesAccountMissing", "TickArrayMissing"]);
            }
            match engine {
                Ok(worst) => {
                    assert!(refusals.is_empty(), "served against {refusals:?}: {stake:?}");
                    assert_eq!(BigInt::from(worst), stake.worst_base());
                }
                Err(error) => refused(&mut seen, error, &refusals),
            }
        }
    }
}
