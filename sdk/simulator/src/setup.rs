//! What an exchange starts with: markets, accounts, and the first prices.

use keel_engine::exchange_params::Place;
pub use keel_engine::exchange_params::{EXCHANGE_PARAMETERS, ExchangeParameter};
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{Bank, Exchange, Mode, Pool};
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
    /// The place of the account whose key owns it too, if it has none of its own.
    pub owner: Option<usize>,
    /// The place of the only market that it may trade.
    pub isolated: Option<usize>,
    /// Whether it is the pool's, which is there with the pool and of which nobody is the owner.
    pub is_pool: bool,
}

/// Whose an account is, and what it is among the owner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The place of the account whose key owns it.
    pub owner: usize,
    /// Its number among the owner's.
    pub sub_account: u16,
    /// The number of the only market that it may trade, or 0.
    pub isolated_market: u16,
}

impl AccountSetup {
    /// A cross-margined account with a key of its own.
    pub const fn new(name: String, deposit: u64) -> Self {
        Self { name, deposit, owner: None, isolated: None, is_pool: false }
    }

    /// The pool's.
    pub fn pool() -> Self {
        Self { is_pool: true, ..Self::new(POOL.to_owned(), 0) }
    }

    /// What opens it.
    pub fn opening(&self, who: usize) -> Vec<Action> {
        if self.is_pool {
            return Vec::new();
        }
        let mut actions = vec![Action::OpenAccount { who }, Action::OpenRanges { who }];
        if self.deposit != 0 {
            actions.push(Action::Deposit { who, amount: self.deposit });
        }
        actions
    }
}

/// Name of the pool's account.
pub const POOL: &str = "pool";

/// Parameters of the exchange, of its bank and of its pool that are not their defaults, by name.
pub type Overrides = Vec<(String, u64)>;

/// The parameter of that name. The error lists what there is.
pub fn exchange_parameter(name: &str) -> Result<&'static ExchangeParameter, String> {
    let found = EXCHANGE_PARAMETERS.iter().find(|row| row.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = EXCHANGE_PARAMETERS.iter().map(|row| row.name).collect();
        format!("there is no exchange parameter `{name}`; there are {}", names.join(", "))
    })
}

/// A parameter's value that is within its bounds. The error says which they are.
pub fn checked(row: &ExchangeParameter, value: u64) -> Result<u32, String> {
    let within = u32::try_from(value).ok().filter(|value| (row.min..=row.max).contains(value));
    within.ok_or_else(|| format!("`{}` is {value}; it must be from {} to {}", row.name, row.min, row.max))
}

/// Sets parameters by name. Errors name the one that there is not, or that is outside of its bounds.
pub fn override_parameters(
    exchange: &mut Exchange,
    bank: &mut Bank,
    pool: &mut Pool,
    overrides: &Overrides,
) -> Result<(), String> {
    for (name, value) in overrides {
        let row = exchange_parameter(name)?;
        let value = checked(row, *value)?;
        match row.place {
            Place::Exchange(field) => *field(exchange) = value,
            Place::Bank(field) => *field(bank) = value,
            Place::Pool(field) => *field(pool) = value,
        }
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
    /// The pool's strategies, each with the place of its market.
    pub strategies: Vec<(usize, StrategyTerms)>,
}

impl Setup {
    /// The place of the pool's account, where there is a pool.
    pub fn pool(&self) -> Option<usize> {
        self.accounts.iter().position(|account| account.is_pool)
    }

    /// Whose each account is. The owner's accounts are numbered from 0 in their order.
    pub fn seats(&self) -> Vec<Seat> {
        let mut seats: Vec<Seat> = Vec::new();
        for (place, account) in self.accounts.iter().enumerate() {
            let owner = account.owner.unwrap_or(place);
            let elders = seats.iter().filter(|seat| seat.owner == owner).count();
            let sub_account = u16::try_from(elders).unwrap_or(u16::MAX);
            seats.push(Seat { owner, sub_account, isolated_market: account.isolated.map_or(0, number) });
        }
        seats
    }
}

/// A market's number, by its place in the list.
pub fn number(market: usize) -> u16 {
    u16::try_from(market).unwrap_or(u16::MAX).saturating_add(1)
}
