//! `"quote"`: what would happen, and how things stand; the SDK's quotes by name. With what an instruction would do come the
//! accounts as it would leave them.

use keel_engine::Side;
use keel_engine::state::{Bank, MarginAccount};
use keel_sdk::accounts::{Stored, encode};
use keel_sdk::chain::{self, Accounts, Gathering};
use keel_sdk::quote::{self, TradeQuote};
use keel_sdk::{SdkError, address};
use serde_json::Value;
use solana_pubkey::Pubkey;

use crate::answers;
use crate::ask::Told;
use crate::fields::Fields;
use crate::frame::Known;
use crate::instructions;
use crate::refusal::{self, Refusal, Result};
use crate::tell::{self, Tell};

/// Steps of a depth curve without a number of them, and how far it goes, in parts per million.
const STEPS: u32 = 20;
const WIDTH_PPM: u32 = 20_000;
/// Hours of a funding forecast without a number of them.
const HOURS: u8 = 24;

/// The quote of `"kind"`.
pub(crate) fn tell(fields: &Fields, accounts: &Gathering) -> Result<Told> {
    let now = fields.now()?;
    let account = || fields.address("account");
    let market = || fields.integer("market");
    let sample = || fields.sample();
    Ok(match fields.text("kind")? {
        "trade" => {
            let trade = instructions::trade(fields)?;
            after_trade(trade.account, &quote::trade(accounts, &trade, sample()?.as_ref(), now)?)
        }
        "tradeExact" => {
            let wanted = instructions::trade_exact(fields)?;
            after_trade(wanted.trade.account, &quote::trade_exact(accounts, &wanted, sample()?.as_ref(), now)?)
        }
        "tradeTo" => {
            let wanted = instructions::trade_to(fields)?;
            after_trade(wanted.account, &quote::trade_to(accounts, &wanted, sample()?.as_ref(), now)?)
        }
        "depositAndTrade" => {
            let wanted = instructions::deposit_and_trade(fields)?;
            let told = quote::deposit_and_trade(accounts, &wanted, sample()?.as_ref(), now)?;
            let mut after = after_trade(wanted.trade.account, &told.trade);
            after.accounts.push(at(address::bank(&wanted.mint), &told.bank));
            after
        }
        "buyCollateral" => {
            let buy = instructions::buy_collateral(fields)?;
            let told = quote::buy_collateral(accounts, &buy, now)?;
            let after = vec![at(buy.account, &told.account), at(buy.buyer, &told.buyer)];
            Told { value: told.sold.tell(), accounts: after }
        }
        "addRange" => {
            let add = instructions::add_range(fields)?;
            let told = quote::add_range(accounts, &add, sample()?.as_ref(), now)?;
            let after =
                after_range(add.account, (address::market(add.market), &told.market), &told.account, &told.ranges);
            Told { value: told.tell(), accounts: after }
        }
        "removeRange" => {
            let remove = instructions::remove_range(fields)?;
            let told = quote::remove_range(accounts, &remove, now)?;
            let market = (address::market(told.market.index_number), &told.market);
            let after = after_range(remove.account, market, &told.account, &told.ranges);
            Told { value: told.tell(), accounts: after }
        }
        "placeOrder" => {
            let place = instructions::place_order(fields)?;
            let sample = sample()?.ok_or_else(|| Refusal::request("`sample` is missing: give the market's price"))?;
            let told = quote::place_order(accounts, &place, &sample, instructions::reach(fields)?, now)?;
            let order = address::order(&place.account, place.number);
            let after = vec![at(order, &told.order), at(place.account, &told.account)];
            let execution = match &told.execution {
                Ok(execution) => tell::object([("executed", execution.executed.tell())]),
                Err(error) => tell::object([("refused", refusal::engine(*error))]),
            };
            Told { value: tell::object([("execution", execution)]), accounts: after }
        }
        "executeOrder" => {
            let execute = instructions::execute_order(fields)?;
            let told = quote::order(accounts, &execute, sample()?.as_ref(), now)?;
            let market = at(address::market(told.market.index_number), &told.market);
            Told { value: told.executed.tell(), accounts: vec![market, at(execute.account, &told.account)] }
        }
        "health" => quote::health(accounts, &account()?, now)?.tell().into(),
        "initial" => quote::initial(accounts, &account()?, now)?.tell().into(),
        "liquidationPrice" => quote::liquidation_price(accounts, &account()?, market()?, now)?.tell().into(),
        "auction" => quote::auction(accounts, &account()?, market()?, now)?.tell().into(),
        "delta" => quote::delta(accounts, &account()?, market()?, now)?.tell().into(),
        "bank" => {
            let bank: Bank = chain::load(accounts, &address::bank(&fields.address("mint")?))?;
            quote::bank(&bank, now).tell().into()
        }
        "holding" => holding(fields, accounts)?.into(),
        "funding" => {
            let hours = fields.integer_or("hours", HOURS)?;
            let side = if fields.has("side") { fields.side()? } else { Side::Buy };
            answers::funding(&quote::funding(accounts, market()?, side, hours, now)?).into()
        }
        "payout" => quote::payout(accounts, market()?, now)?.tell().into(),
        "depth" => {
            let (width, steps) = (fields.integer_or("widthPpm", WIDTH_PPM)?, fields.integer_or("steps", STEPS)?);
            quote::depth(accounts, market()?, sample()?.as_ref(), width, steps, now)?.tell().into()
        }
        "pool" => quote::pool(accounts, now)?.tell().into(),
        other => return Err(Refusal::request(format!("there is no quote `{other}`"))),
    })
}

/// What a margin account's tokens of a bank count: all that it holds, or an `"amount"`.
fn holding(fields: &Fields, accounts: &Gathering) -> Result<Value> {
    let (at, now) = (address::bank(&fields.address("mint")?), fields.now()?);
    let amount = match fields.optional_integer("amount")? {
        Some(amount) => amount,
        None => {
            accounts.announce(&[at]);
            let account: MarginAccount = chain::load(accounts, &fields.address("account")?)?;
            let bank: Bank = chain::load(accounts, &at)?;
            account.capital.get(usize::from(bank.index)).copied().unwrap_or(0)
        }
    };
    let bank: Bank = chain::load(accounts, &at)?;
    Ok(quote::holding(&bank, amount, now).map_err(SdkError::Engine)?.tell())
}

/// A trade, with the market and the account that it leaves.
fn after_trade(account: Pubkey, told: &TradeQuote) -> Told {
    let market = address::market(told.market.index_number);
    Told { value: told.tell(), accounts: vec![at(market, &told.market), at(account, &told.account)] }
}

/// An account as it will be.
fn at<T: Stored>(address: Pubkey, state: &T) -> Known {
    (address, Some(encode(state)))
}

/// The three accounts that a change of a range writes beside its tick arrays.
fn after_range(
    account: Pubkey,
    (market, market_after): (Pubkey, &impl Stored),
    account_after: &impl Stored,
    ranges_after: &impl Stored,
) -> Vec<Known> {
    vec![at(market, market_after), at(account, account_after), at(address::ranges(&account), ranges_after)]
}

impl From<Value> for Told {
    fn from(value: Value) -> Self {
        Self { value, accounts: Vec::new() }
    }
}
