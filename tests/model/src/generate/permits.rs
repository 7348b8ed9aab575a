//! What an owner allows others: delegates who keep to it or try not to, and builders who are paid.

use keel_engine::delegate::{MAY_ORDER, MAY_RANGE, MAY_TRADE};
use keel_engine::state::USDC;
use keel_simulator::Action;

use super::Generator;
use crate::source::Source;
use crate::world::World;

impl Generator {
    /// Sets a delegate, acts as one, allows a builder or trades with it.
    pub(super) fn permit(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let other = source.below(self.habits.accounts as u64) as usize;
        // The last account but the pool's is isolated to the first market: builders are paid into such a one.
        let builder = self.pool.unwrap_or(self.habits.accounts).saturating_sub(1);
        match source.below(8) {
            0 | 1 => {
                let permissions = source.pick(&[MAY_TRADE, MAY_ORDER, MAY_RANGE, 7, 7, 0, 8]);
                let expiry = source.one_in(2).then(|| world.at.cast_signed() + source.between(0, 4_000));
                let notional = if source.one_in(2) { 0 } else { source.word(40) };
                let markets = if source.one_in(2) { Vec::new() } else { vec![market] };
                let delegate = (!source.one_in(8)).then_some(other);
                self.push(Action::SetDelegate { who, delegate, permissions, expiry, notional, markets });
            }
            2..5 => self.sign_for(source, world, who, market),
            5 => {
                let max_fee_ppm = source.pick(&[0, 1, 500, 10_000, 10_001]);
                self.push(Action::ApproveBuilder { who, builder, max_fee_ppm });
                self.brought(source, world, who, 0);
            }
            6 if source.one_in(3) => self.push(Action::RevokeBuilder { who, builder }),
            _ => {
                // One that somebody has allowed, mostly.
                let mut allowed = world.books().approvals.keys();
                let whose =
                    allowed.next().and_then(|(account, _)| world.addresses.iter().position(|own| own == account));
                let who = whose.filter(|_| !source.one_in(4)).unwrap_or(who);
                let market = if source.one_in(4) { market } else { 0 };
                self.brought(source, world, who, market);
            }
        }
    }

    /// A trade that a builder brings.
    fn brought(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let builder = self.pool.unwrap_or(self.habits.accounts).saturating_sub(1);
        let (order, fee_ppm) = (self.order(source, world, who, market), source.pick(&[0, 1, 500, 10_000]));
        self.bring_price(source, world.at, market, 0);
        self.push(Action::TradeWithBuilder { who, market, order, builder, fee_ppm });
    }

    /// Somebody else's key signs, mostly the delegate's.
    fn sign_for(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let named = world.account(who).map(|account| account.delegate);
        let owner = |place: &usize| world.account(*place).map(|account| account.owner);
        let delegate = (0..self.habits.accounts).find(|place| owner(place) == named);
        let any = source.below(self.habits.accounts as u64) as usize;
        let by = delegate.filter(|_| !source.one_in(6)).unwrap_or(any);
        self.sign_as(source, world, (by, who), market);
    }

    /// Somebody's key signs for another's account.
    pub(super) fn sign_as(
        &mut self,
        source: &mut impl Source,
        world: &World,
        (by, who): (usize, usize),
        market: usize,
    ) {
        let action = match source.below(6) {
            0 => Action::Withdraw { who, bank: USDC, amount: 1 + source.below(world.capital(who).max(1)) },
            1 => Action::Transfer { who, to: by, bank: USDC, amount: 1 + source.below(world.capital(who).max(1)) },
            2 => {
                let (market, range) = Self::range_of(source, world, who);
                Action::RemoveRange { who, market, range }
            }
            _ => Action::Trade { who, market, order: self.order(source, world, who, market) },
        };
        self.bring_price(source, world.at, market, 0);
        self.push(Action::SignedBy { by, action: Box::new(action) });
    }
}
