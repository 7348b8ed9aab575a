//! `"address"`: where things live.

use keel_sdk::address;
use serde_json::Value;

use crate::fields::Fields;
use crate::refusal::{Refusal, Result};
use crate::{tell, updates};

/// The address of `"of"`.
pub(crate) fn tell(fields: &Fields) -> Result<Value> {
    let found = match fields.text("of")? {
        "program" => address::PROGRAM_ID,
        "exchange" => address::exchange(),
        "bank" => address::bank(&fields.address("mint")?),
        "vault" => address::vault(&fields.address("mint")?),
        "market" => address::market(fields.integer("market")?),
        "tickArray" => address::tick_array(fields.integer("market")?, fields.integer("index")?),
        "marginAccount" => address::margin_account(&fields.address("owner")?, fields.integer_or("subAccount", 0)?),
        "tokenAccount" => address::token_account(&fields.address("owner")?, &fields.address("mint")?),
        "ranges" => address::ranges(&fields.address("account")?),
        "ticket" => address::ticket(fields.integer("bank")?, fields.integer("number")?),
        "change" => address::change(fields.integer("number")?),
        "pool" => address::pool(),
        "poolAccount" => address::pool_account(),
        "shareMint" => address::share_mint(),
        "shareVault" => address::share_vault(),
        "poolRequest" => address::pool_request(fields.integer("kind")?, fields.integer("number")?),
        "order" => address::order(&fields.address("account")?, fields.integer("number")?),
        "approval" => address::approval(&fields.address("account")?, &fields.address("builder")?),
        "priceFeed" => return updates::feed_account(fields),
        other => return Err(Refusal::request(format!("there is no address of `{other}`"))),
    };
    Ok(tell::address(&found))
}
