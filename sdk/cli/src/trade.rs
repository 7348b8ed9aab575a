//! `keel trade`, `keel close`: quoted by the engine, shown, agreed to, sent with a limit, and the fill beside the quote.

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use keel_client::Receipt;
use keel_engine::Side;
use keel_engine::curve::{End, Exact};
use keel_engine::state::Market;
use keel_engine::units::{Price, Rate};
use keel_engine::{Error, Now};
use keel_sdk::address;
use keel_sdk::events::Event;
use keel_sdk::instructions::{ClosePosition, Trade};
use keel_sdk::path::Reach;
use keel_sdk::quote::TradeQuote;
use solana_pubkey::Pubkey;

use crate::amount;
use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::PriceOptions;
use crate::prompt::confirm;
use crate::send::{Done, Sent, send};
use crate::view::number::{Size, Usd, UsdPrice, name};
use crate::view::trade::{Bound, Filled, Preview, Traded};
use crate::view::{offer, show};
use crate::wanted::{Form, Wanted};

/// A market that its last price no longer leaves.
const CLOSED: u8 = 2;
/// Tick arrays ahead of the curve that a transaction may name beside everything else.
const FURTHEST: usize = 4;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Direction {
    /// Buys: gains when the price rises.
    #[value(alias = "buy")]
    Long,
    /// Sells: gains when the price falls.
    #[value(alias = "sell")]
    Short,
}

impl From<Direction> for Side {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Long => Self::Buy,
            Direction::Short => Self::Sell,
        }
    }
}

/// How a trade is filled, whichever it is.
#[derive(Debug, Args)]
pub struct FillOptions {
    /// Worst price at which the curve may stand after the fill, in USD, instead of one from the slippage
    #[arg(long, value_name = "PRICE", conflicts_with = "slippage_bps")]
    limit: Option<String>,
    /// How far beyond the quoted end price the curve may stand when the trade lands, in hundredths of a percent
    #[arg(long, value_name = "BPS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=5_000))]
    slippage_bps: u32,
    /// All of it or nothing
    #[arg(long)]
    all_or_nothing: bool,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Which way, or where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Aim {
    /// Buys: gains when the price rises.
    #[value(alias = "buy")]
    Long,
    /// Sells: gains when the price falls.
    #[value(alias = "sell")]
    Short,
    /// To a position, whatever it takes: negative is short.
    To,
}

/// Opens, adds to, reduces or turns a position
///
/// As much as the limit allows is filled, unless --all-or-nothing, --exact or `to` ask for the whole of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel trade long BTC 0.25
  keel trade long BTC 0.25 --exact
  keel trade short SOL 10 --bound 1490.50
  keel trade to BTC -0.5 --tolerance 0.01
  keel trade short SOL 20 --deposit 20 --bank SOL
  keel trade short SOL 2500 --usd --slippage-bps 10
  keel trade long ETH 3 --limit 3120.50 --all-or-nothing --yes --json
  keel trade short BTC 0.1 --reduce-only --price-source hermes")]
pub struct TradeArguments {
    /// Which way, or `to` a position
    #[arg(value_enum, value_name = "DIRECTION")]
    aim: Aim,
    /// Name or number of the market
    market: String,
    /// How much, in units of the market's asset; behind `to` the position, negative for a short one
    #[arg(allow_negative_numbers = true)]
    size: String,
    /// The size is in USD
    #[arg(long)]
    usd: bool,
    /// Never grow or turn a position
    #[arg(long)]
    reduce_only: bool,
    /// All of it within a bound on what it costs or brings, or nothing: as quoted and --slippage-bps beyond
    #[arg(long, conflicts_with_all = ["all_or_nothing", "deposit"])]
    exact: bool,
    /// That bound, fee included: the most USD that a purchase costs, the least that a sale brings. With --usd in units of the
    /// market's asset: the least that a purchase brings, the most that a sale gives away
    #[arg(long, value_name = "AMOUNT", conflicts_with_all = ["all_or_nothing", "deposit"])]
    bound: Option<String>,
    /// Behind `to`: distance from the position up to which nothing is to be done
    #[arg(long, value_name = "SIZE")]
    tolerance: Option<String>,
    /// Deposit so many tokens in front of it, both or neither
    #[arg(long, value_name = "AMOUNT", value_parser = amount::typed)]
    deposit: Option<String>,
    /// Name, mint or number of the bank that they are of. Default: that of USDC
    #[arg(long, value_name = "BANK", requires = "deposit")]
    bank: Option<String>,
    #[command(flatten)]
    fill: FillOptions,
}

/// Closes a position, or a part of it
///
/// In a market that is closed for good it is settled at the final mark.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel close BTC
  keel close SOL 12.5 --yes")]
pub struct CloseArguments {
    /// Name or number of the market
    market: String,
    /// How much of it, in units of the market's asset. Default: all
    size: Option<String>,
    #[command(flatten)]
    fill: FillOptions,
}

/// Trades.
pub fn trade(session: &Session<'_>, arguments: &TradeArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    let side = match arguments.aim {
        Aim::To => return to_position(session, market, arguments),
        Aim::Long => Side::Buy,
        Aim::Short => Side::Sell,
    };
    if arguments.tolerance.is_some() {
        bail!("--tolerance goes with a position: `keel trade to {} 0.5 --tolerance 0.01`", name(market));
    }
    let exact = if arguments.usd {
        Exact::Quote(amount::usd(&arguments.size).map_err(anyhow::Error::msg)?)
    } else {
        Exact::Base(amount::size(&arguments.size, market).map_err(anyhow::Error::msg)?)
    };
    let form = if let Some(deposit) = &arguments.deposit {
        brought(session, deposit, arguments.bank.as_deref())?
    } else if let Some(bound) = &arguments.bound {
        let bound = if arguments.usd { amount::size(bound, market) } else { amount::usd(bound) };
        Form::Exact { bound: bound.map_err(anyhow::Error::msg)? }
    } else if arguments.exact {
        Form::Exact { bound: 0 }
    } else {
        Form::Plain
    };
    let asked = Asked { side, exact, reduce_only: arguments.reduce_only, form };
    fill(session, market, asked, &arguments.fill)
}

