//! The curve: prices of ticks, steps, and whole swaps over initialised ticks (protocol.md section 3).
//!
//! Ranges are a plain list. Which of them are active, and where the next initialised tick lies, is looked up anew for
//! each step from `s` alone.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::fees::Fees;
use super::{Real, ceil, floor, int, power, price, root};

/// The side of the taker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Buy,
    Sell,
}

/// Which amount is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Base(u64),
    Quote(u64),
}

/// A refusal, or why a swap ended early.
pub type Refusal = &'static str;

/// The largest amount in a step, and the largest liquidity.
const MAX_AMOUNT_BITS: u32 = 62;
const MAX_LIQUIDITY_BITS: u32 = 80;
/// The last tick to either side.
pub const LAST_TICK: i32 = 150_000;

/// `floor(1.0001^(tick / 2) * 2^64)`, by the power in an interval that is narrow enough to decide the floor.
pub fn tick_root(tick: i32) -> BigInt {
    const BITS: u32 = 512;
    let one = power(BITS);
    let step = |value: &BigInt, up: bool| -> BigInt {
        let product: BigInt = value * 10_001;
        if up { (product + 9_999) / 10_000 } else { product / 10_000 }
    };
    let (mut low, mut high) = (one.clone(), one.clone());
    let exponent = tick.unsigned_abs();
    for bit in (0..u32::BITS).rev() {
        low = (&low * &low) >> BITS;
        high = ((&high * &high) >> BITS) + 1;
        if exponent >> bit & 1 == 1 {
            (low, high) = (step(&low, false), step(&high, true));
        }
    }
    if exponent == 0 {
        high = one;
    }
    if tick < 0 {
        (low, high) = (power(2 * BITS) / &high, power(2 * BITS) / &low + 1);
    }
    let root = |value: BigInt| -> BigInt {
        let scaled: BigInt = (value << 128_u32) >> BITS;
        scaled.sqrt()
    };
    let (low, high) = (root(low), root(high));
    assert_eq!(low, high, "the interval decides tick {tick}");
    low
}

/// `floor(2^112 / s)`, which ticks, ranges and the market keep beside `s`.
pub fn inverse(s: &BigInt) -> BigInt {
    power(176) / s
}

/// The lowest and the highest `s` served.
pub static SERVED: LazyLock<(BigInt, BigInt)> = LazyLock::new(|| (tick_root(-LAST_TICK), tick_root(LAST_TICK)));

/// Whether an `s` is served.
pub fn is_served(s: &BigInt) -> bool {
    s >= &SERVED.0 && s <= &SERVED.1
}

/// `L |1/a - 1/b|`.
pub fn base_between(a: &BigInt, b: &BigInt, liquidity: &BigInt) -> Real {
    (int(liquidity.clone()) * (root(a.clone()).recip() - root(b.clone()).recip())).abs()
}

/// `peg L |a - b|`.
pub fn quote_between(a: &BigInt, b: &BigInt, liquidity: &BigInt, peg: u64) -> Real {
    (price(peg) * int(liquidity.clone()) * (root(a.clone()) - root(b.clone()))).abs()
}

/// An amount that a step may have: at most 2^62.
pub fn amount(value: BigInt, refusal: Refusal) -> Result<BigInt, Refusal> {
    if value > power(MAX_AMOUNT_BITS) { Err(refusal) } else { Ok(value) }
}

/// Base of a whole step by the inverses: out of the curve `floor(L (i0 - i1 - 1))`, into it `ceil(L (i1 + 1 - i0))`.
pub fn base_of_step(from: &BigInt, to: &BigInt, liquidity: &BigInt, side: Side) -> Result<BigInt, Refusal> {
    if from == to {
        return Ok(BigInt::zero());
    }
    let (a, b) = (inverse(from), inverse(to));
    let unit = |width: BigInt| Real::new(liquidity * width, power(112));
    amount(
        match side {
            Side::Buy => floor(&unit((a - b - 1_i32).max(BigInt::zero()))),
            Side::Sell => ceil(&unit(b - a + 1_i32)),
        },
        "MathOverflow",
    )
}

