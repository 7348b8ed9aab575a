//! Actions written as a scenario: the JSON that users write, `keel scenario` plays and bug reports hold.
//!
//! Amounts are in natural units, which are exact in decimals; what has no exact decimal is in atoms with the suffix `raw`.
//! A price with an exponent beyond those of decimals, a bound on `s` and a name that is not there are written as what they
//! are, and refused by who reads them: a scenario has no words for them.

mod banked;
mod governed;
mod ordered;

use std::fmt::Write;

use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE};
use keel_engine::params::{ParamInfo, Params};
use keel_engine::pool::StrategyTerms;
use keel_engine::state::Mode;
use keel_engine::trade::Order;
use keel_engine::units::{Price, SqrtPrice};

use crate::action::{Action, Leg, RangeAt};
use crate::pool::PoolAct;
use crate::prices::Quote;
use crate::question::Question;
use crate::scenario::permitted::PERMISSIONS;
use crate::setup::{MarketSetup, Setup};
use crate::strategies::StrategyAct;

/// An action and when it is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Seconds from the start.
    pub at: u64,
    /// What is done.
    pub action: Action,
}

/// A scenario's text: one line for each market, account and step.
pub fn scenario_json(name: &str, setup: &Setup, steps: &[Step]) -> String {
    let exchange: Vec<String> = setup.exchange.iter().map(|(name, value)| format!("{}: {value}", text(name))).collect();
    let markets: Vec<String> = setup.markets.iter().map(market).collect();
    let account = |account: &crate::setup::AccountSetup| {
        let mut line = format!("    {}: {{ \"deposit\": {}", text(&account.name), usd(account.deposit));
        if let Some(owner) = account.owner.and_then(|owner| setup.accounts.get(owner)) {
            line += &format!(", \"owner\": {}", text(&owner.name));
        }
        if let Some(market) = account.isolated.and_then(|market| setup.markets.get(market)) {
            line += &format!(", \"isolated\": {}", text(&market_name(market)));
        }
        line + " }"
    };
    let banks = banked::banks(setup);
    let accounts: Vec<String> = setup.accounts.iter().filter(|account| !account.is_pool).map(account).collect();
    let pool = if setup.pool().is_some() { pool(setup) } else { String::new() };
    // The price at which a market is listed is what its feed states at the start.
    let first = |(market, state): (usize, &MarketSetup)| Step {
        at: 0,
        action: Action::Price { market, quote: state.first, published: None },
    };
    let steps = setup.markets.iter().enumerate().map(first).chain(steps.iter().cloned());
    let steps: Vec<String> = steps.map(|step| Line::of(setup, &step).finish()).collect();
    format!(
        "{{\n  \"name\": {},\n  \"exchange\": {{{}}},\n  \"markets\": [\n{}\n  ],{banks}\n  \"accounts\": {{\n{}\n  }},{pool}\n  \
         \"steps\": [\n{}\n  ]\n}}\n",
        text(name),
        exchange.join(", "),
        markets.join(",\n"),
        accounts.join(",\n"),
        steps.join(",\n"),
    )
}

/// The pool, with its strategies; its parameters are among the exchange's.
fn pool(setup: &Setup) -> String {
    let strategy = |(place, terms): &(usize, StrategyTerms)| {
        let market = setup.markets.get(*place).map_or_else(|| format!("#{place}"), market_name);
        let flags = [("quotes", terms.quotes), ("backstops", terms.backstops)];
        let flags: Vec<String> = flags.map(|(name, flag)| format!("\"{name}\": {}", flag != 0)).into();
        let counts = [
            ("width_ticks", terms.width_ticks),
            ("weight_ppm", terms.weight_ppm),
            ("leverage_ppm", terms.leverage_ppm),
            ("exposure_cap_usd", terms.exposure_cap_usd),
            ("backstop_cap_usd", terms.backstop_cap_usd),
            ("backstop_loss_cap_usd", terms.backstop_loss_cap_usd),
        ];
        let counts: Vec<String> = counts.map(|(name, count)| format!("\"{name}\": {count}")).into();
        format!("{{ \"market\": {}, {}, {} }}", text(&market), flags.join(", "), counts.join(", "))
    };
    let strategies: Vec<String> = setup.strategies.iter().map(strategy).collect();
    format!("\n  \"pool\": {{ \"strategies\": [{}] }},", strategies.join(", "))
}

