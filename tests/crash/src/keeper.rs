//! The keeper: refreshes, flags, unwinds, liquidates, settles losers, resolves. It needs no permission and no capital, and
//! sees nothing that is not on the chain.

use anyhow::Result;
use keel_engine::Error;
use keel_engine::pot::{may_settle_other, unsettled};
use keel_simulator::{Action, RangeAt};

use crate::crowd::KEEPER;
use crate::world::World;

/// Steps on one account at one look: far under water nothing rests between them.
const STEPS: usize = 8;
/// The smallest loss that is worth a transaction, in quote atoms.
const SMALLEST_LOSS: i64 = 10_000_000;

/// Takes what is published into every market.
pub fn refresh(world: &mut World) -> Result<()> {
    for market in 0..world.books().markets.len() {
        let _counted = world.perform(Action::Refresh { market })?;
    }
    Ok(())
}

/// Looks at every account and does what there is to do.
pub fn watch(world: &mut World) -> Result<()> {
    refresh(world)?;
    for who in (0..world.people()).filter(|who| *who != KEEPER) {
        if is_unhealthy(world, who) {
            if world.account(who)?.flagged_at == 0 {
                let _counted = world.perform(Action::BeginLiquidation { who })?;
            }
            liquidate(world, who)?;
        }
    }
    settle_losers(world)
}

/// Whether an account must be reduced; a stale mark tells nothing.
pub fn is_unhealthy(world: &World, who: usize) -> bool {
    world.health(who).is_some_and(|health| health.is_unhealthy())
}

/// What there is to do on a flagged account: ranges first, then positions, then what is owed.
fn liquidate(world: &mut World, who: usize) -> Result<()> {
    let markets = world.books().markets.len();
    for market in 0..markets {
        for slot in world.slots(who, market) {
            let _counted = world.perform(Action::UnwindRange { who, market, range: RangeAt::Slot(slot) })?;
        }
    }
    for market in 0..markets {
        for _ in 0..STEPS {
            let open = world.base(who, market) != 0 && world.account(who)?.ranges == 0;
            if !open || !is_unhealthy(world, who) || step(world, who, market)?.is_err() {
                break;
            }
        }
    }
    let closed = (0..markets).all(|market| world.base(who, market) == 0) && world.account(who)?.ranges == 0;
    if closed {
        for market in 0..markets {
            if world.position(who, market).is_some_and(|position| position.quote < 0) {
                let _counted = world.perform(Action::Resolve { who, market })?;
            }
        }
    }
    Ok(())
}

/// One step on a position.
fn step(world: &mut World, who: usize, market: usize) -> Result<Result<(), Error>> {
    let step = Action::LiquidateOnCurve { who, market, by: KEEPER, max_base: u64::MAX };
    Ok(world.perform(step)?.map(drop))
}

/// Collects from losers while the pot is short of claims.
fn settle_losers(world: &mut World) -> Result<()> {
    for market in 0..world.books().markets.len() {
        for who in 0..world.people() {
            let state = world.market(market)?;
            if state.pot >= state.claims {
                break;
            }
            let Some(position) = world.position(who, market) else { continue };
            // A debtor is the business of liquidation.
            let is_worth_it = position.debt == 0 && unsettled(state, position)? <= -SMALLEST_LOSS;
            if is_worth_it && may_settle_other(state, world.account(who)?, world.now())? {
                let _counted = world.perform(Action::Settle { who, market, by: KEEPER })?;
            }
        }
    }
    Ok(())
}
