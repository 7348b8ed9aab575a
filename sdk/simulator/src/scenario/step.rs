//! A step of a scenario, from its object to an action.

use std::collections::HashMap;

use keel_engine::liquidation::TakeOver;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE};
use keel_engine::ranges::RangeRequest;
use keel_engine::state::MAX_RANGES;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{Error, Side, curve::Exact};

use super::decimal::{self, Decimal};
use super::governed::Lists;
use super::json::{Object, Result, Value};
use super::keys::{ACTIONS, Kind, LEG, Rule, STEP, Verb};
use super::{Bounds, Expect, Step};
use crate::action::{Action, Leg, RangeAt};
use crate::prices::{BankFeed, Quote};
use crate::question::Question;
use crate::strategies::StrategyAct;

/// The last second that a scenario may reach: more than a century.
pub(super) const LAST_SECOND: u64 = 4_000_000_000;

/// The last number that a ticket may have in a scenario.
pub(super) const LAST_TICKET: u64 = 4_000_000_000;

/// Who sends what nobody is named for.
const KEEPER: &str = "keeper";

/// Names of the file, and of those who appear as keepers only.
#[derive(Default)]
pub(super) struct Names {
    pub(super) markets: Vec<String>,
    pub(super) accounts: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    /// Enters an account and tells its place.
    pub(super) fn enter(&mut self, account: &str) -> usize {
        if let Some(place) = self.places.get(account) {
            return *place;
        }
        let place = self.accounts.len();
        self.accounts.push(account.to_owned());
        self.places.insert(account.to_owned(), place);
        place
    }
}

/// Some of the names, for an error.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(", ...");
    }
    if text.is_empty() { "there are none".to_owned() } else { format!("there are {text}") }
}

/// Reads steps. `declared` accounts are the file's, the others are keepers.
pub(super) struct Reader {
    pub(super) names: Names,
    pub(super) lists: Lists,
    declared: usize,
    at: u64,
}

/// The object of a step or of a leg, and what its keys must obey together.
pub(super) struct Given<'a, 'o> {
    object: &'o Object<'a>,
    rule: Rule,
    owner: String,
}

impl<'a> Given<'a, '_> {
    pub(super) fn need(&self, key: &str) -> Result<Value<'a>> {
        self.object.need(key, &self.owner)
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.object.get(key)
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool> {
        self.get(key).map_or(Ok(false), Value::flag)
    }

    fn tick(&self, key: &str) -> Result<i32> {
        self.need(key)?.integer(i32::MIN, i32::MAX)
    }

    /// USDC that come from outside.
    fn outside(&self) -> Result<u64> {
        amount(self.need("amount")?, decimal::QUOTE)
    }

    /// A ticket's number, if one is named.
    pub(super) fn ticket(&self) -> Result<Option<u64>> {
        self.get("ticket").map(|number| number.integer(0, LAST_TICKET)).transpose()
    }

    /// The keys obey the action's rule.
    fn check_rule(&self) -> Result<()> {
        let has = |key: &str| self.get(key).is_some();
        let mistake = |what: &str| Err(self.object.value().mistake(format!("{} takes {what}", self.owner)));
        match self.rule {
            Rule::BaseOrQuote if has("base") == has("quote") => mistake("exactly one of `base` and `quote`"),
            Rule::MarketOrBank if has("market") == has("bank") => mistake("exactly one of `market` and `bank`"),
            Rule::MarketOrBank if has("rate") && has("market") => mistake("`rate` with `bank` only"),
            Rule::OneRange if has("lower") != has("upper") => mistake("`lower` and `upper` together"),
            Rule::OneRange if has("lower") && has("slot") => mistake("`lower` with `upper`, or `slot`, not both"),
            _ => Ok(()),
        }
    }

    pub(super) fn order(&self) -> Result<Order> {
        let ((negative, amount), is_base) = match self.get("base") {
            Some(base) => (signed_amount(base, decimal::BASE)?, true),
            None => (signed_amount(self.need("quote")?, decimal::QUOTE)?, false),
        };
        let side = if negative { Side::Sell } else { Side::Buy };
        let exact = if is_base { Exact::Base(amount) } else { Exact::Quote(amount) };
        let limit = match self.get("limit") {
            // The highest price for who buys, the lowest for who sells: rounded down and up.
            Some(value) => match (contract_price(value, side == Side::Sell)?, side) {
                (Price { bits: 0 }, Side::Buy) => return Err(value.mistake("nothing can be bought at a limit of 0")),
                // The wire has no lower bound of 0, because that is no bound.
                (Price { bits: 0 }, Side::Sell) => None,
                (limit, _) => Some(limit),
            },
            None => None,
        };
        let (reduce_only, all_or_nothing) = (self.flag("reduce_only")?, self.flag("all_or_nothing")?);
        Ok(Order { side, exact, limit, reduce_only, all_or_nothing })
    }

    fn range(&self) -> Result<RangeAt> {
        if let Some(slot) = self.get("slot") {
            let last = u8::try_from(MAX_RANGES.saturating_sub(1)).unwrap_or(u8::MAX);
            return Ok(RangeAt::Slot(slot.integer(0, last)?));
        }
        if self.get("lower").is_none() {
            return Ok(RangeAt::First);
        }
        Ok(RangeAt::Ends { lower: self.tick("lower")?, upper: self.tick("upper")? })
    }
}

