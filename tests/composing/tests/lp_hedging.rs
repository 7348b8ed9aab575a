//! The numbers of docs/lp-hedging.md, on the chain: a position in somebody else's concentrated pool, hedged here.

use keel_chain_tests::{SOL, dollars};
use keel_composing_tests::Scene;
use keel_embedded::exchange::Trader;
use keel_engine::Error;
use keel_sdk::instructions::{TradeTo, ViewDelta};
use keel_sdk::path::Reach;
use keel_sdk::views::{DeltaView, FillView};
use solana_signer::Signer;

const PAGE: &str = include_str!("../../../docs/lp-hedging.md");
/// The pool's range in USD, and the position's liquidity: 100 SOL and what belongs to them at 150 USD.
const LOWER: f64 = 120.0;
const UPPER: f64 = 187.5;

/// SOL and USDC of a position with liquidity 1 in the pool at a price.
fn held(price: f64) -> (f64, f64) {
    let (root, lower, upper) = (price.clamp(LOWER, UPPER).sqrt(), LOWER.sqrt(), UPPER.sqrt());
    (1.0 / root - 1.0 / upper, root - lower)
}

fn liquidity() -> f64 {
    100.0 / held(150.0).0
}

/// Base atoms that hedge a delta in SOL: a contract is ten.
fn target(delta: f64) -> i64 {
    -(delta * 1e8).round() as i64
}

fn hedge(scene: &Scene, trader: &Trader, delta: f64, tolerance: u64) -> TradeTo {
    TradeTo {
        authority: trader.key.pubkey(),
        account: trader.account,
        market: SOL,
        price: scene.world.price_account(SOL),
        target: target(delta),
        tolerance,
        limit: None,
        reach: Reach::ahead(2),
    }
}

#[test]
fn the_pages_example() {
    let mut scene = Scene::new();
    let trader = scene.trader("provider elsewhere", 10_000);
    let liquidity = liquidity();
    let value = |price: f64| {
        let (sol, usdc) = held(price);
        liquidity * (sol * price + usdc)
    };
    let (mut begun, mut now, mut trades) = (None, 150.0, 0);
    let mut missing = Vec::new();
    for price in [150.0, 140.0, 160.0, 175.0, 190.0, 130.0, 115.0] {
        // A trade for each dollar on the way.
        while {
            let gap: f64 = price - now;
            now += gap.clamp(-1.0, 1.0);
            scene.price(now);
            let order = hedge(&scene, &trader, liquidity * held(now).0, 0);
            let built = order.instruction(&scene.world.exchange.chain).unwrap();
            match scene.try_send(&[built]) {
                Ok(executed) => {
                    let fill: FillView = keel_sdk::views::decode(&executed.returned).unwrap();
                    assert_ne!(fill.base, 0);
                    trades += 1;
                }
                // Out of its range the position's delta stands still.
                Err(refused) => assert_eq!(refused.error(), Some(Error::NearTarget), "{refused}"),
            }
            now != price
        } {}
        let delta = liquidity * held(price).0;
        assert_eq!(scene.world.base(&trader, SOL), target(delta));
        // Near enough is refused, for who asks each time and wants to trade seldom.
        let near = hedge(&scene, &trader, delta + 0.5, 100_000_000).instruction(&scene.world.exchange.chain).unwrap();
        assert_eq!(scene.try_send(&[near]).unwrap_err().error(), Some(Error::NearTarget));
        let (pool, margin) = (value(price), scene.equity(&trader.account));
        let (first_pool, first) = *begun.get_or_insert((pool, margin));
        let (alone, hedged) = (pool - first_pool, pool - first_pool + margin - first);
        let row = format!("| {price} | {delta:.3} | {} | {pool:.0} | {alone:.0} | {hedged:.0} |", target(delta));
        println!("{row}");
        if !PAGE.contains(&row) {
            missing.push(row);
        }
        // What is left is what any such pool loses against holding, which its own fees are for, and the trades' cost.
        assert!(hedged > -300.0 && hedged < 100.0, "{price}: {hedged}");
    }
    println!("{trades} trades");
    assert!(missing.is_empty(), "not in docs/lp-hedging.md: {missing:#?}");
}

#[test]
fn ranges_here_tell_their_own_delta() {
    let mut scene = Scene::new();
    let provider = scene.world.open("another provider", dollars(100_000), true);
    scene.world.provide(&provider, SOL, -200, 200, dollars(100_000));
    let whale = scene.trader("whale", 500_000);
    scene.world.trade(&whale, SOL, keel_engine::Side::Buy, dollars(500_000));
    scene.pass(3);
    let ask = |scene: &Scene| -> DeltaView {
        let view = ViewDelta { account: provider.account, market: SOL };
        let view = view.instruction(&scene.world.exchange.chain).unwrap();
        scene.world.exchange.chain.view(view).unwrap()
    };
    let before = ask(&scene);
    assert!(before.delta < 0 && before.position == 0, "{before:?}");
    let order = TradeTo {
        authority: provider.key.pubkey(),
        account: provider.account,
        market: SOL,
        price: scene.world.price_account(SOL),
        target: -before.ranges_base,
        tolerance: 0,
        limit: None,
        reach: Reach::ahead(2),
    };
    let built = order.instruction(&scene.world.exchange.chain).unwrap();
    scene.send(&[built]);
    let after = ask(&scene);
    // The purchase itself moves the curve, and the ranges with it: by their part of the liquidity.
    assert!(after.delta.unsigned_abs() < before.delta.unsigned_abs() / 20, "{before:?} {after:?}");
}
