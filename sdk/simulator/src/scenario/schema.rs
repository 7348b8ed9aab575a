//! The JSON schema of a scenario (draft 2020-12), made from the same tables as the parser's checks.

use keel_engine::Error;
use keel_engine::exchange_params::Place;
use keel_engine::params::Params;
use keel_engine::state::MAX_RANGES;
use keel_engine::views::funding::MAX_POINTS;
use serde_json::{Map, Value, json};

use super::decimal;
use super::governed::{BANK_GUARDS, LAST_CHANGE, MARKET_GUARDS, PLANNED, POOL_GUARDS};
use super::keys::{
    ACCOUNT, ACTIONS, ActionInfo, BANK, FILE, Key, Kind, LEG, MARKET, POOL, Rule, SERIES, STEP, STRATEGY,
};
use super::ordered::ORDER_KINDS;
use super::parse::MAX_DECIMALS;
use super::permitted::PERMISSIONS;
use super::step::{LAST_SECOND, LAST_TICKET};
use crate::setup::{EXCHANGE_PARAMETERS, ExchangeParameter};

/// The schema, as `docs/scenario.schema.json` holds it.
pub fn schema() -> Value {
    let mut schema = object(FILE, |key| match key.name {
        "exchange" => exchange(),
        "pool" => object(POOL, |key| match key.name {
            "params" => exchange(),
            _ => json!({ "type": "array", "items": object(STRATEGY, plain) }),
        }),
        "banks" => json!({ "type": "array", "items": object(BANK, |_| bank_params()) }),
        "markets" => json!({ "type": "array", "items": market() }),
        "accounts" => json!({ "type": "object", "additionalProperties": object(ACCOUNT, plain) }),
        "prices" => json!({ "type": "object", "additionalProperties": object(SERIES, plain) }),
        _ => json!({ "type": "array", "items": { "oneOf": ACTIONS.iter().map(step).collect::<Vec<_>>() } }),
    });
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        fields.insert("title".to_owned(), json!("A scenario of Keel (docs/scenarios.md)"));
    }
    schema
}

/// An object with the keys of a table; `nested` describes those that have keys of their own.
fn object(keys: &[Key], nested: impl Fn(&Key) -> Value) -> Value {
    let described = |key: &Key| {
        let mut value = if key.kind == Kind::Nested { nested(key) } else { plain(key) };
        if let Some(fields) = value.as_object_mut() {
            fields.insert("description".to_owned(), json!(key.what));
        }
        (key.name.to_owned(), value)
    };
    let properties: Map<String, Value> = keys.iter().map(described).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// A value without keys of its own.
fn plain(key: &Key) -> Value {
    match key.kind {
        Kind::Text | Kind::Account | Kind::Bank | Kind::Keeper | Kind::Signer | Kind::Market => {
            json!({ "type": "string" })
        }
        Kind::Markets => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Permissions => {
            json!({ "type": "array", "items": { "enum": PERMISSIONS.map(|(name, _)| name) } })
        }
        Kind::MarketName => json!({ "type": "string", "minLength": 1, "maxLength": 16 }),
        Kind::Peg => json!({ "enum": ["floating", "fixed"] }),
        Kind::Base => decimals(9, false),
        Kind::Tokens => decimals(9, false),
        Kind::SignedBase => decimals(9, true),
        Kind::Quote => decimals(6, false),
        Kind::SignedQuote => decimals(6, true),
        Kind::Published => decimals(12, true),
        Kind::Confidence | Kind::ContractPrice => decimals(12, false),
        Kind::Liquidity => json!({ "type": "string", "pattern": "^[0-9]+(raw)?$" }),
        Kind::Tick | Kind::ArrayIndex => json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }),
        Kind::Ticket => json!({ "type": "integer", "minimum": 0, "maximum": LAST_TICKET }),
        Kind::Request => json!({ "type": "integer", "minimum": 0, "maximum": LAST_TICKET }),
        Kind::Shares => decimals(6, false),
        Kind::Order => json!({ "type": "integer", "minimum": 0, "maximum": LAST_TICKET }),
        Kind::OrderKind => json!({ "enum": ORDER_KINDS }),
        Kind::Slot => json!({ "type": "integer", "minimum": 0, "maximum": MAX_RANGES - 1 }),
        Kind::Change => json!({ "type": "integer", "minimum": 1, "maximum": LAST_CHANGE }),
        Kind::Planned => json!({ "enum": PLANNED }),
        Kind::Params => json!({ "type": "object", "additionalProperties": parameter(0, u64::MAX, "The value.") }),
        Kind::Authority => json!({ "type": "string" }),
        Kind::MarketGuard => json!({ "enum": MARKET_GUARDS }),
        Kind::BankGuard => json!({ "enum": BANK_GUARDS }),
        Kind::PoolGuard => json!({ "enum": POOL_GUARDS }),
        Kind::Decimals => json!({ "type": "integer", "minimum": 0, "maximum": MAX_DECIMALS }),
        Kind::Count => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        Kind::Points => json!({ "type": "integer", "minimum": 0, "maximum": MAX_POINTS }),
        Kind::Ppm => json!({ "type": "integer", "minimum": 0, "maximum": 1_000_000 }),
        Kind::Time => json!({ "type": "integer", "minimum": 0, "maximum": LAST_SECOND }),
        Kind::SignedTime => {
            json!({ "type": "integer", "minimum": -LAST_SECOND.cast_signed(), "maximum": LAST_SECOND })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Expectation => {
            let names = std::iter::once("ok").chain(Error::ALL.iter().map(|error| error.name()));
            json!({ "enum": names.collect::<Vec<_>>() })
        }
        Kind::Legs => {
            let mut leg = object(LEG, plain);
            if let Some(fields) = leg.as_object_mut() {
                fields.insert("oneOf".to_owned(), base_or_quote());
            }
            json!({ "type": "array", "items": leg })
        }
        Kind::Action | Kind::Nested => json!({}),
    }
}

