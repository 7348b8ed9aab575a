//! Steps with the pool, from their objects to actions.

use keel_engine::pool::redemptions::MIN_TIP;

use super::decimal;
use super::json::Result;
use super::keys::Verb;
use super::step::{Given, LAST_TICKET, Reader, amount};
use crate::pool::PoolAct;

/// Decimals of the pool's shares.
const SHARES: u32 = decimal::QUOTE;

impl Reader {
    /// A step with the pool.
    pub(super) fn pool(&mut self, verb: Verb, given: &Given) -> Result<PoolAct> {
        let number = given.get("request").map(|number| number.integer(0, LAST_TICKET)).transpose()?;
        let tip = || given.get("tip").map_or(Ok(MIN_TIP), |tip| tip.integer(0, u64::from(u32::MAX)));
        Ok(match verb {
            Verb::RequestDeposit => PoolAct::RequestDeposit {
                who: self.who(given)?,
                amount: amount(given.need("amount")?, decimal::QUOTE)?,
                min_shares: given.get("min_shares").map_or(Ok(0), |shares| amount(shares, SHARES))?,
                tip: tip()?,
            },
            Verb::ExecuteDeposit => PoolAct::ExecuteDeposit { number, by: self.by(given)? },
            Verb::CancelDeposit => {
                let who = self.who(given)?;
                PoolAct::CancelDeposit { who, number, by: self.signer(given, who)? }
            }
            Verb::RequestRedeem => {
                let shares = given.get("shares").map(|shares| amount(shares, SHARES)).transpose()?;
                PoolAct::RequestRedeem { who: self.who(given)?, shares, tip: tip()? }
            }
            Verb::ExecuteRedeem => PoolAct::ExecuteRedeem { number, by: self.by(given)? },
            _ => PoolAct::CancelRedeem { who: self.who(given)?, number },
        })
    }
}
