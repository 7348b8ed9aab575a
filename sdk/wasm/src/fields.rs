//! A request's fields, each read as what it must be; what is missing or of another type is refused by name.

use keel_engine::Side;
use keel_engine::clock::Now;
use keel_engine::curve::Exact;
use keel_engine::oracle::Sample;
use keel_engine::units::Price;
use serde_json::{Map, Value};
use solana_pubkey::Pubkey;

use crate::refusal::{Refusal, Result};

/// A JSON object.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The value of a field; nothing where it is absent or null.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A field that may be absent.
    fn optional<T>(&self, name: &str, what: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Result<Option<T>> {
        let Some(value) = self.value(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| Refusal::request(format!("`{name}` is {value}, and should be {what}")))
    }

    fn required<T>(&self, name: &str, what: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Result<T> {
        self.optional(name, what, read)?.ok_or_else(|| Refusal::request(format!("`{name}` is missing: give {what}")))
    }

    /// An integer: a JSON number, or a string with or without an `n` behind it.
    pub(crate) fn integer<T: TryFrom<i128>>(&self, name: &str) -> Result<T> {
        self.required(name, &integer_of::<T>(), integer)
    }

    pub(crate) fn integer_or<T: TryFrom<i128>>(&self, name: &str, otherwise: T) -> Result<T> {
        Ok(self.optional(name, &integer_of::<T>(), integer)?.unwrap_or(otherwise))
    }

    pub(crate) fn optional_integer<T: TryFrom<i128>>(&self, name: &str) -> Result<Option<T>> {
        self.optional(name, &integer_of::<T>(), integer)
    }

    /// An integer of 128 bits without a sign.
    pub(crate) fn wide(&self, name: &str) -> Result<u128> {
        self.required(name, "an integer of up to 128 bits", wide)
    }

    pub(crate) fn wide_or(&self, name: &str, otherwise: u128) -> Result<u128> {
        Ok(self.optional(name, "an integer of up to 128 bits", wide)?.unwrap_or(otherwise))
    }

    pub(crate) fn address(&self, name: &str) -> Result<Pubkey> {
        self.required(name, "an address", |value| value.as_str()?.parse().ok())
    }

    /// `payer`, or who pays where it is left out.
    pub(crate) fn payer_or(&self, otherwise: Pubkey) -> Result<Pubkey> {
        if self.has("payer") { self.address("payer") } else { Ok(otherwise) }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str> {
        self.required(name, "a text", Value::as_str)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool> {
        Ok(self.optional(name, "true or false", Value::as_bool)?.unwrap_or(false))
    }

    /// Bytes, in hexadecimal.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        self.required(name, "bytes in hexadecimal", |value| hexadecimal(value.as_str()?))
    }

    /// A list of bytes, in hexadecimal.
    pub(crate) fn all_bytes(&self, name: &str) -> Result<Vec<Vec<u8>>> {
        let read = |value: &'a Value| value.as_array()?.iter().map(|one| hexadecimal(one.as_str()?)).collect();
        self.required(name, "a list of bytes in hexadecimal", read)
    }

    /// 32 bytes, in hexadecimal.
    pub(crate) fn hash(&self, name: &str) -> Result<[u8; 32]> {
        self.required(name, "32 bytes in hexadecimal", |value| hexadecimal(value.as_str()?)?.try_into().ok())
    }

    pub(crate) fn object(&self, name: &str) -> Result<Self> {
        self.required(name, "an object", Value::as_object).map(Fields)
    }

    pub(crate) fn objects(&self, name: &str) -> Result<Vec<Self>> {
        let read = |value: &'a Value| value.as_array()?.iter().map(|one| one.as_object().map(Fields)).collect();
        self.required(name, "a list of objects", read)
    }

    pub(crate) fn integers<T: TryFrom<i128>>(&self, name: &str) -> Result<Vec<T>> {
        let read = |value: &'a Value| value.as_array()?.iter().map(integer).collect();
        Ok(self.optional(name, "a list of integers", read)?.unwrap_or_default())
    }

    /// `"side"`: `"buy"` or `"sell"`.
    pub(crate) fn side(&self) -> Result<Side> {
        self.required("side", "\"buy\" or \"sell\"", |value| match value.as_str()? {
            "buy" => Some(Side::Buy),
            "sell" => Some(Side::Sell),
            _ => None,
        })
    }

    /// `"base"` or `"quote"`, of which there must be one.
    pub(crate) fn exact(&self) -> Result<Exact> {
        match (self.optional_integer("base")?, self.optional_integer("quote")?) {
            (Some(base), None) => Ok(Exact::Base(base)),
            (None, Some(quote)) => Ok(Exact::Quote(quote)),
            _ => Err(Refusal::request("give the exact amount either as `base` or as `quote`")),
        }
    }

    /// A price's bits.
    pub(crate) fn price(&self, name: &str) -> Result<Option<Price>> {
        Ok(self.optional_integer(name)?.map(Price::from_bits))
    }

    /// `"now"`: `{"unix", "slot"}`.
    pub(crate) fn now(&self) -> Result<Now> {
        let now = self.object("now")?;
        Ok(Now { unix: now.integer("unix")?, slot: now.integer("slot")? })
    }

    /// `"sample"`, where there is one.
    pub(crate) fn sample(&self) -> Result<Option<Sample>> {
        let Some(sample) = self.optional("sample", "an object", Value::as_object)?.map(Fields) else { return Ok(None) };
        Ok(Some(Sample {
            price: sample.integer("price")?,
            conf: sample.integer("conf")?,
            exponent: sample.integer("exponent")?,
            publish_time: sample.integer("publishTime")?,
            ema_price: sample.integer("emaPrice")?,
        }))
    }
}

fn integer_of<T>() -> String {
    format!("an integer ({})", core::any::type_name::<T>())
}

fn integer<T: TryFrom<i128>>(value: &Value) -> Option<T> {
    let whole = match value {
        Value::Number(number) => number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))?,
        Value::String(text) => text.strip_suffix('n').unwrap_or(text).parse().ok()?,
        _ => return None,
    };
    T::try_from(whole).ok()
}

fn wide(value: &Value) -> Option<u128> {
    match value {
        Value::String(text) => text.strip_suffix('n').unwrap_or(text).parse().ok(),
        _ => value.as_u64().map(u128::from),
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?),
        _ => None,
    });
    pairs.collect()
}
