//! Trades, and what follows them.

use keel_engine::trade::Order;
use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{Leg, Release, Settle, Trade, TradeExact, TradeLegs, TradeTo, TradeWithBuilder};
use keel_sdk::path::Reach;
use solana_instruction::Instruction;

use crate::fields::Fields;
use crate::refusal::Result;

pub(super) fn build(kind: &str, fields: &Fields, accounts: &Gathering) -> Result<Option<Instruction>> {
    let account = || fields.address("account");
    Ok(Some(match kind {
        "trade" => trade(fields)?.instruction(accounts)?,
        "tradeExact" => trade_exact(fields)?.instruction(accounts)?,
        "tradeTo" => trade_to(fields)?.instruction(accounts)?,
        "tradeWithBuilder" => TradeWithBuilder {
            trade: trade(fields)?,
            builder: fields.address("builder")?,
            builder_account: fields.address("builderAccount")?,
            fee_ppm: fields.integer("feePpm")?,
        }
        .instruction(accounts)?,
        "tradeLegs" => {
            let legs = fields.objects("legs")?.iter().map(leg).collect::<Result<_>>()?;
            TradeLegs { authority: fields.address("authority")?, account: account()?, legs }.instruction(accounts)?
        }
        "settle" => {
            Settle { authority: fields.address("authority")?, account: account()?, market: fields.integer("market")? }
                .instruction()
        }
        "release" => Release {
            owner: fields.address("owner")?,
            account: account()?,
            market: fields.integer("market")?,
            min_ratio_ppm: fields.integer_or("minRatioPpm", 0)?,
        }
        .instruction(),
        _ => return Ok(None),
    }))
}

/// A trade's fields.
pub(crate) fn trade(fields: &Fields) -> Result<Trade> {
    let Order { side, exact, limit, reduce_only, all_or_nothing } = order(fields)?;
    Ok(Trade {
        authority: fields.address("authority")?,
        account: fields.address("account")?,
        market: fields.integer("market")?,
        price: fields.address("price")?,
        side,
        exact,
        limit,
        reduce_only,
        all_or_nothing,
        reach: reach(fields)?,
    })
}

/// A trade in whole within a bound; 0 is none.
pub(crate) fn trade_exact(fields: &Fields) -> Result<TradeExact> {
    Ok(TradeExact { trade: trade(fields)?, bound: fields.integer_or("bound", 0)? })
}

/// A trade to a target.
pub(crate) fn trade_to(fields: &Fields) -> Result<TradeTo> {
    Ok(TradeTo {
        authority: fields.address("authority")?,
        account: fields.address("account")?,
        market: fields.integer("market")?,
        price: fields.address("price")?,
        target: fields.integer("target")?,
        tolerance: fields.integer_or("tolerance", 0)?,
        limit: fields.price("limit")?,
        reach: reach(fields)?,
    })
}

fn leg(fields: &Fields) -> Result<Leg> {
    Ok(Leg {
        market: fields.integer("market")?,
        price: fields.address("price")?,
        order: order(fields)?,
        reach: reach(fields)?,
    })
}

fn order(fields: &Fields) -> Result<Order> {
    Ok(Order {
        side: fields.side()?,
        exact: fields.exact()?,
        limit: fields.price("limit")?,
        reduce_only: fields.flag("reduceOnly")?,
        all_or_nothing: fields.flag("allOrNothing")?,
    })
}

/// How many tick arrays to pass: `"ahead"` and `"behind"`.
pub(crate) fn reach(fields: &Fields) -> Result<Reach> {
    let Reach { ahead, behind } = Reach::default();
    Ok(Reach { ahead: fields.integer_or("ahead", ahead)?, behind: fields.integer_or("behind", behind)? })
}
