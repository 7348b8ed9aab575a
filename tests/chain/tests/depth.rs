//! How deep ten million dollars of margin make a market, and how large what lies on the chain is.

use keel_chain_tests::world::BTC_PRICE;
use keel_chain_tests::{BTC, World, dollars};
use keel_embedded::books;
use keel_engine::Side;
use keel_engine::state::{MarginAccount, Market};
use keel_sdk::accounts::Stored;
use keel_simulator::native;

const PROVIDERS: u64 = 10;
/// Margin of each: ten million USD together.
const MARGIN: u64 = dollars(1_000_000);
/// What each puts on the curve, from 1% below the index to 1% above.
const QUOTE: u64 = dollars(15_000_000);

#[test]
fn a_million_moves_the_price_by_two_basis_points_at_most() {
    let mut world = World::new();
    let providers: Vec<_> =
        (0..PROVIDERS).map(|index| world.open(&format!("provider {index}"), MARGIN, true)).collect();
    world.tick();
    for provider in &providers {
        world.provide(provider, BTC, -100, 100, QUOTE);
    }
    let trader = world.open("trader", dollars(200_000), false);
    let books = books::read(&world.exchange.chain).unwrap();
    let now = world.exchange.chain.now();
    let used = |provider: &keel_embedded::Trader| native::initial(&books, &provider.account, now).unwrap();
    let required: u64 = providers.iter().map(|provider| used(provider).required).sum();
    let lost: i64 = providers.iter().map(|provider| MARGIN as i64 - used(provider).equity).sum();
    println!("initial margin in use: {} USD, at the worst end {} USD more", required / 1_000_000, lost / 1_000_000);
    assert!(required.saturating_add_signed(lost) <= PROVIDERS * MARGIN / 2);

    for side in [Side::Buy, Side::Sell] {
        let before = native::curve_price(&world.market(BTC));
        world.trade(&trader, BTC, side, dollars(1_000_000));
        let moved = (native::curve_price(&world.market(BTC)) / before - 1.0).abs() * 1e4;
        println!("{side:?}: {moved:.2} basis points");
        assert!(moved > 0.1 && moved <= 2.0);
        assert!((native::usd(world.market(BTC).index.bits) / BTC_PRICE - 1.0).abs() < 1e-9, "the index stayed");
    }
}

#[test]
fn sizes() {
    println!("market {} bytes, margin account {} bytes", Market::LEN, MarginAccount::LEN);
    const { assert!(MarginAccount::LEN <= 1_200) };
    let program = std::fs::metadata(keel_simulator::program::path()).unwrap().len();
    println!("program {program} bytes");
    assert!(program <= 1_000_000);
}
