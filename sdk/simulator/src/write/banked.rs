//! Banks of other collateral, what moves tokens of a bank, trades within a bound, and liens, written.

use keel_engine::curve::Exact;

use super::{Line, contracts, decimal, object, quote, raw, text, usd};
use crate::action::Action;
use crate::liens::LienAct;
use crate::prices::{BankFeed, Quote};
use crate::setup::{BankSetup, Setup};

/// The list of banks, where there are any.
pub(super) fn banks(setup: &Setup) -> String {
    if setup.banks.is_empty() {
        return String::new();
    }
    let banks: Vec<String> = setup.banks.iter().map(bank).collect();
    format!("\n  \"banks\": [\n{}\n  ],", banks.join(",\n"))
}

fn bank(bank: &BankSetup) -> String {
    let mut line = format!("    {{ \"name\": {}, \"decimals\": {}", text(&bank.name), bank.decimals);
    line += &format!(", \"price\": {}", first(&bank.first));
    if let Some(rate) = &bank.rate {
        line += &format!(", \"rate\": {}", first(rate));
    }
    let params = object(bank.params.values().iter().map(|(name, value)| (*name, (*value).into())));
    format!("{line}, \"listed\": {}, \"params\": {params} }}", bank.listed)
}

/// A first price, which is written without a confidence.
fn first(quote: &Quote) -> String {
    let decimals = usize::try_from(quote.exponent.unsigned_abs()).unwrap_or(0);
    decimal(quote.price.unsigned_abs().into(), decimals)
}

impl Line<'_> {
    /// The bank, if it is not that of USDC.
    pub(super) fn bank(self, bank: usize) -> Self {
        let Some(place) = bank.checked_sub(1) else { return self };
        let name = self.setup.banks.get(place).map_or_else(|| format!("#{bank}"), |bank| bank.name.clone());
        self.word("bank", &name)
    }

    /// So many tokens of a bank.
    fn tokens(self, field: &str, bank: usize, amount: u64) -> Self {
        let decimals = usize::try_from(self.setup.decimals(bank)).unwrap_or(0);
        self.value(field, decimal(amount.into(), decimals))
    }

    /// What moves tokens of a bank, is about other collateral, or trades within a bound.
    pub(super) fn banked(self, action: &Action) -> Self {
        match *action {
            Action::Deposit { who, bank, amount }
            | Action::Withdraw { who, bank, amount }
            | Action::QueueWithdrawal { who, bank, amount } => {
                self.who("who", who).bank(bank).tokens("amount", bank, amount)
            }
            Action::PayWithdrawal { bank, ticket } => self.bank(bank).ticket(ticket),
            Action::CancelWithdrawal { who, bank, ticket, by } => {
                self.who("who", who).bank(bank).ticket(ticket).signer(by, who)
            }
            Action::Transfer { who, to, bank, amount } => {
                self.who("who", who).who("to", to).bank(bank).tokens("amount", bank, amount)
            }
            Action::BankPrice { bank, feed, quote: ref stated, published } => {
                let line = self.bank(bank);
                let line = if feed == BankFeed::Rate { line.value("rate", true) } else { line };
                let line = Self { line: format!("{}, {}", line.line, quote(stated)), ..line };
                published.map_or_else(|| line.clone_of(), |secs| line.clone_of().value("published", secs))
            }
            Action::RefreshBank { bank } => self.bank(bank),
            Action::BuyCollateral { who, bank, by, ref purchase } => {
                let line = self.who("who", who).bank(bank).who("by", by);
                let line = match purchase.most {
                    u64::MAX => line,
                    most => line.tokens("most", bank, most),
                };
                match purchase.limit {
                    Some(limit) => line.value("limit", raw(limit.bits)),
                    None => line,
                }
            }
            Action::DepositAndTrade { who, bank, amount, market, ref order } => {
                self.who("who", who).bank(bank).tokens("amount", bank, amount).market(market).order(order)
            }
            Action::TradeExact { who, market, ref order, bound } => {
                // It is all or nothing by itself.
                let order = keel_engine::trade::Order { all_or_nothing: false, ..*order };
                let line = self.who("who", who).market(market).order(&order);
                match order.exact {
                    _ if bound == 0 => line,
                    Exact::Base(_) => line.value("bound", usd(bound)),
                    Exact::Quote(_) => line.value("bound", contracts(bound)),
                }
            }
            Action::TradeTo { who, market, target, tolerance, limit } => {
                let base = contracts(target.unsigned_abs());
                let base = if target < 0 { base.replacen('"', "\"-", 1) } else { base };
                let line = self.who("who", who).market(market).value("target", base);
                let line = line.value("tolerance", contracts(tolerance));
                match limit {
                    Some(limit) => line.value("limit", raw(limit.bits)),
                    None => line,
                }
            }
            _ => self,
        }
    }

    /// What is done with a lien, or with an account as a whole.
    pub(super) fn lien(self, act: &LienAct) -> Self {
        let line = self.who("who", act.who());
        match *act {
            LienAct::Give { to, .. } => line.who("to", to),
            LienAct::Place { holder, floor, notice_secs, .. } => {
                line.who("holder", holder).value("floor", usd(floor)).value("notice_secs", notice_secs)
            }
            LienAct::Call { by, notice, .. } => {
                let line = line.who("by", by);
                if notice { line } else { line.value("withdraw", true) }
            }
            LienAct::Release { by, .. } => line.who("by", by),
            LienAct::Seize { by, bank, amount, .. } => line.who("by", by).bank(bank).tokens("amount", bank, amount),
        }
    }
}
