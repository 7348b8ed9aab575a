//! Coming into the pool and leaving it.

use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{
    CancelDeposit, CancelRedeem, ExecuteDeposit, ExecuteRedeem, RequestDeposit, RequestRedeem,
};
use solana_instruction::Instruction;

use crate::fields::Fields;
use crate::refusal::Result;

pub(super) fn build(kind: &str, fields: &Fields, accounts: &Gathering) -> Result<Option<Instruction>> {
    let owner = || fields.address("owner");
    let number = || fields.integer("number");
    Ok(Some(match kind {
        "requestDeposit" => RequestDeposit {
            owner: owner()?,
            account: fields.address("account")?,
            shares_account: fields.address("sharesAccount")?,
            amount: fields.integer("amount")?,
            min_shares: fields.integer_or("minShares", 0)?,
            tip: fields.integer("tip")?,
        }
        .paid_by(accounts, fields.payer_or(owner()?)?)?,
        "cancelDeposit" => {
            CancelDeposit { authority: fields.address("authority")?, number: number()? }.instruction(accounts)?
        }
        "executeDeposit" => {
            ExecuteDeposit { keeper: fields.address("keeper")?, number: number()? }.instruction(accounts)?
        }
        "requestRedeem" => RequestRedeem {
            owner: owner()?,
            account: fields.address("account")?,
            shares_account: fields.address("sharesAccount")?,
            amount: fields.integer("amount")?,
            tip: fields.integer("tip")?,
        }
        .paid_by(accounts, fields.payer_or(owner()?)?)?,
        "cancelRedeem" => {
            CancelRedeem { owner: owner()?, shares_account: fields.address("sharesAccount")?, number: number()? }
                .instruction(accounts)?
        }
        "executeRedeem" => {
            ExecuteRedeem { keeper: fields.address("keeper")?, number: number()? }.instruction(accounts)?
        }
        _ => return Ok(None),
    }))
}
