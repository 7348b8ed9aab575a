//! The keeper: refreshes, flags, unwinds, has collateral sold, liquidates, settles losers, resolves, pays
//! who waits in the queue. It needs no permission, no capital but
//! for dust, and sees nothing that is not on the chain.

use anyhow::Result;
use keel_engine::curve::Exact;
use keel_engine::liquidation::TakeOver;
use keel_engine::pot::{may_settle_other, shortfall, unsettled};
use keel_engine::state::USDC;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{Error, Side};
use keel_simulator::{Action, RangeAt};

use crate::collateral::BANK;
use crate::crowd::{KEEPER, LIQUIDATOR};
use crate::sale;
use crate::world::World;

/// Steps on one account at one look: far under water nothing rests between them.
const STEPS: usize = 24;
/// Opposite holders that are tried for one step.
const HOLDERS: usize = 6;
/// Discount for which the liquidator takes a position over, and gives it up again.
const WORTH_TAKING: f64 = 0.003;
/// Notional over capital up to which it takes over.
const LIQUIDATOR_LEVERAGE: f64 = 1.5;
/// Notional of what is not worth a discount, in quote atoms.
const DUST: u64 = 20_000_000;
/// The smallest loss that is worth a transaction, in quote atoms.
const SMALLEST_LOSS: i64 = 10_000_000;
/// The same for a profit, and the seconds between two looks at it, and at ranges.
const SMALLEST_PROFIT: i64 = 100_000_000;
const REST: i64 = 60;

/// Takes what is published into every market.
pub fn refresh(world: &mut World) -> Result<()> {
    for market in 0..world.books().markets.len() {
        let _counted = world.perform(Action::Refresh { market })?;
    }
    if world.bank().is_some() {
        let _counted = world.perform(Action::RefreshBank { bank: BANK })?;
    }
    Ok(())
}

/// Looks at every account and does what there is to do.
pub fn watch(world: &mut World) -> Result<()> {
    refresh(world)?;
    for who in (0..world.people()).filter(|who| *who != KEEPER) {
        if is_unhealthy(world, who) {
            if !has_live_flag(world, who)? {
                let _counted = world.perform(Action::BeginLiquidation { who })?;
            }
            liquidate(world, who)?;
        } else if world.tokens(who) != 0 && sale::is_owing(world, who) && sale::sell(world, who)? {
            settle_debts(world, who)?;
        }
    }
    sale::carry_out(world)?;
    unload(world)?;
    settle_others(world)?;
    collect(world)?;
    for bank in [USDC, BANK] {
        while world.first_in_queue(bank).is_some()
            && world.perform(Action::PayWithdrawal { bank, ticket: None })?.is_ok()
        {}
    }
    Ok(())
}

/// Settles ranges whose losses winners wait for, and brings what is pledged to the insurance that it is for.
fn collect(world: &mut World) -> Result<()> {
    if !world.now().unix.unsigned_abs().is_multiple_of(REST.unsigned_abs()) {
        return Ok(());
    }
    for market in 0..world.books().markets.len() {
        for who in 0..world.people() {
            let Some(position) = world.position(who, market).copied() else { continue };
            if position.pledged != 0 {
                let creditor = usize::from(position.creditor).saturating_sub(1);
                let _counted = world.perform(Action::CollectPledged { who, market, creditor })?;
            }
            let state = world.market(market)?;
            if position.ranges == 0 || state.pot >= state.claims {
                continue;
            }
            for slot in world.slots(who, market) {
                let range = RangeAt::Slot(slot);
                let _counted = world.perform(Action::SettleRange { who, market, range, by: KEEPER })?;
            }
        }
    }
    Ok(())
}

/// What a sale brought pays the debts that it was for.
fn settle_debts(world: &mut World, who: usize) -> Result<()> {
    for market in 0..world.books().markets.len() {
        if world.position(who, market).is_some_and(|position| position.debt != 0) {
            let _counted = world.perform(Action::Settle { who, market, by: KEEPER })?;
        }
    }
    Ok(())
}

