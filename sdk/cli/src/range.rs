//! `keel range`: liquidity on a market's curve, backed by a margin account.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use keel_engine::book::array_index;
use keel_engine::math::tick::{sqrt_price_at_tick, tick_at_sqrt_price};
use keel_engine::ranges::liquidity_for_quote;
use keel_engine::state::{Market, Ranges, TickArray};
use keel_engine::units::{Price, Rate, SqrtPrice};
use keel_sdk::address;
use keel_sdk::events::Event;
use keel_sdk::instructions::{AddRange, CreateTickArray, OpenRanges, RemoveRange, SettleRange};
use keel_sdk::quote;
use keel_simulator::scenario::decimal::sqrt_price_bound;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::amount;
use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::PriceOptions;
use crate::prompt::confirm;
use crate::send::{Sent, send, unlogged};
use crate::view::number::{Size, Usd, name};
use crate::view::range::{Added, Folded, Placed, RangePreview};
use crate::view::{List, offer, show};

/// Provides liquidity by ranges that follow the index.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  keel range add BTC --lower -1% --upper 1% --usd 500000
  keel range add PUMP --lower -5% --upper 20% --usd 20000 --yes --json
  keel range list
  keel range settle 0
  keel range remove 0")]
pub enum Command {
    /// Puts a range on a market's curve
    Add(AddArguments),
    /// Takes one off it; what it earned becomes part of the position
    Remove(SlotArguments),
    /// Folds what one has earned into the position and leaves it where it is
    Settle(SlotArguments),
    /// Lists the account's ranges
    List,
}

/// What to put where.
#[derive(Debug, Args)]
pub struct AddArguments {
    /// Name or number of the market
    market: String,
    /// Lower end, as a distance from the curve's middle: the index, or the launch price in a fixed market
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true, value_parser = amount::percent)]
    lower: i64,
    /// Upper end
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true, value_parser = amount::percent)]
    upper: i64,
    /// What trades between both ends, in USD; the margin that it needs is shown before anything is sent
    #[arg(long, value_name = "AMOUNT", value_parser = amount::usd)]
    usd: u64,
    /// How far the curve may have moved when the range lands, in hundredths of a percent
    #[arg(long, value_name = "BPS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=5_000))]
    slippage_bps: u32,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Which one.
#[derive(Debug, Args)]
pub struct SlotArguments {
    /// Its slot, as `keel range list` tells it
    slot: u8,
}

/// Does it.
pub fn run(session: &Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Add(arguments) => add(session, arguments),
        Command::Remove(arguments) => remove(session, arguments.slot),
        Command::Settle(arguments) => settle(session, arguments.slot),
        Command::List => list(session),
    }
}

fn add(session: &Session<'_>, arguments: &AddArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    let number = market.index_number;
    let (account, state, _) = session.account()?;
    let owner = session.owner()?;
    let fresh = Fresh::gather(session, &arguments.prices, &state, Some(number))?;
    let (lower, upper) = (tick(market, arguments.lower)?, tick(market, arguments.upper)?);
    if lower >= upper {
        bail!("the lower end must lie below the upper one by at least {} ticks of 0.01%", market.params.tick_spacing);
    }
    let liquidity =
        liquidity_for_quote(arguments.usd, sqrt_price_at_tick(lower)?, sqrt_price_at_tick(upper)?, market.peg)?;
    let (min_sqrt_price, max_sqrt_price) = bounds(market, arguments.slippage_bps)?;
    let price = fresh.account()?;
    let range =
        AddRange { owner, account, market: number, price, lower, upper, liquidity, min_sqrt_price, max_sqrt_price };
    let (ground, missing) = ground(session, &range, market)?;
    let now = session.client.now()?;
    let quote = session.client.gather(|accounts| {
        let mut there = fresh.over(accounts, now);
        missing.iter().for_each(|(address, data)| there.put(*address, data.clone()));
        quote::add_range(&there, &range, fresh.sample(), now)
    })?;
    let preview = RangePreview::of(&quote, arguments.usd);
    offer(&preview, session.options)?;
    confirm(session.options, &format!("Put this range on {}?", name(market)))?;
    let (fresh, range) = if session.options.yes {
        (fresh, range)
    } else {
        // While somebody thought it over the price has grown old; the bounds are those that were agreed to.
        let fresh = Fresh::gather(session, &arguments.prices, &state, Some(number))?;
        let price = fresh.account()?;
        (fresh, AddRange { price, ..range })
    };
    let action = session.client.gather(|accounts| range.instruction(accounts))?;
    let receipt = fresh.send(session, ground.into_iter().chain([action]).collect())?;
    let added = receipt.events.iter().find_map(|event| match event {
        Event::RangeAdded(added) => Some(added),
        _ => None,
    });
    let slot = added.map_or(quote.slot, |added| added.slot);
    show(&Added { range_slot: slot, range: preview, sent: Sent::from(&receipt) }, session.options.json)
}

/// Accounts as instructions leave them.
type Left = Vec<(Pubkey, Vec<u8>)>;