/// Quote of a step: into the curve rounded up, out of it rounded down.
pub fn quote_of_step(from: &BigInt, to: &BigInt, liquidity: &BigInt, peg: u64, side: Side) -> Result<BigInt, Refusal> {
    let exact = quote_between(from, to, liquidity, peg);
    amount(if side == Side::Buy { ceil(&exact) } else { floor(&exact) }, "NotionalTooLarge")
}

/// Where an exact amount takes `s`: from base rounded up, from quote rounded down. Refused beyond what the curve holds
/// and beyond the last tick.
pub fn next_root(s: &BigInt, liquidity: &BigInt, exact: Amount, peg: u64, side: Side) -> Result<BigInt, Refusal> {
    if !is_served(s) {
        return Err("InvalidSqrtPrice");
    }
    if liquidity > &power(MAX_LIQUIDITY_BITS) {
        return Err("MathOverflow");
    }
    if liquidity.is_zero() || (matches!(exact, Amount::Quote(_)) && peg == 0) {
        return Err("InsufficientLiquidity");
    }
    let (here, depth) = (root(s.clone()), int(liquidity.clone()));
    let next = match exact {
        Amount::Base(base) => {
            let moved = int(base) / depth;
            let inverse = if side == Side::Buy { here.recip() - moved } else { here.recip() + moved };
            if !inverse.is_positive() {
                return Err("InsufficientLiquidity");
            }
            ceil(&(inverse.recip() * int(power(64))))
        }
        Amount::Quote(quote) => {
            let moved = int(quote) / (price(peg) * depth);
            let next = if side == Side::Buy { here + moved } else { here - moved };
            floor(&(next * int(power(64))))
        }
    };
    if is_served(&next) { Ok(next) } else { Err("InsufficientLiquidity") }
}

/// A range of liquidity.
#[derive(Clone, Debug)]
pub struct Range {
    pub lower: i32,
    pub upper: i32,
    pub lower_root: BigInt,
    pub upper_root: BigInt,
    pub liquidity: BigInt,
}

impl Range {
    pub fn new(lower: i32, upper: i32, liquidity: u128) -> Self {
        let (lower_root, upper_root) = (tick_root(lower), tick_root(upper));
        Self { lower, upper, lower_root, upper_root, liquidity: liquidity.into() }
    }

    /// An `s` held inside of the range.
    pub fn hold(&self, s: &BigInt) -> BigInt {
        s.clone().max(self.lower_root.clone()).min(self.upper_root.clone())
    }
}

/// A bound on where the curve may stand: `peg s^2 <= price` for buys, `>=` for sells.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    pub price: u64,
    pub peg: u64,
    pub refusal: Refusal,
}

impl Bound {
    fn is_broken(&self, s: &BigInt, side: Side) -> bool {
        let (here, bound) = (price(self.peg) * root(s.clone()) * root(s.clone()), price(self.price));
        if side == Side::Buy { here > bound } else { here < bound }
    }

    /// The last `s` within.
    fn last(&self, side: Side) -> BigInt {
        let square = BigRational::new(BigInt::from(self.price) << 128, self.peg.into());
        let below = floor(&square).sqrt();
        if side == Side::Sell && self.is_broken(&below, side) { below + 1 } else { below }
    }
}

/// A swap to be made.
#[derive(Clone, Debug)]
pub struct Request {
    pub side: Side,
    pub exact: Amount,
    pub peg: u64,
    pub bounds: Vec<Bound>,
    pub max_crossings: u32,
    pub tick_spacing: u32,
    /// The tick arrays at hand.
    pub passed: BTreeSet<i32>,
    pub fees: Fees,
}

/// One step: where it went, what it moved, and what it pays.
#[derive(Clone, Debug)]
pub struct Step {
    pub from: BigInt,
    pub to: BigInt,
    pub base: BigInt,
    pub quote: BigInt,
    pub rate: super::fees::Between,
}

