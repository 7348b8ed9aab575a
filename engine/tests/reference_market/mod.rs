//! Markets in random states for the reference tests, and their translation into the reference's own terms.

#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeSet;

use bytemuck::Zeroable;
use keel_engine::book::Book;
use keel_engine::params::Params;
use keel_engine::ranges::{self, RangeRequest};
use keel_engine::state::{MarginAccount, Market, Position, Ranges, Tick, TickArray};
use keel_engine::units::{InvSqrt, Price, Rate, SqrtPrice};
use keel_engine::{Error, Now, Side};
use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::math_reference::Random;
use crate::reference::curve::{self, Curve, LAST_TICK, inverse, tick_root};
use crate::reference::fees::{Fees, kept_ratio};
use crate::reference::pot::{Holder, Pot};
use crate::reference::{floor, power, price, root};

/// A full hour, far from 1970.
pub const T0: i64 = 1_800_000_000;

pub fn now(unix: i64) -> Now {
    Now { unix, slot: 1_000 }
}

pub fn side(side: curve::Side) -> Side {
    match side {
        curve::Side::Buy => Side::Buy,
        curve::Side::Sell => Side::Sell,
    }
}

pub fn sqrt_price(s: &BigInt) -> SqrtPrice {
    SqrtPrice::from_bits(s.to_u128().unwrap())
}

/// An error of the engine as the reference names it.
pub fn name(error: Error) -> &'static str {
    error.name()
}

/// A market with the tick arrays that its ranges need, and the same curve in the reference's terms.
#[derive(Clone)]
pub struct Place {
    pub market: Market,
    pub arrays: Vec<TickArray>,
    pub curve: Curve,
}

/// A market at a peg, without liquidity; nothing but the curve speaks.
pub fn market(peg: u64, tick_spacing: u32) -> Market {
    let mut market = Market::zeroed();
    market.index_number = 1;
    market.params = Params { tick_spacing, price_band_ppm: 0, min_tick_liquidity: 1, ..Params::DEFAULT };
    market.peg = Price::from_bits(peg);
    (market.index, market.index_ema, market.mark, market.stable) = (market.peg, market.peg, market.peg, market.peg);
    (market.index_time, market.accrued_at, market.mark_time) = (T0, T0, T0);
    market.offset = Price::ONE;
    market.anchor = SqrtPrice::ONE;
    market
}

/// Moves an empty market's curve.
pub fn stand(market: &mut Market, s: &BigInt) {
    market.sqrt_price = sqrt_price(s);
    market.inv_sqrt_price = InvSqrt::from_bits(inverse(s).to_u128().unwrap());
}

impl Place {
    pub fn new(market: Market) -> Self {
        let curve = Curve { s: market.sqrt_price.get().into(), anchor: market.anchor.get().into(), ranges: Vec::new() };
        Self { market, arrays: Vec::new(), curve }
    }

    /// The index of a tick's array.
    pub fn array_of(&self, tick: i32) -> i32 {
        (tick / self.market.params.tick_spacing as i32).div_euclid(64)
    }

    /// Makes the array of a tick.
    pub fn prepare(&mut self, tick: i32) {
        let index = self.array_of(tick);
        if let Err(place) = self.arrays.binary_search_by_key(&index, |array| array.index) {
            let mut array = TickArray::zeroed();
            (array.market, array.index) = (self.market.index_number, index);
            self.arrays.insert(place, array);
        }
    }

    /// Every array there is.
    pub fn all_arrays(&self) -> BTreeSet<i32> {
        self.arrays.iter().map(|array| array.index).collect()
    }

    /// Runs an operation with some of the arrays.
    pub fn with_book<T>(&mut self, passed: &BTreeSet<i32>, run: impl FnOnce(&mut Book) -> T) -> T {
        let mut arrays: Vec<&mut TickArray> =
            self.arrays.iter_mut().filter(|array| passed.contains(&array.index)).collect();
        run(&mut Book { market: &mut self.market, arrays: &mut arrays })
    }

