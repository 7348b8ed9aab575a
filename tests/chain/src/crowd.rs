//! The largest shapes: a cross-margined account in eight markets with eight ranges, and a curve littered with ticks.

use keel_embedded::exchange::Trader;
use keel_engine::Side;
use keel_engine::params::Params;
use keel_engine::state::MAX_POSITIONS;
use keel_simulator::Quote;

use crate::world::{BTC, BTC_PRICE, World, btc_listing, dollars};

/// Eight markets with liquidity and somebody with a range and a position in each.
pub struct Crowd {
    /// The world.
    pub world: World,
    /// Who is everywhere.
    pub everywhere: Trader,
    /// Numbers of the markets.
    pub markets: Vec<u16>,
}

impl Crowd {
    /// Positions of that many dollars each, ranges only if asked for.
    pub fn new(with_ranges: bool, deposit: u64, notional: u64) -> Self {
        Self::of(with_ranges, deposit, notional, |_| {})
    }

    /// The same with other parameters.
    pub fn of(with_ranges: bool, deposit: u64, notional: u64, bend: impl Fn(&mut Params)) -> Self {
        let mut world = World::of(&bend);
        let mut markets = vec![BTC, crate::world::SOL];
        let mut listing = btc_listing();
        bend(&mut listing.params);
        while markets.len() < MAX_POSITIONS {
            markets.push(world.list(&listing, Quote::of_usd(BTC_PRICE)));
        }
        let provider = world.open("provider", dollars(5_000_000), true);
        world.tick();
        for market in &markets {
            world.provide(&provider, *market, -100, 100, dollars(1_000_000));
        }
        let everywhere = world.open("everywhere", dollars(deposit), true);
        for market in &markets {
            if with_ranges {
                world.provide(&everywhere, *market, -60, 60, dollars(10_000));
            }
            world.trade(&everywhere, *market, Side::Buy, dollars(notional));
        }
        Self { world, everywhere, markets }
    }
}

/// Ranges that nest around the index, so that each tick to both sides ends one: that many to a side.
pub fn litter(world: &mut World, market: u16, ticks_a_side: i32) {
    let spacing = 2;
    let mut provider = None;
    for index in 0..ticks_a_side {
        if index % 8 == 0 {
            provider = Some(world.open(&format!("litterer {}", index / 8), dollars(200_000), true));
        }
        // The same liquidity each: what it brings grows with the width.
        let edge = spacing * (index + 1);
        let quote = dollars(1_000) * u64::from(edge.unsigned_abs()) / 2;
        world.provide(provider.as_ref().unwrap(), market, -edge, edge, quote);
    }
}
