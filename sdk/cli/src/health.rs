//! `keel health`, `keel positions`: what an account is worth, must be worth, and where it would be liquidated.

use anyhow::Result;
use clap::Args;
use keel_engine::Now;
use keel_sdk::quote;
use keel_sdk::views::HealthView;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::view::collateral::Holding;
use crate::view::health::{Health, Held};
use crate::view::lien::Lien;
use crate::view::number::UsdPrice;
use crate::view::{List, show};

/// Shows an account's margin and where it would be liquidated
///
/// Equity, what it must have, what is free for new risk, what other collateral than USDC counts, the lien on it, and each position with the mark at which the account would be
/// liquidated.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel health
  keel health --account 1 --json
  keel health --account 7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2")]
pub struct HealthArguments {}

/// Lists an account's positions.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keel positions
  keel positions --json")]
pub struct PositionsArguments {}

/// Shows the health.
pub fn health(session: &Session<'_>) -> Result<()> {
    let (address, account, _) = session.account()?;
    let (view, positions) = look(session, &address)?;
    let now = session.client.now()?;
    let holdings = session.held_banks(&account)?.into_iter();
    let holdings = holdings.map(|(bank, amount)| Holding::of(session, &bank, amount, now)).collect::<Result<_>>()?;
    let (account, lien) = (address.to_string(), Lien::of(&account));
    show(&Health { account, margin: (&view).into(), holdings, lien, positions }, session.options.json)
}

/// Lists the positions.
pub fn positions(session: &Session<'_>) -> Result<()> {
    let (address, ..) = session.account()?;
    let (_, items) = look(session, &address)?;
    show(&List { items, nothing: "the account has no position" }, session.options.json)
}

/// The health, and the positions in the order of their markets.
fn look(session: &Session<'_>, account: &Pubkey) -> Result<(HealthView, Vec<Held>)> {
    let now = session.client.now()?;
    let view = session.client.gather(|accounts| quote::health(accounts, account, now))?;
    let mut positions = Vec::new();
    for position in view.positions.iter().filter(|position| position.market != 0) {
        let market = session.numbered(position.market)?;
        let price = liquidation_price(session, account, position.market, now)?;
        positions.push((position.market, Held::of(position, market, price)));
    }
    positions.sort_by_key(|(number, _)| *number);
    Ok((view, positions.into_iter().map(|(_, held)| held).collect()))
}

fn liquidation_price(session: &Session<'_>, account: &Pubkey, number: u16, now: Now) -> Result<Option<UsdPrice>> {
    let told = session.client.gather(|accounts| quote::liquidation_price(accounts, account, number, now))?;
    Ok(UsdPrice::some(told.below.max(told.above), session.numbered(number)?))
}
