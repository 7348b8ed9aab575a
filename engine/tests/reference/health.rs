//! Equity, maintenance and initial margin (protocol.md section 7), term by term.
//!
//! What an account is worth is compared to the atom. Margins are exact rationals; beside them stands how far above them
//! the kept number may be, because every term of it is rounded up.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::curve::{Range, inverse, quote_between};
use super::pot::{Holder, Pot, funding_due};
use super::{Real, binary, ceil, floor, int, power, ppm, price};

/// A market's terms and prices.
#[derive(Clone, Debug)]
pub struct Facts {
    pub mark: u64,
    pub stable: u64,
    pub index: u64,
    pub peg: u64,
    pub s: BigInt,
    /// Funding per hour.
    pub rate: Real,
    pub stale: bool,
    pub long_base: u64,
    pub short_base: u64,
    pub imr_ppm: u32,
    pub mmr_ppm: u32,
    pub buffer_ppm: u32,
    pub slope_ppm: u32,
    pub tip: u32,
    pub horizon_secs: u32,
    pub oi_cap_usd: u32,
    pub oi_from_ppm: u32,
}

/// A range with what it is entitled to now, in atoms: its funding is part of its quote.
#[derive(Clone, Debug)]
pub struct Ranged {
    pub range: Range,
    pub debt: BigInt,
    pub base: BigInt,
    pub quote: BigInt,
}

/// What an account has in one market.
#[derive(Clone, Debug)]
pub struct Stake {
    pub facts: Facts,
    pub pot: Pot,
    pub holder: Holder,
    /// F since the position's checkpoint.
    pub grown: Real,
    pub ranges: Vec<Ranged>,
    /// Base that the instruction adds here.
    pub added: Option<u64>,
    /// Whether its market, its ranges' account and their tick arrays were passed.
    pub passed: [bool; 3],
}

/// A margin: at least, and at most.
#[derive(Clone, Debug)]
pub struct Upward {
    pub exact: Real,
    pub most: Real,
}

impl Upward {
    fn zero() -> Self {
        Self { exact: Real::zero(), most: Real::zero() }
    }

    /// A term that is rounded up once after its own factors were.
    fn add(&mut self, exact: Real, most: Real) {
        self.exact += exact;
        self.most += most;
    }

    /// Whether a kept number may stand for it.
    pub fn allows(&self, kept: u64) -> bool {
        int(kept) >= self.exact && int(kept) <= self.most
    }
}

/// Equity at mark, maintenance, and equity at which a flag clears.
#[derive(Clone, Debug)]
pub struct Health {
    pub equity: BigInt,
    pub maintenance: Upward,
    pub target: Upward,
}

/// Equity, margin and notional of new risk.
#[derive(Clone, Debug)]
pub struct Initial {
    pub equity: BigInt,
    pub required: Upward,
    pub notional: Upward,
}

/// Base and quote at some place of the curve.
struct Side {
    base: BigInt,
    quote: BigInt,
}

impl Side {
    /// Its value at the worse of two prices, rounded down.
    fn value(&self, low: u64, high: u64) -> BigInt {
        let worse = if self.base.is_negative() { high } else { low };
        floor(&(int(self.base.clone()) * price(worse))) + &self.quote
    }
}

impl Stake {
    fn is_open(&self) -> bool {
        !self.holder.base.is_zero() || !self.ranges.is_empty()
    }

    /// The position and its ranges now.
    fn now(&self) -> Side {
        let mut side = Side {
            base: self.holder.base.clone(),
            quote: &self.holder.quote - funding_due(&self.holder.base, &self.grown),
        };
        for range in &self.ranges {
            side.base += &range.base;
            side.quote += &range.quote;
        }
        side
    }

    /// With the curve beyond every range above: they hold nothing any more, and the way up brought its quote.
    fn up(&self) -> Side {
        let mut side = self.now();
        for held in &self.ranges {
            let here = held.range.hold(&self.facts.s);
            let brought = quote_between(&here, &held.range.upper_root, &held.range.liquidity, self.facts.peg);
            side.base -= &held.base + &held.debt;
            side.quote += floor(&brought);
        }
        side
    }

