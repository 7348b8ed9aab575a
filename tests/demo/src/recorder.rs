//! What the report draws: a series of moments, thinned to what a plot can show, and the events among them.

use anyhow::Result;
use keel_engine::state::Market;
use keel_engine::units::ONE;
use keel_simulator::native;

use crate::paths::MARKETS;
use crate::world::{CONTRACT, USD, World};

/// Moments kept, at most twice as many.
const MOMENTS: usize = 700;

/// One moment.
#[derive(Clone, Debug)]
pub struct Frame {
    pub unix: i64,
    pub markets: Vec<MarketFrame>,
    pub pool: PoolFrame,
    /// Equity of each account, in USD.
    pub equity: Vec<f64>,
}

/// One moment of a market, in USD per contract where it is a price.
#[derive(Clone, Copy, Debug)]
pub struct MarketFrame {
    pub index: f64,
    pub mark: f64,
    pub curve: f64,
    /// Funding rate, in ppm per hour.
    pub funding: f64,
    /// Long and short positions, in USD.
    pub long: f64,
    pub short: f64,
    /// What takers hold net: positions less what live ranges have folded into theirs, in USD.
    pub net: f64,
    /// Insurance, its claim included, and written-off losses, in USD.
    pub insurance: f64,
    pub written_off: f64,
    /// Whether the market was guarded.
    pub guarded: bool,
    /// Whether its feed slept.
    pub asleep: bool,
}

/// One moment of the pool, in USD.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoolFrame {
    /// What a share is worth to who comes in and to who leaves.
    pub high: f64,
    pub low: f64,
    /// What all of it is worth to who leaves.
    pub value: f64,
    /// What it holds in each market, its ranges included.
    pub held: [f64; MARKETS],
}

/// What happened to an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Flag,
    /// A liquidation step of that many USD.
    Step(f64),
    Resolve,
    /// The pool took over.
    Backstop,
}

/// Something that the report marks.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub unix: i64,
    pub price: f64,
    /// Whose account, by its place.
    pub who: usize,
    /// In which market, by its place; a flag is in none.
    pub market: Option<usize>,
    pub kind: Kind,
}

impl Event {
    const fn of(who: usize, market: Option<usize>, kind: Kind) -> Self {
        Self { unix: 0, price: 0.0, who, market, kind }
    }

    pub const fn flag(who: usize) -> Self {
        Self::of(who, None, Kind::Flag)
    }

    pub const fn step(who: usize, market: usize, usd: f64) -> Self {
        Self::of(who, Some(market), Kind::Step(usd))
    }

    pub const fn backstop(who: usize, market: usize) -> Self {
        Self::of(who, Some(market), Kind::Backstop)
    }

    pub const fn resolve(who: usize, market: usize) -> Self {
        Self::of(who, Some(market), Kind::Resolve)
    }
}

/// The recorded run.
pub struct Recorder {
    every: usize,
    seen: usize,
    pub frames: Vec<Frame>,
    pub events: Vec<Event>,
    /// Lowest and highest funding rate of each market, in ppm per hour.
    pub funding: [(f64, f64); MARKETS],
}

impl Recorder {
    /// For a run of that many samples.
    pub fn new(samples: usize) -> Self {
        let every = (samples / MOMENTS).max(1);
        Self { every, seen: 0, frames: Vec::new(), events: Vec::new(), funding: [(0.0, 0.0); MARKETS] }
    }

    /// Notes the present and what the keeper did in it.
    pub fn note(&mut self, world: &World, accounts: &[usize], events: Vec<Event>) -> Result<()> {
        for (market, (low, high)) in self.funding.iter_mut().enumerate() {
            let funding = funding_ppm(world.market(market)?);
            (*low, *high) = (low.min(funding), high.max(funding));
        }
        let (unix, eventful) = (world.unix(), !events.is_empty());
        for event in events {
            let price = event.market.map_or(Ok(0.0), |market| world.index(market))?;
            self.events.push(Event { unix, price, ..event });
        }
        self.seen += 1;
        if eventful || self.seen % self.every == 1 % self.every {
            let markets = (0..MARKETS).map(|market| Ok(frame(world.market(market)?))).collect::<Result<_>>()?;
            let equity = accounts.iter().map(|who| world.equity(*who)).collect();
            let pool = world.pool_frame()?.unwrap_or_default();
            self.frames.push(Frame { unix, markets, pool, equity });
        }
        Ok(())
    }
}

/// Funding rate, in ppm per hour.
fn funding_ppm(market: &Market) -> f64 {
    market.funding_rate.bits as f64 / ONE as f64 * 1e6
}

fn frame(market: &Market) -> MarketFrame {
    let index = native::usd(market.index.bits);
    let notional = |base: f64| base / CONTRACT * index;
    MarketFrame {
        index,
        mark: native::usd(market.mark.bits),
        curve: native::curve_price(market),
        funding: funding_ppm(market),
        long: notional(market.long_base as f64),
        short: notional(market.short_base as f64),
        net: notional(market.net_taker_base() as f64),
        insurance: (market.insurance + market.insurance_claim) as f64 / USD,
        written_off: market.written_off as f64 / USD,
        guarded: market.is_guarded(),
        asleep: market.session != 0,
    }
}
