//! What owners allow others, trades that a builder brought, and what others sign.

use keel_engine::delegate::{MAY_RANGE, MAY_TRADE};
use keel_engine::state::DELEGATE_MARKETS;
use keel_simulator::Action;

use super::Generator;
use crate::sets::{ACCOUNTS, USD};
use crate::source::Source;
use crate::world::World;

/// The account that is isolated to the first market.
const ISOLATED: usize = ACCOUNTS - 1;

impl Generator {
    /// Allows somebody something, or trades with a builder.
    pub(super) fn permit(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let builder = if source.one_in(6) { source.below(ACCOUNTS as u64) as usize } else { ISOLATED };
        match source.below(10) {
            0..3 => self.delegate(source, world, who),
            3 => {
                let max_fee_ppm = source.pick(&[0, 1, 1_000, 10_000, 10_000, 10_001]);
                self.push(Action::ApproveBuilder { who, builder, max_fee_ppm });
            }
            4 => self.push(Action::RevokeBuilder { who, builder }),
            _ => {
                let market = if source.one_in(8) { market } else { 0 };
                let order = self.order(source, world, who, market);
                let fee_ppm = source.pick(&[0, 1, 100, 1_000, 10_000]);
                self.push(Action::ApproveBuilder { who, builder, max_fee_ppm: 10_000 });
                self.bring_price(source, world.at, market, 0);
                self.push(Action::TradeWithBuilder { who, market, order, builder, fee_ppm });
            }
        }
    }

    fn delegate(&mut self, source: &mut impl Source, world: &World, who: usize) {
        let delegate = (!source.one_in(6)).then(|| source.below(ACCOUNTS as u64) as usize);
        let permissions = source.pick(&[MAY_TRADE, MAY_RANGE, MAY_TRADE | MAY_RANGE, MAY_TRADE | MAY_RANGE, 0, 8]);
        let until = i64::try_from(world.at).unwrap_or(i64::MAX).saturating_add(source.between(-10, 7_200));
        let expiry = (!source.one_in(3)).then_some(until);
        let notional = if source.one_in(3) { 0 } else { USD << source.below(22) };
        let mut markets = Vec::new();
        while markets.len() < DELEGATE_MARKETS && source.one_in(3) {
            markets.push(source.below(world.markets() as u64) as usize);
        }
        self.push(Action::SetDelegate { who, delegate, permissions, expiry, notional, markets });
    }

    /// What was decided is signed by somebody else now and then: by the account's delegate, or by anyone.
    pub(super) fn hand_over(&mut self, source: &mut impl Source, world: &World) {
        for (_, action) in &mut self.plan {
            let Some(who) = signed_by(action) else { continue };
            let key = world.account(who).map_or([0; 32], |account| account.delegate);
            let owner = |place: &usize| world.account(*place).is_some_and(|account| account.owner == key);
            let delegate = (0..ACCOUNTS).find(owner).filter(|_| key != [0; 32]);
            let is_handed_over = if delegate.is_some() { source.one_in(4) } else { source.one_in(80) };
            if is_handed_over {
                let by = delegate.unwrap_or_else(|| source.below(ACCOUNTS as u64) as usize);
                *action = Action::SignedBy { by, action: Box::new(action.clone()) };
            }
        }
    }
}

/// Whose account it is, where its owner signs.
const fn signed_by(action: &Action) -> Option<usize> {
    match *action {
        Action::Trade { who, .. }
        | Action::TradeLegs { who, .. }
        | Action::TradeWithBuilder { who, .. }
        | Action::AddRange { who, .. }
        | Action::RemoveRange { who, .. }
        | Action::Release { who, .. }
        | Action::Withdraw { who, .. }
        | Action::Transfer { who, .. }
        | Action::QueueWithdrawal { who, .. }
        | Action::SetDelegate { who, .. }
        | Action::ApproveBuilder { who, .. }
        | Action::RevokeBuilder { who, .. } => Some(who),
        _ => None,
    }
}