/// A decimal in a string.
pub(super) fn decimal(value: Value, raw_decimals: u32) -> Result<Decimal> {
    let text = value.string("an amount in a string, like \"12.5\"")?;
    Decimal::parse(&text, raw_decimals).map_err(|what| value.mistake(what))
}

/// An amount with a sign, in units of `10^-decimals`, within 64 bits.
pub(super) fn signed_amount(value: Value, decimals: u32) -> Result<(bool, u64)> {
    let amount = decimal(value, decimals)?;
    let atoms = amount.magnitude(decimals).map_err(|what| value.mistake(what))?;
    let atoms = u64::try_from(atoms).map_err(|_| value.mistake("the amount is too large"))?;
    Ok((amount.negative, atoms))
}

/// An amount that is not negative.
pub(super) fn amount(value: Value, decimals: u32) -> Result<u64> {
    match signed_amount(value, decimals)? {
        (true, atoms) if atoms != 0 => Err(value.mistake("the amount must not be negative")),
        (_, atoms) => Ok(atoms),
    }
}

/// A price in USD for a contract (or raw bits), rounded up or down.
pub(super) fn contract_price(value: Value, round_up: bool) -> Result<Price> {
    let text = value.string("a price in a string, like \"20000.5\"")?;
    let bits = if text.ends_with("raw") {
        amount(value, 0)?
    } else {
        let price = decimal(value, decimal::FINEST_PRICE)?;
        if price.negative {
            return Err(value.mistake("the price must not be negative"));
        }
        let _precise = price.magnitude(decimal::FINEST_PRICE).map_err(|what| value.mistake(what))?;
        price.price_bits(round_up).map_err(|what| value.mistake(what))?
    };
    Ok(Price::from_bits(bits))
}

/// A number of Pyth's, with a sign, in units of `10^-decimals`.
pub(super) fn published(value: Value, number: Decimal, decimals: u32) -> Result<i64> {
    let magnitude = number.magnitude(decimals).map_err(|what| value.mistake(what))?;
    let too_large = || value.mistake("the price is too large for the 64 bits that a publisher has");
    let magnitude = i64::try_from(magnitude).map_err(|_| too_large())?;
    Ok(if number.negative { -magnitude } else { magnitude })
}

/// Decimals for some numbers of one price: 8, or as many as the finest of them needs, up to 12.
pub(super) fn price_decimals(numbers: &[Decimal]) -> u32 {
    let finest = numbers.iter().map(|number| number.decimals).max().unwrap_or(0);
    finest.clamp(decimal::PRICE, decimal::FINEST_PRICE)
}

impl Reader {
    pub(super) fn new(names: Names, lists: Lists) -> Self {
        let declared = names.accounts.len();
        Self { names, lists, declared, at: 0 }
    }

    /// Reads the next step.
    pub(super) fn read(&mut self, value: Value) -> Result<Step> {
        let object = value.object("a step, which is an object")?;
        let verb = object.need("do", "a step")?;
        let name = verb.string("the name of an action")?;
        let info = ACTIONS.iter().find(|info| info.name == name).ok_or_else(|| {
            let all: Vec<&str> = ACTIONS.iter().map(|info| info.name).collect();
            verb.mistake(format!("there is no action `{name}`; the actions are {}", all.join(", ")))
        })?;
        let owner = format!("`{name}`");
        object.check(&[STEP, info.keys], &owner)?;
        let given = Given { object: &object, rule: info.rule, owner };
        given.check_rule()?;

        let at = given.need("at")?;
        let second = at.integer(0, LAST_SECOND)?;
        if second < self.at {
            return Err(at.mistake(format!("`at` goes back from {} to {second}: steps are in order of time", self.at)));
        }
        self.at = second;
        let expect = given.get("expect").map(expectation).transpose()?;
        let action = self.action(info.verb, &given)?;
        let action =
            if info.keys.iter().any(|key| key.kind == Kind::Signer) { self.signed(&given, action)? } else { action };
        let bound = |key: &str, round_up| given.get(key).map(|price| contract_price(price, round_up)).transpose();
        let bounds = Bounds { min: bound("min_price", true)?, max: bound("max_price", false)? };
        Ok(Step { at: second, line: value.line(), action, bounds, expect })
    }

