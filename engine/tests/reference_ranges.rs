//! What ranges are entitled to against sums over the history of trades and funding, and which ranges may be opened.

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
use keel_engine::ranges::{self, Entitlement, RangeRequest, entitlement};
use keel_engine::state::{MarginAccount, Market, Ranges};
use keel_engine::units::{Price, Rate, SignedWide, Wide};
use math_reference::{Random, cases};
use num_bigint::BigInt;
use num_traits::Zero;
use reference::curve::{self as slow, Amount, Side};
use reference::fees::{Between, lp_part};
use reference::ranges::{Event, Held, Holding, Opening, Sum, allows_debt, base_in, held};
use reference::{binary, int, power, ppm, price};
use reference_market::*;

/// A provider with the engine's accounts and, for each slot, the reference's view of the range.
struct Provider {
    account: MarginAccount,
    ranges: Ranges,
    holdings: BTreeMap<usize, Life>,
}

/// A range since it was opened.
struct Life {
    now: Holding,
    /// Everything that was folded, exactly and as the engine did.
    exact: Held,
    folded: [BigInt; 4],
}

fn empty() -> Held {
    let none = || Sum { exact: int(0), loss: int(0), gain: int(0) };
    Held { base: none(), quote: none(), fees: none(), funding: none() }
}

struct World {
    place: Place,
    history: Vec<Event>,
    providers: Vec<Provider>,
    unix: i64,
}

fn assert_allowed(engine: &[BigInt; 4], exact: &Held, what: &str) {
    let checks = [
        ("base", exact.base.allows_gain(&engine[0]), &exact.base),
        ("quote", exact.quote.allows_gain(&engine[1]), &exact.quote),
        ("fees", exact.fees.allows_gain(&engine[2]), &exact.fees),
        ("funding", exact.funding.allows_cost(&engine[3]), &exact.funding),
    ];
    for (name, allowed, sum) in checks {
        assert!(allowed, "{what}: {name} of {engine:?} against {} -{} +{}", sum.exact, sum.loss, sum.gain);
    }
}

fn numbers(entitlement: &Entitlement) -> [BigInt; 4] {
    [entitlement.base.into(), entitlement.quote.into(), entitlement.fees.into(), entitlement.funding.into()]
}

/// Whether the reference lies where no number is served: beyond 2^62 atoms, or beside it.
fn is_beyond(life: &Life, exact: &Held, s: &BigInt) -> bool {
    let most = int(power(62)) - int(4);
    let sums = [&exact.base, &exact.quote, &exact.fees, &exact.funding];
    base_in(&life.now.range, s) > most || sums.iter().any(|sum| sum.exact > most || sum.exact < -most.clone())
}

impl World {
    fn new(random: &mut Random) -> Self {
        let mut place = draw_place(random);
        let spacing = place.market.params.tick_spacing;
        place = Place::new(place.market);
        // As it was before its ranges: the providers bring their own.
        let market = &mut place.market;
        let fresh = market_like(market, spacing);
        *market = fresh;
        let wide = |random: &mut Random| random.hard_128();
        (market.fee_growth, market.quote_growth) = (Wide::new(wide(random)), SignedWide::new(wide(random) as i128));
        market.funding = SignedWide::new(wide(random) as i128);
        market.funding_over_s = SignedWide::new(wide(random) as i128);
        (market.funding_day_low, market.funding_day_high) = (market.funding, market.funding);
        market.hours = [market.funding; 168];
        market.hour = T0 / 3_600;
        market.guard_left = 0;
        let provider =
            || Provider { account: MarginAccount::zeroed(), ranges: Ranges::zeroed(), holdings: BTreeMap::new() };
        let providers = (0..2).map(|_| provider()).collect();
        Self { place, history: Vec::new(), providers, unix: T0 }
    }

    fn open(&mut self, random: &mut Random) {
        let spacing = self.place.market.params.tick_spacing;
        let center = keel_engine::math::tick::tick_at_sqrt_price(self.place.market.sqrt_price).unwrap();
        let (a, b) = (draw_tick(random, spacing, center), draw_tick(random, spacing, center));
        let liquidity = 1 + random.up_to(63);
        let (lower, upper) = (a.min(b), a.max(b));
        self.place.market.index_time = self.unix;
        let provider = &mut self.providers[random.below(2) as usize];
        let opened =
            self.place.open(&mut provider.account, &mut provider.ranges, (lower, upper, liquidity), now(self.unix));
        let Ok(slot) = opened else { return };
        let range = slow::Range::new(lower, upper, liquidity);
        let debt: BigInt = provider.ranges.ranges[slot].base_debt.into();
        assert!(allows_debt(&range, &self.place.curve.s, &debt), "debt {debt} of {range:?}");
        let now = Holding { range, debt, since: self.history.len() };
        let folded = std::array::from_fn(|_| BigInt::zero());
        provider.holdings.insert(slot, Life { now, exact: empty(), folded });
    }

