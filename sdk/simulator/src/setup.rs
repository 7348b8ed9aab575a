//! What an exchange starts with: markets, accounts, and the first prices.

use keel_engine::params::Params;
use keel_engine::state::{Bank, Exchange, Mode};
use keel_engine::units::Price;

use crate::action::Action;
use crate::prices::Quote;

/// The second in which an exchange starts unless it is told another: a full hour of the unix clock.
pub const START: i64 = 1_800_000_000;

/// Slots that pass in so many seconds: one takes 400 ms.
pub const fn slots(secs: u64) -> u64 {
    secs * 5 / 2
}

/// A market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketSetup {
    /// Name, zero-padded.
    pub name: [u8; 16],
    /// How the peg follows the index.
    pub mode: Mode,
    /// Peg of a fixed market; zero takes the index.
    pub launch_price: Price,
    /// Parameters.
    pub params: Params,
    /// The price at which it is listed.
    pub first: Quote,
}

/// A margin account, with a companion for ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSetup {
    /// Name of its owner.
    pub name: String,
    /// Quote atoms deposited at the start.
    pub deposit: u64,
}

impl AccountSetup {
    /// What opens it.
    pub fn opening(&self, who: usize) -> Vec<Action> {
        let mut actions = vec![Action::OpenAccount { who }, Action::OpenRanges { who }];
        if self.deposit != 0 {
            actions.push(Action::Deposit { who, amount: self.deposit });
        }
        actions
    }
}

/// Parameters of the exchange and of its bank that are not their defaults, by name.
pub type Overrides = Vec<(String, u64)>;

/// A parameter of the exchange or of its bank.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeParameter {
    /// Field name, unit included.
    pub name: &'static str,
    /// Default.
    pub default: u32,
    /// Smallest value allowed.
    pub min: u32,
    /// Largest value allowed.
    pub max: u32,
    field: Field,
}

/// Where a parameter is kept.
type Field = for<'a> fn(&'a mut Exchange, &'a mut Bank) -> &'a mut u32;

/// Every parameter of the exchange and of its bank (protocol.md section 14).
pub const EXCHANGE_PARAMETERS: &[ExchangeParameter] = &[
    parameter("timelock_secs", 172_800, (86_400, u32::MAX), |exchange, _| &mut exchange.timelock_secs),
    parameter("max_pause_secs", 259_200, (0, 604_800), |exchange, _| &mut exchange.max_pause_secs),
    parameter("haircut_ppm", 1_000_000, (0, 1_000_000), |_, bank| &mut bank.haircut_ppm),
    parameter("cap_usd", 0, (0, u32::MAX), |_, bank| &mut bank.cap_usd),
    parameter("ramp_secs", 0, (0, u32::MAX), |_, bank| &mut bank.ramp_secs),
    parameter("debt_grace_secs", 3_600, (0, u32::MAX), |_, bank| &mut bank.debt_grace_secs),
    parameter("outflow_limit_ppm_per_hour", 100_000, (10_000, 500_000), |_, bank| &mut bank.outflow_limit_ppm_per_hour),
    parameter("min_ticket_usd", 100, (0, u32::MAX), |_, bank| &mut bank.min_ticket_usd),
];

const fn parameter(name: &'static str, default: u32, (min, max): (u32, u32), field: Field) -> ExchangeParameter {
    ExchangeParameter { name, default, min, max, field }
}

impl ExchangeParameter {
    /// A value that is within the bounds. The error says which they are.
    pub fn check(&self, value: u64) -> Result<u32, String> {
        let within = u32::try_from(value).ok().filter(|value| (self.min..=self.max).contains(value));
        within.ok_or_else(|| format!("`{}` is {value}; it must be from {} to {}", self.name, self.min, self.max))
    }
}

/// The parameter of that name. The error lists what there is.
pub fn exchange_parameter(name: &str) -> Result<&'static ExchangeParameter, String> {
    let found = EXCHANGE_PARAMETERS.iter().find(|row| row.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = EXCHANGE_PARAMETERS.iter().map(|row| row.name).collect();
        format!("there is no exchange parameter `{name}`; there are {}", names.join(", "))
    })
}

/// Gives every parameter its default.
pub fn set_defaults(exchange: &mut Exchange, bank: &mut Bank) {
    for row in EXCHANGE_PARAMETERS {
        *(row.field)(exchange, bank) = row.default;
    }
}

/// Sets parameters by name. Errors name the one that there is not, or that is outside of its bounds.
pub fn override_parameters(exchange: &mut Exchange, bank: &mut Bank, overrides: &Overrides) -> Result<(), String> {
    for (name, value) in overrides {
        let row = exchange_parameter(name)?;
        *(row.field)(exchange, bank) = row.check(*value)?;
    }
    Ok(())
}

/// An exchange at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Parameters of the exchange.
    pub exchange: Overrides,
    /// Markets, numbered from 1 in this order.
    pub markets: Vec<MarketSetup>,
    /// Accounts.
    pub accounts: Vec<AccountSetup>,
}

/// A market's number, by its place in the list.
pub fn number(market: usize) -> u16 {
    u16::try_from(market).unwrap_or(u16::MAX).saturating_add(1)
}
