//! What a range is entitled to, summed over the history of trades and funding (protocol.md section 3).
//!
//! No accumulator: every step of the curve and every payment of funding is kept, and a range's part of each is looked
//! at by itself. Beside the exact sums stands how far rounding may have moved them, always against the range.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::curve::{Range, base_between, quote_between};
use super::fees::Between;
use super::{Real, floor, int, power, price, ulp};

/// Something that moves what ranges hold.
#[derive(Clone, Debug)]
pub enum Event {
    /// The curve moved within constant liquidity; `lp` is the ranges' part of the fee rate.
    Step { from: BigInt, to: BigInt, peg: u64, lp: Between },
    /// Longs paid that much per base atom while `s` stood there.
    Funding { per_base: Real, secs: u64, s: BigInt },
}

/// A range since its checkpoint.
#[derive(Clone, Debug)]
pub struct Holding {
    pub range: Range,
    /// Base that counts as owed.
    pub debt: BigInt,
    /// Where in the history it begins.
    pub since: usize,
}

/// Exact sums, and by how much at most the kept numbers may be worse for the range (`loss`) or better (`gain`).
#[derive(Clone, Debug)]
pub struct Sum {
    pub exact: Real,
    pub loss: Real,
    pub gain: Real,
}

impl Sum {
    fn new() -> Self {
        Self { exact: Real::zero(), loss: Real::zero(), gain: Real::zero() }
    }

    /// Whether a kept number may stand for it: what the range gets.
    pub fn allows_gain(&self, kept: &BigInt) -> bool {
        let kept = int(kept.clone());
        kept >= &self.exact - &self.loss && kept <= &self.exact + &self.gain
    }

    /// Whether a kept number may stand for it: what the range pays.
    pub fn allows_cost(&self, kept: &BigInt) -> bool {
        let kept = int(kept.clone());
        kept >= &self.exact - &self.gain && kept <= &self.exact + &self.loss
    }

    /// Adds another stretch of the same range.
    pub fn add(&mut self, other: &Self) {
        self.exact += &other.exact;
        self.loss += &other.loss;
        self.gain += &other.gain;
    }
}

/// What a range is entitled to.
#[derive(Clone, Debug)]
pub struct Held {
    pub base: Sum,
    pub quote: Sum,
    pub fees: Sum,
    /// To be paid.
    pub funding: Sum,
}

/// Base that a range holds at an `s`: `L (1/s - 1/s_u)` inside.
pub fn base_in(range: &Range, s: &BigInt) -> Real {
    base_between(&range.hold(s), &range.upper_root, &range.liquidity)
}

/// What two inverses, each a unit of 2^-112 too small, may be off in base.
fn inverses(range: &Range) -> Real {
    int(range.liquidity.clone()) / int(power(112))
}

/// Whether a kept debt may stand for what a range held when it was opened: rounded up.
pub fn allows_debt(range: &Range, s: &BigInt, debt: &BigInt) -> bool {
    let over = int(debt.clone()) - base_in(range, s);
    over >= -inverses(range) && over < Real::one() + inverses(range)
}

/// Everything that a range is entitled to since its checkpoint, with the curve at `s`.
pub fn held(holding: &Holding, history: &[Event], s: &BigInt) -> Held {
    let Holding { range, debt, since } = holding;
    let (mut quote, mut fees, mut funding) = (Sum::new(), Sum::new(), Sum::new());
    // One unit of an accumulator on the whole of L.
    let unit = int(range.liquidity.clone()) / int(power(64));
    for event in &history[*since..] {
        match event {
            Event::Step { from, to, peg, lp } => {
                let (a, b) = (range.hold(from), range.hold(to));
                if a == b {
                    continue;
                }
                let size = quote_between(&a, &b, &range.liquidity, *peg);
                if b > a {
                    quote.exact += &size;
                } else {
                    quote.exact -= &size;
                }
                quote.loss += &unit;
                fees.exact += &lp.least * &size;
                fees.gain += (&lp.most - &lp.least) * &size;
                // The ranges' rate and the growth are rounded down.
                fees.loss += ulp() * &size + &unit * int(2);
            }
            Event::Funding { per_base, secs, s } => {
                funding.exact += per_base * (base_in(range, s) - int(debt.clone()));
                funding.loss += &unit * int(*secs);
                let inverses = per_base.abs() * inverses(range) * int(3);
                funding.loss += &inverses;
                funding.gain += inverses;
            }
        }
    }
    quote.loss += Real::one();
    fees.loss += Real::one();
    funding.loss += Real::one() + unit * int(2);
    let base = Sum {
        exact: base_in(range, s) - int(debt.clone()),
        loss: Real::one() + inverses(range),
        gain: inverses(range),
    };
    Held { base, quote, fees, funding }
}

/// What decides whether a range may be opened.
#[derive(Clone, Debug)]
pub struct Opening {
    pub lower: i32,
    pub upper: i32,
    pub liquidity: BigInt,
    pub tick_spacing: i32,
    pub s: BigInt,
    pub least_s: BigInt,
    pub most_s: BigInt,
    pub index_age_secs: i64,
    pub max_age_secs: u32,
    pub guarded: bool,
    pub flagged: bool,
    pub written_off: u64,
    /// Notional of open interest at mark.
    pub open_interest: Real,
    pub tolerance: Real,
    pub min_liquidity: u64,
    pub total_liquidity: BigInt,
    pub peg: u64,
    pub index: u64,
    pub band: Real,
    pub ranges: usize,
}

impl Opening {
    /// Every reason to refuse it.
    pub fn refusals(&self) -> Vec<&'static str> {
        let on_grid = |tick: i32| tick.abs() <= super::curve::LAST_TICK && tick % self.tick_spacing == 0;
        let total = &self.total_liquidity + &self.liquidity;
        let s = super::root(self.s.clone());
        let here = price(self.peg) * &s * &s;
        let edge = |away: Real| price(floor(&(price(self.index) * away / ulp())));
        let (high, low) = (price(self.index) + edge(self.band.clone()), price(self.index) - edge(self.band.clone()));
        let off_band = !self.band.is_zero() && (here > high || here < low);
        let deficit = &self.tolerance * int(floor(&self.open_interest));
        let mut refusals = Vec::new();
        for (wrong, name) in [
            (self.index_age_secs > i64::from(self.max_age_secs), "PriceStale"),
            (self.guarded, "MarketGuarded"),
            (self.written_off != 0 && int(self.written_off) > int(floor(&deficit)), "MarketHasDeficit"),
            (self.flagged, "AccountFlagged"),
            (!on_grid(self.lower) || !on_grid(self.upper), "InvalidTick"),
            (self.lower >= self.upper, "InvalidRange"),
            (self.liquidity < self.min_liquidity.max(1).into(), "LiquidityTooSmall"),
            (self.s < self.least_s || self.s > self.most_s, "CurveOutOfBounds"),
            (off_band, "PriceBandExceeded"),
            // Both below 2^64.
            (total >= power(64) || int(total.clone()) * price(self.peg) >= int(power(64)), "LiquidityTooLarge"),
            (self.ranges >= 8, "RangesFull"),
        ] {
            if wrong {
                refusals.push(name);
            }
        }
        if refusals.is_empty() {
            let liquidity = u128::try_from(&self.liquidity).unwrap();
            let range = Range::new(self.lower, self.upper, liquidity);
            if base_in(&range, &self.s) > int(power(62)) {
                refusals.push("MathOverflow");
            }
        }
        refusals
    }
}