    pub(super) fn market(&self, given: &Given) -> Result<usize> {
        let value = given.need("market")?;
        market(&self.names.markets, value)
    }

    pub(super) fn who(&self, given: &Given) -> Result<usize> {
        self.account(given, "who")
    }

    /// The place of an account of the file.
    pub(super) fn account(&self, given: &Given, key: &str) -> Result<usize> {
        let value = given.need(key)?;
        let name = value.string("the name of an account")?;
        let place = self.names.places.get(&name).filter(|place| **place < self.declared);
        place.copied().ok_or_else(|| {
            let declared = self.names.accounts.get(..self.declared).unwrap_or_default();
            value.mistake(format!("there is no account `{name}`; {}", listed(declared)))
        })
    }

    /// Who sends it: whoever is named, or the keeper.
    pub(super) fn by(&mut self, given: &Given) -> Result<usize> {
        let name = match given.get("by") {
            Some(value) => value.string("the name of an account")?,
            None => KEEPER.to_owned(),
        };
        Ok(self.names.enter(&name))
    }

    /// Who signs: whoever is named, or the owner.
    pub(super) fn signer(&mut self, given: &Given, owner: usize) -> Result<usize> {
        if given.get("by").is_some() { self.by(given) } else { Ok(owner) }
    }

    fn action(&mut self, verb: Verb, given: &Given) -> Result<Action> {
        Ok(match verb {
            Verb::Price => self.price(given)?,
            Verb::Refresh => Action::Refresh { market: self.market(given)? },
            Verb::Deposit
            | Verb::Withdraw
            | Verb::QueueWithdrawal
            | Verb::PayWithdrawal
            | Verb::CancelWithdrawal
            | Verb::Transfer => self.moved(verb, given)?,
            Verb::RefreshBank | Verb::BuyCollateral | Verb::DepositAndTrade | Verb::TradeExact | Verb::TradeTo => {
                self.collateral(verb, given)?
            }
            Verb::GiveAccount | Verb::PlaceLien | Verb::CallLien | Verb::ReleaseLien | Verb::Seize => {
                Action::Lien(self.lien(verb, given)?)
            }
            Verb::Trade => Action::Trade { who: self.who(given)?, market: self.market(given)?, order: given.order()? },
            Verb::TradeLegs => {
                let leg = |value: Value| self.leg(value);
                let legs = given.need("legs")?.list("a list of legs")?.into_iter().map(leg).collect::<Result<_>>()?;
                Action::TradeLegs { who: self.who(given)?, legs }
            }
            Verb::Settle => {
                let (who, market) = (self.who(given)?, self.market(given)?);
                Action::Settle { who, market, by: self.signer(given, who)? }
            }
            Verb::Release => {
                let min_ratio_ppm = given.get("min_ratio_ppm").map_or(Ok(0), |ratio| ratio.integer(0, 1_000_000))?;
                Action::Release { who: self.who(given)?, market: self.market(given)?, min_ratio_ppm }
            }
            Verb::AddRange => {
                Action::AddRange { who: self.who(given)?, market: self.market(given)?, request: request(given)? }
            }
            Verb::RemoveRange => {
                Action::RemoveRange { who: self.who(given)?, market: self.market(given)?, range: given.range()? }
            }
            Verb::SettleRange => {
                let (who, market, range) = (self.who(given)?, self.market(given)?, given.range()?);
                Action::SettleRange { who, market, range, by: self.signer(given, who)? }
            }
            Verb::BeginLiquidation => {
                let _sender = self.by(given)?;
                Action::BeginLiquidation { who: self.who(given)? }
            }
            Verb::UnwindRange => {
                let _sender = self.by(given)?;
                Action::UnwindRange { who: self.who(given)?, market: self.market(given)?, range: given.range()? }
            }
            Verb::LiquidateOnCurve => {
                let max_base = given.get("max_base").map_or(Ok(u64::MAX), |most| amount(most, decimal::BASE))?;
                let (who, market, by) = (self.who(given)?, self.market(given)?, self.by(given)?);
                Action::LiquidateOnCurve { who, market, by, max_base }
            }
            Verb::Liquidate => {
                let max_base = given.get("max_base").map_or(Ok(u64::MAX), |most| amount(most, decimal::BASE))?;
                let (who, market, by) = (self.who(given)?, self.market(given)?, self.by(given)?);
                let limit = given.get("limit").map(|price| contract_price(price, false)).transpose()?;
                // The wire has no limit of 0, because that is none.
                let limit = limit.filter(|limit| limit.bits != 0);
                Action::Liquidate { who, market, by, request: TakeOver { max_base, limit } }
            }
            Verb::Deleverage => {
                let max_base = given.get("max_base").map_or(Ok(u64::MAX), |most| amount(most, decimal::BASE))?;
                let (who, market, by) = (self.who(given)?, self.market(given)?, self.by(given)?);
                Action::Deleverage { who, market, holder: self.account(given, "holder")?, by, max_base }
            }
            Verb::Backstop => {
                let max_base = given.get("max_base").map_or(Ok(u64::MAX), |most| amount(most, decimal::BASE))?;
                let (who, market, by) = (self.who(given)?, self.market(given)?, self.by(given)?);
                Action::Backstop { who, market, by, max_base }
            }
            Verb::BalanceReserve => {
                let _sender = self.by(given)?;
                Action::BalanceReserve
            }
            Verb::Resolve => {
                let _sender = self.by(given)?;
                Action::Resolve { who: self.who(given)?, market: self.market(given)? }
            }
            Verb::ViewHealth => Action::View(Question::Health { who: self.who(given)? }),
            Verb::ViewLiquidationPrice => {
                Action::View(Question::LiquidationPrice { who: self.who(given)?, market: self.market(given)? })
            }
            Verb::ViewAuction => Action::View(Question::Auction { who: self.who(given)?, market: self.market(given)? }),
            Verb::ViewDelta => Action::View(Question::Delta { who: self.who(given)?, market: self.market(given)? }),
            Verb::ViewFunding => {
                let points = given.get("points").map_or(Ok(48), |points| points.integer(0, 48))?;
                let side = if given.flag("short")? { Side::Sell } else { Side::Buy };
                Action::View(Question::Funding { market: self.market(given)?, points, side })
            }
            Verb::ViewPayout => Action::View(Question::Payout { market: self.market(given)? }),
            Verb::ViewFee => {
                let Order { side, exact, .. } = given.order()?;
                Action::View(Question::Fee { market: self.market(given)?, side, exact })
            }
            Verb::CollectPledged => {
                let _sender = self.by(given)?;
                let creditor = market(&self.names.markets, given.need("creditor")?)?;
                Action::CollectPledged { who: self.who(given)?, market: self.market(given)?, creditor }
            }
            Verb::FundMarketInsurance => {
                let (market, amount) = (self.market(given)?, given.outside()?);
                Action::FundMarketInsurance { by: self.by(given)?, market, amount }
            }
            Verb::FundInsurance => Action::FundInsurance { amount: given.outside()?, by: self.by(given)? },
            Verb::SweepUnbooked => {
                let _sender = self.by(given)?;
                Action::SweepUnbooked
            }
            Verb::Donate => Action::Donate { amount: given.outside()?, by: self.by(given)? },
            Verb::QueueChange
            | Verb::CancelChange
            | Verb::ExecuteChange
            | Verb::AcceptAdmin
            | Verb::GuardMarket
            | Verb::GuardBank
            | Verb::GuardPool
            | Verb::WithdrawTreasury => Action::Govern(self.govern(verb, given)?),
            Verb::RequestDeposit
            | Verb::ExecuteDeposit
            | Verb::CancelDeposit
            | Verb::RequestRedeem
            | Verb::ExecuteRedeem
            | Verb::CancelRedeem => Action::Pool(self.pool(verb, given)?),
            Verb::ViewPool => Action::View(Question::Pool),
            Verb::PlaceOrder | Verb::ExecuteOrder | Verb::CancelOrder | Verb::CleanOrder => {
                Action::Order(self.order(verb, given)?)
            }
            Verb::Rebalance => {
                Action::Strategy(StrategyAct::Rebalance { market: self.market(given)?, by: self.by(given)? })
            }
            Verb::CollectPool => Action::Strategy(StrategyAct::Collect { market: self.market(given)? }),
            Verb::SetDelegate | Verb::ApproveBuilder | Verb::RevokeBuilder => self.permit(verb, given)?,
            Verb::TradeWithBuilder => Action::TradeWithBuilder {
                who: self.who(given)?,
                market: self.market(given)?,
                order: given.order()?,
                builder: self.account(given, "builder")?,
                fee_ppm: given.need("fee_ppm")?.integer(0, u32::MAX)?,
            },
            Verb::CloseMarket => Action::CloseMarket { market: self.market(given)? },
            Verb::ClosePosition => Action::ClosePosition { who: self.who(given)?, market: self.market(given)? },
            Verb::CloseTickArray => {
                let index = given.need("index")?.integer(i32::MIN, i32::MAX)?;
                Action::CloseTickArray { market: self.market(given)?, index }
            }
            Verb::RemoveMarket => Action::RemoveMarket { market: self.market(given)? },
            Verb::OpenAccount => Action::OpenAccount { who: self.who(given)? },
            Verb::CloseAccount => Action::CloseAccount { who: self.who(given)? },
            Verb::OpenRanges => Action::OpenRanges { who: self.who(given)? },
            Verb::CloseRanges => Action::CloseRanges { who: self.who(given)? },
            Verb::CreateTickArray => {
                let index = given.need("index")?.integer(i32::MIN, i32::MAX)?;
                Action::CreateTickArray { market: self.market(given)?, index }
            }
        })
    }

