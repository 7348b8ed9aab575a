//! What anyone may do.

use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{BeginLiquidation, Liquidate, LiquidateOnCurve, Refresh, UnwindRange};
use solana_instruction::Instruction;

use super::trading::reach;
use crate::fields::Fields;
use crate::refusal::Result;

pub(super) fn build(kind: &str, fields: &Fields, accounts: &Gathering) -> Result<Option<Instruction>> {
    let account = || fields.address("account");
    let market = || fields.integer("market");
    Ok(Some(match kind {
        "refresh" => Refresh { market: market()?, price: fields.address("price")? }.instruction(),
        "beginLiquidation" => BeginLiquidation { account: account()? }.instruction(accounts)?,
        "unwindRange" => UnwindRange { account: account()?, slot: fields.integer("slot")? }.instruction(accounts)?,
        "liquidate" => Liquidate {
            owner: fields.address("owner")?,
            liquidator: fields.address("liquidator")?,
            account: account()?,
            market: market()?,
            max_base: fields.integer("maxBase")?,
            limit: fields.price("limit")?,
        }
        .instruction(accounts)?,
        "liquidateOnCurve" => LiquidateOnCurve {
            keeper: fields.address("keeper")?,
            account: account()?,
            market: market()?,
            price: fields.address("price")?,
            max_base: fields.integer("maxBase")?,
            reach: reach(fields)?,
        }
        .instruction(accounts)?,
        _ => return Ok(None),
    }))
}
