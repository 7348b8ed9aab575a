//! Steps of governance, from their objects to actions.

use bytemuck::Zeroable;
use keel_engine::exchange_params::{
    BankParams, ExchangeParams, Place, PoolParams, set_bank_defaults, set_exchange_defaults, set_pool_defaults,
};
use keel_engine::governance::{BankGuard, Kind, MarketGuard, PoolGuard};
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{Bank, Exchange, Pool};

use super::banked::ListedBank;
use super::decimal;
use super::json::{Result, Value};
use super::keys::Verb;
use super::step::{Given, Reader, amount};
use crate::governance::{Act, Authority, Planned};
use crate::setup::{Overrides, exchange_parameter, number, override_parameters};

/// The last number that a change of a scenario may have.
pub(super) const LAST_CHANGE: u64 = 1_000_000;

/// What a scenario may queue. New markets and banks are listed in its file.
pub(super) const PLANNED: [&str; 11] = [
    Kind::MarketParams.name(),
    Kind::ExchangeParams.name(),
    Kind::BankParams.name(),
    Kind::Guardian.name(),
    Kind::Treasury.name(),
    Kind::PendingAdmin.name(),
    Kind::CloseMarket.name(),
    Kind::LiftReduceOnly.name(),
    Kind::PoolParams.name(),
    Kind::Strategy.name(),
    Kind::OpenPool.name(),
];
/// What the guardian may do to a market, each at the place of its number.
pub(super) const MARKET_GUARDS: [&str; 4] = ["pause", "reduce_only", "oi_cap_usd", "position_cap_usd"];
/// What the guardian may do to a bank, each at the place of its number.
pub(super) const BANK_GUARDS: [&str; 5] =
    ["pause", "cap_usd", "outflow_limit_ppm_per_hour", "outflow_floor_usd", "haircut_ppm"];

/// What the guardian may do to the pool, each at the place of its number.
pub(super) const POOL_GUARDS: [&str; 7] = [
    "close",
    "pool_cap_usd",
    "stop_quoting",
    "stop_backstop",
    "exposure_cap_usd",
    "backstop_cap_usd",
    "backstop_loss_cap_usd",
];

/// A guard as a scenario writes it.
pub(crate) fn market_guard(guard: MarketGuard) -> (&'static str, u32) {
    let (action, value) = guard.encoded();
    (MARKET_GUARDS.get(usize::from(action)).copied().unwrap_or_default(), value)
}

/// [`market_guard`] of a bank.
pub(crate) fn bank_guard(guard: BankGuard) -> (&'static str, u32) {
    let (action, value) = guard.encoded();
    (BANK_GUARDS.get(usize::from(action)).copied().unwrap_or_default(), value)
}

/// [`market_guard`] of the pool, with the number of the market.
pub(crate) fn pool_guard(guard: PoolGuard) -> (&'static str, u16, u32) {
    let (action, market, value) = guard.encoded();
    (POOL_GUARDS.get(usize::from(action)).copied().unwrap_or_default(), market, value)
}

/// What the file lists: parameters that a change does not name stay as they are there.
#[derive(Default)]
pub(super) struct Lists {
    /// Of each market.
    pub(super) params: Vec<Params>,
    /// Of the exchange and its bank.
    pub(super) exchange: Overrides,
    /// Of each bank of other collateral than USDC.
    pub(super) banks: Vec<ListedBank>,
}

impl Reader {
    /// A step of governance.
    pub(super) fn govern(&self, verb: Verb, given: &Given) -> Result<Act> {
        let change = || given.need("number")?.integer(1, LAST_CHANGE);
        let action = || given.need("action");
        Ok(match verb {
            Verb::QueueChange => Act::Queue { by: self.authority(given, Authority::Admin)?, plan: self.plan(given)? },
            Verb::CancelChange => Act::Cancel { by: self.authority(given, Authority::Admin)?, number: change()? },
            Verb::ExecuteChange => Act::Execute { number: change()? },
            Verb::AcceptAdmin => Act::Accept { who: self.who(given)? },
            Verb::GuardMarket => {
                let guard = MarketGuard::of(place(action()?, &MARKET_GUARDS)?, value(given)?);
                let Ok(guard) = guard else { return Err(action()?.mistake("`reduce_only` takes no `value`")) };
                Act::GuardMarket { by: self.authority(given, Authority::Guardian)?, market: self.market(given)?, guard }
            }
            Verb::GuardBank => {
                let guard = BankGuard::of(place(action()?, &BANK_GUARDS)?, value(given)?);
                let guard = guard.or_else(|error| Err(action()?.mistake(error.name())))?;
                Act::GuardBank { by: self.authority(given, Authority::Guardian)?, bank: self.bank(given)?, guard }
            }
            Verb::GuardPool => {
                let market = given.get("market").map(|_| self.market(given)).transpose()?.map_or(0, number);
                let guard = PoolGuard::of(place(action()?, &POOL_GUARDS)?, market, value(given)?);
                let guard = guard.or_else(|error| Err(action()?.mistake(error.name())))?;
                Act::GuardPool { by: self.authority(given, Authority::Guardian)?, guard }
            }
            _ => Act::WithdrawTreasury {
                market: self.market(given)?,
                amount: amount(given.need("amount")?, decimal::QUOTE)?,
            },
        })
    }

