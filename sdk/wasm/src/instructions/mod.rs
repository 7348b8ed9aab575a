//! `"instruction"`: the SDK's builders by the name of their instruction, each with its fields under the same names.

mod account;
mod collateral;
mod keeping;
mod lien;
mod liquidity;
mod orders;
mod pool;
mod trading;

pub(crate) use collateral::{buy_collateral, deposit_and_trade};
pub(crate) use liquidity::{add_range, remove_range};
pub(crate) use orders::{execute_order, place_order};
pub(crate) use trading::{reach, trade, trade_exact, trade_to};

use keel_sdk::chain::Gathering;
use serde_json::Value;
use solana_instruction::{AccountMeta, Instruction};

use crate::fields::Fields;
use crate::refusal::{Refusal, Result};
use crate::tell;

/// The instruction of `"kind"`.
pub(crate) fn tell(fields: &Fields, accounts: &Gathering) -> Result<Value> {
    let kind = fields.text("kind")?;
    let families = [
        account::build,
        trading::build,
        collateral::build,
        lien::build,
        liquidity::build,
        orders::build,
        pool::build,
        keeping::build,
    ];
    for build in families {
        if let Some(instruction) = build(kind, fields, accounts)? {
            return Ok(told(&instruction));
        }
    }
    Err(Refusal::request(format!("there is no instruction `{kind}`")))
}

pub(crate) fn told(instruction: &Instruction) -> Value {
    let metas = instruction.accounts.iter().map(meta).collect();
    tell::object([
        ("program", tell::address(&instruction.program_id)),
        ("accounts", metas),
        ("data", tell::hex(&instruction.data)),
        ("units", keel_sdk::budget::units(instruction).into()),
    ])
}

fn meta(meta: &AccountMeta) -> Value {
    tell::object([
        ("address", tell::address(&meta.pubkey)),
        ("signer", meta.is_signer.into()),
        ("writable", meta.is_writable.into()),
    ])
}
