//! Withdrawals that wait, and capital that moves between an owner's accounts.

use keel_simulator::Action;
use solana_pubkey::Pubkey;

use super::Generator;
use crate::sets::USD;
use crate::source::Source;
use crate::world::World;

impl Generator {
    /// Queues, pays what waits, takes back, or moves capital.
    pub(super) fn wait_in_line(&mut self, source: &mut impl Source, world: &World, who: usize) {
        let bank = self.some_bank(source, world, who);
        let capital = world.tokens(who, bank);
        let (head, tail) = world.books().bank(bank).map_or((0, 0), |book| (book.bank.queue_head, book.bank.queue_tail));
        let waiting = tail.saturating_sub(head);
        match source.below(8) {
            0 | 1 => {
                let amount = match source.below(4) {
                    0 => capital,
                    1 => source.below(200 * USD),
                    _ => source.below(capital.max(1) + 2),
                };
                self.push(Action::QueueWithdrawal { who, bank, amount });
            }
            // Whoever waits asks for those in front of him too.
            2..5 => (0..waiting.clamp(1, 4)).for_each(|_| self.push(Action::PayWithdrawal { bank, ticket: None })),
            5 => {
                let ticket = head.saturating_sub(1) + source.below(waiting + 3);
                self.push(Action::PayWithdrawal { bank, ticket: Some(ticket) });
            }
            6 => {
                let number = head + source.below(waiting + 1);
                let whose = world.books().ticket(bank, number).map(|ticket| Pubkey::from(ticket.account));
                let who = whose.and_then(|whose| world.addresses.iter().position(|own| *own == whose)).unwrap_or(who);
                let by = if source.one_in(3) { source.below(self.habits.accounts as u64) as usize } else { who };
                let ticket = source.one_in(3).then_some(number);
                self.push(Action::CancelWithdrawal { who, bank, ticket, by });
            }
            _ => {
                // The last three belong to one owner, but for the pool's.
                let people = self.pool.unwrap_or(self.habits.accounts);
                let (last, amount) = (people.saturating_sub(3), source.below(capital.max(1) + 2));
                let sibling = |source: &mut _| last + Source::below(source, 3) as usize;
                let (who, to) =
                    if source.one_in(4) { (who, sibling(source)) } else { (sibling(source), sibling(source)) };
                self.push(Action::Transfer { who, to, bank, amount });
            }
        }
    }
}
