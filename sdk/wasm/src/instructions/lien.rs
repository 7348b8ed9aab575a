//! Liens on margin accounts, and accounts that pass on.

use keel_engine::lien::Terms;
use keel_sdk::chain::Gathering;
use keel_sdk::instructions::{CallLien, GiveAccount, PlaceLien, ReleaseLien, Seize};
use solana_instruction::Instruction;

use crate::fields::Fields;
use crate::refusal::Result;

pub(super) fn build(kind: &str, fields: &Fields, accounts: &Gathering) -> Result<Option<Instruction>> {
    let account = || fields.address("account");
    let holder = || fields.address("holder");
    Ok(Some(match kind {
        "giveAccount" => {
            GiveAccount { owner: fields.address("owner")?, account: account()?, new_owner: fields.address("newOwner")? }
                .instruction()
        }
        "placeLien" => {
            let terms = Terms {
                holder: holder()?.to_bytes(),
                floor: fields.integer("floor")?,
                notice_secs: fields.integer_or("noticeSecs", 0)?,
            };
            PlaceLien { owner: fields.address("owner")?, account: account()?, terms }.instruction()
        }
        "callLien" => {
            CallLien { holder: holder()?, account: account()?, notice: !fields.flag("withdraw")? }.instruction()
        }
        "releaseLien" => ReleaseLien { holder: holder()?, account: account()? }.instruction(),
        "seize" => Seize {
            holder: holder()?,
            account: account()?,
            receiver: fields.address("receiver")?,
            mint: fields.address("mint")?,
            amount: fields.integer("amount")?,
        }
        .instruction(accounts)?,
        _ => return Ok(None),
    }))
}
