//! Everyone on the exchange: who deposits what, and who acts how in which markets.

use anyhow::Result;
use keel_simulator::setup::AccountSetup;

use crate::agents::{
    Agent, Arbitrageur, Basket, Depositor, Gambler, Ladder, Noise, Patient, Provider, Quoting, Reversion, Seat, Stay,
    Trend, Whale,
};
use crate::paths::{BTC, ETH, MARKETS, NVDA, PUMP, SOL};
use crate::world::World;

/// Who is paid for keeping.
pub const KEEPER: &str = "keeper";
/// Who trades 1,000,000 USD of BTC before everybody else.
pub const WHALE: &str = "whale";

/// Names and deposits in USD.
const DEPOSITS: [(&str, u64); 20] = [
    (KEEPER, 100),
    (WHALE, 1_000_000),
    ("LP one", 5_000_000),
    ("LP two", 5_000_000),
    ("LP majors", 4_000_000),
    ("LP edges", 1_500_000),
    ("pool LP one", 3_000_000),
    ("pool LP two", 1_500_000),
    ("pool LP late", 500_000),
    ("trend, slow", 500_000),
    ("trend, fast", 300_000),
    ("mean reversion", 500_000),
    ("patient", 200_000),
    ("ladder", 250_000),
    ("noise", 400_000),
    ("basket", 400_000),
    ("arbitrageur", 1_000_000),
    ("night owl", 150_000),
    ("gambler", 50_000),
    ("bigger gambler", 120_000),
];

/// The accounts that there are from the start; the pool's is the last.
pub fn accounts() -> Vec<AccountSetup> {
    let people = DEPOSITS.iter().map(|(name, usd)| AccountSetup::new((*name).to_owned(), usd * 1_000_000));
    people.chain([AccountSetup::pool()]).collect()
}

/// Who gives money to the pool: two from the start, of whom one wants half of it back in the middle of the crash, and one
/// who comes after it and leaves altogether.
pub fn depositors(world: &World) -> Result<Vec<Depositor>> {
    let stays = [
        ("pool LP one", Stay { from: 0, until: 225, part: 0.5 }),
        ("pool LP two", Stay { from: 0, until: 420, part: 0.25 }),
        ("pool LP late", Stay { from: 300, until: 440, part: 1.0 }),
    ];
    stays.into_iter().map(|(name, stay)| Ok(Depositor::new(Seat::of(world, name)?, stay))).collect()
}

/// The liquidity providers with their own ranges. The first two quote BTC alone.
pub fn providers(world: &World) -> Result<Vec<Provider>> {
    let quoting = |market, width, part| Quoting { market, width, part };
    let seats: [(&str, u64, Vec<Quoting>); 4] = [
        ("LP one", 0, vec![quoting(BTC, 100, 1.0)]),
        ("LP two", 60, vec![quoting(BTC, 100, 1.0)]),
        ("LP majors", 30, vec![quoting(SOL, 100, 0.5), quoting(ETH, 100, 0.5)]),
        // The curve of a fixed peg has to reach wherever the price may go.
        ("LP edges", 90, vec![quoting(PUMP, 6_000, 0.6), quoting(NVDA, 150, 0.4)]),
    ];
    seats
        .into_iter()
        .map(|(name, offset, quotings)| Ok(Provider::new(Seat::of(world, name)?, quotings, offset)))
        .collect()
}

/// The traders. `rest` is how many turns a gambler rests after a loss.
pub fn traders(world: &World, rest: u64, seed: u64) -> Result<Vec<Box<dyn Agent>>> {
    let seat = |name| Seat::of(world, name);
    Ok(vec![
        Box::new(Trend::new(seat("trend, slow")?, BTC, 1_500_000.0, 60.0, 360.0)),
        Box::new(Trend::new(seat("trend, fast")?, SOL, 1_000_000.0, 10.0, 60.0)),
        Box::new(Reversion::new(seat("mean reversion")?, ETH, 1_500_000.0)),
        Box::new(Whale::new(seat(WHALE)?, ETH, 2_000_000.0)),
        Box::new(Patient::new(seat("patient")?, BTC, 500_000.0)),
        Box::new(Ladder::new(seat("ladder")?, SOL, 600_000.0)),
        Box::new(Noise::new(seat("noise")?, (0..MARKETS).collect(), 200_000.0, seed)),
        Box::new(Basket::new(seat("basket")?, [BTC, SOL, ETH], 700_000.0)),
        Box::new(Arbitrageur::new(seat("arbitrageur")?, PUMP)),
        Box::new(Noise::new(seat("night owl")?, vec![NVDA], 600_000.0, seed.wrapping_add(3))),
        Box::new(Gambler::new(seat("gambler")?, SOL, rest, seed.wrapping_add(1))),
        Box::new(Gambler::new(seat("bigger gambler")?, BTC, rest, seed.wrapping_add(2))),
    ])
}
