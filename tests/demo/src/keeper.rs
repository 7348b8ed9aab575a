//! The keeper: refreshes the markets, flags who is unhealthy, unwinds, liquidates on the curve, settles losers while a pot
//! is short, and resolves what is left. It needs no permission and no capital.

use anyhow::Result;
use keel_engine::orders;
use keel_engine::pool::deposits::DEPOSIT;
use keel_engine::pool::redemptions::REDEMPTION;
use keel_engine::pot::{may_settle_other, unsettled};
use keel_simulator::orders::OrderAct;
use keel_simulator::pool::PoolAct;
use keel_simulator::setup::number;
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, Done, RangeAt};

use crate::cast::KEEPER;
use crate::paths::MARKETS;
use crate::recorder::Event;
use crate::world::{USD, World};

/// Steps on one account in one market at one price: an account far under water need not rest between them.
const STEPS: usize = 8;
/// Minutes between two looks at what the pool has earned.
const HOUR: u64 = 60;
/// The smallest loss that it settles, in quote atoms.
const SMALLEST_LOSS: i64 = 100_000_000;

/// A keeper with a margin account that is paid.
pub struct Keeper {
    who: usize,
    /// What it did since it was last asked.
    events: Vec<Event>,
}

impl Keeper {
    /// The keeper of the cast.
    pub fn of(world: &World) -> Result<Self> {
        Ok(Self { who: world.who(KEEPER)?, events: Vec::new() })
    }

    /// What happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Takes the published price into a market.
    pub fn refresh(&self, world: &mut World, market: usize) -> Result<()> {
        let _counted = world.perform(Action::Refresh { market })?;
        Ok(())
    }

    /// Looks at every account and does what there is to do.
    pub fn watch(&mut self, world: &mut World) -> Result<()> {
        let (everybody, own) = (0..world.setup.accounts.len(), self.who);
        for who in everybody.clone().filter(|who| *who != own) {
            let unhealthy = world.is_unhealthy(who);
            if unhealthy && world.account(who)?.flagged_at == 0 {
                self.flag(world, who)?;
            }
            // A flagged account that has recovered is left alone: the next touch clears its flag.
            if unhealthy && world.account(who)?.flagged_at != 0 {
                self.liquidate(world, who)?;
            }
        }
        (0..MARKETS).try_for_each(|market| self.settle_losers(world, market, everybody.clone()))
    }

    fn flag(&mut self, world: &mut World, who: usize) -> Result<()> {
        if world.perform(Action::BeginLiquidation { who })?.is_ok() {
            self.events.push(Event::flag(who));
        }
        Ok(())
    }

    /// What there is to do on a flagged account: its ranges first, then its positions, the largest first, then what it
    /// owes.
    fn liquidate(&mut self, world: &mut World, who: usize) -> Result<()> {
        for (market, slot) in ranges(world, who)? {
            let unwind = Action::UnwindRange { who, market, range: RangeAt::Slot(slot) };
            let _counted = world.perform(unwind)?;
        }
        let mut markets: Vec<usize> = (0..MARKETS).filter(|market| world.position(who, *market).is_some()).collect();
        markets.sort_by(|a, b| world.notional(who, *b).abs().total_cmp(&world.notional(who, *a).abs()));
        for market in &markets {
            let backstop = Action::Backstop { who, market: *market, by: self.who, max_base: u64::MAX };
            if self.attempt(world, backstop)? {
                self.events.push(Event::backstop(who, *market));
            }
            for _ in 0..STEPS {
                let is_done = world.account(who)?.flagged_at == 0 || world.contracts(who, *market) == 0.0;
                if is_done || !world.is_unhealthy(who) || !self.step(world, who, *market)? {
                    break;
                }
            }
        }
        for market in markets {
            let state = world.account(who)?;
            let is_flat = state.ranges == 0 && world.contracts(who, market) == 0.0;
            let owes = world.position(who, market).is_some_and(|position| position.quote < 0);
            let ends = state.flagged_at != 0 && is_flat && owes;
            if ends && world.perform(Action::Resolve { who, market })?.is_ok() {
                self.events.push(Event::resolve(who, market));
            }
        }
        Ok(())
    }

    /// One step on the curve. Returns whether the program took it.
    fn step(&mut self, world: &mut World, who: usize, market: usize) -> Result<bool> {
        let step = Action::LiquidateOnCurve { who, market, by: self.who, max_base: u64::MAX };
        let answer = world.perform(step)?;
        if let Ok(Done::Liquidated { quote, .. }) = answer {
            self.events.push(Event::step(who, market, quote.unsigned_abs() as f64 / USD));
        }
        Ok(answer.is_ok())
    }

