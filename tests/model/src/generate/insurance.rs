//! Money for insurance, gifts to the vault, and pledged claims being collected.

use keel_simulator::Action;

use super::Generator;
use crate::sets::USD;
use crate::source::Source;
use crate::world::World;

impl Generator {
    pub(super) fn insure(&mut self, source: &mut impl Source, world: &World, by: usize, market: usize) {
        let pledged = |who: &usize| {
            let positions = world.account(*who).into_iter().flat_map(|account| &account.positions);
            positions.clone().find(|position| position.pledged != 0).map(|position| (*who, *position))
        };
        if let Some((who, position)) = (0..self.habits.accounts).find_map(|who| pledged(&who))
            && !source.one_in(6)
        {
            let place = |number: u16| usize::from(number).saturating_sub(1);
            let creditor = if source.one_in(8) { market } else { place(position.creditor) };
            return self.push(Action::CollectPledged { who, market: place(position.market), creditor });
        }
        let amount = if source.one_in(8) { source.pick(&[0, 1, u64::MAX]) } else { USD << source.below(12) };
        self.push(match source.below(5) {
            0 => Action::FundMarketInsurance { by, market, amount },
            1 => Action::FundInsurance { by, amount },
            2 => Action::Donate { by, amount: amount.min(USD) },
            3 => Action::SweepUnbooked,
            _ => Action::CollectPledged { who: by, market, creditor: source.below(world.markets() as u64) as usize },
        });
    }
}
