//! What a request may ask for.

use keel_engine::Error;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::ranges::liquidity_for_base;
use keel_sdk::chain::{Attempt, Gathering};
use keel_sdk::error::from_code;
use serde_json::Value;
use solana_pubkey::Pubkey;

use crate::fields::Fields;
use crate::frame::{Frame, Known};
use crate::refusal::{self, Refusal, Result};
use crate::tell::Tell;
use crate::{addresses, events, instructions, prices, quotes, tell, updates};

/// An answer: what is told, and accounts as they will be.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) value: Value,
    pub(crate) accounts: Vec<Known>,
}

/// What came of a request.
pub(crate) enum Outcome {
    /// The answer.
    Ready(Told),
    /// Accounts to bring next time.
    Needs(Vec<Pubkey>),
}

/// Answers, out of the accounts that came with the request.
pub(crate) fn outcome(frame: &Frame) -> Result<Outcome> {
    let mut accounts = Gathering::new();
    for (address, data) in &frame.accounts {
        accounts.put(*address, data.clone());
    }
    let mut told = Ok(Told::default());
    let attempt = accounts.attempt(|accounts| {
        told = ask(&Fields(&frame.value), accounts);
        Ok(())
    });
    match attempt {
        Attempt::Needs(addresses) => Ok(Outcome::Needs(addresses)),
        Attempt::Ready(_) => told.map(Outcome::Ready),
    }
}

fn ask(fields: &Fields, accounts: &Gathering) -> Result<Told> {
    Ok(match fields.text("ask")? {
        "address" => addresses::tell(fields)?.into(),
        "instruction" => instructions::tell(fields, accounts)?.into(),
        "quote" => return quotes::tell(fields, accounts),
        "update" => updates::tell(fields, accounts)?.into(),
        "event" => events::tell(fields)?.into(),
        "scale" => prices::scaled(fields)?.into(),
        "liquidity" => liquidity(fields)?.into(),
        "price" => prices::tell(fields)?.into(),
        "error" => from_code(fields.integer("code")?).map_or(Value::Null, refusal::engine).into(),
        "errors" => Error::ALL.iter().map(|error| refusal::engine(*error)).collect::<Value>().into(),
        "version" => tell::object([("version", env!("CARGO_PKG_VERSION").into())]).into(),
        other => return Err(Refusal::request(format!("nothing answers `{other}`"))),
    })
}

/// What so much base is as liquidity between two ticks.
fn liquidity(fields: &Fields) -> Result<Value> {
    let (lower, upper) = (sqrt_price_at_tick(fields.integer("lower")?)?, sqrt_price_at_tick(fields.integer("upper")?)?);
    Ok(liquidity_for_base(fields.integer("base")?, lower, upper)?.tell())
}