    /// With the curve beyond every range below: they are full, and the way down cost its quote.
    fn down(&self) -> Side {
        let mut side = self.now();
        for held in &self.ranges {
            let here = held.range.hold(&self.facts.s);
            let cost = quote_between(&held.range.lower_root, &here, &held.range.liquidity, self.facts.peg);
            let width = inverse(&held.range.lower_root) - inverse(&held.range.upper_root);
            let full = ceil(&binary(&held.range.liquidity * width, 112));
            side.base += full - &held.debt - &held.base;
            side.quote -= ceil(&cost);
        }
        side
    }

    /// Ranges whose way to an end moves more than 2^62 atoms are not served.
    pub fn unserved(&self) -> Vec<&'static str> {
        let mut refusals = Vec::new();
        for held in &self.ranges {
            let range = &held.range;
            let here = range.hold(&self.facts.s);
            let quote = |end: &BigInt| quote_between(&here, end, &range.liquidity, self.facts.peg);
            if ceil(&quote(&range.lower_root)) > power(62) || floor(&quote(&range.upper_root)) > power(62) {
                refusals.push("NotionalTooLarge");
            }
            let width = inverse(&range.lower_root) - inverse(&range.upper_root);
            if ceil(&binary(&range.liquidity * width, 112)) > power(62) {
                refusals.push("MathOverflow");
            }
        }
        refusals
    }

    /// The largest base that the curve can bring about: at one of its ends.
    pub fn worst_base(&self) -> BigInt {
        self.up().base.abs().max(self.down().base.abs())
    }

    fn low(&self) -> u64 {
        self.facts.mark.min(self.facts.stable).min(self.facts.index)
    }

    fn high(&self) -> u64 {
        self.facts.mark.max(self.facts.stable).max(self.facts.index)
    }

    /// What the net base pays in funding over the horizon; never negative.
    fn drift(&self) -> Upward {
        let base = self.now().base;
        let hours = Real::new(self.facts.horizon_secs.into(), 3_600.into());
        let pays = (&self.facts.rate * int(base.clone())).is_positive();
        if !pays || hours.is_zero() {
            return Upward::zero();
        }
        let rate = self.facts.rate.abs();
        let exact = int(base.abs()) * price(self.facts.index) * &rate * &hours;
        // The notional up, the hour's payment up, the whole up.
        let most = &exact + (rate + Real::one()) * hours + Real::one();
        Upward { exact, most }
    }

    /// A part of a notional, both rounded up.
    fn part(&self, notional: &Real, share: Real) -> Upward {
        Upward { exact: notional * &share, most: (notional + Real::one()) * share + Real::one() }
    }

    /// Margin beyond `imr` on what is added: from nothing where scaling begins to 100% at the cap.
    fn scaled(&self) -> Upward {
        let Some(added) = self.added else { return Upward::zero() };
        if self.facts.oi_from_ppm == 0 {
            return Upward::zero();
        }
        let cap = int(self.facts.oi_cap_usd) * int(1_000_000);
        let from = &cap * ppm(self.facts.oi_from_ppm);
        let interest = int(self.facts.long_base.max(self.facts.short_base)) * price(self.facts.mark);
        let above = |interest: Real| (interest.min(cap.clone()) - &from).max(Real::zero());
        let span = &cap - &from;
        if span.is_zero() {
            return Upward::zero();
        }
        let rest = int(added) * price(self.high()) * ppm(1_000_000 - self.facts.imr_ppm);
        let exact = &rest * above(interest.clone()) / &span;
        // Where scaling begins is rounded down to an atom, interest up to one.
        let (from, interest) = (int(floor(&from)), int(ceil(&interest)));
        let above = (interest.min(cap.clone()) - &from).max(Real::zero());
        let most = (rest + int(3)) * above / (cap - from) + Real::one();
        Upward { exact, most }
    }

    /// Every reason why it has no health, at the bases whose value counts.
    fn refusals(&self, initial: bool, refusals: &mut Vec<&'static str>) {
        let [market, ranges, arrays] = self.passed;
        if !market {
            refusals.push("MarketMissing");
        }
        if !self.is_open() {
            return;
        }
        for (wrong, name) in [
            (self.facts.stale, "MarkStale"),
            (!self.ranges.is_empty() && !ranges, "RangesAccountMissing"),
            (!self.ranges.is_empty() && !arrays, "TickArrayMissing"),
        ] {
            if wrong {
                refusals.push(name);
            }
        }
        refusals.extend(self.unserved());
        let mut notionals = Vec::new();
        let now = self.now().base;
        let worse = |base: &BigInt| if base.is_negative() { self.high() } else { self.low() };
        if initial {
            for base in [now.clone(), self.up().base, self.down().base] {
                notionals.push((worse(&base), base));
            }
            notionals.push((self.high(), self.worst_base()));
            if let Some(added) = self.added {
                notionals.push((self.high(), added.into()));
                if self.facts.oi_from_ppm != 0 {
                    notionals.push((self.facts.mark, self.facts.long_base.max(self.facts.short_base).into()));
                }
            }
        } else {
            notionals.push((self.facts.mark, now.clone()));
        }
        if !self.drift().exact.is_zero() {
            notionals.push((self.facts.index, now));
        }
        if notionals.iter().any(|(at, base)| floor(&(int(base.abs()) * price(*at))) > power(53)) {
            refusals.push("NotionalTooLarge");
        }
    }
}