    fn trade(&mut self, random: &mut Random) {
        let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
        let peg = self.place.market.peg.bits;
        let amount = match self.place.curve.ranges.first() {
            Some(range) if random.below(3) == 0 => {
                let (base, _) = self.place.curve.between(&self.place.curve.s, &range.lower_root, peg);
                let exact: BigInt = base.ceil().to_integer() + random.between(-2, 2);
                Amount::Base(u64::try_from(&exact).unwrap_or(1).clamp(1, 1 << 62))
            }
            _ => {
                let bits = [20, 40, 55, 61][random.below(4) as usize];
                Amount::Quote(1 + random.up_to_64(bits))
            }
        };
        let passed = self.place.all_arrays();
        let asked = SwapRequest {
            side: reference_market::side(side),
            exact: match amount {
                Amount::Base(amount) => Exact::Base(amount),
                Amount::Quote(amount) => Exact::Quote(amount),
            },
            peg: Price::from_bits(peg),
            bounds: [None, None],
            fees: FeeSchedule::new(&self.place.market, 0),
        };
        let request = slow::Request {
            side,
            exact: amount,
            peg,
            bounds: Vec::new(),
            max_crossings: self.place.market.params.max_crossings,
            tick_spacing: self.place.market.params.tick_spacing,
            passed: passed.clone(),
            fees: self.place.fees(0),
            curve_quote: self.place.market.curve_quote,
            lp_share_ppm: self.place.market.params.lp_share_ppm,
        };
        let before = (self.place.market, self.place.arrays.clone());
        let swapped = self.place.with_book(&passed, |book| swap(book, &asked));
        let expected = self.place.curve.swap(&request);
        let refusals = (swapped.err().map(name), expected.as_ref().err().copied());
        assert_eq!(
            refusals.0, refusals.1,
            "{request:?} on {:?}, curve's quote {}",
            self.place.curve, before.0.curve_quote
        );
        match expected {
            Ok(done) => {
                let share = self.place.market.params.lp_share_ppm;
                self.history.extend(done.steps.into_iter().map(|step| {
                    let lp = Between { least: lp_part(&step.rate.least, share), most: lp_part(&step.rate.most, share) };
                    Event::Step { from: step.from, to: step.to, peg, lp }
                }));
            }
            Err(_) => (self.place.market, self.place.arrays) = before,
        }
        assert_eq!(BigInt::from(self.place.market.sqrt_price.get()), self.place.curve.s);
    }

    fn pass(&mut self, random: &mut Random) {
        let secs = 1 + random.below(1_200);
        let market = &mut self.place.market;
        let cap = Rate::from_ppm(market.params.funding_cap_ppm_per_hour).bits;
        market.funding_rate = Rate::from_bits(random.between(-cap, cap));
        self.unix += secs as i64;
        market.index_time = self.unix;
        let before = market.funding.get();
        accrue(market, now(self.unix));
        let grown = market.funding.get().wrapping_sub(before);
        let counted = secs.min(u64::from(market.params.max_gap_secs));
        let s = self.place.curve.s.clone();
        self.history.push(Event::Funding { per_base: binary(grown, 64), secs: counted, s });
    }

    /// The index moves, and the peg with it.
    fn move_index(&mut self, random: &mut Random) {
        let market = &mut self.place.market;
        let bits = market.index.bits / 1_000 * random.between(950, 1_050) as u64;
        // What is open keeps its bound on L times the peg.
        if market.mode == 0 && (1 << 32..1 << 62).contains(&bits) {
            (market.index, market.peg) = (Price::from_bits(bits), Price::from_bits(bits));
        }
    }