    fn leg(&self, value: Value) -> Result<Leg> {
        let object = value.object("a leg, which is an object")?;
        let owner = "a leg".to_owned();
        object.check(&[LEG], &owner)?;
        let given = Given { object: &object, rule: Rule::BaseOrQuote, owner };
        given.check_rule()?;
        Ok(Leg { market: self.market(&given)?, order: given.order()? })
    }

    fn price(&self, given: &Given) -> Result<Action> {
        let quote = quote(given.need("price")?, given.get("conf"), given.get("ema"))?;
        let last = i64::try_from(LAST_SECOND).unwrap_or(i64::MAX);
        let published = given.get("published").map(|secs| secs.integer(-last, last)).transpose()?;
        if given.get("bank").is_none() {
            return Ok(Action::Price { market: self.market(given)?, quote, published });
        }
        let feed = if given.flag("rate")? { BankFeed::Rate } else { BankFeed::Price };
        Ok(Action::BankPrice { bank: self.bank(given)?, feed, quote, published })
    }
}

/// A market's place.
pub(super) fn market(markets: &[String], value: Value) -> Result<usize> {
    let name = value.string("the name of a market")?;
    let place = markets.iter().position(|market| *market == name);
    place.ok_or_else(|| value.mistake(format!("there is no market `{name}`; {}", listed(markets))))
}