    fn authority(&self, given: &Given, default: Authority) -> Result<Authority> {
        let Some(by) = given.get("by") else { return Ok(default) };
        Ok(match by.string("`admin`, `guardian` or the name of an account")?.as_str() {
            "admin" => Authority::Admin,
            "guardian" => Authority::Guardian,
            _ => Authority::Owner(self.account(given, "by")?),
        })
    }

    fn plan(&self, given: &Given) -> Result<Planned> {
        let what = given.need("what")?;
        let key = || self.account(given, "key");
        let name = what.string("what is changed")?;
        let kind = Kind::ALL.iter().find(|kind| kind.name() == name && PLANNED.contains(&name.as_str()));
        Ok(match kind {
            Some(Kind::MarketParams) => {
                let market = self.market(given)?;
                Planned::MarketParams(market, self.market_params(given, market)?)
            }
            Some(Kind::ExchangeParams) => Planned::ExchangeParams(ExchangeParams::of(&self.exchange_params(given)?.0)),
            Some(Kind::BankParams) => {
                let bank = self.bank(given)?;
                Planned::BankParams(bank, BankParams::of(&self.exchange_params(given)?.1))
            }
            Some(Kind::Guardian) => Planned::Guardian(key()?),
            Some(Kind::Treasury) => Planned::Treasury(key()?),
            Some(Kind::PendingAdmin) => Planned::PendingAdmin(key()?),
            Some(Kind::CloseMarket) => Planned::CloseMarket(self.market(given)?),
            Some(Kind::LiftReduceOnly) => Planned::LiftReduceOnly(self.market(given)?),
            Some(Kind::PoolParams) => Planned::PoolParams(PoolParams::of(&self.exchange_params(given)?.2)),
            Some(Kind::Strategy) => Planned::Strategy(self.market(given)?, terms(given)?),
            Some(Kind::OpenPool) => Planned::OpenPool,
            _ => return Err(what.mistake(format!("nothing is called `{name}`; there are {}", PLANNED.join(", ")))),
        })
    }

    /// The file's parameters with those of the step. Bounds and envelope are the exchange's to check.
    fn market_params(&self, given: &Given, market: usize) -> Result<Params> {
        let mut params = self.lists.params.get(market).copied().unwrap_or(Params::DEFAULT);
        for (name, value) in given.need("params")?.object("parameters by name")?.members() {
            let number = value.parameter()?;
            params
                .set(name, number)
                .map_err(|_| value.mistake(format!("there is no market parameter `{name}` that can be {number}")))?;
        }
        Ok(params)
    }

    fn exchange_params(&self, given: &Given) -> Result<(Exchange, Bank, Pool)> {
        let (mut exchange, mut bank, mut pool) = (Exchange::zeroed(), Bank::zeroed(), Pool::zeroed());
        set_exchange_defaults(&mut exchange);
        set_bank_defaults(&mut bank);
        set_pool_defaults(&mut pool);
        let params = given.need("params")?;
        override_parameters(&mut exchange, &mut bank, &mut pool, &self.lists.exchange)
            .map_err(|what| params.mistake(what))?;
        let listed = self.bank(given)?.checked_sub(1).and_then(|place| self.lists.banks.get(place));
        if let Some(listed) = listed {
            listed.params.put(&mut bank);
        }
        for (name, value) in params.object("parameters by name")?.members() {
            let row = exchange_parameter(name).map_err(|what| value.mistake(what))?;
            let number = value.parameter()?;
            let number = u32::try_from(number).map_err(|_| value.mistake(format!("`{name}` cannot be {number}")))?;
            match row.place {
                Place::Exchange(field) => *field(&mut exchange) = number,
                Place::Bank(field) => *field(&mut bank) = number,
                Place::Pool(field) => *field(&mut pool) = number,
            }
        }
        Ok((exchange, bank, pool))
    }
}

/// A strategy's terms; what is not named is 0.
fn terms(given: &Given) -> Result<StrategyTerms> {
    let mut terms = StrategyTerms::default();
    for (name, value) in given.need("params")?.object("terms by name")?.members() {
        let number = value.parameter()?;
        let set = u32::try_from(number).ok().and_then(|number| terms.set(name, number).ok());
        set.ok_or_else(|| value.mistake(format!("there is no term `{name}` of a strategy that can be {number}")))?;
    }
    Ok(terms)
}

/// The number of a guard on the wire.
fn place(action: Value, names: &[&str]) -> Result<u8> {
    let name = action.string("what is done")?;
    let place = names.iter().position(|known| *known == name).and_then(|place| u8::try_from(place).ok());
    place.ok_or_else(|| action.mistake(format!("nobody can do `{name}`; there are {}", names.join(", "))))
}

fn value(given: &Given) -> Result<u32> {
    given.get("value").map_or(Ok(0), |value| value.integer(0, u32::MAX))
}
