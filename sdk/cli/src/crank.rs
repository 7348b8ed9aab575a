//! `keel crank`: what anyone may set going, where no keeper does.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use keel_sdk::address;
use keel_sdk::events::Event;
use keel_sdk::instructions::{CleanOrder, ExecuteOrder, Refresh};
use keel_sdk::path::Reach;
use serde_json::json;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::PriceOptions;
use crate::price::{priced, source};
use crate::prompt::confirm;
use crate::send::{Done, options, send};
use crate::view::number::{UsdPrice, name};
use crate::view::show;

/// Does what a keeper does, once.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel crank refresh BTC
  keel crank bank SOL
  keel crank order 3 --account 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2
  keel crank clean 3 --account 1")]
pub enum Command {
    /// Brings a market up to date: index, mark, funding
    Refresh(RefreshArguments),
    /// Brings the prices of a bank's collateral up to date
    Bank(BankArguments),
    /// Executes an order of --account that is due, for its tip
    Order(OrderArguments),
    /// Closes an order of --account that cannot be executed any more
    Clean(OrderArguments),
}

/// Which market.
#[derive(Debug, Args)]
pub struct RefreshArguments {
    /// Name or number of the market
    market: String,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Which bank.
#[derive(Debug, Args)]
pub struct BankArguments {
    /// Name, mint or number of the bank
    bank: String,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Which order.
#[derive(Debug, Args)]
pub struct OrderArguments {
    /// Its number
    number: u64,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Does it.
pub fn run(session: &Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Refresh(arguments) => refresh(session, arguments),
        Command::Bank(arguments) => refresh_bank(session, arguments),
        Command::Order(arguments) => execute(session, arguments),
        Command::Clean(arguments) => clean(session, arguments),
    }
}

fn refresh(session: &Session<'_>, arguments: &RefreshArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    confirm(session.options, &format!("Refresh {}?", name(market)))?;
    let priced = priced(session, &arguments.prices, market)?;
    let refresh = Refresh { market: market.index_number, price: priced.account };
    let receipt = send(session, &priced.around(&[refresh.instruction()]), &priced.signers)?;
    let after = session.client.market(market.index_number)?;
    let (index, mark) = (UsdPrice::of(after.index, &after), UsdPrice::of(after.mark, &after));
    let said = format!("{} is up to date: index {index}, mark {mark}", name(market));
    let told = json!({ "market": name(market), "index": index, "mark": mark });
    show(&Done::new(&receipt, said, told), session.options.json)
}

fn refresh_bank(session: &Session<'_>, arguments: &BankArguments) -> Result<()> {
    let bank = session.bank_named(Some(&arguments.bank))?;
    let named = session.bank_name(&bank)?;
    let mint = Pubkey::from(bank.mint);
    confirm(session.options, &format!("Refresh the price of {named}?"))?;
    let (source, _) = source(session, &arguments.prices)?;
    let receipt = session.client.refresh_bank(&mint, source.as_ref(), session.key()?, &options(session)?)?;
    let after = session.client.bank(&mint)?;
    let (price, latest) = (UsdPrice::of_token(after.price, &after), UsdPrice::of_token(after.latest, &after));
    let said = format!("{named} is up to date: {latest} published, {price} counts in maintenance");
    let told = json!({ "bank": named, "number": after.index, "latest": latest, "price": price });
    show(&Done::new(&receipt, said, told), session.options.json)
}

fn execute(session: &Session<'_>, arguments: &OrderArguments) -> Result<()> {
    let number = arguments.number;
    let (account, state, _) = session.account()?;
    let order: keel_engine::state::PlacedOrder = session
        .client
        .state(&address::order(&account, number))
        .with_context(|| format!("the account has no order {number}"))?;
    confirm(session.options, &format!("Execute order {number} of {account}?"))?;
    let fresh = Fresh::gather(session, &arguments.prices, &state, Some(order.market))?;
    let execute =
        ExecuteOrder { keeper: session.owner()?, account, number, price: fresh.account()?, reach: Reach::default() };
    let action = session.client.gather(|accounts| execute.instruction(accounts))?;
    let receipt = fresh.send(session, vec![action])?;
    let executed = receipt.events.iter().find_map(|event| match event {
        Event::OrderExecuted(executed) => Some(executed),
        _ => None,
    });
    let tip = executed.map(|executed| executed.tip);
    let said = format!("order {number} is executed");
    show(&Done::new(&receipt, said, json!({ "number": number, "tip_lamports": tip })), session.options.json)
}

fn clean(session: &Session<'_>, arguments: &OrderArguments) -> Result<()> {
    let number = arguments.number;
    let (account, ..) = session.account()?;
    let clean = CleanOrder { keeper: session.owner()?, account, number };
    let action = session.client.gather(|accounts| clean.instruction(accounts))?;
    confirm(session.options, &format!("Clean up order {number} of {account}?"))?;
    let receipt = send(session, &[action], &[])?;
    show(&Done::new(&receipt, format!("order {number} is gone"), json!({ "number": number })), session.options.json)
}
