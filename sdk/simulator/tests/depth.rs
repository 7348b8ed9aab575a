//! A market's depth: what it says of each price is what the curve does.

use std::collections::BTreeMap;
use std::path::Path;

use keel_engine::book::Book;
use keel_engine::curve::Exact;
use keel_engine::state::TickArray;
use keel_engine::{Now, Side, views};
use keel_sdk::accounts::encode;
use keel_sdk::address;
use keel_sdk::chain::Accounts;
use keel_sdk::quote;
use keel_sdk::views::FeeView;
use keel_simulator::scenario::{Runner, Scenario};
use keel_simulator::{Books, Executor, Simulator};
use solana_pubkey::Pubkey;

const MARKET: u16 = 1;

/// Decoded books as a chain has them.
struct Chain(BTreeMap<Pubkey, Vec<u8>>);

impl Accounts for Chain {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.0.get(address).cloned()
    }
}

impl Chain {
    fn of(books: &Books) -> Self {
        let markets = books.markets.iter().map(|(number, market)| (address::market(*number), encode(market)));
        let arrays =
            books.arrays.iter().map(|((market, index), array)| (address::tick_array(*market, *index), encode(array)));
        Self(markets.chain(arrays).collect())
    }
}

/// A scenario, up to its end.
fn played(file: &str) -> Simulator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios").join(file);
    let scenario = Scenario::read(&path).unwrap();
    let mut runner = Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap());
    runner.by_ref().for_each(|line| drop(line.unwrap()));
    runner.executor
}

/// What a trade of that much base would cost, whatever crossings it takes and however far it goes.
fn cost(books: &Books, side: Side, base: u64, now: Now) -> FeeView {
    let mut market = books.markets[&MARKET];
    (market.params.max_crossings, market.params.price_band_ppm) = (64, 0);
    let mut arrays: Vec<TickArray> = books.arrays_of(MARKET).copied().collect();
    let mut arrays: Vec<&mut TickArray> = arrays.iter_mut().collect();
    views::fee::fee(&mut Book { market: &mut market, arrays: &mut arrays }, None, side, Exact::Base(base), now).unwrap()
}

#[test]
fn every_point_is_where_a_trade_of_its_base_comes_to_stand() {
    let simulator = played("two-lps-and-a-whale.json");
    let (books, now) = (simulator.books(), simulator.now());
    let chain = Chain::of(books);
    let mut seen = 0;
    for (width, steps) in [(500, 1), (2_000, 7), (10_000, 50), (60_000, 200)] {
        let depth = quote::depth(&chain, MARKET, None, width, steps, now).unwrap();
        for (side, points) in [(Side::Buy, depth.buy), (Side::Sell, depth.sell)] {
            assert!(!points.is_empty() && points.len() <= steps as usize);
            let (mut last, mut far) = (0, 0);
            for point in &points {
                assert!(point.base >= last, "{point:?}");
                last = point.base;
                let start = cost(books, side, 1_000, now).price_before;
                let distance = point.price.bits.abs_diff(start);
                assert!(distance >= far && distance <= start / 1_000_000 * u64::from(width) + start / 100_000);
                assert_eq!(point.price.bits >= start, side == Side::Buy);
                far = distance;
                if point.base == 0 {
                    continue;
                }
                let told = cost(books, side, point.base, now);
                // Each level rounds once more: by an atom of base, which is 20 of quote.
                assert!(point.base - told.base <= u64::from(steps), "{side:?} {point:?} {told:?}");
                assert!(told.price_after.abs_diff(point.price.bits) <= point.price.bits >> 30, "{point:?} {told:?}");
                assert!(told.quote.abs_diff(point.quote) <= 25 * u64::from(steps), "{point:?} {told:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} points");
}

#[test]
fn it_ends_where_the_liquidity_does() {
    let simulator = played("two-lps-and-a-whale.json");
    let (books, now) = (simulator.books(), simulator.now());
    let chain = Chain::of(books);
    let depth = quote::depth(&chain, MARKET, None, 600_000, 100, now).unwrap();
    for (side, points) in [(Side::Buy, depth.buy), (Side::Sell, depth.sell)] {
        assert!(points.len() < 100, "{side:?}: {}", points.len());
        let all = points.last().unwrap();
        let told = cost(books, side, all.base + 1_000_000, now);
        assert_eq!(told.filled, 0, "{side:?}: {told:?}");
        assert!(told.base.abs_diff(all.base) <= 200, "{told:?} {all:?}");
    }
}

#[test]
fn of_no_steps_there_are_no_points() {
    let simulator = played("two-lps-and-a-whale.json");
    let chain = Chain::of(simulator.books());
    assert_eq!(quote::depth(&chain, MARKET, None, 1_000, 0, simulator.now()).unwrap(), quote::Depth::default());
    assert!(quote::depth(&chain, 9, None, 1_000, 5, simulator.now()).is_err());
}
