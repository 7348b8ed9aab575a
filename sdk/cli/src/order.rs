//! `keel order`: orders that wait on the chain until anyone executes them for a tip.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use keel_engine::Side;
use keel_engine::orders::{ALL_OR_NOTHING, Kind, REDUCE_ONLY, Terms};
use keel_engine::state::Market;
use keel_engine::units::Price;
use keel_sdk::instructions::{CancelOrder, PlaceOrder};
use serde_json::json;

use crate::amount;
use crate::connect::Session;
use crate::prompt::confirm;
use crate::send::{Done, send};
use crate::trade::Direction;
use crate::view::order::Waiting;
use crate::view::{List, offer, show};

/// Places, lists and cancels orders that wait for their price or their time.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel order stop BTC 58000
  keel order stop BTC 58000 --limit 57500 --take-profit 72000
  keel order take-profit SOL 210 --size 12.5
  keel order limit long ETH 3 2950
  keel order scale short BTC 0.5 --from 70000 --to 74000 --levels 8
  keel order twap long SOL 1000 --slices 24 --every 1h --limit 190
  keel order list
  keel order cancel 3")]
pub enum Command {
    /// Closes the position when the mark has fallen (of a long) or risen (of a short) to a price
    Stop(StopArguments),
    /// Closes the position when the mark has risen (of a long) or fallen (of a short) to a price
    TakeProfit(TakeProfitArguments),
    /// Rests until the curve's price is as good as the limit
    Limit(LimitArguments),
    /// Equal parts at prices in equal steps
    Scale(ScaleArguments),
    /// Equal slices, one each so many seconds
    Twap(TwapArguments),
    /// Lists the account's orders
    List,
    /// Takes one back; rent and what is left of its tip come back
    Cancel(CancelArguments),
}

/// What every order has.
#[derive(Debug, Args)]
pub struct CommonOptions {
    /// For who executes it, in SOL, pro rata of what is filled
    #[arg(long, value_name = "SOL", default_value = "0.0001", value_parser = amount::sol)]
    tip: u64,
    /// For how long it may be executed. Default: until it is cancelled
    #[arg(long, value_name = "TIME", value_parser = amount::seconds)]
    expires_in: Option<u32>,
    /// What is due is filled in whole or not at all
    #[arg(long)]
    all_or_nothing: bool,
    /// The order's number among the account's. Default: the smallest that is free
    #[arg(long, value_name = "NUMBER")]
    number: Option<u64>,
}

/// A stop.
#[derive(Debug, Args)]
pub struct StopArguments {
    /// Name or number of the market
    market: String,
    /// Mark that sets it off, in USD
    price: String,
    /// How much of the position. Default: all that it is now
    #[arg(long)]
    size: Option<String>,
    /// Worst price of the fill. Default: any within the market's band
    #[arg(long, value_name = "PRICE")]
    limit: Option<String>,
    /// The same order takes the profit at this mark
    #[arg(long, value_name = "PRICE")]
    take_profit: Option<String>,
    #[command(flatten)]
    common: CommonOptions,
}

/// A take-profit.
#[derive(Debug, Args)]
pub struct TakeProfitArguments {
    /// Name or number of the market
    market: String,
    /// Mark that sets it off, in USD
    price: String,
    /// How much of the position. Default: all that it is now
    #[arg(long)]
    size: Option<String>,
    /// Worst price of the fill. Default: any within the market's band
    #[arg(long, value_name = "PRICE")]
    limit: Option<String>,
    #[command(flatten)]
    common: CommonOptions,
}

/// A limit.
#[derive(Debug, Args)]
pub struct LimitArguments {
    /// Which way
    #[arg(value_enum)]
    direction: Direction,
    /// Name or number of the market
    market: String,
    /// How much, in units of the market's asset
    size: String,
    /// The limit, in USD
    price: String,
    /// Never grow or turn a position
    #[arg(long)]
    reduce_only: bool,
    #[command(flatten)]
    common: CommonOptions,
}

/// A scale.
#[derive(Debug, Args)]
pub struct ScaleArguments {
    /// Which way
    #[arg(value_enum)]
    direction: Direction,
    /// Name or number of the market
    market: String,
    /// How much in all, in units of the market's asset
    size: String,
    /// The level that the curve comes to first, in USD
    #[arg(long, value_name = "PRICE")]
    from: String,
    /// The last level
    #[arg(long, value_name = "PRICE")]
    to: String,
    /// How many levels
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=32))]
    levels: u32,
    /// Never grow or turn a position
    #[arg(long)]
    reduce_only: bool,
    #[command(flatten)]
    common: CommonOptions,
}

