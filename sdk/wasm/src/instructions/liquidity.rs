//! Ranges.

use keel_engine::units::SqrtPrice;
use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{AddRange, CreateTickArray, RemoveRange, SettleRange};
use solana_instruction::Instruction;

use crate::fields::Fields;
use crate::refusal::Result;

pub(super) fn build(kind: &str, fields: &Fields, accounts: &Gathering) -> Result<Option<Instruction>> {
    Ok(Some(match kind {
        "addRange" => add_range(fields)?.instruction(accounts)?,
        "removeRange" => remove_range(fields)?.instruction(accounts)?,
        "settleRange" => SettleRange {
            authority: fields.address("authority")?,
            account: fields.address("account")?,
            slot: fields.integer("slot")?,
        }
        .instruction(accounts)?,
        "createTickArray" => CreateTickArray {
            payer: fields.address("payer")?,
            market: fields.integer("market")?,
            index: fields.integer("index")?,
        }
        .instruction(),
        _ => return Ok(None),
    }))
}

/// A new range's fields. Without bounds the curve may stand anywhere.
pub(crate) fn add_range(fields: &Fields) -> Result<AddRange> {
    Ok(AddRange {
        owner: fields.address("owner")?,
        account: fields.address("account")?,
        market: fields.integer("market")?,
        price: fields.address("price")?,
        lower: fields.integer("lower")?,
        upper: fields.integer("upper")?,
        liquidity: fields.wide("liquidity")?,
        min_sqrt_price: SqrtPrice::from_bits(fields.wide_or("minSqrtPrice", 0)?),
        max_sqrt_price: SqrtPrice::from_bits(fields.wide_or("maxSqrtPrice", u128::MAX)?),
    })
}

/// A range to be removed.
pub(crate) fn remove_range(fields: &Fields) -> Result<RemoveRange> {
    Ok(RemoveRange {
        owner: fields.address("owner")?,
        account: fields.address("account")?,
        slot: fields.integer("slot")?,
    })
}