/// What a swap did.
#[derive(Clone, Debug)]
pub struct Swapped {
    pub base: BigInt,
    pub quote: BigInt,
    pub steps: Vec<Step>,
    pub crossings: u32,
    /// Nothing when the whole amount was filled.
    pub end: Option<Refusal>,
}

/// The curve of a market.
#[derive(Clone, Debug)]
pub struct Curve {
    pub s: BigInt,
    pub anchor: BigInt,
    pub ranges: Vec<Range>,
}

/// A swap in the making.
struct Walk<'a> {
    curve: &'a mut Curve,
    request: &'a Request,
    remaining: BigInt,
    done: Swapped,
    /// A seller stands on a tick that it has crossed already.
    crossed_here: bool,
}

impl Curve {
    /// Active liquidity at `s`: of every range `[lower, upper)`.
    pub fn liquidity(&self) -> BigInt {
        let active = |range: &&Range| range.lower_root <= self.s && self.s < range.upper_root;
        self.ranges.iter().filter(active).map(|range| &range.liquidity).sum()
    }

    /// Exact base and quote between two `s`, over all ranges.
    pub fn between(&self, a: &BigInt, b: &BigInt, peg: u64) -> (Real, Real) {
        let (mut base, mut quote) = (Real::zero(), Real::zero());
        for range in &self.ranges {
            let (from, to) = (range.hold(a), range.hold(b));
            base += base_between(&from, &to, &range.liquidity);
            quote += quote_between(&from, &to, &range.liquidity, peg);
        }
        (base, quote)
    }

    /// Every initialised tick, ascending.
    fn ticks(&self) -> Vec<(BigInt, i32)> {
        let mut ticks: Vec<_> = self
            .ranges
            .iter()
            .flat_map(|r| [(r.lower_root.clone(), r.lower), (r.upper_root.clone(), r.upper)])
            .collect();
        ticks.sort();
        ticks.dedup();
        ticks
    }

    /// The other side's exact amount of a whole swap, without any rounding, or nothing where liquidity ends before.
    pub fn ideal(&self, side: Side, exact: Amount, peg: u64) -> Option<Real> {
        let mut ticks = self.ticks();
        if side == Side::Sell {
            ticks.reverse();
        }
        let ahead = ticks.into_iter().map(|(s, _)| s).filter(|s| match side {
            Side::Buy => s > &self.s,
            Side::Sell => s < &self.s,
        });
        let mut left = match exact {
            Amount::Base(amount) | Amount::Quote(amount) => int(amount),
        };
        let (mut here, mut other) = (self.s.clone(), Real::zero());
        for next in ahead {
            let (base, quote) = self.between(&here, &next, peg);
            let (own, moved) = if matches!(exact, Amount::Base(_)) { (&base, &quote) } else { (&quote, &base) };
            if own < &left {
                left -= own;
                other += moved;
                here = next;
                continue;
            }
            let (low, high) = (here.clone().min(next.clone()), here.clone().max(next));
            let inside = |range: &&Range| range.lower_root <= low && high <= range.upper_root;
            let depth: Real = int(self.ranges.iter().filter(inside).map(|range| &range.liquidity).sum::<BigInt>());
            if depth.is_zero() {
                continue;
            }
            let (from, unit) = (root(here), &left / &depth);
            let (inverse, peg) = (from.recip(), price(peg));
            return Some(
                other
                    + match (exact, side) {
                        (Amount::Base(_), Side::Buy) => peg * &depth * ((inverse - unit).recip() - from),
                        (Amount::Base(_), Side::Sell) => peg * &depth * (from - (inverse + unit).recip()),
                        (Amount::Quote(_), Side::Buy) => &depth * (inverse - (&from + unit / peg).recip()),
                        (Amount::Quote(_), Side::Sell) => &depth * ((&from - unit / peg).recip() - inverse),
                    },
            );
        }
        None
    }