/// A JSON string.
fn text(value: &str) -> String {
    let mut quoted = String::from('"');
    for letter in value.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if (control as u32) < 32 => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// An integer with so many decimals, quoted.
fn decimal(value: u128, decimals: usize) -> String {
    let digits = format!("{value:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    let part = part.trim_end_matches('0');
    text(&if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") })
}

/// Quote atoms in USD.
fn usd(atoms: u64) -> String {
    decimal(atoms.into(), 6)
}

/// Base atoms in contracts.
fn contracts(atoms: u64) -> String {
    decimal(atoms.into(), 9)
}

/// A price in USD for a contract, with 8 decimals: the smallest that is read back as no less. So a price that was written
/// with 8 decimals comes back as it is.
fn contract_price(price: Price) -> String {
    // Quote atoms for a base atom are thousands of USD for a contract.
    let scaled = u128::from(price.bits) * 100_000_000_000;
    decimal(scaled.div_ceil(1 << 48), 8)
}

fn raw(atoms: impl std::fmt::Display) -> String {
    text(&format!("{atoms}raw"))
}

fn market_name(market: &MarketSetup) -> String {
    String::from_utf8_lossy(&market.name).trim_end_matches('\0').to_owned()
}

fn market(market: &MarketSetup) -> String {
    let peg = if market.mode == Mode::Floating { "floating" } else { "fixed" };
    let mut line = format!("    {{ \"name\": {}, \"peg\": \"{peg}\"", text(&market_name(market)));
    if market.launch_price.bits != 0 {
        line += &format!(", \"launch_price\": {}", contract_price(market.launch_price));
    }
    let value = |info: &ParamInfo| market.params.get(info.name).filter(|value| *value != info.default);
    let params = Params::TABLE.iter().filter_map(|info| Some(format!("\"{}\": {}", info.name, value(info)?)));
    let params: Vec<String> = params.collect();
    format!("{line}, \"params\": {{ {} }} }}", params.join(", "))
}

/// A published price: in USD where its exponent is one that a scenario's decimals serve, else as its publisher states it.
fn quote(quote: &Quote) -> String {
    let Quote { price, conf, ema, exponent } = *quote;
    let [price, conf, ema] = [i128::from(price), i128::from(conf), i128::from(ema)];
    if !(-12..=0).contains(&exponent) {
        return format!(
            "\"price\": {}, \"conf\": {}, \"ema\": {}, \"exponent\": {exponent}",
            raw(price),
            raw(conf),
            raw(ema)
        );
    }
    let stated = |value: i128| {
        let digits = decimal(value.unsigned_abs(), exponent.unsigned_abs() as usize);
        if value < 0 { digits.replacen('"', "\"-", 1) } else { digits }
    };
    format!("\"price\": {}, \"conf\": {}, \"ema\": {}", stated(price), stated(conf), stated(ema))
}

/// Parameters by name.
fn object(values: impl Iterator<Item = (&'static str, u64)>) -> String {
    let values: Vec<String> = values.map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("{{ {} }}", values.join(", "))
}

/// One step, field by field.
struct Line<'a> {
    setup: &'a Setup,
    line: String,
}

impl<'a> Line<'a> {
    fn of(setup: &'a Setup, Step { at, action }: &Step) -> Self {
        let line = Self { setup, line: format!("    {{ \"at\": {at}") }.word("do", action.name());
        match *action {
            Action::Price { market, quote: ref price, published } => {
                let line = line.market(market);
                let line = Self { line: format!("{}, {}", line.line, quote(price)), ..line };
                published.map_or_else(|| line.clone_of(), |secs| line.clone_of().value("published", secs))
            }
            Action::Refresh { market } => line.market(market),
            Action::CreateTickArray { market, index } => line.market(market).value("index", index),
            Action::OpenAccount { who } => line.who("who", who),
            Action::CloseAccount { who } => line.who("who", who),
            Action::OpenRanges { who } => line.who("who", who),
            Action::CloseRanges { who } => line.who("who", who),
            Action::Deposit { .. }
            | Action::Withdraw { .. }
            | Action::QueueWithdrawal { .. }
            | Action::PayWithdrawal { .. }
            | Action::CancelWithdrawal { .. }
            | Action::Transfer { .. }
            | Action::BankPrice { .. }
            | Action::RefreshBank { .. }
            | Action::BuyCollateral { .. }
            | Action::DepositAndTrade { .. }
            | Action::TradeExact { .. }
            | Action::TradeTo { .. } => line.banked(action),
            Action::Lien(ref act) => line.lien(act),
            Action::Trade { who, market, ref order } => line.who("who", who).market(market).order(order),
            Action::TradeLegs { who, ref legs } => {
                let leg = |leg: &Leg| Self { setup, line: String::new() }.market(leg.market).order(&leg.order).line;
                let legs: Vec<String> =
                    legs.iter().map(|each| format!("{{ {} }}", leg(each).trim_start_matches(", "))).collect();
                line.who("who", who).value("legs", format!("[{}]", legs.join(", ")))
            }
            Action::AddRange { who, market, ref request } => {
                let line = line.who("who", who).market(market);
                let line = line.value("lower", request.lower).value("upper", request.upper);
                let line = line.value("liquidity", text(&request.liquidity.to_string()));
                let (low, high) = (request.min_sqrt_price, request.max_sqrt_price);
                let bound = |s: SqrtPrice| text(&s.get().to_string());
                let line = if low <= MIN_SQRT_PRICE { line } else { line.value("min_sqrt_price", bound(low)) };
                if high >= MAX_SQRT_PRICE { line } else { line.value("max_sqrt_price", bound(high)) }
            }
            Action::RemoveRange { who, market, range } => line.who("who", who).market(market).range(range),
            Action::SettleRange { who, market, range, by } => {
                line.who("who", who).market(market).range(range).signer(by, who)
            }
            Action::Settle { who, market, by } => line.who("who", who).market(market).signer(by, who),
            Action::Release { who, market, min_ratio_ppm } => {
                line.who("who", who).market(market).value("min_ratio_ppm", min_ratio_ppm)
            }
            Action::BeginLiquidation { who } => line.who("who", who),
            Action::UnwindRange { who, market, range } => line.who("who", who).market(market).range(range),
            Action::LiquidateOnCurve { who, market, by, max_base } => {
                let line = line.who("who", who).market(market).who("by", by);
                line.value("max_base", contracts(max_base))
            }
            Action::Liquidate { who, market, by, request } => {
                let line = line.who("who", who).market(market).who("by", by);
                let line = line.value("max_base", contracts(request.max_base));
                request.limit.map_or_else(|| line.clone_of(), |limit| line.clone_of().value("limit", raw(limit.bits)))
            }
            Action::Deleverage { who, market, holder, by, max_base } => {
                let line = line.who("who", who).market(market).who("holder", holder).who("by", by);
                line.value("max_base", contracts(max_base))
            }
            Action::Backstop { who, market, by, max_base } => {
                let line = line.who("who", who).market(market).who("by", by);
                line.value("max_base", contracts(max_base))
            }
            Action::View(ref asked) => line.question(asked),
            Action::CollectPledged { who, market, creditor } => {
                let line = line.who("who", who).market(market);
                let creditor = line.market_name(creditor);
                line.word("creditor", &creditor)
            }
            Action::FundMarketInsurance { by, market, amount } => {
                line.who("by", by).market(market).value("amount", usd(amount))
            }
            Action::FundInsurance { by, amount } | Action::Donate { by, amount } => {
                line.who("by", by).value("amount", usd(amount))
            }
            Action::SweepUnbooked | Action::BalanceReserve => line,
            Action::Strategy(ref act) => {
                let line = line.market(act.market());
                if let StrategyAct::Rebalance { by, .. } = *act { line.who("by", by) } else { line }
            }
            Action::SetDelegate { .. } | Action::ApproveBuilder { .. } | Action::RevokeBuilder { .. } => {
                line.permission(action)
            }
            Action::TradeWithBuilder { who, market, ref order, builder, fee_ppm } => {
                line.who("who", who).market(market).order(order).who("builder", builder).value("fee_ppm", fee_ppm)
            }
            Action::SignedBy { by, ref action } => {
                Self::of(setup, &Step { at: *at, action: (**action).clone() }).who("by", by)
            }
            Action::Govern(ref act) => line.act(act),
            Action::Order(ref act) => line.order_act(act),
            Action::Pool(ref act) => line.pool_act(act),
            Action::Resolve { who, market } | Action::ClosePosition { who, market } => {
                line.who("who", who).market(market)
            }
            Action::CloseMarket { market } | Action::RemoveMarket { market } => line.market(market),
            Action::CloseTickArray { market, index } => line.market(market).value("index", index),
        }
    }

    /// What an owner allows others.
    fn permission(self, action: &Action) -> Self {
        match *action {
            Action::SetDelegate { who, delegate, permissions, expiry, notional, ref markets } => {
                let line = self.who("who", who);
                let Some(delegate) = delegate else { return line };
                let named: Vec<&str> =
                    PERMISSIONS.iter().filter(|(_, bit)| permissions & bit != 0).map(|(name, _)| *name).collect();
                let line = line.who("delegate", delegate).value("may", format!("{named:?}"));
                let line = match expiry {
                    Some(secs) => line.value("until", secs),
                    None => line,
                };
                let line = if notional == 0 { line } else { line.value("notional", usd(notional)) };
                let names: Vec<String> = markets.iter().map(|market| text(&line.market_name(*market))).collect();
                if names.is_empty() { line } else { line.value("markets", format!("[{}]", names.join(", "))) }
            }
            Action::ApproveBuilder { who, builder, max_fee_ppm } => {
                self.who("who", who).who("builder", builder).value("max_fee_ppm", max_fee_ppm)
            }
            Action::RevokeBuilder { who, builder } => self.who("who", who).who("builder", builder),
            _ => self,
        }
    }

    fn question(self, asked: &Question) -> Self {
        let line = match asked.who() {
            Some(who) => self.who("who", who),
            None => self,
        };
        let line = match asked.market() {
            Some(market) => line.market(market),
            None => line,
        };
        match *asked {
            Question::Funding { points, side, .. } => {
                let line = line.value("points", points);
                if side == Side::Sell { line.value("short", true) } else { line }
            }
            Question::Fee { side, exact, .. } => {
                line.order(&Order { side, exact, limit: None, reduce_only: false, all_or_nothing: false })
            }
            _ => line,
        }
    }

    fn clone_of(&self) -> Self {
        Self { setup: self.setup, line: self.line.clone() }
    }

    fn value(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.line += &format!(", \"{name}\": {value}");
        self
    }

    fn word(self, name: &str, word: &str) -> Self {
        self.value(name, text(word))
    }

    fn market_name(&self, place: usize) -> String {
        self.setup.markets.get(place).map_or_else(|| format!("#{place}"), market_name)
    }

    fn market(self, place: usize) -> Self {
        let name = self.market_name(place);
        self.word("market", &name)
    }

    /// Who signs, if it is not the owner.
    fn signer(self, by: usize, owner: usize) -> Self {
        if by == owner { self } else { self.who("by", by) }
    }

    fn who(self, field: &str, who: usize) -> Self {
        let name = self.setup.accounts.get(who).map_or_else(|| format!("#{who}"), |account| account.name.clone());
        self.word(field, &name)
    }

    fn ticket(self, number: Option<u64>) -> Self {
        match number {
            Some(number) => self.value("ticket", number),
            None => self,
        }
    }

    fn pool_act(self, act: &PoolAct) -> Self {
        let line = match act.who() {
            Some(who) => self.who("who", who),
            None => self,
        };
        let line = match act.request() {
            Some((_, Some(number))) => line.value("request", number),
            _ => line,
        };
        match *act {
            PoolAct::RequestDeposit { amount, min_shares, tip, .. } => {
                let line = line.value("amount", usd(amount)).value("tip", tip);
                if min_shares == 0 { line } else { line.value("min_shares", usd(min_shares)) }
            }
            PoolAct::RequestRedeem { shares, tip, .. } => {
                let line = line.value("tip", tip);
                shares.map_or_else(|| line.clone_of(), |shares| line.clone_of().value("shares", usd(shares)))
            }
            PoolAct::ExecuteDeposit { by, .. } | PoolAct::ExecuteRedeem { by, .. } => line.who("by", by),
            PoolAct::CancelDeposit { who, by, .. } => line.signer(by, who),
            PoolAct::CancelRedeem { .. } => line,
        }
    }

    fn range(self, range: RangeAt) -> Self {
        match range {
            RangeAt::Slot(slot) => self.value("slot", slot),
            RangeAt::Ends { lower, upper } => self.value("lower", lower).value("upper", upper),
            RangeAt::First => self,
        }
    }

    fn order(self, order: &Order) -> Self {
        let sign = |amount: String| match order.side {
            Side::Buy => amount,
            Side::Sell => amount.replacen('"', "\"-", 1),
        };
        let mut line = match order.exact {
            Exact::Base(amount) => self.value("base", sign(contracts(amount))),
            Exact::Quote(amount) => self.value("quote", sign(usd(amount))),
        };
        if let Some(limit) = order.limit {
            line = line.value("limit", raw(limit.bits));
        }
        if order.reduce_only {
            line = line.value("reduce_only", true);
        }
        if order.all_or_nothing {
            line = line.value("all_or_nothing", true);
        }
        line
    }

    fn finish(self) -> String {
        self.line + " }"
    }
}
