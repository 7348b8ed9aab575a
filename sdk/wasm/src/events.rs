//! `"events"`: the program's events in the data of log lines.

use keel_sdk::events::{Counter, Event};
use serde_json::{Map, Value};

use crate::fields::Fields;
use crate::refusal::Result;
use crate::tell;

/// The event in `"data"`, or null where it is none of the program's.
pub(crate) fn tell(fields: &Fields) -> Result<Value> {
    let data = fields.bytes("data")?;
    Ok(Event::decode(&data).map_or(Value::Null, |event| decoded(&event)))
}

fn decoded(event: &Event) -> Value {
    let kind = event.kind();
    let encoded = event.encode();
    let content = encoded.get(kind.discriminator.len()..).unwrap_or_default();
    let counter = event.sequence().map_or(Value::Null, |sequence| {
        let (of, number): (&str, Value) = match sequence.of {
            Counter::Exchange => ("exchange", Value::Null),
            Counter::Bank(bank) => ("bank", bank.into()),
            Counter::Market(market) => ("market", market.into()),
            Counter::Pool => ("pool", Value::Null),
        };
        tell::object([("of", of.into()), ("which", number), ("number", tell::big(sequence.number))])
    });
    let fields = match tell::fields(kind.fields, content) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    tell::object([("name", kind.name.into()), ("counter", counter), ("fields", Value::Object(fields))])
}