/// Trades to a position.
fn to_position(session: &Session<'_>, market: &Market, arguments: &TradeArguments) -> Result<()> {
    let has_other = arguments.usd || arguments.reduce_only || arguments.exact;
    if has_other || arguments.bound.is_some() || arguments.deposit.is_some() {
        bail!(
            "`trade to` takes a position and does the whole of it: leave out --usd, --reduce-only, --exact, --bound, --deposit"
        );
    }
    let target = amount::position(&arguments.size, market).map_err(anyhow::Error::msg)?;
    let tolerance = arguments.tolerance.as_ref().map(|size| amount::size(size, market)).transpose();
    let tolerance = tolerance.map_err(anyhow::Error::msg)?.unwrap_or(0);
    let (_, account, _) = session.account()?;
    let held = account.position(market.index_number).map_or(0, |position| position.base);
    let side = if target < held { Side::Sell } else { Side::Buy };
    let exact = Exact::Base(target.abs_diff(held));
    fill(
        session,
        market,
        Asked { side, exact, reduce_only: false, form: Form::To { target, tolerance } },
        &arguments.fill,
    )
}

/// A deposit of so many tokens out of the key's own account for them.
fn brought(session: &Session<'_>, deposit: &str, bank: Option<&str>) -> Result<Form> {
    let bank = session.bank_named(bank)?;
    let mint = Pubkey::from(bank.mint);
    let amount = amount::tokens(deposit, &bank).map_err(anyhow::Error::msg)?;
    let source = address::token_account(&session.owner()?, &mint);
    if session.client.accounts(&[source])?.iter().any(Option::is_none) {
        bail!("the token account {source} is not there: the key holds no {}", session.bank_name(&bank)?);
    }
    Ok(Form::Deposit { mint, source, amount })
}

/// Closes.
pub fn close(session: &Session<'_>, arguments: &CloseArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    let (address, account, _) = session.account()?;
    let number = market.index_number;
    let position = account.position(number).ok().filter(|position| position.base != 0);
    let position = position.with_context(|| {
        let ranges = if account.ranges > 0 { "; `keel range list` shows its ranges" } else { "" };
        format!("the account has no position in {} to close{ranges}", name(market))
    })?;
    if market.status == CLOSED {
        return settle_for_good(session, market, address);
    }
    let held = position.base.unsigned_abs();
    let asked =
        arguments.size.as_ref().map(|size| amount::size(size, market).map_err(anyhow::Error::msg)).transpose()?;
    let side = if position.base > 0 { Side::Sell } else { Side::Buy };
    let exact = Exact::Base(asked.unwrap_or(held).min(held));
    fill(session, market, Asked { side, exact, reduce_only: true, form: Form::Plain }, &arguments.fill)
}

/// A closed market settles everybody at its last mark.
fn settle_for_good(session: &Session<'_>, market: &Market, account: Pubkey) -> Result<()> {
    confirm(session.options, &format!("Settle the position in {} at the final mark?", name(market)))?;
    let receipt = send(session, &[ClosePosition { account, market: market.index_number }.instruction()], &[])?;
    let said = format!("the position in {} is settled at the final mark", name(market));
    show(&Done::new(&receipt, said, serde_json::json!({ "market": name(market) })), session.options.json)
}

/// What is asked for.
struct Asked {
    side: Side,
    exact: Exact,
    reduce_only: bool,
    form: Form,
}