/// Slices in time.
#[derive(Debug, Args)]
pub struct TwapArguments {
    /// Which way
    #[arg(value_enum)]
    direction: Direction,
    /// Name or number of the market
    market: String,
    /// How much in all, in units of the market's asset
    size: String,
    /// How many slices
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    slices: u32,
    /// Time between two slices
    #[arg(long, value_name = "TIME", value_parser = amount::seconds)]
    every: u32,
    /// Worst price of a slice. Default: any within the market's band
    #[arg(long, value_name = "PRICE")]
    limit: Option<String>,
    /// How many intervals a slice that was missed may be made up for
    #[arg(long, value_name = "INTERVALS", default_value_t = 1)]
    catch_up: u32,
    /// Never grow or turn a position
    #[arg(long)]
    reduce_only: bool,
    #[command(flatten)]
    common: CommonOptions,
}

/// Which one.
#[derive(Debug, Args)]
pub struct CancelArguments {
    /// Its number, as `keel order list` tells it
    number: u64,
}

/// Does it.
pub fn run(session: &Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Stop(arguments) => {
            let market = session.market(&arguments.market)?;
            let mut terms = closing(session, market, arguments.size.as_ref())?;
            trigger(&mut terms, market, &arguments.price, arguments.limit.as_ref(), true)?;
            if let Some(price) = &arguments.take_profit {
                trigger(&mut terms, market, price, None, false)?;
            }
            place(session, market, terms, &arguments.common)
        }
        Command::TakeProfit(arguments) => {
            let market = session.market(&arguments.market)?;
            let mut terms = closing(session, market, arguments.size.as_ref())?;
            trigger(&mut terms, market, &arguments.price, arguments.limit.as_ref(), false)?;
            place(session, market, terms, &arguments.common)
        }
        Command::Limit(arguments) => {
            let market = session.market(&arguments.market)?;
            let mut terms = opening(market, Kind::Limit, arguments.direction, &arguments.size, arguments.reduce_only)?;
            *at(&mut terms) = limit(&arguments.price, market, terms.side)?;
            place(session, market, terms, &arguments.common)
        }
        Command::Scale(arguments) => {
            let market = session.market(&arguments.market)?;
            let mut terms = opening(market, Kind::Scale, arguments.direction, &arguments.size, arguments.reduce_only)?;
            let (first, last) =
                (limit(&arguments.from, market, terms.side)?, limit(&arguments.to, market, terms.side)?);
            *at(&mut terms) = first;
            *until(&mut terms) = last;
            terms.slices = arguments.levels;
            place(session, market, terms, &arguments.common)
        }
        Command::Twap(arguments) => {
            let market = session.market(&arguments.market)?;
            let mut terms = opening(market, Kind::Twap, arguments.direction, &arguments.size, arguments.reduce_only)?;
            if let Some(price) = &arguments.limit {
                *at(&mut terms) = limit(price, market, terms.side)?;
            }
            (terms.slices, terms.interval_secs, terms.catch_up) =
                (arguments.slices, arguments.every, arguments.catch_up);
            place(session, market, terms, &arguments.common)
        }
        Command::List => list(session),
        Command::Cancel(arguments) => cancel(session, arguments.number),
    }
}

/// Terms of an order that closes a position.
fn closing(session: &Session<'_>, market: &Market, size: Option<&String>) -> Result<Terms> {
    let (_, account, _) = session.account()?;
    let held = account.position(market.index_number).map_or(0, |position| position.base);
    let side = match held {
        0 => bail!("the account has no position there: a stop or take-profit closes one; `keel order limit` opens one"),
        1.. => Side::Sell,
        _ => Side::Buy,
    };
    let asked = size.map(|size| amount::size(size, market).map_err(anyhow::Error::msg)).transpose()?;
    let amount = asked.unwrap_or_else(|| held.unsigned_abs());
    Ok(Terms { flags: REDUCE_ONLY, ..empty(Kind::Trigger, side, amount) })
}