/// Whether an account must be reduced; a stale mark tells nothing.
pub fn is_unhealthy(world: &World, who: usize) -> bool {
    world.health(who).is_some_and(|health| health.is_unhealthy())
}

/// Whether a flag stands whose auction still counts. One that no step has followed for so long is set anew.
fn has_live_flag(world: &World, who: usize) -> Result<bool> {
    let account = world.account(who)?;
    let ttl = world.books().markets.values().map(|market| market.params.flag_ttl_secs).max().unwrap_or(0);
    let rested = world.now().unix.saturating_sub(account.flagged_at.max(account.stepped_at));
    Ok(account.flagged_at != 0 && rested <= i64::from(ttl))
}

/// What there is to do on a flagged account: ranges first, then positions, then what is owed.
fn liquidate(world: &mut World, who: usize) -> Result<()> {
    let markets = world.books().markets.len();
    for market in 0..markets {
        for slot in world.slots(who, market) {
            let _counted = world.perform(Action::UnwindRange { who, market, range: RangeAt::Slot(slot) })?;
        }
    }
    if world.tokens(who) != 0 && world.account(who)?.ranges == 0 {
        let _any = sale::sell(world, who)?;
    }
    for market in 0..markets {
        for _ in 0..STEPS {
            let open = world.base(who, market) != 0 && world.account(who)?.ranges == 0;
            if !open || !is_unhealthy(world, who) || !step(world, who, market)? {
                break;
            }
        }
    }
    let closed = (0..markets).all(|market| world.base(who, market) == 0) && world.account(who)?.ranges == 0;
    if closed && world.tokens(who) != 0 {
        sale::settle_closed(world, who)?;
        if sale::sell(world, who)? {
            sale::settle_closed(world, who)?;
        }
    }
    if closed {
        for market in 0..markets {
            if world.position(who, market).is_some_and(|position| position.quote < 0) {
                let _counted = world.perform(Action::Resolve { who, market })?;
            }
        }
    }
    Ok(())
}

/// One step on a position: whoever is quicker of the liquidator and the keeper on the curve, and against an opposite holder
/// where neither can.
fn step(world: &mut World, who: usize, market: usize) -> Result<bool> {
    let curve = Action::LiquidateOnCurve { who, market, by: KEEPER, max_base: u64::MAX };
    let takes = who != LIQUIDATOR && has_room(world)?;
    let request = TakeOver { max_base: u64::MAX, limit: Some(worth_taking(world, who, market)?) };
    let take_over = takes.then_some(Action::Liquidate { who, market, by: LIQUIDATOR, request });
    let mut attempts: Vec<Action> = take_over.into_iter().chain([curve]).collect();
    if (who + world.steps()).is_multiple_of(2) {
        attempts.reverse();
    }
    for attempt in attempts {
        if world.perform(attempt)?.is_ok() {
            return Ok(true);
        }
    }
    Ok(deleverage(world, who, market)? || sweep_up(world, who, market)?)
}

/// Takes dust over for nothing: a few atoms may have no opposite but the market's rounding.
fn sweep_up(world: &mut World, who: usize, market: usize) -> Result<bool> {
    let notional = world.market(market)?.mark.notional_ceil(world.base(who, market).unsigned_abs())?;
    if notional > DUST {
        return Ok(false);
    }
    let request = TakeOver { max_base: u64::MAX, limit: None };
    Ok(world.perform(Action::Liquidate { who, market, by: KEEPER, request })?.is_ok())
}

