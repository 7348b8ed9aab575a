//! Everything that a keeper tries, on who is most in need of one.

use keel_engine::liquidation::TakeOver;
use keel_engine::state::USDC;
use keel_simulator::Action;
use keel_simulator::action::RangeAt;
use keel_simulator::native::health;

use super::{Generator, Prices, position};
use crate::source::Source;
use crate::world::World;

impl Generator {
    /// A flagged account or an unhealthy one, else anybody. Returns whether it is one of the first two.
    fn patient(&self, source: &mut impl Source, world: &World) -> (usize, bool) {
        let accounts = self.habits.accounts;
        let from = source.below(accounts as u64) as usize;
        let is_ill = |who: &usize| {
            let Some(address) = world.addresses.get(*who) else { return false };
            let flagged = world.account(*who).is_some_and(|account| account.flagged_at != 0);
            flagged || health(world.books(), address, world.now()).is_ok_and(|health| health.is_unhealthy())
        };
        match (0..accounts).map(|i| (from + i) % accounts).find(is_ill).filter(|_| !source.one_in(8)) {
            Some(who) => (who, true),
            None => (from, false),
        }
    }

    pub(super) fn keep(&mut self, source: &mut impl Source, world: &World, by: usize, market: usize) {
        let (who, is_ill) = self.patient(source, world);
        // Who needs no keeper is seldom tried.
        if !is_ill && source.below(4) != 0 {
            return self.trade(source, world, by, market);
        }
        let by = if by == who && !source.one_in(8) { (who + 1) % self.habits.accounts } else { by };
        let Some(account) = world.account(who) else { return };
        if account.flagged_at == 0 || source.one_in(8) {
            self.push(Action::BeginLiquidation { who });
        }
        if account.ranges != 0 && source.below(4) != 0 {
            let ranges = world.addresses.get(who).and_then(|address| world.books().ranges.get(address));
            let slots = ranges.into_iter().flat_map(|ranges| ranges.ranges.iter().enumerate());
            for (slot, range) in slots.filter(|(_, range)| !range.is_empty()) {
                let market = usize::from(range.market) - 1;
                self.push(Action::UnwindRange { who, market, range: RangeAt::Slot(slot as u8) });
            }
        }
        if account.tickets != 0 && source.below(4) != 0 {
            self.push(Action::CancelWithdrawal { who, bank: USDC, ticket: None, by });
        }
        let is_open = |position: &&keel_engine::state::Position| position.base != 0;
        let held = account.positions.iter().find(is_open).map_or(market, |position| usize::from(position.market) - 1);
        let market = if source.one_in(4) { market } else { held };
        if account.positions.iter().all(|position| position.base == 0) || source.one_in(6) {
            let owes = account.positions.iter().find(|position| position.quote < 0);
            let market = owes.map_or(market, |position| usize::from(position.market) - 1);
            return self.push(Action::Resolve { who, market });
        }
        let max_base = if source.one_in(4) { source.word(40) } else { u64::MAX };
        match source.below(8) {
            0..3 => {
                self.bring_price(source, world.at, market, 0);
                self.push(Action::LiquidateOnCurve { who, market, by, max_base });
            }
            3..5 => {
                let limit = source.one_in(4).then(|| world.market(market)).flatten().map(|state| state.mark);
                self.push(Action::Liquidate { who, market, by, request: TakeOver { max_base, limit } });
            }
            5 if world.books().pool.is_some() => self.backstop(source, world, (who, by), market, max_base),
            _ => self.deleverage(source, world, (who, by), market, max_base),
        }
    }

    /// Against somebody who holds the opposite, or anybody; now, or when the auction has run out.
    fn deleverage(
        &mut self,
        source: &mut impl Source,
        world: &World,
        (who, by): (usize, usize),
        market: usize,
        max_base: u64,
    ) {
        let held = position(world, who, market).base;
        let from = source.below(self.habits.accounts as u64) as usize;
        let mut others = (0..self.habits.accounts).map(|i| (from + i) % self.habits.accounts);
        let opposite = |other: &usize| {
            let theirs = position(world, *other, market);
            *other != by && (theirs.base.signum() == -held.signum() || theirs.ranges != 0)
        };
        let holder = others.find(opposite).unwrap_or(from);
        self.wait_for(source, world, who, market, 130);
        self.push(Action::Deleverage { who, market, holder, by, max_base });
    }

    /// To the pool, now or when the auction has run out; and sometimes its reserve is balanced before or after.
    fn backstop(
        &mut self,
        source: &mut impl Source,
        world: &World,
        (who, by): (usize, usize),
        market: usize,
        max_base: u64,
    ) {
        if source.one_in(4) {
            self.push(Action::BalanceReserve);
        }
        self.wait_for(source, world, who, market, 75);
        self.push(Action::Backstop { who, market, by, max_base });
        if source.one_in(4) {
            self.push(Action::BalanceReserve);
        }
    }

    /// Mostly waits, up to some time after the flag, where it is not as old already.
    fn wait_for(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize, secs: u64) {
        let since = world.account(who).map_or(0, |account| world.now().unix - account.flagged_at);
        if since <= secs.cast_signed() && !source.one_in(4) {
            let wait = source.below(secs + 5);
            match &self.habits.prices {
                Prices::Path(_) => self.bring_price(source, world.at, market, wait),
                _ => self.plan.push_back((wait, Action::Refresh { market })),
            }
        }
    }
}
