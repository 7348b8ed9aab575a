//! The operations, each on the engine's own function.

use keel_engine::curve::is_beyond;
use keel_engine::funding::{next_rate, smoothed};
use keel_engine::math::amounts::{
    RelativeQuote, base_delta_ceil, base_delta_floor, base_in_full, base_out_full, quote_delta_ceil, quote_delta_floor,
};
use keel_engine::math::next_price::{next_sqrt_price_from_base, next_sqrt_price_from_quote};
use keel_engine::math::tick::{inv_sqrt, sqrt_price_at_tick, tick_at_sqrt_price};
use keel_engine::units::{Price, SqrtPrice};
use keel_engine::{Error, Side};

use super::request::{Request, Result, named};
use crate::scenario::writer;

/// Performs what a line asks for.
pub(super) fn perform(line: &str) -> Result<String> {
    let request = Request::parse(line)?;
    let mut out = writer();
    match request.operation()?.as_str() {
        "sqrt_price_at_tick" => {
            request.takes(&["tick"])?;
            let s = sqrt_price_at_tick(request.tick()?).map_err(named)?;
            out.amount("sqrt_price", s.get());
        }
        "tick_at_sqrt_price" => {
            request.takes(&["sqrt_price"])?;
            let tick = tick_at_sqrt_price(request.sqrt_price("sqrt_price")?).map_err(named)?;
            out.plain("tick", tick);
        }
        "base_delta" => {
            request.takes(&["a", "b", "liquidity", "round_up"])?;
            let (a, b, liquidity) = (request.sqrt_price("a")?, request.sqrt_price("b")?, request.liquidity()?);
            let delta = if request.flag("round_up")? { base_delta_ceil } else { base_delta_floor };
            out.amount("amount", delta(a, b, liquidity).map_err(named)?);
        }
        "quote_delta" => {
            request.takes(&["a", "b", "liquidity", "peg", "round_up"])?;
            let (a, b, liquidity) = (request.sqrt_price("a")?, request.sqrt_price("b")?, request.liquidity()?);
            let delta = if request.flag("round_up")? { quote_delta_ceil } else { quote_delta_floor };
            out.amount("amount", delta(a, b, liquidity, request.peg()?).map_err(named)?);
        }
        "step" => {
            request.takes(&["sqrt_price", "target", "liquidity", "peg", "amount", "kind", "exact"])?;
            let step = Step::asked(&request)?;
            let (s, base, quote) = step.play().map_err(named)?;
            out.amount("sqrt_price", s.get()).amount("base", base).amount("quote", quote);
        }
        "funding_rate" => {
            request.takes(&["rate", "ema", "premium", "dt", "params"])?;
            let (rate, ema, premium) = (request.rate("rate")?, request.rate("ema")?, request.rate("premium")?);
            let (secs, params) = (request.secs()?, request.params()?);
            let ema = smoothed(ema, premium, secs, u64::from(params.funding_tau_secs));
            out.amount("ema", ema.bits).amount("rate", next_rate(&params, ema, rate, secs).bits);
        }
        other => {
            return Err(format!(
                "there is no operation `{other}`; there are sqrt_price_at_tick, tick_at_sqrt_price, base_delta, \
                 quote_delta, step, funding_rate"
            ));
        }
    }
    Ok(out.finish())
}

/// One step of a taker within constant liquidity.
struct Step {
    side: Side,
    /// Whether the amount counts base.
    is_base: bool,
    amount: u64,
    from: SqrtPrice,
    target: SqrtPrice,
    liquidity: u128,
    peg: Price,
}

impl Step {
    fn asked(request: &Request) -> Result<Self> {
        let (from, target) = (request.sqrt_price("sqrt_price")?, request.sqrt_price("target")?);
        let is_base = match request.word("kind")?.as_str() {
            "base" => true,
            "quote" => false,
            _ => return Err("`kind` is \"base\" or \"quote\"".to_owned()),
        };
        // Base into the curve and quote out of it are a sale.
        let side = match (request.word("exact")?.as_str(), is_base) {
            ("in", true) | ("out", false) => Side::Sell,
            ("out", true) | ("in", false) => Side::Buy,
            _ => return Err("`exact` is \"in\" or \"out\"".to_owned()),
        };
        if is_beyond(from, target, side) {
            let (does, lies) = if side == Side::Buy { ("buys", "below") } else { ("sells", "above") };
            return Err(format!("`kind` and `exact` say that the taker {does}, but the target lies {lies} sqrt_price"));
        }
        let (liquidity, peg, amount) = (request.liquidity()?, request.peg()?, request.amount()?);
        if liquidity == 0 {
            return Err(named(Error::InsufficientLiquidity));
        }
        Ok(Self { side, is_base, amount, from, target, liquidity, peg })
    }

    /// The next `s`, and the base and quote that change hands, by the rules of the curve's loop: the exact side to the
    /// target decides whether the step is whole, and `s` never passes the target.
    fn play(&self) -> std::result::Result<(SqrtPrice, u64, u64), Error> {
        if self.from == self.target {
            return Ok((self.from, 0, 0));
        }
        let full = if self.is_base { self.base_to(self.target) } else { self.quote_to(self.target) };
        let (to, exact) = match full {
            Ok(full) if self.amount > full => (self.target, full),
            // More than any amount that is served lies before the target.
            Ok(_) | Err(Error::MathOverflow | Error::NotionalTooLarge) => (self.next()?, self.amount),
            Err(error) => return Err(error),
        };
        if self.is_base { Ok((to, exact, self.quote_to(to)?)) } else { Ok((to, self.base_to(to)?, exact)) }
    }

    /// Where the amount leads, at most to the target.
    fn next(&self) -> std::result::Result<SqrtPrice, Error> {
        let next = if self.is_base {
            next_sqrt_price_from_base(self.from, self.liquidity, self.amount, self.side)
        } else {
            next_sqrt_price_from_quote(self.from, self.liquidity, self.peg, self.amount, self.side)
        };
        match next {
            Ok(next) if !is_beyond(next, self.target, self.side) => Ok(next),
            Ok(_) | Err(Error::InsufficientLiquidity | Error::InvalidSqrtPrice) => Ok(self.target),
            Err(error) => Err(error),
        }
    }

    /// Base of the way to an `s`: out of the curve rounded down, into it rounded up.
    fn base_to(&self, to: SqrtPrice) -> std::result::Result<u64, Error> {
        if to == self.from {
            return Ok(0);
        }
        let (from, to) = (inv_sqrt(self.from)?, inv_sqrt(to)?);
        match self.side {
            Side::Buy => base_out_full(self.liquidity, from, to),
            Side::Sell => base_in_full(self.liquidity, from, to),
        }
    }

    /// Quote of the way to an `s`: into the curve rounded up, out of it rounded down.
    fn quote_to(&self, to: SqrtPrice) -> std::result::Result<u64, Error> {
        let relative = RelativeQuote::new(self.from, to, self.peg);
        match self.side {
            Side::Buy => relative.amount_ceil(self.liquidity),
            Side::Sell => relative.amount_floor(self.liquidity),
        }
    }
}
