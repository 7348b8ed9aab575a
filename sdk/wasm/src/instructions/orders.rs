//! Standing orders.

use keel_engine::orders::{ALL_OR_NOTHING, DROP_REST, Kind, REDUCE_ONLY, Terms};
use keel_engine::units::Price;
use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{CancelOrder, CleanOrder, ExecuteOrder, PlaceOrder, pegged_order};
use solana_instruction::Instruction;

use super::trading::reach;
use crate::fields::Fields;
use crate::refusal::{Refusal, Result};

pub(super) fn build(kind: &str, fields: &Fields, accounts: &Gathering) -> Result<Option<Instruction>> {
    let account = || fields.address("account");
    let number = || fields.integer("number");
    Ok(Some(match kind {
        "placeOrder" => {
            let place = place_order(fields)?;
            place.paid_by(fields.payer_or(place.authority)?)
        }
        "cancelOrder" => {
            CancelOrder { authority: fields.address("authority")?, account: account()?, number: number()? }
                .instruction(accounts)?
        }
        "executeOrder" => execute_order(fields)?.instruction(accounts)?,
        "cleanOrder" => CleanOrder { keeper: fields.address("keeper")?, account: account()?, number: number()? }
            .instruction(accounts)?,
        "peggedOrder" => {
            let (owner, market) = ((fields.address("owner")?, account()?), fields.integer("market")?);
            let (side, tick, base) = (fields.side()?, fields.integer("tick")?, fields.integer("base")?);
            let range = pegged_order(accounts, owner, (market, fields.address("price")?), side, tick, base)?;
            range.instruction(accounts)?
        }
        _ => return Ok(None),
    }))
}

/// An order that is executed.
pub(crate) fn execute_order(fields: &Fields) -> Result<ExecuteOrder> {
    Ok(ExecuteOrder {
        keeper: fields.address("keeper")?,
        account: fields.address("account")?,
        number: fields.integer("number")?,
        price: fields.address("price")?,
        reach: reach(fields)?,
    })
}

/// An order's fields. What its kind does not use may be left out.
pub(crate) fn place_order(fields: &Fields) -> Result<PlaceOrder> {
    let price = |name: &str| Ok::<_, Refusal>(fields.price(name)?.unwrap_or(Price::from_bits(0)));
    let kind = match fields.text("order")? {
        "trigger" => Kind::Trigger,
        "limit" => Kind::Limit,
        "scale" => Kind::Scale,
        "twap" => Kind::Twap,
        other => return Err(Refusal::request(format!("an order is a trigger, limit, scale or twap, not `{other}`"))),
    };
    let flags = [("reduceOnly", REDUCE_ONLY), ("allOrNothing", ALL_OR_NOTHING), ("dropRest", DROP_REST)];
    let mut set = 0;
    for (name, flag) in flags {
        if fields.flag(name)? {
            set |= flag;
        }
    }
    Ok(PlaceOrder {
        authority: fields.address("authority")?,
        account: fields.address("account")?,
        market: fields.integer("market")?,
        number: fields.integer("number")?,
        terms: Terms {
            kind,
            side: fields.side()?,
            flags: set,
            amount: fields.integer("amount")?,
            below: price("below")?,
            below_limit: price("belowLimit")?,
            above: price("above")?,
            above_limit: price("aboveLimit")?,
            min_fill: fields.integer_or("minFill", 0)?,
            tip: fields.integer_or("tip", 0)?,
            starts_at: fields.integer_or("startsAt", 0)?,
            expires_at: fields.integer_or("expiresAt", 0)?,
            interval_secs: fields.integer_or("intervalSecs", 0)?,
            slices: fields.integer_or("slices", 0)?,
            catch_up: fields.integer_or("catchUp", 0)?,
        },
    })
}
