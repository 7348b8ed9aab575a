//! Governance of the pool: what is queued, what the guardian does at once, and within which bounds.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

use bytemuck::{Pod, Zeroable, bytes_of};
use keel_engine::exchange_params::{PoolParams, set_exchange_defaults, set_pool_defaults};
use keel_engine::governance::*;
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{self, CHANGE_LENGTH, Change, Exchange, MAX_POSITIONS, MarginAccount, Market};
use keel_engine::{Error, Now, Result};

const T0: i64 = 1_800_000_000;
const DELAY: i64 = 172_800;

const GOOD: StrategyTerms = StrategyTerms {
    quotes: 1,
    backstops: 1,
    pad: [0; 2],
    width_ticks: 100,
    weight_ppm: 250_000,
    leverage_ppm: 5_000_000,
    exposure_cap_usd: 1_000_000,
    backstop_cap_usd: 500_000,
    backstop_loss_cap_usd: 50_000,
};

struct World {
    exchange: Exchange,
    pool: state::Pool,
    account: MarginAccount,
    market: Market,
}

impl World {
    fn new() -> Self {
        let mut exchange = Exchange { markets: 20, launched_at: 1, ..Exchange::zeroed() };
        set_exchange_defaults(&mut exchange);
        let mut pool = state::Pool::zeroed();
        set_pool_defaults(&mut pool);
        let market = Market { index_number: 1, params: Params::DEFAULT, ..Market::zeroed() };
        Self { exchange, pool, account: MarginAccount::zeroed(), market }
    }

    fn queued<T: Pod>(&mut self, kind: Kind, target: u16, value: &T) -> Result<Change> {
        let mut content = [0; CHANGE_LENGTH];
        content[..size_of::<T>()].copy_from_slice(bytes_of(value));
        let mut change = Change::zeroed();
        let proposal = Proposal { kind: kind as u8, target, content: &content, payer: [1; 32], bump: 0 };
        queue(&mut self.exchange, &mut change, &proposal, Now { unix: T0, slot: 0 }).map(|()| change)
    }

    fn execute(&mut self, change: &Change, has_market: bool, unix: i64) -> Result<()> {
        let market = has_market.then_some(&self.market);
        change_pool(&self.exchange, &mut self.pool, &self.account, market, change, Now { unix, slot: 0 })
    }

    /// Queued and executed in its time.
    fn put(&mut self, market: u16, terms: &StrategyTerms) -> Result<()> {
        let change = self.queued(Kind::Strategy, market, terms)?;
        self.market.index_number = market;
        self.execute(&change, true, T0 + DELAY)
    }
}

#[test]
fn a_strategy_waits_and_is_put_in_whole() {
    let mut world = World::new();
    let change = world.queued(Kind::Strategy, 1, &GOOD).unwrap();
    assert_eq!(world.execute(&change, true, T0 + DELAY - 1), Err(Error::ChangeNotReady));
    assert_eq!(world.execute(&change, false, T0 + DELAY), Err(Error::MarketMissing));
    world.market.index_number = 2;
    assert_eq!(world.execute(&change, true, T0 + DELAY), Err(Error::WrongMarket));
    world.market.index_number = 1;
    world.execute(&change, true, T0 + DELAY).unwrap();
    let strategy = world.pool.strategy_mut(1).unwrap();
    assert_eq!((strategy.width_ticks, strategy.weight_ppm, strategy.backstop_loss_cap_usd), (100, 250_000, 50_000));
    // What is counted stays when the terms change.
    (strategy.rebalanced_at, strategy.taken_base, strategy.tipped_liquidity) = (7, 8, 9);
    world.put(1, &StrategyTerms { width_ticks: 50, backstops: 0, ..GOOD }).unwrap();
    let strategy = world.pool.strategy(1).unwrap();
    assert_eq!((strategy.width_ticks, strategy.backstops), (50, 0));
    assert_eq!((strategy.rebalanced_at, strategy.taken_base, strategy.tipped_liquidity), (7, 8, 9));
    assert_eq!(world.pool.strategies.iter().filter(|strategy| strategy.market != 0).count(), 1);
}

