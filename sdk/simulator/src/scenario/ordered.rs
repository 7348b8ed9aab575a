//! Steps with standing orders, from their objects to actions.

use keel_engine::Side;
use keel_engine::orders::{ALL_OR_NOTHING, DROP_REST, Kind, REDUCE_ONLY, Terms};
use keel_engine::units::Price;

use super::decimal;
use super::json::Result;
use super::keys::Verb;
use super::step::{Given, LAST_SECOND, LAST_TICKET, Reader, amount, contract_price, signed_amount};
use crate::orders::{OrderAct, Placing};

/// Kinds of orders, each at the place of its number.
pub(crate) const ORDER_KINDS: [&str; 4] = ["trigger", "limit", "scale", "twap"];

impl Reader {
    /// A step with an order.
    pub(super) fn order(&mut self, verb: Verb, given: &Given) -> Result<OrderAct> {
        let who = self.who(given)?;
        let number = given.get("order").map(|number| number.integer(0, LAST_TICKET)).transpose()?;
        Ok(match verb {
            Verb::PlaceOrder => {
                let (market, placing) = (self.market(given)?, placing(given)?);
                OrderAct::Place { who, market, number, placing, by: self.signer(given, who)? }
            }
            Verb::ExecuteOrder => OrderAct::Execute { who, number, by: self.by(given)? },
            Verb::CancelOrder => OrderAct::Cancel { who, number, by: self.signer(given, who)? },
            _ => OrderAct::Clean { who, number, by: self.by(given)? },
        })
    }
}

/// What an order says.
fn placing(given: &Given) -> Result<Placing> {
    let kind = given.need("kind")?;
    let name = kind.string("a kind of order")?;
    let place = ORDER_KINDS.iter().position(|known| *known == name).and_then(|place| u8::try_from(place).ok());
    let kind = place
        .and_then(|place| Kind::of(place).ok())
        .ok_or_else(|| kind.mistake(format!("no order is a `{name}`; there are {}", ORDER_KINDS.join(", "))))?;
    let (negative, base) = signed_amount(given.need("base")?, decimal::BASE)?;
    let side = if negative { Side::Sell } else { Side::Buy };
    // A price is never better for the market than it is written: rounded down for who buys, up for who sells.
    let price = |key: &str| {
        let price = given.get(key).map(|value| contract_price(value, negative)).transpose()?;
        Ok(price.unwrap_or(Price::from_bits(0)))
    };
    let count = |key: &str| given.get(key).map_or(Ok(0), |value| value.integer(0, u32::MAX));
    let last = i64::try_from(LAST_SECOND).unwrap_or(i64::MAX);
    let time = |key: &str| given.get(key).map(|secs| secs.integer(-last, last)).transpose();
    let flag = |key: &str, flag: u8| Ok(if given.flag(key)? { flag } else { 0 });
    let flags =
        flag("reduce_only", REDUCE_ONLY)? | flag("all_or_nothing", ALL_OR_NOTHING)? | flag("drop_rest", DROP_REST)?;
    let terms = Terms {
        kind,
        side,
        flags,
        amount: base,
        below: price("below")?,
        below_limit: price("below_limit")?,
        above: price("above")?,
        above_limit: price("above_limit")?,
        min_fill: given.get("min_fill").map_or(Ok(0), |value| amount(value, decimal::BASE))?,
        tip: count("tip")?.into(),
        starts_at: 0,
        expires_at: 0,
        interval_secs: count("interval_secs")?,
        slices: count("slices")?,
        catch_up: count("catch_up")?,
    };
    Ok(Placing { terms, starts_at: time("starts_at")?, expires_at: time("expires_at")? })
}
