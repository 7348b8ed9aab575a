//! Steps that allow others something, and steps that others sign.

use keel_engine::delegate::{MAY_ORDER, MAY_RANGE, MAY_TRADE};
use keel_engine::state::DELEGATE_MARKETS;

use super::decimal;
use super::json::{Result, Value};
use super::keys::Verb;
use super::step::{Given, LAST_SECOND, Reader, amount, market};
use crate::action::Action;

/// What a delegate may do, by name.
pub(crate) const PERMISSIONS: [(&str, u32); 3] = [("trade", MAY_TRADE), ("order", MAY_ORDER), ("range", MAY_RANGE)];

impl Reader {
    /// A step that allows somebody something.
    pub(super) fn permit(&self, verb: Verb, given: &Given) -> Result<Action> {
        let who = self.who(given)?;
        Ok(match verb {
            Verb::ApproveBuilder => {
                let max_fee_ppm = given.need("max_fee_ppm")?.integer(0, u32::MAX)?;
                Action::ApproveBuilder { who, builder: self.account(given, "builder")?, max_fee_ppm }
            }
            Verb::RevokeBuilder => Action::RevokeBuilder { who, builder: self.account(given, "builder")? },
            _ => {
                let last = i64::try_from(LAST_SECOND).unwrap_or(i64::MAX);
                Action::SetDelegate {
                    who,
                    delegate: given.get("delegate").map(|_| self.account(given, "delegate")).transpose()?,
                    permissions: given.get("may").map_or(Ok(0), permissions)?,
                    expiry: given.get("until").map(|secs| secs.integer(-last, last)).transpose()?,
                    notional: given.get("notional").map_or(Ok(0), |most| amount(most, decimal::QUOTE))?,
                    markets: given.get("markets").map_or_else(|| Ok(Vec::new()), |list| self.markets(list))?,
                }
            }
        })
    }

    /// As many markets as an account has room for.
    fn markets(&self, list: Value) -> Result<Vec<usize>> {
        let values = list.list("a list of markets")?;
        if values.len() > DELEGATE_MARKETS {
            return Err(list.mistake(format!("a delegate is kept to at most {DELEGATE_MARKETS} markets, or to none")));
        }
        values.into_iter().map(|value| market(&self.names.markets, value)).collect()
    }

    /// An action signed by whoever the step names, or by the owner.
    pub(super) fn signed(&mut self, given: &Given, action: Action) -> Result<Action> {
        if given.get("by").is_none() {
            return Ok(action);
        }
        Ok(Action::SignedBy { by: self.by(given)?, action: Box::new(action) })
    }
}

fn permissions(list: Value) -> Result<u32> {
    let mut all = 0;
    for value in list.list("a list of `trade`, `order` and `range`")? {
        let name = value.string("`trade`, `order` or `range`")?;
        let known = PERMISSIONS.iter().find(|(known, _)| *known == name);
        all |=
            known.ok_or_else(|| value.mistake(format!("a delegate may `trade`, `order` or `range`, not `{name}`")))?.1;
    }
    Ok(all)
}
