//! The keeper: refreshes the market, flags who is unhealthy, unwinds, liquidates on the curve, settles losers while the
//! pot is short, and resolves what is left. It needs no permission and no capital.

use anyhow::Result;
use keel_engine::pot::{may_settle_other, unsettled};
use keel_simulator::{Action, Done, RangeAt};

use crate::recorder::Event;
use crate::world::{MARKET, USD, World};

/// Steps on one account at one price: an account far under water need not rest between them.
const STEPS: usize = 8;
/// The smallest loss that it settles, in quote atoms.
const SMALLEST_LOSS: i64 = 100_000_000;

/// A keeper with a margin account that is paid.
pub struct Keeper {
    who: usize,
    /// What it did since it was last asked.
    events: Vec<Event>,
}

impl Keeper {
    /// The scenario's keeper.
    pub fn of(world: &World) -> Result<Self> {
        Ok(Self { who: world.who("keeper")?, events: Vec::new() })
    }

    /// What happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Takes the published price into the market.
    pub fn refresh(&self, world: &mut World) -> Result<()> {
        let _counted = world.perform(Action::Refresh { market: MARKET })?;
        Ok(())
    }

    /// Looks at every account and does what there is to do.
    pub fn watch(&mut self, world: &mut World) -> Result<()> {
        let (everybody, own) = (0..world.setup.accounts.len(), self.who);
        for who in everybody.clone().filter(|who| *who != own) {
            let unhealthy = is_unhealthy(world, who);
            if unhealthy && world.account(who)?.flagged_at == 0 {
                self.flag(world, who)?;
            }
            // A flagged account that has recovered is left alone: the next touch clears its flag.
            if unhealthy && world.account(who)?.flagged_at != 0 {
                self.liquidate(world, who)?;
            }
        }
        self.settle_losers(world, everybody)
    }

    fn flag(&mut self, world: &mut World, who: usize) -> Result<()> {
        if world.perform(Action::BeginLiquidation { who })?.is_ok() {
            self.events.push(Event::flag(who));
        }
        Ok(())
    }

    /// What there is to do on a flagged account: its ranges first, then its position, then what it owes.
    fn liquidate(&mut self, world: &mut World, who: usize) -> Result<()> {
        for slot in slots(world, who)? {
            let unwind = Action::UnwindRange { who, market: MARKET, range: RangeAt::Slot(slot) };
            let _counted = world.perform(unwind)?;
        }
        let state = *world.account(who)?;
        if state.flagged_at == 0 {
            return Ok(());
        }
        for _ in 0..STEPS {
            if !is_unhealthy(world, who) || world.contracts(who) == 0.0 || !self.step(world, who)? {
                break;
            }
        }
        if world.contracts(who) != 0.0 {
            return Ok(());
        }
        let owes = world.position(who).is_some_and(|position| position.quote < 0);
        if owes && state.ranges == 0 && world.perform(Action::Resolve { who, market: MARKET })?.is_ok() {
            self.events.push(Event::resolve(who));
        }
        Ok(())
    }

    /// One step on the curve. Returns whether the program took it.
    fn step(&mut self, world: &mut World, who: usize) -> Result<bool> {
        let step = Action::LiquidateOnCurve { who, market: MARKET, by: self.who, max_base: u64::MAX };
        let answer = world.perform(step)?;
        if let Ok(Done::Liquidated { quote, .. }) = answer {
            self.events.push(Event::step(who, quote.unsigned_abs() as f64 / USD));
        }
        Ok(answer.is_ok())
    }

    /// Collects from losers whose loss is worth a transaction, while the pot is short of claims.
    fn settle_losers(&self, world: &mut World, everybody: std::ops::Range<usize>) -> Result<()> {
        for who in everybody {
            let market = world.market()?;
            if market.pot >= market.claims {
                return Ok(());
            }
            let Some(position) = world.position(who) else { continue };
            // A debtor is the business of liquidation.
            let is_worth_it = position.debt == 0 && unsettled(market, position)? <= -SMALLEST_LOSS;
            if is_worth_it && may_settle_other(market, world.account(who)?, world.now())? {
                let _counted = world.perform(Action::Settle { who, market: MARKET, by: self.who })?;
            }
        }
        Ok(())
    }
}

fn is_unhealthy(world: &World, who: usize) -> bool {
    world.health(who).is_some_and(|health| health.is_unhealthy())
}

/// Slots of the ranges that somebody has on the curve.
fn slots(world: &World, who: usize) -> Result<Vec<u8>> {
    let companion = world.books().ranges.get(&world.address(who)?);
    let ranges = companion.iter().flat_map(|companion| (0u8..).zip(&companion.ranges));
    Ok(ranges.filter(|(_, range)| !range.is_empty()).map(|(slot, _)| slot).collect())
}
