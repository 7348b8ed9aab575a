//! The keeper: refreshes the market, flags who is unhealthy, unwinds, liquidates on the curve, settles losers while the
//! pot is short, and resolves what is left. It needs no permission and no capital.

use anyhow::Result;
use keel_embedded::Trader;
use keel_engine::pot::{may_settle_other, unsettled};
use keel_sdk::instructions::{BeginLiquidation, LiquidateOnCurve, Refresh, Resolve, UnwindRange};
use keel_sdk::path::Reach;
use keel_simulator::operations::{self, StepRequest};
use solana_pubkey::Pubkey;

use crate::recorder::Event;
use crate::world::{USD, World};

/// Steps on one account at one price: an account far under water need not rest between them.
const STEPS: usize = 8;
/// The smallest loss that it settles, in quote atoms.
const SMALLEST_LOSS: i64 = 100_000_000;

/// A keeper with a margin account that is paid.
pub struct Keeper {
    trader: Trader,
    /// What it did since it was last asked.
    events: Vec<Event>,
}

impl Keeper {
    pub fn open(world: &mut World) -> Result<Self> {
        Ok(Self { trader: world.open("keeper", 100.0, false)?, events: Vec::new() })
    }

    /// What happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Takes the published price into the market.
    pub fn refresh(&self, world: &mut World) -> Result<()> {
        let refresh = Refresh { market: world.market, price: world.price_account()? };
        let (market, sample, now) = (world.market, world.sample()?, world.now());
        world.send_mirrored("refresh", refresh.instruction(), None, |books| {
            operations::refresh(books, market, &sample, now).map(drop)
        })?;
        Ok(())
    }

    /// Looks at every account and does what there is to do.
    pub fn watch(&mut self, world: &mut World) -> Result<()> {
        let accounts: Vec<Pubkey> = world.exchange.books.accounts.keys().copied().collect();
        let own = self.trader.account;
        for account in accounts.iter().filter(|account| **account != own) {
            let unhealthy = world.health(account).is_some_and(|health| health.is_unhealthy());
            if unhealthy && world.account(account)?.flagged_at == 0 {
                self.flag(world, account)?;
            }
            // A flagged account that has recovered is left alone: the next touch clears its flag.
            if unhealthy && world.account(account)?.flagged_at != 0 {
                self.liquidate(world, account)?;
            }
        }
        self.settle_losers(world, &accounts)
    }

    fn flag(&mut self, world: &mut World, account: &Pubkey) -> Result<()> {
        let instruction = BeginLiquidation { account: *account }.instruction(&world.exchange.chain)?;
        if world.send("begin_liquidation", instruction, None)?.is_ok() {
            world.tally.flags += 1;
            self.events.push(Event::flag(account));
        }
        Ok(())
    }

    /// What there is to do on a flagged account: its ranges first, then its position, then what it owes.
    fn liquidate(&mut self, world: &mut World, account: &Pubkey) -> Result<()> {
        let slots: Vec<u8> = match world.exchange.books.ranges.get(account) {
            Some(ranges) => {
                (0u8..).zip(&ranges.ranges).filter(|(_, range)| !range.is_empty()).map(|(slot, _)| slot).collect()
            }
            None => Vec::new(),
        };
        for slot in slots {
            let instruction = UnwindRange { account: *account, slot }.instruction(&world.exchange.chain)?;
            let _counted = world.send("unwind_range", instruction, None)?;
        }
        let state = *world.account(account)?;
        if state.flagged_at == 0 {
            return Ok(());
        }
        for _ in 0..STEPS {
            let unhealthy = world.health(account).is_some_and(|health| health.is_unhealthy());
            if !unhealthy || world.contracts(account) == 0.0 || !self.step(world, account)? {
                break;
            }
        }
        if world.contracts(account) != 0.0 {
            return Ok(());
        }
        let owes = world.position(account).is_some_and(|position| position.quote < 0);
        if owes && state.ranges == 0 {
            let resolve = Resolve { account: *account, market: world.market }.instruction(&world.exchange.chain)?;
            if world.send("resolve", resolve, None)?.is_ok() {
                world.tally.resolved += 1;
                self.events.push(Event::resolve(account));
            }
        }
        Ok(())
    }

    /// One step on the curve. Returns whether the program took it.
    fn step(&mut self, world: &mut World, account: &Pubkey) -> Result<bool> {
        let step = LiquidateOnCurve {
            keeper: self.trader.account,
            account: *account,
            market: world.market,
            price: world.price_account()?,
            max_base: u64::MAX,
            reach: Reach::default(),
        };
        let instruction = step.instruction(&world.exchange.chain)?;
        let (market, keeper, sample, now) = (world.market, self.trader.account, world.sample()?, world.now());
        let step = world.send_mirrored("liquidate_on_curve", instruction, None, |books| {
            operations::liquidate_on_curve(
                books,
                market,
                account,
                StepRequest { keeper: &keeper, max_base: u64::MAX },
                &sample,
                now,
            )
        })?;
        if let Some(step) = &step {
            world.tally.steps += 1;
            world.tally.liquidated += step.quote.unsigned_abs();
            world.tally.keeper_pay += step.keeper;
            world.tally.insurance_pay += step.insurance;
            self.events.push(Event::step(account, step.quote.unsigned_abs() as f64 / USD));
        }
        Ok(step.is_some())
    }

    /// Collects from losers whose loss is worth a transaction, while the pot is short of claims.
    fn settle_losers(&self, world: &mut World, accounts: &[Pubkey]) -> Result<()> {
        for account in accounts {
            let market = world.state()?;
            if market.pot >= market.claims {
                return Ok(());
            }
            let Some(position) = world.position(account) else { continue };
            // A debtor is the business of liquidation.
            let is_worth_it = position.debt == 0 && unsettled(market, position)? <= -SMALLEST_LOSS;
            if is_worth_it && may_settle_other(market, world.account(account)?, world.now())? {
                let _counted = world.settle(&self.trader, account)?;
            }
        }
        Ok(())
    }
}