#[test]
fn strategies_within_their_bounds() {
    let mut world = World::new();
    let rows = [
        (StrategyTerms { quotes: 2, ..GOOD }, Error::InvalidParameter),
        (StrategyTerms { backstops: 2, ..GOOD }, Error::InvalidParameter),
        (StrategyTerms { pad: [0, 1], ..GOOD }, Error::InvalidParameter),
        (StrategyTerms { width_ticks: 0, ..GOOD }, Error::InvalidParameter),
        (StrategyTerms { width_ticks: 101, ..GOOD }, Error::InvalidParameter),
        (StrategyTerms { width_ticks: 5_002, ..GOOD }, Error::InvalidParameter),
        // The band is 1.2%.
        (StrategyTerms { width_ticks: 122, ..GOOD }, Error::UnsafeParameters),
        (StrategyTerms { weight_ppm: 0, ..GOOD }, Error::InvalidParameter),
        (StrategyTerms { weight_ppm: 1_000_001, ..GOOD }, Error::InvalidParameter),
        (StrategyTerms { leverage_ppm: 0, ..GOOD }, Error::InvalidParameter),
        (StrategyTerms { leverage_ppm: 20_000_001, ..GOOD }, Error::InvalidParameter),
        // A tenth of the notional is kept when somebody leaves.
        (StrategyTerms { leverage_ppm: 10_000_001, ..GOOD }, Error::UnsafeParameters),
    ];
    for (terms, error) in rows {
        assert_eq!(world.put(1, &terms), Err(error), "{terms:?}");
    }
    for terms in [
        StrategyTerms { width_ticks: 120, leverage_ppm: 10_000_000, weight_ppm: 1_000_000, ..GOOD },
        StrategyTerms { width_ticks: 2, leverage_ppm: 1, weight_ppm: 1, exposure_cap_usd: 0, ..GOOD },
        // One that only backstops needs none of it.
        StrategyTerms { quotes: 0, width_ticks: 0, weight_ppm: 0, leverage_ppm: 0, ..GOOD },
    ] {
        world.put(1, &terms).unwrap();
    }
    // Dearer margin leaves less leverage.
    world.market.params.imr_ppm = 250_000;
    assert_eq!(world.put(1, &StrategyTerms { leverage_ppm: 4_000_001, ..GOOD }), Err(Error::UnsafeParameters));
    world.put(1, &StrategyTerms { leverage_ppm: 4_000_000, ..GOOD }).unwrap();
    // All of them together are given no more than there is.
    world.put(2, &StrategyTerms { weight_ppm: 750_000, leverage_ppm: 1, ..GOOD }).unwrap();
    assert_eq!(world.put(3, &StrategyTerms { weight_ppm: 1, leverage_ppm: 1, ..GOOD }), Err(Error::UnsafeParameters));
    // No market of that number.
    assert_eq!(world.put(0, &GOOD), Err(Error::WrongMarket));
    assert_eq!(world.put(21, &GOOD), Err(Error::WrongMarket));
}

#[test]
fn a_strategy_is_dropped_once_nothing_is_there() {
    let mut world = World::new();
    let none = StrategyTerms::default();
    assert_eq!(world.put(1, &none), Err(Error::StrategyMissing));
    let terms = StrategyTerms { weight_ppm: 100_000, leverage_ppm: 1_000_000, ..GOOD };
    for market in 1..=8 {
        world.put(market, &terms).unwrap();
    }
    assert_eq!(world.put(9, &terms), Err(Error::StrategiesFull));
    // Something is there: it stays, to be taken down.
    world.account.positions[3].market = 5;
    world.put(5, &none).unwrap();
    assert_eq!(world.pool.strategy(5).map(|strategy| (strategy.quotes, strategy.weight_ppm)), Ok((0, 0)));
    world.account.positions[3].market = 0;
    // The market is closed down and gone: nobody asks for it.
    let change = world.queued(Kind::Strategy, 5, &none).unwrap();
    world.execute(&change, false, T0 + DELAY).unwrap();
    assert_eq!(world.pool.strategy(5), Err(Error::StrategyMissing));
    world.put(9, &terms).unwrap();
    assert_eq!(world.pool.strategies.iter().filter(|strategy| strategy.market != 0).count(), MAX_POSITIONS);
}

