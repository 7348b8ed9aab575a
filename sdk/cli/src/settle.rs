//! `keel settle`, `keel release`: profit and loss become claims and capital.

use anyhow::{Context, Result, bail};
use clap::Args;
use keel_sdk::events::Event;
use keel_sdk::instructions::{Release, Settle};
use serde_json::json;

use crate::amount;
use crate::connect::Session;
use crate::fresh::Fresh;
use crate::options::PriceOptions;
use crate::prompt::confirm;
use crate::send::{Done, unlogged};
use crate::view::number::{Usd, name};
use crate::view::show;

/// Settles a position at mark: a loss is paid now, a profit becomes a claim that matures.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel settle BTC
  keel settle BTC --account 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2 --yes")]
pub struct SettleArguments {
    /// Name or number of the market
    market: String,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Turns the mature claim in a market into capital.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel release BTC
  keel release BTC --min-ratio 95%")]
pub struct ReleaseArguments {
    /// Name or number of the market
    market: String,
    /// Smallest part of the claim to be content with, while the market owes more than it has
    #[arg(long, value_name = "PERCENT", default_value = "100%", value_parser = amount::percent)]
    min_ratio: i64,
    #[command(flatten)]
    prices: PriceOptions,
}

/// Settles.
pub fn settle(session: &Session<'_>, arguments: &SettleArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    let number = market.index_number;
    let (account, ..) = session.account()?;
    confirm(session.options, &format!("Settle the position in {} at mark?", name(market)))?;
    let fresh = Fresh::of_mark(session, &arguments.prices, number)?;
    let settle = Settle { authority: session.owner()?, account, market: number };
    let receipt = fresh.send(session, vec![settle.instruction()])?;
    let settled = receipt.events.iter().find_map(|event| match event {
        Event::Settled(settled) => Some(settled),
        _ => None,
    });
    let settled = settled.with_context(|| unlogged(&receipt))?;
    let (profit, paid) = (Usd::of(settled.profit), Usd::of(settled.paid));
    let (cancelled, owed) = (Usd::of(settled.cancelled), Usd::of(settled.owed));
    let said = format!(
        "settled in {}: {profit} of profit became a claim, {paid} of loss paid, {cancelled} taken from the own claim, {owed} owed",
        name(market)
    );
    let told = json!({ "market": name(market), "profit": profit, "paid": paid, "cancelled": cancelled, "owed": owed });
    show(&Done::new(&receipt, said, told), session.options.json)
}

/// Releases.
pub fn release(session: &Session<'_>, arguments: &ReleaseArguments) -> Result<()> {
    let market = session.market(&arguments.market)?;
    let number = market.index_number;
    let (account, ..) = session.account()?;
    let Some(min_ratio_ppm) = u32::try_from(arguments.min_ratio).ok().filter(|ratio| *ratio <= 1_000_000) else {
        bail!("--min-ratio is a part of the claim: give 0% to 100%");
    };
    confirm(session.options, &format!("Release the mature claim in {}?", name(market)))?;
    // With a fresh price claims mature up to now; without one what is mature already is released.
    let fresh = Fresh::of_mark(session, &arguments.prices, number).unwrap_or_default();
    let release = Release { owner: session.owner()?, account, market: number, min_ratio_ppm };
    let receipt = fresh.send(session, vec![release.instruction()])?;
    let released = receipt.events.iter().find_map(|event| match event {
        Event::ClaimReleased(released) => Some(released),
        _ => None,
    });
    let released = released.with_context(|| unlogged(&receipt))?;
    let (claim, paid) = (Usd::of(released.claim), Usd::of(released.paid));
    let said = format!("a claim of {claim} in {} became {paid} of capital", name(market));
    show(
        &Done::new(&receipt, said, json!({ "market": name(market), "claim": claim, "paid": paid })),
        session.options.json,
    )
}