/// What has to be made in front of a range, as instructions and as the accounts that they leave: the companion account and
/// tick arrays, which are there for whoever comes next.
fn ground(session: &Session<'_>, range: &AddRange, market: &Market) -> Result<(Vec<Instruction>, Left)> {
    let companion = address::ranges(&range.account);
    let spacing = market.params.tick_spacing;
    let mut arrays = vec![array_index(range.lower, spacing)?, array_index(range.upper, spacing)?];
    arrays.dedup();
    let places: Vec<Pubkey> = arrays.iter().map(|index| address::tick_array(range.market, *index)).collect();
    let found = session.client.accounts(&[vec![companion], places.clone()].concat())?;
    let (mut instructions, mut made) = (Vec::new(), Vec::new());
    if found.first().is_none_or(Option::is_none) {
        instructions.push(OpenRanges { owner: range.owner, account: range.account }.instruction());
        let mut empty: Ranges = bytemuck::Zeroable::zeroed();
        empty.account = range.account.to_bytes();
        made.push((companion, keel_sdk::accounts::encode(&empty)));
    }
    for ((index, place), account) in arrays.into_iter().zip(places).zip(found.iter().skip(1)) {
        if account.is_none() {
            instructions.push(CreateTickArray { payer: range.owner, market: range.market, index }.instruction());
            let mut empty: TickArray = bytemuck::Zeroable::zeroed();
            (empty.market, empty.index) = (range.market, index);
            made.push((place, keel_sdk::accounts::encode(&empty)));
        }
    }
    Ok((instructions, made))
}

/// The grid tick nearest to a distance from the curve's middle.
fn tick(market: &Market, ppm: i64) -> Result<i32> {
    let magnitude = u32::try_from(ppm.unsigned_abs()).ok().filter(|ppm| *ppm < 10_000_000);
    let magnitude = magnitude.context("an end further than 1000% from the middle is none")?;
    let rate = Rate::from_ppm(magnitude);
    // Of one, with all of a price's bits: the distance is relative.
    let price = Price::ONE.scale_floor(if ppm < 0 { rate.negated() } else { rate });
    let exact =
        tick_at_sqrt_price(sqrt_price_bound(price, Price::ONE, false)).context("the end is beyond the curve")?;
    let spacing = i32::try_from(market.params.tick_spacing).unwrap_or(1).max(1);
    // Half a grid step up, then down onto the grid.
    Ok(exact.saturating_add(spacing / 2).div_euclid(spacing).saturating_mul(spacing))
}

/// Where the curve may stand when the range lands.
fn bounds(market: &Market, slippage_bps: u32) -> Result<(SqrtPrice, SqrtPrice)> {
    let rate = Rate::from_ppm(slippage_bps.saturating_mul(100));
    let stands = Price::from_bits(keel_engine::curve::price_floor(market, market.peg));
    let low = sqrt_price_bound(stands.scale_floor(rate.negated()), market.peg, false);
    let high = sqrt_price_bound(Price::from_bits(stands.scale_floor(rate).bits.saturating_add(1)), market.peg, true);
    if low.get() == 0 { bail!("the slippage leaves no bound") } else { Ok((low, high)) }
}

fn remove(session: &Session<'_>, slot: u8) -> Result<()> {
    let (account, ..) = session.account()?;
    let remove = RemoveRange { owner: session.owner()?, account, slot };
    let now = session.client.now()?;
    let quote = session.client.gather(|accounts| quote::remove_range(accounts, &remove, now))?;
    let market = &quote.market;
    let (base, fees) = (Size::of(quote.folded.base, market), Usd::of(quote.folded.fees));
    let brings =
        format!("removing range {slot} of {} brings {base} into the position, and {fees} of fees", name(market));
    offer(&brings, session.options)?;
    confirm(session.options, &format!("Remove range {slot}?"))?;
    let action = session.client.gather(|accounts| remove.instruction(accounts))?;
    folded(session, action, slot, "removed")
}

fn settle(session: &Session<'_>, slot: u8) -> Result<()> {
    let (account, ..) = session.account()?;
    let settle = SettleRange { authority: session.owner()?, account, slot };
    confirm(session.options, &format!("Settle range {slot}?"))?;
    let action = session.client.gather(|accounts| settle.instruction(accounts))?;
    folded(session, action, slot, "settled")
}

/// Sends what folds a range, and tells what it brought.
fn folded(session: &Session<'_>, action: Instruction, slot: u8, what: &'static str) -> Result<()> {
    let receipt = send(session, &[action], &[])?;
    let folded = receipt.events.iter().find_map(|event| match event {
        Event::RangeFolded(folded) => Some(folded),
        _ => None,
    });
    let folded = folded.with_context(|| unlogged(&receipt))?;
    let market = session.numbered(folded.market)?;
    let told = Folded {
        range_slot: slot,
        what,
        market: name(market),
        base: Size::of(folded.base, market),
        quote: Usd::of(folded.quote),
        fees: Usd::of(folded.fees),
        funding_paid: Usd::of(folded.funding_paid),
        position: Size::of(folded.holding.base, market),
        sent: Sent::from(&receipt),
    };
    show(&told, session.options.json)
}

fn list(session: &Session<'_>) -> Result<()> {
    let (.., ranges) = session.account()?;
    let held = ranges.iter().flat_map(|ranges| ranges.ranges.iter().zip(0u8..)).filter(|(range, _)| !range.is_empty());
    let items: Result<_> =
        held.map(|(range, slot)| Ok(Placed::of(slot, range, session.numbered(range.market)?))).collect();
    show(&List { items: items?, nothing: "the account has no range" }, session.options.json)
}
