//! Ranges.

use std::collections::BTreeSet;

use keel_engine::book::array_index;
use keel_engine::units::SqrtPrice;
use keel_sdk::address;
use keel_sdk::chain::{self, Accounts, Gathering};
use keel_sdk::instructions::{AddRange, CreateTickArray, OpenRanges, RemoveRange, SettleRange};
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

/// What has to be there before a range can be added, and is not yet: the account's companion, and the tick arrays at the
/// range's ends. The owner pays.
pub(crate) fn before_range(fields: &Fields, accounts: &Gathering) -> Result<Vec<Instruction>> {
    let (owner, account) = (fields.address("owner")?, fields.address("account")?);
    let number = fields.integer("market")?;
    let spacing = chain::market(accounts, number)?.params.tick_spacing;
    let (lower, upper): (i32, i32) = (fields.integer("lower")?, fields.integer("upper")?);
    let arrays = BTreeSet::from([array_index(lower, spacing)?, array_index(upper, spacing)?]);
    let companion = address::ranges(&account);
    let place = |index: &i32| address::tick_array(number, *index);
    let all: Vec<_> = arrays.iter().map(place).chain([companion]).collect();
    accounts.announce(&all);
    let mut missing = Vec::new();
    if accounts.get(&companion).is_none() {
        missing.push(OpenRanges { owner, account }.instruction());
    }
    for index in arrays {
        if accounts.get(&place(&index)).is_none() {
            missing.push(CreateTickArray { payer: owner, market: number, index }.instruction());
        }
    }
    Ok(missing)
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
