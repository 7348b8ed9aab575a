//! What the owner of a margin account does with it and its money.

use keel_engine::delegate::Terms;
use keel_engine::state::DELEGATE_MARKETS;
use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{
    ApproveBuilder, CancelWithdrawal, CloseAccount, CloseRanges, CreateTokenAccount, Deposit, OpenAccount, OpenRanges,
    PayWithdrawal, QueueWithdrawal, RevokeBuilder, SetDelegate, Transfer, Withdraw,
};
use solana_instruction::Instruction;

use crate::fields::Fields;
use crate::refusal::{Refusal, Result};

pub(super) fn build(kind: &str, fields: &Fields, accounts: &Gathering) -> Result<Option<Instruction>> {
    let owner = || fields.address("owner");
    let account = || fields.address("account");
    Ok(Some(match kind {
        "openAccount" => OpenAccount {
            owner: owner()?,
            sub_account: fields.integer_or("subAccount", 0)?,
            isolated_market: fields.integer_or("isolatedMarket", 0)?,
        }
        .paid_by(fields.payer_or(owner()?)?),
        "openRanges" => OpenRanges { owner: owner()?, account: account()? }.paid_by(fields.payer_or(owner()?)?),
        "closeAccount" => CloseAccount { owner: owner()?, account: account()? }.instruction(),
        "closeRanges" => CloseRanges { owner: owner()?, account: account()? }.instruction(),
        "createTokenAccount" => {
            CreateTokenAccount { payer: fields.address("payer")?, owner: owner()?, mint: fields.address("mint")? }
                .instruction()
        }
        "deposit" => Deposit {
            authority: fields.address("authority")?,
            account: account()?,
            mint: fields.address("mint")?,
            source: fields.address("source")?,
            amount: fields.integer("amount")?,
        }
        .instruction(accounts)?,
        "withdraw" => Withdraw {
            owner: owner()?,
            account: account()?,
            mint: fields.address("mint")?,
            destination: fields.address("destination")?,
            amount: fields.integer("amount")?,
        }
        .instruction(accounts)?,
        "queueWithdrawal" => QueueWithdrawal {
            owner: owner()?,
            account: account()?,
            mint: fields.address("mint")?,
            destination: fields.address("destination")?,
            amount: fields.integer("amount")?,
        }
        .paid_by(accounts, fields.payer_or(owner()?)?)?,
        "payWithdrawal" => {
            PayWithdrawal { mint: fields.address("mint")?, number: fields.integer("number")? }.instruction(accounts)?
        }
        "cancelWithdrawal" => CancelWithdrawal {
            authority: fields.address("authority")?,
            mint: fields.address("mint")?,
            number: fields.integer("number")?,
        }
        .instruction(accounts)?,
        "transfer" => Transfer {
            owner: owner()?,
            account: account()?,
            receiver: fields.address("receiver")?,
            mint: fields.address("mint")?,
            amount: fields.integer("amount")?,
        }
        .instruction(accounts)?,
        "setDelegate" => SetDelegate { owner: owner()?, account: account()?, terms: terms(fields)? }.instruction(),
        "approveBuilder" => ApproveBuilder {
            owner: owner()?,
            account: account()?,
            builder: fields.address("builder")?,
            max_fee_ppm: fields.integer("maxFeePpm")?,
        }
        .paid_by(fields.payer_or(owner()?)?),
        "revokeBuilder" => {
            RevokeBuilder { owner: owner()?, account: account()?, builder: fields.address("builder")? }.instruction()
        }
        _ => return Ok(None),
    }))
}

/// What a delegate may do. No markets are every market.
fn terms(fields: &Fields) -> Result<Terms> {
    let named: Vec<u16> = fields.integers("markets")?;
    let mut markets = [0; DELEGATE_MARKETS];
    let places = markets.get_mut(..named.len());
    let places =
        places.ok_or_else(|| Refusal::request(format!("`markets` has more than {DELEGATE_MARKETS} markets")))?;
    places.copy_from_slice(&named);
    Ok(Terms {
        delegate: fields.address("delegate")?.to_bytes(),
        permissions: fields.integer("permissions")?,
        expiry: fields.integer("expiry")?,
        notional: fields.integer_or("notional", 0)?,
        markets,
    })
}
