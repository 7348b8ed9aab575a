//! The pool itself: an exchange on which it quotes by strategies, as deep as the bounds on strategies let it.

use anyhow::{Context, Result, ensure};
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_simulator::pool::PoolAct;
use keel_simulator::setup::AccountSetup;
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, Setup};

use super::build::{TAKER, TAKER_USD};
use super::stress::{Move, survives};
use super::{CAPITAL, MOVE_PPM, WIDTHS};
use crate::paths::{MARKETS, Published};
use crate::setup;
use crate::world::{USD, World};

/// Who gives the pool its money, and who is paid for keeping it.
const DEPOSITOR: &str = "depositor";
const KEEPER: &str = "keeper";
/// Seconds from the start to the deposit's execution.
const WAIT: i64 = 5;

/// The largest leverage that a strategy may have: its side's margin, at least a tenth, within the market's part.
fn most_leverage(params: &Params) -> f64 {
    1e6 / f64::from(params.imr_ppm.max(100_000))
}

/// How many times as deep as apart strategies may quote at most: with the largest leverage, the parts of the pool that
/// this takes add up to all of it.
fn most_factor(setup: &Setup, apart: &[f64; MARKETS]) -> f64 {
    let parts = setup.markets.iter().zip(apart).map(|(market, apart)| apart / most_leverage(&market.params));
    MARKETS as f64 / parts.sum::<f64>()
}

/// The pool on the chain, quoting as deep as its strategies may and as the rule lets it, and its leverages over a fifth of
/// the capital.
pub fn on_chain(firsts: &Published, apart: &[f64; MARKETS], rule: f64) -> Result<(World, [f64; MARKETS])> {
    let account = |name: &str, usd: f64| AccountSetup::new(name.to_owned(), (usd * USD) as u64);
    let accounts =
        vec![account(DEPOSITOR, CAPITAL), account(KEEPER, 0.0), account(TAKER, TAKER_USD), AccountSetup::pool()];
    let mut setup = setup::at(firsts, accounts)?;
    let factor = most_factor(&setup, apart).min(rule);
    let leverage = apart.map(|apart| apart * factor);
    setup.strategies = setup
        .markets
        .iter()
        .enumerate()
        .map(|(place, market)| (place, terms(&market.params, place, leverage[place])))
        .collect();
    let mut world = World::of(0, setup)?;

    let (who, by) = (world.who(DEPOSITOR)?, world.who(KEEPER)?);
    let ask = PoolAct::RequestDeposit { who, amount: (CAPITAL * USD) as u64, min_shares: 0, tip: 0 };
    let _asked = world.perform(Action::Pool(ask))?.context("the deposit")?;
    world.turn(WAIT);
    let _done = world.perform(Action::Pool(PoolAct::ExecuteDeposit { number: None, by }))?.context("its execution")?;
    let _set_aside = world.perform(Action::BalanceReserve)?.context("the reserve")?;
    for market in 0..MARKETS {
        let _refreshed = world.perform(Action::Refresh { market })?.context("a refresh")?;
    }
    for market in 0..MARKETS {
        let rebalance = world.perform(Action::Strategy(StrategyAct::Rebalance { market, by }))?;
        let _placed = rebalance.with_context(|| format!("the pool's range in market {}", market + 1))?;
    }
    let pool = world.address(world.setup.pool().context("there is no pool")?)?;
    ensure!(survives(world.books(), &pool, Move::One(MOVE_PPM), world.now())?, "the pool breaks the rule");
    Ok((world, leverage))
}

/// A strategy with the largest leverage and the part of the pool that this takes.
fn terms(params: &Params, market: usize, leverage: f64) -> StrategyTerms {
    let most = most_leverage(params);
    StrategyTerms {
        quotes: 1,
        backstops: 0,
        pad: [0; 2],
        width_ticks: WIDTHS[market].unsigned_abs(),
        weight_ppm: (leverage / MARKETS as f64 / most * 1e6) as u32,
        leverage_ppm: (most * 1e6) as u32,
        exposure_cap_usd: u32::MAX,
        backstop_cap_usd: 0,
        backstop_loss_cap_usd: 0,
    }
}
