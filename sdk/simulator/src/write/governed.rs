//! Acts of governance, written.

use keel_engine::params::{ParamInfo, Params};

use super::{Line, object, usd};
use crate::governance::{Act, Authority, Planned};
use crate::scenario::governed::{bank_guard, market_guard, pool_guard};

impl Line<'_> {
    fn authority(self, by: Authority) -> Self {
        match by {
            Authority::Admin => self.word("by", "admin"),
            Authority::Guardian => self.word("by", "guardian"),
            Authority::Owner(who) => self.who("by", who),
        }
    }

    pub(super) fn act(self, act: &Act) -> Self {
        let line = match act.signer() {
            Some(by) if !matches!(act, Act::Accept { .. }) => self.authority(by),
            _ => self,
        };
        match *act {
            Act::Queue { ref plan, .. } => line.word("what", plan.kind().name()).plan(plan),
            Act::Cancel { number, .. } | Act::Execute { number } => line.value("number", number),
            Act::Accept { who } => line.who("who", who),
            Act::GuardMarket { market, guard, .. } => {
                let (action, value) = market_guard(guard);
                line.market(market).word("action", action).value("value", value)
            }
            Act::GuardBank { bank, guard, .. } => {
                let (action, value) = bank_guard(guard);
                line.bank(bank).word("action", action).value("value", value)
            }
            Act::GuardPool { guard, .. } => {
                let (action, market, value) = pool_guard(guard);
                let line = line.word("action", action).value("value", value);
                match usize::from(market).checked_sub(1) {
                    Some(market) => line.market(market),
                    None => line,
                }
            }
            Act::WithdrawTreasury { market, amount } => line.market(market).value("amount", usd(amount)),
        }
    }

    fn plan(self, plan: &Planned) -> Self {
        let all = |values: &[(&'static str, u32)]| object(values.iter().map(|(name, value)| (*name, (*value).into())));
        match *plan {
            Planned::MarketParams(market, ref params) => {
                let listed = self.setup.markets.get(market).map_or(Params::DEFAULT, |market| market.params);
                let changed = |info: &ParamInfo| {
                    let value = params.get(info.name).filter(|value| listed.get(info.name) != Some(*value));
                    value.map(|value| (info.name, value))
                };
                self.market(market).value("params", object(Params::TABLE.iter().filter_map(changed)))
            }
            Planned::ExchangeParams(params) => self.value("params", all(&params.values())),
            Planned::BankParams(bank, params) => self.bank(bank).value("params", all(&params.values())),
            Planned::PoolParams(params) => self.value("params", all(&params.values())),
            Planned::Strategy(market, terms) => self.market(market).value("params", all(&terms.values())),
            Planned::OpenPool => self,
            Planned::Guardian(who) | Planned::Treasury(who) | Planned::PendingAdmin(who) => self.who("key", who),
            Planned::CloseMarket(market) | Planned::LiftReduceOnly(market) => self.market(market),
        }
    }
}