/// One of the two.
fn base_or_quote() -> Value {
    json!([{ "required": ["base"] }, { "required": ["quote"] }])
}

/// A decimal in a string, or atoms.
fn decimals(most: u32, signed: bool) -> Value {
    let sign = if signed { "-?" } else { "" };
    json!({ "type": "string", "pattern": format!(r"^{sign}([0-9]+(\.[0-9]{{1,{most}}}0*)?|[0-9]+raw)$") })
}

/// A parameter: a whole number, also as a string.
fn parameter(min: u64, max: u64, what: &str) -> Value {
    json!({
        "description": what,
        "anyOf": [{ "type": "integer", "minimum": min, "maximum": max }, { "type": "string", "pattern": "^[0-9]+$" }],
    })
}

fn exchange() -> Value {
    parameters(|_| true)
}

/// Parameters of a bank.
fn bank_params() -> Value {
    parameters(|row| matches!(row.place, Place::Bank(_)))
}

/// Some of the parameters of the exchange, its banks and its pool.
fn parameters(is_taken: impl Fn(&ExchangeParameter) -> bool) -> Value {
    let row = |row: &ExchangeParameter| {
        let what = format!("{} {} by default.", row.what, row.default);
        (row.name.to_owned(), parameter(row.min.into(), row.max.into(), &what))
    };
    let properties: Map<String, Value> = EXCHANGE_PARAMETERS.iter().filter(|row| is_taken(row)).map(row).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn market() -> Value {
    let row = |row: &keel_engine::params::ParamInfo| {
        let what = format!("{} {} by default.", row.what, row.default);
        (row.name.to_owned(), parameter(row.min, row.max, &what))
    };
    let params: Map<String, Value> = Params::TABLE.iter().map(row).collect();
    object(MARKET, |key| match params.get(key.name) {
        Some(row) => row.clone(),
        None => json!({ "type": "object", "properties": params, "additionalProperties": false }),
    })
}

fn step(info: &ActionInfo) -> Value {
    let keys: Vec<Key> = STEP.iter().chain(info.keys).copied().collect();
    let mut step = object(&keys, plain);
    if let Some(fields) = step.as_object_mut() {
        fields.insert("description".to_owned(), json!(info.what));
        let alternatives = match info.rule {
            Rule::None => None,
            Rule::BaseOrQuote => Some(base_or_quote()),
            Rule::MarketOrBank => Some(json!([
                { "required": ["market"], "properties": { "rate": false } },
                { "required": ["bank"] },
            ])),
            Rule::OneRange => Some(json!([
                { "required": ["lower", "upper"], "properties": { "slot": false } },
                { "properties": { "lower": false, "upper": false } },
            ])),
        };
        fields.extend(alternatives.map(|alternatives| ("oneOf".to_owned(), alternatives)));
        let names = |kind: Kind| info.keys.iter().any(|key| key.kind == kind);
        if names(Kind::Bank) && names(Kind::Tokens) {
            // What names no bank is USDC.
            let usdc = json!({ "properties": { "bank": false, "amount": decimals(decimal::QUOTE, false) } });
            fields.insert("anyOf".to_owned(), json!([usdc, { "required": ["bank"] }]));
        }
    }
    if let Some(action) = step.pointer_mut("/properties/do") {
        *action = json!({ "const": info.name });
    }
    step
}
