//! Steps that move tokens of a bank, those about other collateral than USDC, trades within a bound, and liens, from their
//! objects to actions.

use keel_engine::collateral::Purchase;
use keel_engine::curve::Exact;
use keel_engine::exchange_params::BankParams;
use keel_engine::state::USDC;
use keel_engine::trade::Order;
use keel_engine::units::Price;

use super::decimal;
use super::json::{Result, Value};
use super::keys::Verb;
use super::step::{Given, Reader, amount, contract_price, decimal as number, listed, signed_amount};
use crate::action::Action;
use crate::liens::LienAct;
use crate::setup::{BankSetup, USDC_NAME};

/// A bank of the file.
#[derive(Clone, Debug)]
pub(super) struct ListedBank {
    /// Name of its token.
    pub(super) name: String,
    /// Decimals of its token.
    pub(super) decimals: u32,
    /// Parameters.
    pub(super) params: BankParams,
}

impl ListedBank {
    /// A bank as it is listed.
    pub(super) fn of(setup: &BankSetup) -> Self {
        Self { name: setup.name.clone(), decimals: setup.decimals.into(), params: setup.params }
    }
}

impl Reader {
    /// Number of the bank that a step names; that of USDC where it names none.
    pub(super) fn bank(&self, given: &Given) -> Result<usize> {
        given.get("bank").map_or(Ok(USDC), |value| self.bank_of(value))
    }

    fn bank_of(&self, value: Value) -> Result<usize> {
        let name = value.string("the name of a bank")?;
        if name == USDC_NAME {
            return Ok(USDC);
        }
        let place = self.lists.banks.iter().position(|bank| bank.name == name);
        place.map(|place| place.saturating_add(1)).ok_or_else(|| {
            let names: Vec<String> = self.lists.banks.iter().map(|bank| bank.name.clone()).collect();
            value.mistake(format!("there is no bank `{name}` beside `{USDC_NAME}`; {}", listed(&names)))
        })
    }

    /// Decimals of a bank's token.
    fn decimals(&self, bank: usize) -> u32 {
        let other = bank.checked_sub(1).and_then(|place| self.lists.banks.get(place));
        other.map_or(decimal::QUOTE, |bank| bank.decimals)
    }

    /// How many tokens of a bank, in atoms.
    fn tokens(&self, given: &Given, bank: usize) -> Result<u64> {
        amount(given.need("amount")?, self.decimals(bank))
    }

    /// A step that moves tokens of a bank.
    pub(super) fn moved(&mut self, verb: Verb, given: &Given) -> Result<Action> {
        let bank = self.bank(given)?;
        Ok(match verb {
            Verb::Deposit => Action::Deposit { who: self.who(given)?, bank, amount: self.tokens(given, bank)? },
            Verb::Withdraw => Action::Withdraw { who: self.who(given)?, bank, amount: self.tokens(given, bank)? },
            Verb::QueueWithdrawal => {
                Action::QueueWithdrawal { who: self.who(given)?, bank, amount: self.tokens(given, bank)? }
            }
            Verb::PayWithdrawal => {
                let _sender = self.by(given)?;
                Action::PayWithdrawal { bank, ticket: given.ticket()? }
            }
            Verb::CancelWithdrawal => {
                let who = self.who(given)?;
                Action::CancelWithdrawal { who, bank, ticket: given.ticket()?, by: self.signer(given, who)? }
            }
            _ => Action::Transfer {
                who: self.who(given)?,
                to: self.account(given, "to")?,
                bank,
                amount: self.tokens(given, bank)?,
            },
        })
    }

    /// A step about other collateral, or a trade within a bound.
    pub(super) fn collateral(&mut self, verb: Verb, given: &Given) -> Result<Action> {
        Ok(match verb {
            Verb::RefreshBank => {
                let _sender = self.by(given)?;
                Action::RefreshBank { bank: self.bank(given)? }
            }
            Verb::BuyCollateral => {
                let bank = self.bank(given)?;
                let decimals = self.decimals(bank);
                let most = given.get("most").map_or(Ok(u64::MAX), |most| amount(most, decimals))?;
                let limit = given.get("limit").map(|price| token_price(price, decimals)).transpose()?;
                // The wire has no limit of 0, because that is none.
                let limit = limit.filter(|limit| limit.bits != 0);
                let purchase = Purchase { most, limit };
                Action::BuyCollateral { who: self.who(given)?, bank, by: self.account(given, "by")?, purchase }
            }
            Verb::DepositAndTrade => {
                let bank = self.bank(given)?;
                let amount = self.tokens(given, bank)?;
                let (who, market) = (self.who(given)?, self.market(given)?);
                Action::DepositAndTrade { who, bank, amount, market, order: given.order()? }
            }
            Verb::TradeExact => {
                let order = Order { all_or_nothing: true, ..given.order()? };
                let decimals = if matches!(order.exact, Exact::Base(_)) { decimal::QUOTE } else { decimal::BASE };
                let bound = given.get("bound").map_or(Ok(0), |bound| amount(bound, decimals))?;
                Action::TradeExact { who: self.who(given)?, market: self.market(given)?, order, bound }
            }
            _ => {
                let target = given.need("target")?;
                let (negative, base) = signed_amount(target, decimal::BASE)?;
                let base = i64::try_from(base).map_err(|_| target.mistake("the amount is too large"))?;
                let limit = given.get("limit").map(|price| contract_price(price, false)).transpose()?;
                Action::TradeTo {
                    who: self.who(given)?,
                    market: self.market(given)?,
                    target: if negative { -base } else { base },
                    tolerance: given.get("tolerance").map_or(Ok(0), |base| amount(base, decimal::BASE))?,
                    limit: limit.filter(|limit| limit.bits != 0),
                }
            }
        })
    }

    /// A step with a lien, or with an account as a whole.
    pub(super) fn lien(&mut self, verb: Verb, given: &Given) -> Result<LienAct> {
        let who = self.who(given)?;
        Ok(match verb {
            Verb::GiveAccount => LienAct::Give { who, to: self.account(given, "to")? },
            Verb::PlaceLien => LienAct::Place {
                who,
                holder: self.account(given, "holder")?,
                floor: amount(given.need("floor")?, decimal::QUOTE)?,
                notice_secs: given.get("notice_secs").map_or(Ok(0), |secs| secs.integer(0, u32::MAX))?,
            },
            Verb::CallLien => LienAct::Call { who, by: self.account(given, "by")?, notice: !given.flag("withdraw")? },
            Verb::ReleaseLien => LienAct::Release { who, by: self.account(given, "by")? },
            _ => {
                let bank = self.bank(given)?;
                LienAct::Seize { who, by: self.account(given, "by")?, bank, amount: self.tokens(given, bank)? }
            }
        })
    }
}

/// A price in USD for a token (or raw bits), rounded down.
fn token_price(value: Value, decimals: u32) -> Result<Price> {
    let text = value.string("a price in a string, like \"150.5\"")?;
    if text.ends_with("raw") {
        return contract_price(value, false);
    }
    let mut price = number(value, decimal::FINEST_PRICE)?;
    if price.negative {
        return Err(value.mistake("the price must not be negative"));
    }
    // A contract has 9 decimals. A token with fewer has atoms that are worth more.
    let finer = 10u128.checked_pow(decimal::BASE.saturating_sub(decimals));
    let scaled = finer.and_then(|finer| price.digits.checked_mul(finer));
    price.digits = scaled.ok_or_else(|| value.mistake("the price is too high"))?;
    price.price_bits(false).map(Price::from_bits).map_err(|what| value.mistake(what))
}