/// Terms of an order of any direction.
fn opening(market: &Market, kind: Kind, direction: Direction, size: &str, reduce_only: bool) -> Result<Terms> {
    let amount = amount::size(size, market).map_err(anyhow::Error::msg)?;
    let flags = if reduce_only { REDUCE_ONLY } else { 0 };
    Ok(Terms { flags, ..empty(kind, direction.into(), amount) })
}

fn empty(kind: Kind, side: Side, amount: u64) -> Terms {
    let none = Price::default();
    Terms {
        kind,
        side,
        flags: 0,
        amount,
        below: none,
        below_limit: none,
        above: none,
        above_limit: none,
        min_fill: 0,
        tip: 0,
        starts_at: 0,
        expires_at: 0,
        interval_secs: 0,
        slices: 0,
        catch_up: 0,
    }
}

/// Sets one of a closing order's two triggers. A loss of a long lies below, its profit above; of a short the other way round.
fn trigger(terms: &mut Terms, market: &Market, price: &str, worst: Option<&String>, stops_loss: bool) -> Result<()> {
    let is_below = (terms.side == Side::Sell) == stops_loss;
    // A fall is waited for at the typed price or just above it, a rise at it or just below: never longer than was typed.
    let set_off = amount::price(price, market, is_below).map_err(anyhow::Error::msg)?;
    let worst = worst.map(|worst| limit(worst, market, terms.side)).transpose()?.unwrap_or_default();
    if is_below {
        (terms.below, terms.below_limit) = (set_off, worst);
    } else {
        (terms.above, terms.above_limit) = (set_off, worst);
    }
    Ok(())
}

/// A limit, rounded so that it never allows more than what was typed.
fn limit(text: &str, market: &Market, side: Side) -> Result<Price> {
    amount::price(text, market, side == Side::Sell).map_err(anyhow::Error::msg)
}

/// Where an order's first price stands.
const fn at(terms: &mut Terms) -> &mut Price {
    match terms.side {
        Side::Buy => &mut terms.below,
        Side::Sell => &mut terms.above,
    }
}

/// Where its last one stands.
const fn until(terms: &mut Terms) -> &mut Price {
    match terms.side {
        Side::Buy => &mut terms.below_limit,
        Side::Sell => &mut terms.above_limit,
    }
}

fn place(session: &Session<'_>, market: &Market, terms: Terms, common: &CommonOptions) -> Result<()> {
    let (account, ..) = session.account()?;
    let taken = session.client.orders_of(&account)?;
    let free = |number: &u64| taken.iter().all(|(_, order)| order.number != *number);
    let number = common.number.or_else(|| (0..=u64::MAX).find(free)).context("no number is free")?;
    let expires_in = common.expires_in.map(i64::from);
    let now = session.client.now()?.unix;
    let terms = Terms {
        tip: common.tip,
        flags: terms.flags | if common.all_or_nothing { ALL_OR_NOTHING } else { 0 },
        expires_at: expires_in.map_or(0, |lasting| now.saturating_add(lasting)),
        ..terms
    };
    let placed = PlaceOrder { authority: session.owner()?, account, market: market.index_number, number, terms };
    let waiting = Waiting::planned(number, &terms, market);
    offer(&waiting, session.options)?;
    confirm(session.options, "Place this order?")?;
    let receipt = send(session, &[placed.instruction()], &[])?;
    let said = format!("order {number} waits; `keel order cancel {number}` takes it back");
    show(&Done::new(&receipt, said, serde_json::to_value(&waiting)?), session.options.json)
}

fn list(session: &Session<'_>) -> Result<()> {
    let (account, ..) = session.account()?;
    let mut orders = session.client.orders_of(&account)?;
    orders.sort_by_key(|(_, order)| order.number);
    let items: Result<_> =
        orders.iter().map(|(_, order)| Ok(Waiting::of(order, session.numbered(order.market)?))).collect();
    show(&List { items: items?, nothing: "the account has no order" }, session.options.json)
}

fn cancel(session: &Session<'_>, number: u64) -> Result<()> {
    let (account, ..) = session.account()?;
    let cancel = CancelOrder { authority: session.owner()?, account, number };
    let instruction = session.client.gather(|accounts| cancel.instruction(accounts))?;
    confirm(session.options, &format!("Cancel order {number}?"))?;
    let receipt = send(session, &[instruction], &[])?;
    show(
        &Done::new(&receipt, format!("order {number} is cancelled"), json!({ "number": number })),
        session.options.json,
    )
}
