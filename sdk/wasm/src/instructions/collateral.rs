//! Other collateral than USDC: bringing it in to trade on, its prices, and buying what is for sale.

use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{BuyCollateral, DepositAndTrade, RefreshBank};
use solana_instruction::Instruction;

use super::trading::trade;
use crate::fields::Fields;
use crate::refusal::Result;

pub(super) fn build(kind: &str, fields: &Fields, accounts: &Gathering) -> Result<Option<Instruction>> {
    Ok(Some(match kind {
        "depositAndTrade" => deposit_and_trade(fields)?.instruction(accounts)?,
        "buyCollateral" => buy_collateral(fields)?.instruction(accounts)?,
        "refreshBank" => RefreshBank {
            mint: fields.address("mint")?,
            price: fields.address("price")?,
            rate: if fields.has("rate") { Some(fields.address("rate")?) } else { None },
        }
        .instruction(),
        _ => return Ok(None),
    }))
}

/// A deposit with a trade on it.
pub(crate) fn deposit_and_trade(fields: &Fields) -> Result<DepositAndTrade> {
    Ok(DepositAndTrade {
        trade: trade(fields)?,
        mint: fields.address("mint")?,
        source: fields.address("source")?,
        deposit: fields.integer("deposit")?,
    })
}

/// A purchase of collateral; all that is for sale, unless less is asked for.
pub(crate) fn buy_collateral(fields: &Fields) -> Result<BuyCollateral> {
    Ok(BuyCollateral {
        owner: fields.address("owner")?,
        buyer: fields.address("buyer")?,
        account: fields.address("account")?,
        mint: fields.address("mint")?,
        most: fields.integer_or("most", u64::MAX)?,
        limit: fields.price("limit")?,
    })
}