fn expectation(value: Value) -> Result<Expect> {
    let name = value.string("the name of an error, or \"ok\"")?;
    if name == "ok" {
        return Ok(Expect::Success);
    }
    let error = Error::ALL.iter().find(|error| error.name() == name);
    let error = error.ok_or_else(|| {
        value.mistake(format!("there is no error `{name}`; expect \"ok\" or a name from docs/errors.md"))
    })?;
    Ok(Expect::Refusal(*error))
}

fn request(given: &Given) -> Result<RangeRequest> {
    let value = given.need("liquidity")?;
    let text = value.string("liquidity in a string, like \"500000000000\"")?;
    let digits = text.strip_suffix("raw").unwrap_or(&text);
    let liquidity = if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None };
    let liquidity = liquidity.ok_or_else(|| {
        value.mistake(format!("`{text}` is no liquidity: write L as a whole number, like \"500000000000\""))
    })?;
    Ok(RangeRequest {
        lower: given.tick("lower")?,
        upper: given.tick("upper")?,
        liquidity,
        min_sqrt_price: MIN_SQRT_PRICE,
        max_sqrt_price: MAX_SQRT_PRICE,
    })
}

/// A price as its publisher states it, with its confidence and its average where they are written.
pub(super) fn quote(price: Value, conf: Option<Value>, ema: Option<Value>) -> Result<Quote> {
    fn number(value: Value) -> Result<(Value, Decimal)> {
        Ok((value, decimal(value, decimal::PRICE)?))
    }
    let price = number(price)?;
    let (conf, ema) = (conf.map(number).transpose()?, ema.map(number).transpose()?.unwrap_or(price));
    let finest: Vec<Decimal> = [Some(price), conf, Some(ema)].into_iter().flatten().map(|(_, n)| n).collect();
    let decimals = price_decimals(&finest);
    let signed = |(value, number)| published(value, number, decimals);
    let conf = match conf {
        Some((value, number)) if number.negative => {
            return Err(value.mistake("`conf` must not be negative"));
        }
        Some(conf) => signed(conf)?.unsigned_abs(),
        None => 0,
    };
    let exponent = -i32::try_from(decimals).unwrap_or(0);
    Ok(Quote { price: signed(price)?, conf, ema: signed(ema)?, exponent })
}
