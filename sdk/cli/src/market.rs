//! `keel markets`, `keel market show`, `keel price`, `keel funding`, `keel depth`: what there is to trade and what it costs.

use anyhow::Result;
use clap::{Args, Subcommand};
use keel_engine::{Now, Side};
use keel_sdk::quote;

use crate::amount;
use crate::connect::Session;
use crate::options::PriceOptions;
use crate::price::looked_at;
use crate::trade::Direction;
use crate::view::depth::DepthShown;
use crate::view::funding::Curve;
use crate::view::market::{Full, Line, PriceShown};
use crate::view::{List, show};

/// Lists the markets: prices, funding, open interest.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel markets
  keel markets --url devnet --json")]
pub struct MarketsArguments {}

/// One market.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel market show BTC
  keel market show 2 --json")]
pub enum MarketCommand {
    /// Shows its state, what stands behind its claims, and its parameters
    Show(Named),
}

/// Which market.
#[derive(Debug, Args)]
pub struct Named {
    /// Name or number of the market
    market: String,
}

/// Shows a market's prices: the feed's, the index, the mark, where the curve stands.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel price BTC
  keel price SOL --price-source hermes --json")]
pub struct PriceArguments {
    /// Name or number of the market
    market: String,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Plots a market's funding: past, forecast and worst case
///
/// What it was in each hour of the past week, what it will be while the premium stays as it is, and the most that it can
/// become whatever the premium does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel funding BTC
  keel funding SOL --hours 24 --side short
  keel funding BTC --json")]
pub struct FundingArguments {
    /// Name or number of the market
    market: String,
    /// Hours to come
    #[arg(long, default_value_t = 48, value_parser = clap::value_parser!(u8).range(1..=48))]
    hours: u8,
    /// Whose worst case
    #[arg(long, value_enum, default_value = "long")]
    side: Direction,
}

/// Plots a market's depth: how far the price goes for so much, either way.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel depth BTC
  keel depth SOL --width 2% --steps 20
  keel depth BTC --json")]
pub struct DepthArguments {
    /// Name or number of the market
    market: String,
    /// How far from the price now
    #[arg(long, value_name = "PERCENT", default_value = "1%", value_parser = amount::percent)]
    width: i64,
    /// How many steps on each side
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=200))]
    steps: u32,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Lists the markets.
pub fn list(session: &Session<'_>) -> Result<()> {
    let now = session.client.now()?;
    let items = session.markets()?.iter().map(|market| Line::of(market, now)).collect();
    show(&List { items, nothing: "the exchange has no market yet" }, session.options.json)
}

/// Shows one.
pub fn market(session: &Session<'_>, command: &MarketCommand) -> Result<()> {
    let MarketCommand::Show(Named { market }) = command;
    let number = session.market(market)?.index_number;
    let now = session.client.now()?;
    let payout = session.client.gather(|accounts| quote::payout(accounts, number, now))?;
    show(&Full::of(session.market(market)?, &payout, now), session.options.json)
}

/// Shows prices.
pub fn price(session: &Session<'_>, arguments: &PriceArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    let (address, sample) = looked_at(session, &arguments.prices, market)?;
    let now = session.client.now()?;
    show(&PriceShown::of(market, &address, &sample, now), session.options.json)
}

/// Plots funding.
pub fn funding(session: &Session<'_>, arguments: &FundingArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    let now: Now = session.client.now()?;
    let side: Side = arguments.side.into();
    let (number, hours) = (market.index_number, arguments.hours);
    let view = session.client.gather(|accounts| quote::funding(accounts, number, side, hours, now))?;
    show(&Curve::of(market, &view), session.options.json)
}

/// Plots depth.
pub fn depth(session: &Session<'_>, arguments: &DepthArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    let (_, sample) = looked_at(session, &arguments.prices, market)?;
    let width = u32::try_from(arguments.width).ok().filter(|width| (1..=900_000).contains(width));
    let width = width.ok_or_else(|| anyhow::anyhow!("--width is a distance from the price: give 0.0001% to 90%"))?;
    let now = session.client.now()?;
    let (number, steps) = (market.index_number, arguments.steps);
    let depth = session.client.gather(|accounts| quote::depth(accounts, number, Some(&sample), width, steps, now))?;
    show(&DepthShown::of(market, &depth), session.options.json)
}
