//! What becomes of accounts that lost too much: the keeper's steps, the backstop and the pool's reserve, and the losses.

use keel::events::{self as program, Folding};
use keel_engine::liquidation::TakeOver;

use super::{ACTORS, POOL, World, address};
use crate::exchange::CONTRACT;

impl World {
    /// Everything that a keeper tries with an account that needs one.
    pub(super) fn liquidate(&mut self, market: usize) {
        let from = self.random.below(ACTORS as u64) as usize;
        let needs = |actor: &usize| {
            self.sim.account(*actor).flagged_at != 0
                || self.sim.health(*actor).is_ok_and(|health| health.is_unhealthy())
        };
        let Some(actor) = (0..ACTORS).map(|i| (from + i) % ACTORS).find(needs) else { return };
        if let Ok(health) = self.sim.begin(actor) {
            self.log(program::LiquidationBegun {
                account: address(actor),
                equity: health.equity,
                maintenance: health.maintenance,
                flagged_at: self.sim.account(actor).flagged_at,
            });
        }
        for slot in 0..8 {
            let held = self.sim.actors[actor].ranges.ranges[slot].market;
            if held == 0 {
                continue;
            }
            let place = usize::from(held) - 1;
            if let Ok(folded) = self.sim.unwind(place, actor, slot) {
                let (place, account) = (&mut self.sim.places[place], &self.sim.actors[actor].account);
                let (slot, what) = (slot as u8, Folding::Unwound);
                let event = program::RangeFolded::of(&mut place.market, account, &address(actor), slot, what, &folded);
                self.log(event);
            }
        }
        let keeper = (actor + 1 + self.random.below(ACTORS as u64 - 1) as usize) % ACTORS;
        // Nobody comes until the auction has run out and the mark has arrived.
        if self.random.below(3) == 0 {
            for secs in [130, 1, 1] {
                self.sim.wait(secs);
                self.touch_all();
            }
            self.backstop(market, actor, keeper);
            self.deleverage_against_all(market, actor, keeper);
        }
        if let Ok(step) = self.sim.on_curve(market, actor, keeper, u64::MAX) {
            let (place, actors) = (&mut self.sim.places[market], &self.sim.actors);
            let liquidated = (&actors[actor].account, &address(actor));
            let paid = (&actors[keeper].account, &address(keeper));
            let event = program::Liquidated::of(&mut place.market, liquidated, paid, &step);
            self.log(event);
        }
        self.take_over(market, actor, keeper);
        self.deleverage_against_all(market, actor, keeper);
        self.resolve(market, actor);
    }

    fn deleverage_against_all(&mut self, market: usize, actor: usize, keeper: usize) {
        for against in (0..ACTORS).filter(|against| ![actor, keeper].contains(against)) {
            self.deleverage(market, actor, against, keeper);
        }
    }

    fn take_over(&mut self, market: usize, actor: usize, by: usize) {
        let max_base = if self.random.below(2) == 0 { u64::MAX } else { self.random.below(4 * CONTRACT) };
        let Ok(taken) = self.sim.take_over(market, actor, by, TakeOver { max_base, limit: None }) else { return };
        let (place, actors) = (&mut self.sim.places[market], &self.sim.actors);
        let liquidated = (&actors[actor].account, &address(actor));
        let liquidator = (&actors[by].account, &address(by));
        let event = program::TakenOver::of(&mut place.market, liquidated, liquidator, &taken);
        self.log(event);
    }

    fn backstop(&mut self, market: usize, actor: usize, keeper: usize) {
        if [actor, keeper].contains(&POOL) {
            return;
        }
        let Ok(taken) = self.sim.backstop(market, (actor, POOL, keeper), u64::MAX) else { return };
        let (place, actors) = (&mut self.sim.places[market], &self.sim.actors);
        let addresses = [actor, POOL, keeper].map(address);
        let [liquidated, backer, paid] = [actor, POOL, keeper].map(|who| &actors[who].account);
        let [first, second, third] = &addresses;
        let parties = [(liquidated, first), (backer, second), (paid, third)];
        let event = program::Backstopped::of(&mut place.market, &self.sim.pool, parties, &taken);
        self.log(event);
    }

    /// The pool's reserve, some time.
    pub(super) fn balance(&mut self) {
        let Ok(moved) = self.sim.balance_reserve(POOL) else { return };
        let (exchange, account) = (&mut self.sim.exchange, &self.sim.actors[POOL].account);
        let event = program::ReserveBalanced::of(exchange, account, &address(POOL), &moved);
        self.log(event);
    }

    fn deleverage(&mut self, market: usize, actor: usize, against: usize, keeper: usize) {
        let Ok(step) = self.sim.deleverage(market, (actor, against, keeper), u64::MAX) else { return };
        let (place, actors) = (&mut self.sim.places[market], &self.sim.actors);
        let addresses = [actor, against, keeper].map(address);
        let [deleveraged, holder, paid] = [actor, against, keeper].map(|who| &actors[who].account);
        let [first, second, third] = &addresses;
        let parties = [(deleveraged, first), (holder, second), (paid, third)];
        let event = program::Deleveraged::of(&mut place.market, parties, &step);
        self.log(event);
    }

    fn resolve(&mut self, market: usize, actor: usize) {
        let Ok(resolved) = self.sim.resolve(market, actor) else { return };
        let account = *self.sim.account(actor);
        for other in 0..self.sim.places.len() {
            let other = self.sim.market_mut(other);
            if resolved.collected.contains(&other.index_number) {
                let event = program::ClaimConsumed::of(other, &account, &address(actor));
                self.log(event);
            }
        }
        if resolved.exchange != 0 {
            let number = self.sim.market(market).index_number;
            let event = program::ExchangeInsured::paid(&mut self.sim.exchange, number, resolved.exchange);
            self.log(event);
        }
        let reserve = resolved.recalled + resolved.pool;
        if reserve != 0 {
            let number = self.sim.market(market).index_number;
            let event = program::ReservePaid::of(&mut self.sim.exchange, number, reserve);
            self.log(event);
        }
        let event = program::Resolved::of(self.sim.market_mut(market), &account, &address(actor), &resolved);
        self.log(event);
    }

    /// Everybody's pledges are collected.
    pub(super) fn collect(&mut self) {
        for actor in 0..ACTORS {
            for market in 0..self.sim.places.len() {
                let creditor = usize::from(self.sim.position(market, actor).creditor);
                let Some(creditor) = creditor.checked_sub(1) else { continue };
                let Ok(collected) = self.sim.collect(market, creditor, actor) else { continue };
                let event = program::MarketInsured::of(self.sim.market_mut(creditor), collected.paid);
                self.log(event);
                let (there, account) = (*self.sim.market(creditor), *self.sim.account(actor));
                let here = self.sim.market_mut(market);
                let event = program::PledgeCollected::of(here, &there, &account, &address(actor), &collected);
                self.log(event);
            }
        }
    }
}
