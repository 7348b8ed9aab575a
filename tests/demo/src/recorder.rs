//! What the report draws: a series of moments, thinned to what a plot can show, and the events among them.

use anyhow::Result;
use keel_engine::units::ONE;
use keel_simulator::native;

use crate::world::{USD, World};

/// Moments kept, at most twice as many.
const MOMENTS: usize = 1_600;

/// One moment of the market.
#[derive(Clone, Debug)]
pub struct Frame {
    pub unix: i64,
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
    /// Equity of each account, in USD.
    pub equity: Vec<f64>,
}

/// What happened to an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Flag,
    /// A liquidation step of that many USD.
    Step(f64),
    Resolve,
}

/// Something that the report marks.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub unix: i64,
    pub price: f64,
    /// Whose account, by its place in the scenario.
    pub who: usize,
    pub kind: Kind,
}

impl Event {
    const fn of(who: usize, kind: Kind) -> Self {
        Self { unix: 0, price: 0.0, who, kind }
    }

    pub const fn flag(who: usize) -> Self {
        Self::of(who, Kind::Flag)
    }

    pub const fn step(who: usize, usd: f64) -> Self {
        Self::of(who, Kind::Step(usd))
    }

    pub const fn resolve(who: usize) -> Self {
        Self::of(who, Kind::Resolve)
    }
}

/// The recorded run.
pub struct Recorder {
    every: usize,
    seen: usize,
    pub frames: Vec<Frame>,
    pub events: Vec<Event>,
    /// Lowest and highest funding rate, in ppm per hour.
    pub funding: (f64, f64),
}

impl Recorder {
    /// For a run of that many samples.
    pub fn new(samples: usize) -> Self {
        let every = (samples / MOMENTS).max(1);
        Self { every, seen: 0, frames: Vec::new(), events: Vec::new(), funding: (0.0, 0.0) }
    }

    /// Notes the present and what the keeper did in it.
    pub fn note(&mut self, world: &World, accounts: &[usize], events: Vec<Event>) -> Result<()> {
        let market = world.market()?;
        let (unix, index) = (world.unix(), native::usd(market.index.bits));
        let funding = market.funding_rate.bits as f64 / ONE as f64 * 1e6;
        self.funding = (self.funding.0.min(funding), self.funding.1.max(funding));
        let eventful = !events.is_empty();
        self.events.extend(events.into_iter().map(|event| Event { unix, price: index, ..event }));
        self.seen += 1;
        if !eventful && self.seen % self.every != 1 % self.every {
            return Ok(());
        }
        let notional = |base: u64| base as f64 / 1e9 * index;
        self.frames.push(Frame {
            unix,
            index,
            mark: native::usd(market.mark.bits),
            curve: native::curve_price(market),
            funding,
            long: notional(market.long_base),
            short: notional(market.short_base),
            net: market.net_taker_base() as f64 / 1e9 * index,
            insurance: (market.insurance + market.insurance_claim) as f64 / USD,
            written_off: market.written_off as f64 / USD,
            guarded: market.is_guarded(),
            equity: accounts.iter().map(|who| world.equity(*who)).collect(),
        });
        Ok(())
    }
}