    /// Settles a range, and sometimes takes it off.
    fn fold(&mut self, random: &mut Random) {
        let provider = &mut self.providers[random.below(2) as usize];
        let Some((&slot, _)) = provider.holdings.iter().nth(random.below(3) as usize) else { return };
        let mut life = provider.holdings.remove(&slot).unwrap();
        let close = random.below(2) == 0;
        let Provider { account, ranges, .. } = provider;
        let (unix, before) = (self.unix, (self.place.market, self.place.arrays.clone(), *account, *ranges));
        let passed = self.place.all_arrays();
        let folded = self.place.with_book(&passed, |book| match close {
            true => ranges::close(book, account, ranges, slot, true, now(unix)),
            false => ranges::settle(book, account, ranges, slot),
        });
        let s = &self.place.curve.s;
        let exact = held(&life.now, &self.history, s);
        let Ok(folded) = folded else {
            (self.place.market, self.place.arrays, *account, *ranges) = before;
            provider.holdings.insert(slot, life);
            return;
        };
        assert_allowed(&numbers(&folded), &exact, "folded");
        for (sum, part) in life.folded.iter_mut().zip(numbers(&folded)) {
            *sum += part;
        }
        life.exact.base.add(&exact.base);
        life.exact.quote.add(&exact.quote);
        life.exact.fees.add(&exact.fees);
        life.exact.funding.add(&exact.funding);
        // Over its whole life, however often it was folded.
        let parts = [&life.exact.base, &life.exact.quote, &life.exact.fees];
        assert!(parts.iter().zip(&life.folded).all(|(sum, folded)| sum.allows_gain(folded)));
        assert!(life.exact.funding.allows_cost(&life.folded[3]));
        if close {
            let place = self.place.curve.ranges.iter().position(|range| {
                let mine = &life.now.range;
                (range.lower, range.upper, &range.liquidity) == (mine.lower, mine.upper, &mine.liquidity)
            });
            self.place.curve.ranges.remove(place.unwrap());
        } else {
            life.now.debt += folded.base;
            life.now.since = self.history.len();
            assert_eq!(BigInt::from(provider.ranges.ranges[slot].base_debt), life.now.debt);
            provider.holdings.insert(slot, life);
        }
    }

    /// Every range against the reference. Returns how many were served.
    fn check(&self) -> usize {
        let mut served = 0;
        for provider in &self.providers {
            for (slot, life) in &provider.holdings {
                let range = &provider.ranges.ranges[*slot];
                let (lower, upper) = (stored(&self.place, range.lower), stored(&self.place, range.upper));
                let engine = entitlement(&self.place.market, range, &lower, &upper);
                let exact = held(&life.now, &self.history, &self.place.curve.s);
                match engine {
                    Ok(engine) => {
                        assert_allowed(&numbers(&engine), &exact, &format!("{life:?}", life = life.now));
                        served += 1;
                    }
                    Err(error) => assert!(is_beyond(life, &exact, &self.place.curve.s), "{error}: {exact:?}"),
                }
            }
        }
        served
    }
}

/// The same market without a trace of ranges.
fn market_like(market: &Market, spacing: u32) -> Market {
    let mut fresh = reference_market::market(market.peg.bits, spacing);
    (fresh.params, fresh.mode, fresh.anchor, fresh.offset) = (market.params, market.mode, market.anchor, market.offset);
    (fresh.index, fresh.index_ema, fresh.conf) = (market.index, market.index_ema, market.conf);
    (fresh.sqrt_price, fresh.inv_sqrt_price) = (market.sqrt_price, market.inv_sqrt_price);
    fresh.params.funding_day_cap_ppm = 1_000_000;
    fresh.params.min_range_slots = 0;
    fresh.params.max_crossings = 40;
    fresh
}

#[test]
fn entitlements_are_sums_over_history() {
    let mut random = Random::new("entitlements_are_sums_over_history");
    let mut served = 0;
    // In fourteen turns each operation comes up more than twice.
    for _ in 0..cases() / 2 {
        let mut world = World::new(&mut random);
        for turn in 0..14 {
            match if turn < 3 { 0 } else { random.below(10) } {
                0 => world.open(&mut random),
                1..=4 => world.trade(&mut random),
                5..=6 => world.pass(&mut random),
                7 => world.move_index(&mut random),
                _ => world.fold(&mut random),
            }
            if turn % 4 == 1 {
                served += world.check();
            }
        }
    }
    assert!(served > 2 * cases(), "{served} entitlements compared");
}

