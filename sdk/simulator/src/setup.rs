//! What an exchange starts with: markets, banks, accounts, and the first prices.

use bytemuck::Zeroable;
use keel_engine::exchange_params::{BankParams, Place, set_collateral_defaults};
pub use keel_engine::exchange_params::{EXCHANGE_PARAMETERS, ExchangeParameter};
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{Bank, Exchange, Mode, Pool, USDC};
use keel_engine::units::Price;

use crate::action::Action;
use crate::prices::Quote;

/// Decimals of USDC.
const USDC_DECIMALS: u32 = 6;
/// Name of the quote currency's bank, the first.
pub const USDC_NAME: &str = "USDC";

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
            actions.push(Action::Deposit { who, bank: USDC, amount: self.deposit });
        }
        actions
    }
}

/// A bank of other collateral than USDC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankSetup {
    /// Name of its token.
    pub name: String,
    /// Decimals of its mint, at most 9.
    pub decimals: u8,
    /// The first price in USD: of a token, or of what it can be exchanged for.
    pub first: Quote,
    /// The first exchange rate, where the bank has a feed of it.
    pub rate: Option<Quote>,
    /// Seconds before the start since which its weight has been moving to its haircut.
    pub listed: u64,
    /// Parameters.
    pub params: BankParams,
}

impl BankSetup {
    /// A bank's parameters: defaults but for some, by name; its collateral counts nothing unless a haircut is named.
    ///
    /// Errors name the parameter that there is not, or that is outside of its bounds.
    pub fn params_of<'a>(overrides: impl IntoIterator<Item = (&'a str, u64)>) -> Result<BankParams, String> {
        let mut bank = Bank::zeroed();
        set_collateral_defaults(&mut bank);
        for (name, value) in overrides {
            let row = exchange_parameter(name)?;
            let Place::Bank(field) = row.place else { return Err(format!("`{name}` is no parameter of a bank")) };
            *field(&mut bank) = checked(row, value)?;
        }
        Ok(BankParams::of(&bank))
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
    /// Banks of other collateral than USDC, numbered from 1 in this order.
    pub banks: Vec<BankSetup>,
    /// Accounts.
    pub accounts: Vec<AccountSetup>,
    /// The pool's strategies, each with the place of its market.
    pub strategies: Vec<(usize, StrategyTerms)>,
}

impl Setup {
    /// Decimals of a bank's token; those of USDC for one that there is not.
    pub fn decimals(&self, bank: usize) -> u32 {
        let other = bank.checked_sub(1).and_then(|place| self.banks.get(place));
        other.map_or(USDC_DECIMALS, |bank| bank.decimals.into())
    }

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
