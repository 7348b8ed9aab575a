//! `"price"` and `"scale"`: what an instruction takes of a price account, and an oracle's number as a price.

use keel_engine::oracle::{self, Sample};
use keel_sdk::pyth;
use serde_json::Value;

use crate::fields::Fields;
use crate::refusal::Result;
use crate::tell::{self, Tell};

tell::tells! {
    Sample { price, conf, exponent, publish_time, ema_price }
}

/// The sample in `"data"`; of `"feedId"` alone, where that is given.
pub(crate) fn tell(fields: &Fields) -> Result<Value> {
    let data = fields.bytes("data")?;
    let sample = match fields.has("feedId") {
        true => pyth::sample_of(&data, &fields.hash("feedId")?)?,
        false => pyth::sample(&data)?,
    };
    Ok(sample.tell())
}

/// `"value"` times ten to the power of `"exponent"` in USD per unit, as the bits of a price per contract.
pub(crate) fn scaled(fields: &Fields) -> Result<Value> {
    let (exponent, contract) = (fields.integer("exponent")?, fields.integer_or("contractExponent", 0)?);
    Ok(oracle::scale(fields.integer("value")?, exponent, contract)?.tell())
}
