//! `keel crank`: what anyone may set going, where no keeper does.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use keel_sdk::address;
use keel_sdk::events::Event;
use keel_sdk::instructions::{CleanOrder, ExecuteOrder, Refresh};
use keel_sdk::path::Reach;
use serde_json::json;

use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::PriceOptions;
use crate::price::priced;
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::view::number::{UsdPrice, name};
use crate::view::show;

/// Does what a keeper does, once.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel crank refresh BTC
  keel crank order 3 --account 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2
  keel crank clean 3 --account 1")]
pub enum Command {
    /// Brings a market up to date: index, mark, funding
    Refresh(RefreshArguments),
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