/// Whether the liquidator wants more: it keeps away from what could liquidate it.
fn has_room(world: &World) -> Result<bool> {
    let mut notional = 0.0;
    for market in 0..world.books().markets.len() {
        let mark = world.market(market)?.mark;
        notional += mark.notional_ceil(world.base(LIQUIDATOR, market).unsigned_abs())? as f64;
    }
    let account = world.account(LIQUIDATOR)?;
    Ok(account.flagged_at == 0 && notional < LIQUIDATOR_LEVERAGE * account.usdc() as f64)
}

/// The worst price at which the liquidator takes over.
fn worth_taking(world: &World, who: usize, market: usize) -> Result<Price> {
    let margin = if world.base(who, market) > 0 { 1.0 - WORTH_TAKING } else { 1.0 + WORTH_TAKING };
    Ok(Price::from_bits((world.market(market)?.mark.bits as f64 * margin) as u64))
}

/// Closes at mark against the opposite holder with the highest return on margin.
fn deleverage(world: &mut World, who: usize, market: usize) -> Result<bool> {
    for holder in opposite(world, who, market)?.into_iter().take(HOLDERS) {
        let step = Action::Deleverage { who, market, holder, by: KEEPER, max_base: u64::MAX };
        match world.perform(step)? {
            Ok(_) => return Ok(true),
            Err(Error::AuctionRunning | Error::BackstopFirst | Error::PricesApart) => break,
            Err(_) => {}
        }
    }
    Ok(false)
}

/// Opposite holders, by their return on margin.
fn opposite(world: &World, who: usize, market: usize) -> Result<Vec<usize>> {
    let (held, state) = (world.base(who, market), world.market(market)?);
    let mut found = Vec::new();
    for holder in (0..world.people()).filter(|holder| ![who, KEEPER].contains(holder)) {
        let Some(position) = world.position(holder, market) else { continue };
        let notional = state.mark.notional_ceil(position.base.unsigned_abs())?.max(1);
        let value = unsettled(state, position)? as f64 + (position.unmatured + position.mature) as f64;
        // What is in ranges shows only once they are settled, which the step does.
        if position.base.signum() == -held.signum() || position.ranges != 0 {
            found.push((value / notional as f64, holder));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(found.into_iter().map(|(_, holder)| holder).collect())
}

/// The liquidator gets rid of what it took over, as far as the curve takes it near the mark.
fn unload(world: &mut World) -> Result<()> {
    for market in 0..world.books().markets.len() {
        let base = world.base(LIQUIDATOR, market);
        if base == 0 {
            continue;
        }
        let side = if base > 0 { Side::Sell } else { Side::Buy };
        let limit = Some(worth_taking(world, LIQUIDATOR, market)?);
        let exact = Exact::Base(base.unsigned_abs());
        let order = Order { side, exact, limit, reduce_only: true, all_or_nothing: false };
        let _counted = world.perform(Action::Trade { who: LIQUIDATOR, market, order })?;
    }
    Ok(())
}

/// Collects from losers while the pot is short of claims, old debts from whoever has money again, and brings winners' claims
/// up to date while losses are not covered.
fn settle_others(world: &mut World) -> Result<()> {
    for market in 0..world.books().markets.len() {
        for who in 0..world.people() {
            let (state, account) = (world.market(market)?, world.account(who)?);
            let Some(position) = world.position(who, market) else { continue };
            let (value, rested) = (unsettled(state, position)?, world.now().unix - position.settled_at);
            let is_worth_it = if position.debt != 0 {
                // It has money again, or the price came back. What cannot pay is the business of liquidation.
                account.usdc() != 0 || value.saturating_add_unsigned(position.debt) > 0
            } else if value < 0 {
                state.pot < state.claims && value <= -SMALLEST_LOSS
            } else {
                // Winners who have not settled yet bear their part of a shortfall like those who have.
                shortfall(state) != 0 && value >= SMALLEST_PROFIT && rested >= REST
            };
            if is_worth_it && may_settle_other(state, account, world.now())? {
                let _counted = world.perform(Action::Settle { who, market, by: KEEPER })?;
            }
        }
    }
    Ok(())
}