/// Equity at mark against maintenance margin.
pub fn health(capital: u64, stakes: &[Stake]) -> Result<Health, Vec<&'static str>> {
    let mut refusals = Vec::new();
    let mut health = Health { equity: capital.into(), maintenance: Upward::zero(), target: Upward::zero() };
    for stake in stakes {
        let claims = &stake.holder.unmatured + &stake.holder.mature;
        health.equity += floor(&(int(claims) * stake.pot.worth()));
        stake.refusals(false, &mut refusals);
        if !stake.is_open() {
            health.equity += &stake.holder.quote;
            continue;
        }
        let now = stake.now();
        health.equity += now.value(stake.facts.mark, stake.facts.mark);
        let notional = int(now.base.abs()) * price(stake.facts.mark);
        let (margin, drift) = (stake.part(&notional, ppm(stake.facts.mmr_ppm)), stake.drift());
        let tip = int(stake.facts.tip);
        let (exact, most) = (margin.exact + drift.exact + &tip, margin.most + drift.most + tip);
        let buffer = Real::one() + ppm(stake.facts.buffer_ppm);
        health.target.add(&exact * &buffer, &most * buffer + Real::one());
        health.maintenance.add(exact, most);
    }
    if refusals.is_empty() { Ok(health) } else { Err(refusals) }
}

/// Equity as new risk counts it against initial margin.
pub fn initial(capital: u64, stakes: &[Stake]) -> Result<Initial, Vec<&'static str>> {
    let mut refusals = Vec::new();
    let mut sum = Initial { equity: capital.into(), required: Upward::zero(), notional: Upward::zero() };
    let mut slopes = Upward::zero();
    for stake in stakes {
        sum.equity += floor(&(int(stake.holder.mature.clone()) * stake.pot.ratio()));
        stake.refusals(true, &mut refusals);
        if !stake.is_open() {
            sum.equity += stake.holder.quote.clone().min(BigInt::zero());
            continue;
        }
        // The least of now and both ends, at the worst price; of a profit only what was paid in.
        let value = |side: Side| side.value(stake.low(), stake.high());
        let worst = value(stake.now()).min(value(stake.up())).min(value(stake.down()));
        sum.equity += worst.min(stake.holder.paid_in.clone());
        let facts = &stake.facts;
        let notional = int(stake.worst_base()) * price(stake.high());
        let (by_imr, by_mmr) = (stake.part(&notional, ppm(facts.imr_ppm)), stake.part(&notional, ppm(facts.mmr_ppm)));
        let tip = int(facts.tip);
        sum.required.add(by_imr.exact.max(by_mmr.exact + &tip), by_imr.most.max(by_mmr.most + tip));
        for term in [stake.drift(), stake.scaled()] {
            sum.required.add(term.exact, term.most);
        }
        let slope = stake.part(&notional, ppm(facts.slope_ppm));
        slopes.add(slope.exact, slope.most);
        sum.notional.add(notional.clone(), notional + Real::one());
    }
    // The slope is per million USD of the whole account's notional.
    let million = int(1_000_000_000_000_i64);
    let by_size = &slopes.exact * &sum.notional.exact / &million;
    if by_size > int(power(63)) {
        refusals.push("MathOverflow");
    }
    sum.required.add(by_size, &slopes.most * &sum.notional.most / million + Real::one());
    if refusals.is_empty() { Ok(sum) } else { Err(refusals) }
}