    /// A whole swap. What fails changes nothing.
    pub fn swap(&mut self, request: &Request) -> Result<Swapped, Refusal> {
        let start = self.s.clone();
        let remaining = match request.exact {
            Amount::Base(amount) | Amount::Quote(amount) => amount.into(),
        };
        let done = Swapped { base: BigInt::zero(), quote: BigInt::zero(), steps: Vec::new(), crossings: 0, end: None };
        let mut walk = Walk { curve: self, request, remaining, done, crossed_here: false };
        let result = walk.run().and_then(|end| {
            let mut done = walk.done;
            done.end = end;
            if done.base.is_zero() {
                if !done.quote.is_zero() || (end.is_none() && !done.steps.is_empty()) {
                    return Err("AmountTooSmall");
                }
                if let Some(refusal) = end
                    && walk.curve.s == start
                {
                    return Err(refusal);
                }
            }
            Ok(done)
        });
        if result.is_err() {
            self.s = start;
        }
        result
    }
}

/// Whether a swap goes on.
enum Next {
    On,
    Over(Option<Refusal>),
}

impl Walk<'_> {
    fn run(&mut self) -> Result<Option<Refusal>, Refusal> {
        while self.remaining.is_positive() {
            if let Next::Over(end) = self.step()? {
                return Ok(end);
            }
        }
        Ok(None)
    }

    fn side(&self) -> Side {
        self.request.side
    }

    /// Whether `a` lies beyond `b` in the direction of the swap.
    fn beyond(&self, a: &BigInt, b: &BigInt) -> bool {
        if self.side() == Side::Buy { a > b } else { a < b }
    }

    /// The next initialised tick behind an `s`; a seller's may be where it stands, unless it has been crossed.
    fn tick_behind(&self, s: &BigInt, crossed: bool) -> Option<(BigInt, i32)> {
        let ticks = self.curve.ticks();
        match self.side() {
            Side::Buy => ticks.into_iter().find(|(tick, _)| tick > s),
            Side::Sell => ticks.into_iter().rev().find(|(tick, _)| tick < s || (tick == s && !crossed)),
        }
    }

    /// Whether the array of a tick is at hand.
    fn is_passed(&self, tick: i32) -> bool {
        let grid = tick / i32::try_from(self.request.tick_spacing).unwrap();
        self.request.passed.contains(&grid.div_euclid(64))
    }

    /// Liquidity in which the swap goes on from an `s`; for sellers of what lies below, where it has been crossed.
    fn depth(&self, s: &BigInt, crossed: bool) -> BigInt {
        let active = |range: &&Range| match (self.side(), crossed) {
            (Side::Sell, true) => &range.lower_root < s && s <= &range.upper_root,
            _ => &range.lower_root <= s && s < &range.upper_root,
        };
        self.curve.ranges.iter().filter(active).map(|range| &range.liquidity).sum()
    }

    /// The first bound that does not allow an `s`.
    fn forbidden(&self, s: &BigInt) -> Option<Refusal> {
        self.request.bounds.iter().find(|bound| bound.is_broken(s, self.side())).map(|bound| bound.refusal)
    }

    /// The last `s` that all bounds allow.
    fn tightest(&self) -> (BigInt, Refusal) {
        let mut best: Option<(BigInt, Refusal)> = None;
        for bound in &self.request.bounds {
            let last = bound.last(self.side());
            if best.as_ref().is_none_or(|(s, _)| self.beyond(s, &last)) {
                best = Some((last, bound.refusal));
            }
        }
        best.expect("asked only where a bound is broken")
    }

    /// The exact side's amount to an `s`.
    fn own(&self, depth: &BigInt, to: &BigInt) -> Result<BigInt, Refusal> {
        let (from, side) = (&self.curve.s, self.side());
        match self.request.exact {
            Amount::Base(_) => base_of_step(from, to, depth, side),
            Amount::Quote(_) => quote_of_step(from, to, depth, self.request.peg, side),
        }
    }

    fn next(&self, s: &BigInt, depth: &BigInt, left: &BigInt) -> Result<BigInt, Refusal> {
        let left = u64::try_from(left).unwrap();
        let exact = match self.request.exact {
            Amount::Base(_) => Amount::Base(left),
            Amount::Quote(_) => Amount::Quote(left),
        };
        next_root(s, depth, exact, self.request.peg, self.side())
    }

    /// Moves `s` and books the step.
    fn fill(&mut self, depth: &BigInt, to: BigInt, own: BigInt) -> Result<(), Refusal> {
        let (from, side, peg) = (self.curve.s.clone(), self.side(), self.request.peg);
        let (base, quote) = match self.request.exact {
            Amount::Base(_) => (own.clone(), quote_of_step(&from, &to, depth, peg, side)?),
            Amount::Quote(_) => (base_of_step(&from, &to, depth, side)?, own.clone()),
        };
        self.remaining -= own;
        self.done.base += &base;
        self.done.quote += &quote;
        let away = !self.beyond(&self.curve.anchor, &from);
        let rate = self.request.fees.rate(&from, &to, side, away);
        if from != to {
            self.crossed_here = false;
        }
        self.curve.s = to.clone();
        self.done.steps.push(Step { from, to, base, quote, rate });
        Ok(())
    }

    fn cross(&mut self) {
        self.done.crossings += 1;
        self.crossed_here = self.side() == Side::Sell;
    }

    fn step(&mut self) -> Result<Next, Refusal> {
        if self.done.crossings >= self.request.max_crossings {
            return Ok(Next::Over(Some("CrossingsExhausted")));
        }
        let here = self.curve.s.clone();
        let tick = self.tick_behind(&here, self.crossed_here);
        if tick.as_ref().is_some_and(|(_, tick)| !self.is_passed(*tick)) {
            return Ok(Next::Over(Some("TickArrayMissing")));
        }
        let depth = self.depth(&here, self.crossed_here);
        if depth.is_zero() {
            return Ok(self.gap(None));
        }
        let (tick, _) = tick.expect("liquidity ends at a tick");
        let anchor = self.curve.anchor.clone();
        let cut = self.beyond(&anchor, &here) && self.beyond(&tick, &anchor);
        let target = if cut { anchor } else { tick.clone() };
        let ends = !cut && self.depth(&tick, self.side() == Side::Sell).is_zero();
        let own = self.own(&depth, &target)?;
        let whole = self.remaining > own;
        let stop = if whole {
            target.clone()
        } else {
            match self.next(&here, &depth, &self.remaining) {
                Ok(next) if !self.beyond(&next, &target) => next,
                Ok(_) | Err("InsufficientLiquidity") => target.clone(),
                Err(refusal) => return Err(refusal),
            }
        };
        if self.forbidden(&stop).is_some() {
            let (last, refusal) = self.tightest();
            if self.beyond(&last, &here) {
                let own = self.own(&depth, &last)?.min(self.remaining.clone());
                self.fill(&depth, last, own)?;
            }
            return Ok(Next::Over(self.remaining.is_positive().then_some(refusal)));
        }
        if whole {
            if ends {
                return self.end_of_liquidity(&depth, tick, own);
            }
            self.fill(&depth, target, own)?;
            if !cut {
                self.cross();
            }
            return Ok(Next::On);
        }
        // A buyer crosses a tick on reaching it, a seller on leaving it.
        let reached = !cut && stop == tick && self.side() == Side::Buy;
        if reached && ends {
            return self.rest_below(&depth, &tick, "LiquidityExhausted");
        }
        let rest = self.remaining.clone();
        self.fill(&depth, stop, rest)?;
        if reached {
            self.cross();
        }
        Ok(Next::On)
    }

    /// The last range in this direction ends at `edge`, and the swap has more than it holds.
    fn end_of_liquidity(&mut self, depth: &BigInt, edge: BigInt, own: BigInt) -> Result<Next, Refusal> {
        let left = (&self.remaining - &own).max(BigInt::zero());
        let towards = self.beyond(&self.curve.anchor, &edge);
        match self.landing(&edge, true, &left) {
            Err(reason) if !towards => {
                if self.side() == Side::Buy {
                    return self.rest_below(depth, &edge, reason);
                }
                self.fill(depth, edge, own)?;
                Ok(Next::Over(Some(reason)))
            }
            _ => {
                self.fill(depth, edge.clone(), own)?;
                Ok(self.gap(Some(edge)))
            }
        }
    }

    /// A buyer stops one unit below the end of liquidity.
    fn rest_below(&mut self, depth: &BigInt, edge: &BigInt, reason: Refusal) -> Result<Next, Refusal> {
        let rest: BigInt = edge - 1;
        if rest > self.curve.s {
            let own = self.own(depth, &rest)?.min(self.remaining.clone());
            self.fill(depth, rest, own)?;
        }
        Ok(Next::Over(self.remaining.is_positive().then_some(reason)))
    }

    /// The far side of the stretch without liquidity behind `from`, if the swap fills something there.
    fn landing(&self, from: &BigInt, is_edge: bool, left: &BigInt) -> Result<BigInt, Refusal> {
        let crossings = self.done.crossings + u32::from(is_edge);
        if crossings >= self.request.max_crossings {
            return Err("CrossingsExhausted");
        }
        let crossed = is_edge || self.crossed_here;
        let (far, tick) = self.tick_behind(from, crossed).ok_or("LiquidityExhausted")?;
        if !self.is_passed(tick) {
            return Err("TickArrayMissing");
        }
        let one_on: BigInt = if self.side() == Side::Buy { &far + 1 } else { &far - 1 };
        if let Some(refusal) = self.forbidden(&one_on) {
            return Err(refusal);
        }
        if crossings + 1 >= self.request.max_crossings {
            return Err("CrossingsExhausted");
        }
        if self.tick_behind(&far, true).is_some_and(|(_, tick)| !self.is_passed(tick)) {
            return Err("TickArrayMissing");
        }
        let depth = self.depth(&far, self.side() == Side::Sell);
        match self.next(&far, &depth, left) {
            Ok(next) if next == far => Err("LiquidityExhausted"),
            _ => Ok(far),
        }
    }

    /// Across a stretch without liquidity: a jump to where the swap fills on, or for nothing towards the anchor.
    fn gap(&mut self, edge: Option<BigInt>) -> Next {
        let from = self.curve.s.clone();
        let landing = self.landing(&from, edge.is_some(), &self.remaining);
        let towards = self.beyond(&self.curve.anchor, &from);
        if let (Err(reason), false) = (&landing, towards) {
            return Next::Over(Some(reason));
        }
        let crossed_here = self.crossed_here || edge.is_some();
        if edge.is_some() {
            self.cross();
        }
        if let Ok(far) = landing {
            self.curve.s = far;
            self.cross();
            return Next::On;
        }
        let (mut stop, mut refusal) = (self.curve.anchor.clone(), "LiquidityExhausted");
        if self.forbidden(&stop).is_some() {
            (stop, refusal) = self.tightest();
            if !self.beyond(&stop, &from) {
                return Next::Over(Some(refusal));
            }
        }
        match self.tick_behind(&from, crossed_here) {
            Some((_, tick)) if !self.is_passed(tick) => return Next::Over(Some("TickArrayMissing")),
            Some((far, _)) if !self.beyond(&far, &stop) => {
                if self.done.crossings >= self.request.max_crossings {
                    return Next::Over(Some("CrossingsExhausted"));
                }
                self.curve.s = far;
                self.cross();
                return Next::On;
            }
            _ => {}
        }
        self.crossed_here = false;
        self.curve.s = stop;
        Next::Over(Some(refusal))
    }
}