    /// Opens a range for an account.
    pub fn open(
        &mut self,
        account: &mut MarginAccount,
        held: &mut Ranges,
        (lower, upper, liquidity): (i32, i32, u128),
        now: Now,
    ) -> Result<usize, Error> {
        self.prepare(lower);
        self.prepare(upper);
        let request = RangeRequest {
            lower,
            upper,
            liquidity,
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        };
        let before = (self.market, self.arrays.clone(), *account, *held);
        let passed = self.all_arrays();
        let opened = self.with_book(&passed, |book| ranges::open(book, account, held, &request, now));
        match opened {
            Ok(_) => self.curve.ranges.push(curve::Range::new(lower, upper, liquidity)),
            // As a transaction does: what fails leaves no trace.
            Err(_) => (self.market, self.arrays, *account, *held) = before,
        }
        opened
    }

    /// Opens a range for nobody in particular. What the engine does not serve is not there.
    pub fn lay(&mut self, range: (i32, i32, u128)) {
        let _ = self.open(&mut MarginAccount::zeroed(), &mut Ranges::zeroed(), range, now(T0));
    }

    /// The fee's inputs.
    pub fn fees(&self, age_secs: u64) -> Fees {
        let (m, p) = (&self.market, &self.market.params);
        Fees {
            base_ppm: p.base_fee_ppm,
            max_ppm: p.max_fee_ppm,
            conf_weight_ppm: p.conf_weight_ppm,
            vol_weight_ppm: p.vol_weight_ppm,
            age_weight_ppm_per_sec: p.age_weight_ppm_per_sec,
            depth_weight_ppm: p.depth_weight_ppm,
            rebalance_ppm: p.rebalance_factor_ppm,
            conf: price(m.conf.bits),
            index: price(m.index.bits),
            index_ema: price(m.index_ema.bits),
            age_secs,
            guarded: m.guard_left != 0,
            anchor: root(m.anchor.get()),
            offset: price(m.offset.bits),
        }
    }
}

/// Fee parameters and what they depend on.
pub fn draw_fees(random: &mut Random, market: &mut Market) {
    let p = &mut market.params;
    p.base_fee_ppm = random.below(10_001) as u32;
    p.max_fee_ppm = random.between(i64::from(p.base_fee_ppm), 20_000) as u32;
    let weight = |random: &mut Random| if random.below(3) == 0 { 0 } else { random.up_to_64(23) as u32 };
    p.conf_weight_ppm = weight(random);
    p.vol_weight_ppm = weight(random);
    p.age_weight_ppm_per_sec = random.up_to_64(10) as u32;
    p.depth_weight_ppm = if random.below(3) == 0 { 1_000_000 } else { weight(random) };
    p.rebalance_factor_ppm = random.between(100_000, 1_000_000) as u32;
    p.lp_share_ppm = random.below(1_000_001) as u32;
    p.insurance_share_ppm = random.below(u64::from(1_000_001 - p.lp_share_ppm)) as u32;
    p.treasury_share_ppm = 1_000_000 - p.lp_share_ppm - p.insurance_share_ppm;
    market.conf = Rate::from_bits(random.up_to_64(43) as i64);
    market.guard_left = u8::from(random.below(8) == 0);
    let away = market.index.bits / 1_000 * random.below(50);
    let ema = if random.below(2) == 0 { market.index.bits - away } else { market.index.bits.saturating_add(away) };
    market.index_ema = Price::from_bits(ema.max(1));
}

/// A tick on the grid: near the middle, or anywhere.
pub fn draw_tick(random: &mut Random, spacing: u32, center: i32) -> i32 {
    let spacing = i64::from(spacing);
    let reach = match random.below(4) {
        0 => 8 * spacing,
        1 => 20_000,
        _ => 400 + 8 * spacing,
    };
    let last = i64::from(LAST_TICK) / spacing * spacing;
    let tick = (i64::from(center) + random.between(-reach, reach)) / spacing * spacing;
    tick.clamp(-last, last) as i32
}

