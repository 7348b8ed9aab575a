//! Whole swaps: over initialised ticks, to bounds, across gaps, and every way in which one ends (protocol.md section 3
//! and decisions.md, "The curve").

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::curve::{Curve, Range, Request, Step, Swapped};
use super::steps::{Amount, Refusal, Side, base_of_step, next_root, quote_of_step};
use super::{Real, floor, int, ppm};

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
            let fee: Real = done.steps.iter().map(|step| &step.rate.least * int(step.quote.clone())).sum();
            let quote = if request.side == Side::Buy { done.quote.clone() } else { -done.quote.clone() };
            let booked = quote + request.curve_quote;
            let with_fee = &booked + floor(&(fee * ppm(request.lp_share_ppm)));
            if i64::try_from(&booked).is_err() || i64::try_from(&with_fee).is_err() {
                return Err("MathOverflow");
            }
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
