//! `"update"`: a signed price update of Pyth's web service, proven, and the instructions that post it in front of an
//! instruction and take its rent back behind.

use keel_engine::state::Market;
use keel_sdk::chain::{self, Accounts, Gathering};
use keel_sdk::error::SdkError;
use keel_sdk::hermes::{
    HermesError, PostUpdateAtomic, PriceMessage, Proven, Receiver, ReclaimRent, Update, Vaa, guardians,
};
use serde_json::Value;

use crate::fields::Fields;
use crate::instructions;
use crate::refusal::{Refusal, Result};
use crate::tell::{self, Tell};

/// The treasury that gets the receiver's fee, of 256 that are alike.
const TREASURY: u8 = 0;

/// The market's latest price in `"updates"`, and what posts it into the account `"price"`, which signs.
pub(crate) fn tell(fields: &Fields, accounts: &Gathering) -> Result<Value> {
    let market: Market = chain::market(accounts, fields.integer("market")?)?;
    let (payer, price) = (fields.address("payer")?, fields.address("price")?);
    let program = market.price_owner.into();
    let receiver = Receiver::of(&program).ok_or_else(|| {
        Refusal::request(format!("the market takes prices of {program}, which no update is posted to"))
    })?;
    let (found, vaa, message) = latest(&fields.all_bytes("updates")?, &market.feed_id)?;
    let set = receiver.guardian_set(vaa.guardian_set);
    let members = guardians(&accounts.get(&set).ok_or(SdkError::Missing(set))?)?;
    let vaa = vaa.trimmed(receiver.quorum(members.len()));
    let post = PostUpdateAtomic { receiver, payer, price, vaa, message, treasury: TREASURY }.instruction()?;
    let reclaim = ReclaimRent { receiver, payer, price }.instruction();
    Ok(tell::object([
        ("sample", found.sample().tell()),
        ("post", instructions::told(&post)),
        ("reclaim", instructions::told(&reclaim)),
    ]))
}

/// The youngest price of a feed that is proven by one of the updates. Errors as the last one that proves none does.
fn latest(updates: &[Vec<u8>], feed_id: &[u8; 32]) -> Result<(PriceMessage, Vaa, Proven)> {
    let mut wrong = HermesError::NoPrice;
    let mut found: Option<(PriceMessage, Vaa, Proven)> = None;
    for bytes in updates {
        let update = Update::parse(bytes)?;
        match update.price(feed_id) {
            Ok((price, message)) => {
                if found.as_ref().is_none_or(|(found, ..)| found.publish_time < price.publish_time) {
                    found = Some((price, update.vaa.clone(), message.clone()));
                }
            }
            Err(error) => wrong = error,
        }
    }
    Ok(found.ok_or(wrong)?)
}

/// The address of a sponsored feed's account: the one of the market's own generation of receivers.
pub(crate) fn feed_account(fields: &Fields) -> Result<Value> {
    let receiver = if fields.has("receiver") { Receiver::of(&fields.address("receiver")?) } else { None };
    let receiver = receiver.unwrap_or(Receiver::CORE);
    Ok(tell::address(&receiver.feed_account(fields.integer_or("shard", 0)?, &fields.hash("feedId")?)))
}