/// A market with ranges anywhere, standing anywhere: at ticks, beside them, at the ends of the domain.
pub fn draw_place(random: &mut Random) -> Place {
    let spacing = [1, 2, 2, 10, 100][random.below(5) as usize];
    let mut market = market(draw_price(random), spacing);
    let center = match random.below(8) {
        0 => random.between(-i64::from(LAST_TICK), i64::from(LAST_TICK)) as i32,
        1 => LAST_TICK,
        2 => -LAST_TICK,
        _ => 0,
    };
    if random.below(4) == 0 {
        // A fixed market: the index stands elsewhere on the curve. Its offset serves falls of up to 2^16.
        let anchor = tick_root(draw_tick(random, 1, center).max(-110_000));
        market.mode = 1;
        let index = (BigInt::from(market.peg.bits) * &anchor * &anchor) >> 128_u32;
        let bits = index.to_u64().unwrap_or(1 << 62).clamp(1 << 32, 1 << 63);
        market.index = Price::from_bits(bits);
        market.index_ema = market.index;
        let ratio = (BigInt::from(bits) << 128_u32) / market.peg.bits;
        let root = ratio.sqrt().clamp(tick_root(-LAST_TICK), tick_root(LAST_TICK));
        market.anchor = sqrt_price(&root);
        let offset = floor(&(kept_ratio(market.peg.bits, bits) * crate::reference::int(power(48))));
        market.offset = Price::from_bits(offset.to_u64().unwrap_or(u64::MAX));
    }
    draw_fees(random, &mut market);
    let guard = std::mem::take(&mut market.guard_left);
    let edge = tick_root(draw_tick(random, spacing, center));
    let s = match random.below(4) {
        0 => edge,
        1 => edge + 1_i32,
        2 => edge - 1_i32,
        _ => {
            let room: BigInt = &edge >> 8_u32;
            edge + BigInt::from(random.wide()) % room
        }
    };
    let s = s.clamp(curve::SERVED.0.clone(), curve::SERVED.1.clone());
    stand(&mut market, &s);
    let mut place = Place::new(market);
    for _ in 0..=random.below(6) {
        let (a, b) = (draw_tick(random, spacing, center), draw_tick(random, spacing, center));
        let liquidity = 1 + random.up_to(64);
        place.lay((a.min(b), a.max(b), liquidity));
    }
    place.market.guard_left = guard;
    place
}

/// A price that is served: usually an ordinary one.
pub fn draw_price(random: &mut Random) -> u64 {
    match random.below(4) {
        0 => 1 << 48,
        1 => random.up_to_64(63).max(1 << 32),
        _ => (1 << 48) / 1_024 * (1 + random.up_to_64(17)),
    }
}

/// The stored tick of a range's end.
pub fn stored(place: &Place, tick: i32) -> Tick {
    let grid = tick / place.market.params.tick_spacing as i32;
    let array = place.arrays.iter().find(|array| array.index == grid.div_euclid(64)).unwrap();
    array.ticks[grid.rem_euclid(64) as usize]
}

/// A market's pot in the reference's terms.
pub fn books(m: &Market) -> Pot {
    Pot {
        pot: m.pot.into(),
        claims: m.claims.into(),
        insurance_claim: m.insurance_claim.into(),
        treasury_claim: m.treasury_claim.into(),
        surplus: m.surplus.into(),
        written_off: m.written_off.into(),
        uncovered: m.uncovered.into(),
        insurance: m.insurance.into(),
        treasury: m.treasury.into(),
        curve_quote: m.curve_quote.into(),
    }
}

/// A position in the reference's terms.
pub fn holder(p: &Position) -> Holder {
    Holder {
        base: p.base.into(),
        quote: p.quote.into(),
        paid_in: p.paid_in.into(),
        unmatured: p.unmatured.into(),
        mature: p.mature.into(),
        debt: p.debt.into(),
    }
}
