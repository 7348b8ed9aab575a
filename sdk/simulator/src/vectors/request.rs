//! The fields of a line, as numbers within what is served. Errors are names of the engine's, or sentences.

use std::str::FromStr;

use keel_engine::Error;
use keel_engine::math::amounts::{MAX_AMOUNT, MAX_LIQUIDITY};
use keel_engine::math::tick::is_served;
use keel_engine::params::Params;
use keel_engine::units::{Price, Rate, SqrtPrice};
use serde_json::value::RawValue;

use crate::scenario::json::Members;

/// A request's result.
pub(super) type Result<T> = std::result::Result<T, String>;

/// The largest magnitude of a rate: differences of two stay within 64 bits.
const MAX_RATE: u64 = 1 << 62;
/// The longest step of the funding kernel, in seconds.
const MAX_SECS: u64 = 1 << 31;

/// A line's object.
pub(super) struct Request<'a> {
    members: Vec<(String, &'a RawValue)>,
}

/// An error of the engine by its name.
pub(super) fn named(error: Error) -> String {
    error.name().to_owned()
}

impl<'a> Request<'a> {
    pub(super) fn parse(line: &'a str) -> Result<Self> {
        match serde_json::from_str(line) {
            Ok(Members(members)) => Ok(Self { members }),
            Err(error) => Err(format!("the line is not an object in JSON: {error}")),
        }
    }

    /// The operation's name.
    pub(super) fn operation(&self) -> Result<String> {
        self.word("op")
    }

    /// Refuses keys that the operation does not take, and repeated ones.
    pub(super) fn takes(&self, keys: &[&str]) -> Result<()> {
        for (place, (key, _)) in self.members.iter().enumerate() {
            if key != "op" && !keys.contains(&key.as_str()) {
                return Err(format!("the operation does not take `{key}`; it takes {}", keys.join(", ")));
            }
            if self.members.iter().take(place).any(|(earlier, _)| earlier == key) {
                return Err(format!("`{key}` is given twice"));
            }
        }
        Ok(())
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.members.iter().find(|(name, _)| name == key).map(|(_, raw)| raw.get())
    }

    fn need(&self, key: &str) -> Result<&'a str> {
        self.get(key).ok_or_else(|| format!("the operation needs `{key}`"))
    }

    /// A string.
    pub(super) fn word(&self, key: &str) -> Result<String> {
        serde_json::from_str(self.need(key)?).map_err(|_| format!("`{key}` must be a string"))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Result<bool> {
        serde_json::from_str(self.need(key)?).map_err(|_| format!("`{key}` must be true or false"))
    }

    /// An integer, as a string or as a number, or `outside` where its type does not hold it.
    fn integer<T: FromStr>(&self, key: &str, outside: Error) -> Result<T> {
        integer(key, self.need(key)?, outside)
    }

    /// A tick.
    pub(super) fn tick(&self) -> Result<i32> {
        self.integer("tick", Error::InvalidTick)
    }

    /// A served `s`.
    pub(super) fn sqrt_price(&self, key: &str) -> Result<SqrtPrice> {
        let s = SqrtPrice::from_bits(self.integer(key, Error::InvalidSqrtPrice)?);
        if is_served(s) { Ok(s) } else { Err(named(Error::InvalidSqrtPrice)) }
    }

    /// A served L.
    pub(super) fn liquidity(&self) -> Result<u128> {
        let liquidity = self.integer("liquidity", Error::LiquidityTooLarge)?;
        if liquidity > MAX_LIQUIDITY { Err(named(Error::LiquidityTooLarge)) } else { Ok(liquidity) }
    }

    /// Any peg but zero.
    pub(super) fn peg(&self) -> Result<Price> {
        match self.integer("peg", Error::InvalidPrice)? {
            0 => Err(named(Error::InvalidPrice)),
            bits => Ok(Price::from_bits(bits)),
        }
    }

    /// A served amount.
    pub(super) fn amount(&self) -> Result<u64> {
        let amount = self.integer("amount", Error::AmountTooLarge)?;
        if amount > MAX_AMOUNT { Err(named(Error::AmountTooLarge)) } else { Ok(amount) }
    }

    /// A served rate.
    pub(super) fn rate(&self, key: &str) -> Result<Rate> {
        let bits: i64 = self.integer(key, Error::MathOverflow)?;
        if bits.unsigned_abs() > MAX_RATE { Err(named(Error::MathOverflow)) } else { Ok(Rate::from_bits(bits)) }
    }

    /// Seconds.
    pub(super) fn secs(&self) -> Result<u64> {
        let secs = self.integer("dt", Error::MathOverflow)?;
        if secs > MAX_SECS { Err(named(Error::MathOverflow)) } else { Ok(secs) }
    }

    /// Market parameters: the defaults, with those that are given.
    pub(super) fn params(&self) -> Result<Params> {
        let mut params = Params::DEFAULT;
        let Some(given) = self.get("params") else { return Ok(params) };
        let Members(members) = serde_json::from_str(given).map_err(|_| "`params` must be an object".to_owned())?;
        for (place, (name, raw)) in members.iter().enumerate() {
            let row = Params::TABLE.iter().find(|row| row.name == name);
            let row = row.ok_or_else(|| format!("there is no market parameter `{name}`"))?;
            if members.iter().take(place).any(|(earlier, _)| earlier == name) {
                return Err(format!("`{name}` is given twice"));
            }
            let value: u64 = integer(name, raw.get(), Error::InvalidParameter)?;
            if value < row.min || value > row.max {
                return Err(format!("`{name}` is {value}; it must be from {} to {}", row.min, row.max));
            }
            params.set(name, value).map_err(named)?;
        }
        Ok(params)
    }
}

/// An integer from its JSON text.
fn integer<T: FromStr>(key: &str, text: &str, outside: Error) -> Result<T> {
    let malformed = || format!("`{key}` must be a whole number, as a string or a JSON integer");
    let digits = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').ok_or_else(malformed)?,
        None => text,
    };
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    digits.parse().map_err(|_| named(outside))
}
