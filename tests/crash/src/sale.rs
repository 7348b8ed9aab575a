//! Who buys other collateral in its auction, and sells it outside at once, as far as the bank lets it out.
//!
//! The buyer knows what a token fetches outside, whatever its feed says: at a price that has gone he buys nothing.

use anyhow::Result;
use keel_engine::Error;
use keel_engine::collateral::Purchase;
use keel_engine::state::USDC;
use keel_engine::units::Price;
use keel_simulator::Action;

use crate::collateral::{BANK, is_due};
use crate::crowd::KEEPER;
use crate::world::World;

/// Below the price outside, what a purchase must leave.
const WORTH_BUYING: f64 = 0.008;
/// What of the price outside whoever sells there at once gets.
const FETCHED: f64 = 0.997;
/// Purchases of one account at one look.
const PURCHASES: usize = 4;
/// How often a purchase is halved that the buyer has too little for.
const HALVINGS: u32 = 4;

/// Place of the buyer, where there is other collateral: the last.
pub fn buyer(world: &World) -> Option<usize> {
    world.bank().and(world.people().checked_sub(1))
}

/// Sells of an account's collateral what its auction offers at a discount that is worth it. Returns whether any was sold.
pub fn sell(world: &mut World, who: usize) -> Result<bool> {
    let Some(buyer) = buyer(world).filter(|buyer| *buyer != who) else { return Ok(false) };
    let mut any = false;
    for _ in 0..PURCHASES {
        if world.tokens(who) == 0 || !buy(world, who, buyer)? {
            break;
        }
        any = true;
    }
    Ok(any)
}

fn buy(world: &mut World, who: usize, by: usize) -> Result<bool> {
    let limit = Price::from_bits((world.outside * (1.0 - WORTH_BUYING) * 2f64.powi(48)) as u64);
    // Who has nothing takes what is given away.
    let room = limit.base_floor(world.account(by)?.usdc());
    let mut most = if room == 0 { world.tokens(who) } else { world.tokens(who).min(room) };
    for _ in 0..HALVINGS {
        if most == 0 {
            break;
        }
        let purchase = Purchase { most, limit: Some(limit) };
        match world.perform(Action::BuyCollateral { who, bank: BANK, by, purchase })? {
            Ok(_) => return Ok(true),
            Err(Error::InsufficientMargin | Error::InsufficientCapital | Error::CollateralStale) => most /= 2,
            Err(_) => break,
        }
    }
    Ok(false)
}

/// Whether somebody's debt is old enough that his collateral is sold for it.
pub fn is_owing(world: &World, who: usize) -> bool {
    let Some(bank) = world.bank() else { return false };
    world.account(who).is_ok_and(|account| is_due(bank, account.debt_since, world.now().unix))
}

/// What a closed account owes is settled: it pays with what its collateral brought, and from its debt on counts the time
/// in which the rest is given away.
pub fn settle_closed(world: &mut World, who: usize) -> Result<()> {
    for market in 0..world.books().markets.len() {
        if world.position(who, market).is_some_and(|position| position.base == 0 && position.quote < 0) {
            let _counted = world.perform(Action::Settle { who, market, by: KEEPER })?;
        }
    }
    Ok(())
}

/// The buyer takes out what he bought and brings back what it fetched.
pub fn carry_out(world: &mut World) -> Result<()> {
    let Some(who) = buyer(world) else { return Ok(()) };
    let mut amount = world.tokens(who);
    while amount != 0 {
        if world.perform(Action::Withdraw { who, bank: BANK, amount })?.is_ok() {
            let fetched = (amount as f64 * world.outside * FETCHED) as u64;
            if fetched != 0 {
                let _counted = world.perform(Action::Deposit { who, bank: USDC, amount: fetched })?;
            }
            break;
        }
        amount /= 2;
    }
    Ok(())
}