/// Which ranges may be opened: everything in the domain, nothing else.
#[test]
fn openings() {
    let mut random = Random::new("openings");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..cases() {
        let mut place = draw_place(&mut random);
        let m = &mut place.market;
        let odd = |random: &mut Random| random.below(10) == 0;
        m.guard_left = u8::from(odd(&mut random));
        m.params.price_band_ppm = if random.below(4) == 0 { random.between(1_000, 100_000) as u32 } else { 0 };
        m.params.min_tick_liquidity = 1 + random.up_to_64(20);
        if odd(&mut random) {
            m.written_off = random.up_to_64(30);
            m.long_base = random.up_to_64(40);
        }
        let spacing = m.params.tick_spacing as i32;
        let mut request = RangeRequest {
            lower: draw_tick(&mut random, spacing as u32, 0),
            upper: draw_tick(&mut random, spacing as u32, 0),
            liquidity: random.up_to(66),
            min_sqrt_price: sqrt_price(&BigInt::zero()),
            max_sqrt_price: sqrt_price(&power(127)),
        };
        if random.below(8) != 0 && request.lower > request.upper {
            std::mem::swap(&mut request.lower, &mut request.upper);
        }
        match random.below(24) {
            0 => request.upper += 1,
            1 => request.lower = -150_000 - spacing,
            2 => request.min_sqrt_price = sqrt_price(&(&place.curve.s + 1_i32)),
            3 => request.max_sqrt_price = sqrt_price(&(&place.curve.s - 1_i32)),
            4 => request.min_sqrt_price = sqrt_price(&place.curve.s),
            // To the bounds of liquidity, and one beyond.
            5 => request.liquidity = (1 << 64) - m.total_liquidity.get() + u128::from(random.below(2)),
            6 => {
                let most = (1_u128 << 112) / u128::from(m.peg.bits);
                request.liquidity = most.saturating_sub(m.total_liquidity.get()) + u128::from(random.below(2));
            }
            7 => request.liquidity = u128::from(m.params.min_tick_liquidity) - u128::from(random.below(2)),
            _ => {}
        }
        let age = random.between(0, 3);
        let mut account = MarginAccount::zeroed();
        account.flagged_at = i64::from(odd(&mut random));
        let mut held = Ranges::zeroed();
        let used = if odd(&mut random) { 8 } else { random.below(8) as usize };
        for range in held.ranges.iter_mut().take(used) {
            range.market = 1;
        }
        let opening = Opening {
            lower: request.lower,
            upper: request.upper,
            liquidity: request.liquidity.into(),
            tick_spacing: spacing,
            s: place.curve.s.clone(),
            least_s: request.min_sqrt_price.get().into(),
            most_s: request.max_sqrt_price.get().into(),
            index_age_secs: age,
            max_age_secs: m.params.max_age_trade_secs,
            guarded: m.guard_left != 0,
            flagged: account.flagged_at != 0,
            written_off: m.written_off,
            open_interest: price(m.mark.bits) * int(m.long_base),
            tolerance: ppm(m.params.deficit_tolerance_ppm),
            min_liquidity: m.params.min_tick_liquidity,
            total_liquidity: m.total_liquidity.get().into(),
            peg: m.peg.bits,
            index: m.index.bits,
            band: ppm(m.params.price_band_ppm),
            ranges: used,
        };
        for tick in [request.lower, request.upper] {
            place.prepare(tick);
        }
        let passed = place.all_arrays();
        let opened =
            place.with_book(&passed, |book| ranges::open(book, &mut account, &mut held, &request, now(T0 + age)));
        let refusals = opening.refusals();
        match opened {
            Ok(slot) => {
                assert!(refusals.is_empty(), "served against {refusals:?}: {opening:?}");
                assert_eq!(slot, used);
                place.curve.ranges.push(slow::Range::new(request.lower, request.upper, request.liquidity));
                assert_eq!(BigInt::from(place.market.liquidity.get()), place.curve.liquidity());
                *seen.entry("served").or_default() += 1;
            }
            Err(error) => {
                assert!(refusals.contains(&name(error)), "{error} instead of {refusals:?}: {opening:?}");
                *seen.entry(name(error)).or_default() += 1;
            }
        }
    }
    for case in [
        "served",
        "PriceStale",
        "MarketGuarded",
        "MarketHasDeficit",
        "AccountFlagged",
        "InvalidTick",
        "InvalidRange",
        "LiquidityTooSmall",
        "LiquidityTooLarge",
        "CurveOutOfBounds",
        "PriceBandExceeded",
        "RangesFull",
    ] {
        assert!(seen.contains_key(case), "no case was {case}: {seen:?}");
    }
}
