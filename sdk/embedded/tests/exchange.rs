//! The harness itself, on the compiled program: what it sends, reads, mirrors and keeps unchanged.

use keel_embedded::exchange::Listing;
use keel_embedded::snapshot::{Snapshot, assert_unchanged};
use keel_embedded::{Exchange, Trader, token};
use keel_engine::curve::Exact;
use keel_engine::delegate::By;
use keel_engine::trade::Order;
use keel_engine::{Error, Side};
use keel_sdk::instructions::{AddRange, Trade};
use keel_sdk::path::Reach;
use keel_simulator::genesis::{self, Genesis};
use keel_simulator::{Quote, compare::compare, native, operations};
use solana_signer::Signer;

const START: i64 = 1_700_000_000;
const USD: u64 = 1_000_000;

/// An exchange with a market at 40,000 USD and a range of 1% to either side.
fn exchange() -> (Exchange, Trader) {
    let quote = Quote::of_usd(40_000.0);
    let mut exchange = Exchange::start(START).unwrap();
    let genesis = Genesis::read(&genesis::path("localnet")).unwrap();
    let listing = Listing::of_genesis(genesis.market("BTC").unwrap(), &quote).unwrap();
    assert_eq!(exchange.list(&listing, &quote).unwrap(), 1);
    let provider = exchange.open("provider", 5_000_000 * USD, true).unwrap();
    let add = AddRange {
        owner: provider.key.pubkey(),
        account: provider.account,
        market: 1,
        price: exchange.feed(1).unwrap().address,
        lower: -100,
        upper: 100,
        liquidity: 100_000_000_000_000,
        min_sqrt_price: keel_engine::math::tick::MIN_SQRT_PRICE,
        max_sqrt_price: keel_engine::math::tick::MAX_SQRT_PRICE,
    };
    let instruction = add.instruction(&exchange.chain).unwrap();
    exchange.send(&[instruction], &[&provider.key]).unwrap().unwrap();
    (exchange, provider)
}

fn buy(exchange: &Exchange, trader: &Trader, base: u64) -> Trade {
    Trade {
        authority: trader.key.pubkey(),
        account: trader.account,
        market: 1,
        price: exchange.feed(1).unwrap().address,
        side: Side::Buy,
        exact: Exact::Base(base),
        limit: None,
        reduce_only: false,
        all_or_nothing: false,
        reach: Reach::default(),
    }
}

#[test]
fn a_trade_is_audited_and_the_same_natively() {
    let (mut exchange, _) = exchange();
    let trader = exchange.open("trader", 10_000 * USD, false).unwrap();
    let trade = buy(&exchange, &trader, 1_000_000_000);
    let order = Order { side: trade.side, exact: trade.exact, limit: None, reduce_only: false, all_or_nothing: false };
    let sample = Quote::of_usd(40_000.0).sample(START);
    let mut natively = exchange.books.clone();
    let (by, now) = (By::Owner, exchange.chain.now());
    let fill = operations::trade(&mut natively, 1, &trader.account, &sample, &order, by, now).unwrap();

    let instruction = trade.instruction(&exchange.chain).unwrap();
    let executed = exchange.send(&[instruction], &[&trader.key]).unwrap().unwrap();
    compare(&natively, &exchange.books).unwrap();
    assert_eq!(fill.base, 1_000_000_000);
    assert_eq!(executed.events.len(), 1);
    assert!(executed.units > 5_000 && exchange.findings.equalities > 20);
    let health = native::health(&exchange.books, &trader.account, exchange.chain.now()).unwrap();
    assert!(!health.is_unhealthy() && health.equity < i64::try_from(10_000 * USD).unwrap());
}

#[test]
fn a_refusal_has_the_engines_name_and_changes_nothing() {
    let (mut exchange, _) = exchange();
    let trader = exchange.open("trader", 1_000 * USD, false).unwrap();
    let before = Snapshot::take(&exchange.chain);
    let instruction = buy(&exchange, &trader, 1_000_000_000).instruction(&exchange.chain).unwrap();
    let refused = exchange.send(&[instruction], &[&trader.key]).unwrap().unwrap_err();
    assert_eq!(refused.error(), Some(Error::InsufficientMargin));
    assert_unchanged(&exchange.chain, &before);
}

#[test]
fn a_snapshot_notices_a_token() {
    let (mut exchange, provider) = exchange();
    let before = Snapshot::take(&exchange.chain);
    token::credit(&mut exchange.chain, &provider.tokens, 1).unwrap();
    assert_eq!(before.differences(&Snapshot::take(&exchange.chain)), [provider.tokens]);
}

#[test]
fn a_fork_goes_its_own_way() {
    let (mut exchange, _) = exchange();
    let mut fork = exchange.fork();
    let trader = fork.open("trader", 10_000 * USD, false).unwrap();
    assert!(fork.chain.account(&trader.account).is_some());
    assert!(exchange.chain.account(&trader.account).is_none());
    exchange.audit().unwrap();
}