/// Quotes, asks, sends, tells.
fn fill(session: &Session<'_>, market: &Market, asked: Asked, options: &FillOptions) -> Result<()> {
    let (address, account, _) = session.account()?;
    let Asked { side, exact, reduce_only, form } = asked;
    let deposited = match form {
        Form::Deposit { mint, .. } => Some(session.bank_named(Some(&mint.to_string()))?),
        _ => None,
    };
    let gather = || {
        let fresh = Fresh::gather(session, &options.prices, &account, Some(market.index_number))?;
        match &deposited {
            Some(bank) => fresh.and_bank(session, &options.prices, bank),
            None => Ok(fresh),
        }
    };
    let fresh = gather()?;
    let trade = Trade {
        authority: session.owner()?,
        account: address,
        market: market.index_number,
        price: fresh.account()?,
        side,
        exact,
        limit: None,
        reduce_only,
        all_or_nothing: options.all_or_nothing,
        reach: Reach::default(),
    };
    // A limit rounds so that it never allows more than what was typed.
    let typed = options.limit.as_ref().map(|limit| amount::price(limit, market, matches!(side, Side::Sell)));
    let limit = typed.transpose().map_err(anyhow::Error::msg)?;
    let mut wanted = Wanted { trade: Trade { limit, ..trade }, form };
    let now = session.client.now()?;
    let quote = reach(session, &mut wanted, &fresh, now)?;
    match form {
        Form::Exact { bound: 0 } => {
            wanted.form = Form::Exact { bound: wanted.bound_of(&quote, options.slippage_bps) };
        }
        // The bound is the limit.
        Form::Exact { .. } => {}
        _ if limit.is_none() => wanted.trade.limit = Some(within(quote.price_after, side, options.slippage_bps)?),
        _ => {}
    }
    let deposit = deposited.as_ref().zip(wanted.deposit());
    let preview = Preview {
        bound: Bound::of(&wanted, &quote.market),
        deposit: deposit.map(|(bank, amount)| session.tokens(amount, bank)).transpose()?,
        ..Preview::of(&quote, side, wanted.trade.limit)
    };
    offer(&preview, session.options)?;
    confirm(session.options, &question(&preview, &quote))?;
    // While somebody thought it over the price has grown old; the limit is the one that was agreed to.
    let fresh = if session.options.yes { fresh } else { gather()? };
    wanted.trade.price = fresh.account()?;
    let instruction = session.client.gather(|accounts| wanted.instruction(accounts))?;
    let receipt = fresh.send(session, vec![instruction])?;
    let fill = filled(&receipt, &wanted.trade, &quote.market);
    show(&Traded { quote: preview, fill, sent: Sent::from(&receipt) }, session.options.json)
}

/// The quote, with as many tick arrays ahead as the trade comes to.
fn reach(session: &Session<'_>, wanted: &mut Wanted, fresh: &Fresh, now: Now) -> Result<TradeQuote> {
    for ahead in 1..=FURTHEST {
        wanted.trade.reach = Reach::ahead(ahead);
        let asked = *wanted;
        let quoted = session.client.gather(|accounts| {
            let refreshed = fresh.over(accounts, now);
            asked.quote(&refreshed, fresh.sample(), now)
        });
        let more = match &quoted {
            Ok(quote) => quote.fill.end == End::Partial(Error::TickArrayMissing),
            Err(error) => error.refusal() == Some(Error::TickArrayMissing),
        };
        if !more || ahead == FURTHEST {
            return Ok(quoted?);
        }
    }
    bail!("the trade comes to more tick arrays than a transaction can name: trade a smaller amount")
}

/// The quoted end price and so much beyond it.
fn within(after: Price, side: Side, slippage_bps: u32) -> Result<Price> {
    let rate = Rate::from_ppm(slippage_bps.saturating_mul(100));
    let rate = if side == Side::Sell { rate.negated() } else { rate };
    let limit = after.scale_floor(rate);
    // Rounded down it would lie a bit below where a purchase ends.
    let limit = if side == Side::Buy { Price::from_bits(limit.bits.saturating_add(1)) } else { limit };
    if limit.bits == 0 { bail!("the slippage leaves no price") } else { Ok(limit) }
}

fn question(preview: &Preview, quote: &TradeQuote) -> String {
    let way = if quote.fill.base >= 0 { "buy" } else { "sell" };
    let way = match &preview.deposit {
        Some(deposit) => format!("Deposit {deposit} and {way}"),
        None if quote.fill.base >= 0 => "Buy".to_owned(),
        None => "Sell".to_owned(),
    };
    let size = Size::unsigned(quote.fill.base.unsigned_abs(), &quote.market);
    format!("{way} {size} for about {}?", Usd::of(quote.fill.quote.unsigned_abs()))
}

/// What the program says that was filled; nothing where the node kept no log of it.
fn filled(receipt: &Receipt, trade: &Trade, market: &Market) -> Option<Filled> {
    let traded = receipt.events.iter().find_map(|event| match event {
        Event::Traded(traded) if traded.account == trade.account && traded.market == trade.market => Some(traded),
        _ => None,
    })?;
    let (base, quote) = (traded.base.unsigned_abs(), traded.quote.unsigned_abs());
    Some(Filled {
        size: Size::of(traded.base, market),
        notional: Usd::of(quote),
        mean_price: UsdPrice::of(Price::from_bits(keel_engine::views::fee::mean_price(quote, base)), market),
        fee: Usd::of(traded.fee),
        filled: traded.filled == 1,
        position: Size::of(traded.holding.base, market),
    })
}