#[test]
fn parameters_and_opening() {
    let mut world = World::new();
    let params = PoolParams { rebalance_gap_secs: 120, slippage_ppm: 500, ..PoolParams::of(&world.pool) };
    let change = world.queued(Kind::PoolParams, 0, &params).unwrap();
    world.execute(&change, false, T0 + DELAY).unwrap();
    assert_eq!((world.pool.rebalance_gap_secs, world.pool.slippage_ppm), (120, 500));
    let beyond = PoolParams { rebalance_gap_secs: 9, ..params };
    assert_eq!(world.queued(Kind::PoolParams, 0, &beyond).map(drop), Err(Error::InvalidParameter));
    assert_eq!(world.queued(Kind::PoolParams, 1, &params).map(drop), Err(Error::InvalidInstruction));

    guard_pool(&mut world.pool, PoolGuard::Close).unwrap();
    assert_eq!(world.pool.closed, 1);
    assert_eq!(guard_pool(&mut world.pool, PoolGuard::Close), Err(Error::NotTighter));
    let change = world.queued(Kind::OpenPool, 0, &[0u8; 0]).unwrap();
    world.execute(&change, false, T0 + DELAY).unwrap();
    assert_eq!(world.pool.closed, 0);
    // A change of something else.
    let change = world.queued(Kind::LiftReduceOnly, 1, &[0u8; 0]).unwrap();
    assert_eq!(world.execute(&change, true, T0 + DELAY), Err(Error::ChangeUnknown));
}

#[test]
fn the_guardian_only_tightens() {
    let mut world = World::new();
    world.put(3, &GOOD).unwrap();
    let pool = &mut world.pool;
    let mut guard = |guard: PoolGuard| {
        let (action, market, value) = guard.encoded();
        assert_eq!(PoolGuard::of(action, market, value), Ok(guard));
        let before = *pool;
        let result = guard_pool(pool, guard);
        if result.is_err() {
            assert_eq!(*pool, before);
        }
        result.map(|()| *pool)
    };
    assert_eq!(guard(PoolGuard::StopQuoting(3)).unwrap().strategies[0].quotes, 0);
    assert_eq!(guard(PoolGuard::StopQuoting(3)), Err(Error::NotTighter));
    assert_eq!(guard(PoolGuard::StopBackstop(3)).unwrap().strategies[0].backstops, 0);
    assert_eq!(guard(PoolGuard::StopBackstop(3)), Err(Error::NotTighter));
    assert_eq!(guard(PoolGuard::ExposureCap(3, 1_000_000)), Err(Error::NotTighter));
    assert_eq!(guard(PoolGuard::ExposureCap(3, 0)).unwrap().strategies[0].exposure_cap_usd, 0);
    assert_eq!(guard(PoolGuard::BackstopCap(3, 500_001)), Err(Error::NotTighter));
    assert_eq!(guard(PoolGuard::BackstopCap(3, 499_999)).unwrap().strategies[0].backstop_cap_usd, 499_999);
    assert_eq!(guard(PoolGuard::BackstopLossCap(3, 1)).unwrap().strategies[0].backstop_loss_cap_usd, 1);
    assert_eq!(guard(PoolGuard::Cap(0)), Err(Error::NotTighter));
    assert_eq!(guard(PoolGuard::Cap(5)).unwrap().pool_cap_usd, 5);
    assert_eq!(guard(PoolGuard::Cap(6)), Err(Error::NotTighter));
    for wrong in [PoolGuard::StopQuoting(4), PoolGuard::StopBackstop(0), PoolGuard::ExposureCap(4, 0)] {
        assert_eq!(guard(wrong), Err(Error::StrategyMissing));
    }
    for (action, market, value) in [(0, 1, 0), (0, 0, 1), (1, 1, 5), (2, 3, 1), (3, 3, 1), (7, 0, 0), (255, 3, 0)] {
        assert_eq!(PoolGuard::of(action, market, value), Err(Error::InvalidInstruction));
    }
}