    /// Executes every order that is due and would be filled, and cleans up those that cannot be any more.
    pub fn execute_orders(&self, world: &mut World) -> Result<()> {
        let waiting: Vec<_> =
            world.books().orders.iter().map(|((account, number), order)| (*account, *number, *order)).collect();
        for (address, order_number, order) in waiting {
            let Some(who) = world.who_at(&address)? else { continue };
            let (account, now, by) = (*world.account(who)?, world.now(), self.who);
            let market = usize::from(order.market).saturating_sub(1);
            let number = Some(order_number);
            let is_dead = orders::dead(&order, &account, Some(world.market(market)?), now).is_some();
            if !is_dead && orders::due(&order, &account, world.market(market)?, now).is_err() {
                continue;
            }
            let act = if is_dead { OrderAct::Clean { who, number, by } } else { OrderAct::Execute { who, number, by } };
            let action = Action::Order(act);
            if world.would(&action)
                && let Ok(done) = world.perform(action)?
            {
                world.tally.order(&order, &done);
            }
        }
        Ok(())
    }

    /// Lets into the pool who waits, and out of it whose turn it is; rolls its ranges to its strategies; once an hour
    /// collects what they have earned and balances its reserve.
    pub fn serve_pool(&self, world: &mut World, minute: u64) -> Result<()> {
        self.serve_requests(world)?;
        for market in 0..MARKETS {
            self.attempt(world, Action::Strategy(StrategyAct::Rebalance { market, by: self.who }))?;
            if minute % HOUR == HOUR - 1 {
                self.attempt(world, Action::Strategy(StrategyAct::Collect { market }))?;
            }
        }
        if minute % HOUR == HOUR - 1 {
            self.attempt(world, Action::BalanceReserve)?;
        }
        Ok(())
    }

    /// Requests are executed at prices as fresh as a trade's: each market is refreshed before the first.
    fn serve_requests(&self, world: &mut World) -> Result<()> {
        let by = self.who;
        let requests = &world.books().requests;
        let deposits: Vec<u64> =
            requests.range((DEPOSIT, 0)..(REDEMPTION, 0)).map(|((_, number), _)| *number).collect();
        let ready = |world: &World| {
            let (pool, now) = (world.books().pool?, world.now().unix);
            let first = world.books().requests.get(&(REDEMPTION, pool.redeem_head))?;
            (now >= first.ready_at || first.amount == 0).then_some(first.number)
        };
        if !deposits.is_empty() || ready(world).is_some() {
            (0..MARKETS).try_for_each(|market| self.refresh(world, market))?;
        }
        for number in deposits {
            self.attempt(world, Action::Pool(PoolAct::ExecuteDeposit { number: Some(number), by }))?;
        }
        while let Some(number) = ready(world) {
            if !self.attempt(world, Action::Pool(PoolAct::ExecuteRedeem { number: Some(number), by }))? {
                break;
            }
        }
        Ok(())
    }

    /// Does something if it can be done. Returns whether it was.
    fn attempt(&self, world: &mut World, action: Action) -> Result<bool> {
        Ok(world.would(&action) && world.perform(action)?.is_ok())
    }

    /// Collects from losers whose loss is worth a transaction, while a market's pot is short of claims.
    fn settle_losers(&self, world: &mut World, market: usize, everybody: std::ops::Range<usize>) -> Result<()> {
        for who in everybody {
            let state = world.market(market)?;
            if state.pot >= state.claims {
                return Ok(());
            }
            let Some(position) = world.position(who, market) else { continue };
            // A debtor is the business of liquidation.
            let is_worth_it = position.debt == 0 && unsettled(state, position)? <= -SMALLEST_LOSS;
            if is_worth_it && may_settle_other(state, world.account(who)?, world.now())? {
                let _counted = world.perform(Action::Settle { who, market, by: self.who })?;
            }
        }
        Ok(())
    }
}

/// Markets and slots of the ranges that somebody has on curves.
fn ranges(world: &World, who: usize) -> Result<Vec<(usize, u8)>> {
    let companion = world.books().ranges.get(&world.address(who)?);
    let ranges = companion.iter().flat_map(|companion| (0u8..).zip(&companion.ranges));
    let places = ranges.filter_map(|(slot, range)| Some(((0..MARKETS).find(|m| number(*m) == range.market)?, slot)));
    Ok(places.collect())
}
