//! Liens: they are placed, called, used and released, by holders who try more than they may; and accounts that pass on.

use keel_simulator::Action;
use keel_simulator::liens::LienAct;

use super::Generator;
use crate::sets::USD;
use crate::source::Source;
use crate::world::World;

impl Generator {
    /// Somebody does something with a lien, or gives an account away.
    pub(super) fn pledge(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let accounts = self.habits.accounts as u64;
        let any = source.below(accounts) as usize;
        let from = source.below(accounts) as usize;
        let under = |who: &usize| world.account(*who).is_some_and(|account| account.lien_holder != [0; 32]);
        let held = (0..self.habits.accounts).map(|i| (from + i) % self.habits.accounts).find(under);
        let Some(lien) = held.filter(|_| !source.one_in(5)) else {
            return self.place(source, world, who, any);
        };
        let holder = world.account(lien).map(|account| account.lien_holder);
        let owner = |place: &usize| world.account(*place).map(|account| account.owner);
        let by = (0..self.habits.accounts).find(|place| owner(place) == holder && *place != lien);
        let by = by.filter(|_| !source.one_in(8)).unwrap_or(any);
        match source.below(14) {
            0 | 1 => self.push(Action::Lien(LienAct::Call { who: lien, by, notice: true })),
            2 if source.one_in(3) => self.push(Action::Lien(LienAct::Call { who: lien, by, notice: false })),
            3 if source.one_in(3) => self.push(Action::Lien(LienAct::Release { who: lien, by })),
            4..8 => {
                let bank = self.some_bank(source, world, lien);
                let held = world.tokens(lien, bank);
                let floor = world.account(lien).map_or(0, |account| account.lien_floor);
                let amount = match source.below(4) {
                    0 => held,
                    1 => floor.min(held).saturating_add(source.below(2)),
                    _ => source.below(held.max(1) + 1),
                };
                let notice = world.account(lien).map_or(0, |account| account.lien_notice_secs);
                let called = world.account(lien).is_some_and(|account| account.lien_called_at != 0);
                if !called {
                    self.push(Action::Lien(LienAct::Call { who: lien, by, notice: true }));
                }
                let wait = if called || source.one_in(4) { 0 } else { u64::from(notice.min(700)) };
                self.plan.push_back((wait, Action::Refresh { market }));
                self.freshen_banks(source, world, lien);
                self.push(Action::Lien(LienAct::Seize { who: lien, by, bank, amount }));
            }
            8..12 => self.sign_as(source, world, (by, lien), market),
            12 => self.give(source, world, lien, any),
            _ => self.place(source, world, lien, by),
        }
    }

    /// A lien on an account whose owner then tries to do what it forbids.
    fn place(&mut self, source: &mut impl Source, world: &World, who: usize, holder: usize) {
        if source.one_in(6) {
            return self.give(source, world, who, holder);
        }
        let backing = world.backing(who);
        let floor = match source.below(4) {
            0 => source.word(44),
            1 => USD,
            _ => source.below(backing.max(1) + 1),
        };
        let notice_secs = source.pick(&[0, 0, 5, 600, 30 * 86_400, 30 * 86_400 + 1]);
        self.push(Action::Lien(LienAct::Place { who, holder, floor, notice_secs }));
        if source.one_in(2) {
            let bank = self.some_bank(source, world, who);
            let amount = 1 + source.below(world.tokens(who, bank).max(1));
            self.push(Action::Withdraw { who, bank, amount });
        }
    }

    /// Mostly an account in which nothing stands in the way.
    fn give(&mut self, source: &mut impl Source, world: &World, who: usize, to: usize) {
        let waits =
            |who: &usize| world.account(*who).is_some_and(|account| (account.tickets, account.orders) != (0, 0));
        let free = (0..self.habits.accounts).find(|place| *place >= who && !waits(place));
        let who = free.filter(|_| !source.one_in(4)).unwrap_or(who);
        self.push(Action::Lien(LienAct::Give { who, to }));
    }
}
