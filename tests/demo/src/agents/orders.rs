//! Orders as agents place them: prices in USD for a contract, times from now.

use anyhow::Result;
use keel_engine::Side;
use keel_engine::orders::{Kind, REDUCE_ONLY, Terms};
use keel_engine::units::Price;
use keel_simulator::Action;
use keel_simulator::orders::{OrderAct, Placing};

use crate::world::{CONTRACT, World};

/// Lamports for who executes an order.
const TIP: u64 = 50_000;

/// A price in USD for a contract.
pub fn price(usd: f64) -> Price {
    Price::from_bits((usd / 1_000.0 * 2f64.powi(48)) as u64)
}

/// An order for contracts without a price; positive buys.
pub fn terms(kind: Kind, contracts: f64) -> Terms {
    Terms {
        kind,
        side: if contracts > 0.0 { Side::Buy } else { Side::Sell },
        flags: 0,
        amount: (contracts.abs() * CONTRACT) as u64,
        below: Price::default(),
        below_limit: Price::default(),
        above: Price::default(),
        above_limit: Price::default(),
        min_fill: 0,
        tip: TIP,
        starts_at: 0,
        expires_at: 0,
        interval_secs: 0,
        slices: 0,
        catch_up: 0,
    }
}

/// A stop-loss and a take-profit on a whole position, as parts of its price: one cancels the other.
pub fn bracket(contracts: f64, usd: f64, loss: f64, profit: f64) -> Terms {
    let (down, up) = if contracts > 0.0 { (loss, profit) } else { (profit, loss) };
    Terms {
        flags: REDUCE_ONLY,
        below: price(usd * (1.0 - down)),
        above: price(usd * (1.0 + up)),
        ..terms(Kind::Trigger, -contracts)
    }
}

/// Places an order that lives for so many seconds, or for ever.
pub fn place(world: &mut World, who: usize, market: usize, terms: Terms, secs: Option<u64>) -> Result<bool> {
    let expires_at = secs.map(|secs| world.secs().saturating_add(secs).cast_signed());
    let placing = Placing { terms, starts_at: None, expires_at };
    Ok(world.perform(Action::Order(OrderAct::Place { who, market, number: None, placing, by: who }))?.is_ok())
}

/// Takes back every order of an account in a market.
pub fn cancel_all(world: &mut World, who: usize, market: usize) -> Result<()> {
    for number in world.orders_of(who, market)? {
        let _counted = world.perform(Action::Order(OrderAct::Cancel { who, number: Some(number), by: who }))?;
    }
    Ok(())
}
