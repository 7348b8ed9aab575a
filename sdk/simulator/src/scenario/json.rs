//! JSON that knows on which line it stands: a scenario's mistakes are told where they are made.

use std::collections::HashSet;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::keys::Key;

/// What is wrong with a scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what is allowed.
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl std::error::Error for Mistake {}

/// A parser's result.
pub(super) type Result<T> = std::result::Result<T, Mistake>;

/// Keys and raw values of an object, in the order of the text, repeated keys included.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A file's text.
pub(super) struct Source<'a> {
    name: &'a str,
    text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// A value in a file.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    source: &'a Source<'a>,
    text: &'a str,
}

/// An object in a file, its keys in order.
pub(super) struct Object<'a> {
    value: Value<'a>,
    members: Vec<(String, Value<'a>)>,
}

impl<'a> Source<'a> {
    pub(super) fn new(name: &'a str, text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { name, text, lines: std::iter::once(0).chain(ends).collect() }
    }

    /// The whole file as one value. Errors where the text is no JSON.
    pub(super) fn value(&'a self) -> Result<Value<'a>> {
        match serde_json::from_str::<&RawValue>(self.text) {
            Ok(raw) => Ok(Value { source: self, text: raw.get() }),
            Err(error) => Err(self.mistake(error.line(), format!("this is not JSON: {}", without_place(&error)))),
        }
    }

    fn mistake(&self, line: usize, what: String) -> Mistake {
        Mistake { file: self.name.to_owned(), line: line.max(1), what }
    }
}

/// An error of the JSON reader without its place, which is told in front.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

impl<'a> Value<'a> {
    /// The line on which it begins, from 1.
    pub(super) fn line(self) -> usize {
        let offset = (self.text.as_ptr() as usize).saturating_sub(self.source.text.as_ptr() as usize);
        self.source.lines.partition_point(|begin| *begin <= offset)
    }

    pub(super) fn mistake(self, what: impl Into<String>) -> Mistake {
        self.source.mistake(self.line(), what.into())
    }

    /// As it is written.
    pub(super) const fn written(self) -> &'a str {
        self.text
    }

    fn expected(self, what: &str) -> Mistake {
        let mut shown: String = self.text.chars().take(40).collect();
        if shown.len() < self.text.len() {
            shown.push_str("...");
        }
        self.mistake(format!("expected {what}, found {shown}"))
    }

    fn read<T: Deserialize<'a>>(self, what: &str) -> Result<T> {
        serde_json::from_str(self.text).map_err(|_| self.expected(what))
    }

    pub(super) fn list(self, what: &str) -> Result<Vec<Self>> {
        let items: Vec<&'a RawValue> = self.read(what)?;
        Ok(items.into_iter().map(|raw| Self { source: self.source, text: raw.get() }).collect())
    }

    pub(super) fn string(self, what: &str) -> Result<String> {
        self.read(what)
    }

    pub(super) fn flag(self) -> Result<bool> {
        self.read("true or false")
    }

    /// A whole number between two others.
    pub(super) fn integer<T>(self, smallest: T, largest: T) -> Result<T>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        let number = self.text.parse().ok().filter(|number| smallest <= *number && *number <= largest);
        number.ok_or_else(|| self.expected(&format!("a whole number from {smallest} to {largest}")))
    }

    /// A parameter: a whole number, also as a string, so that 64 bits pass any JSON writer unharmed.
    pub(super) fn parameter(self) -> Result<u64> {
        let digits = self.text.trim_matches('"');
        let number = if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None };
        number.ok_or_else(|| self.expected("a whole number"))
    }

    pub(super) fn object(self, what: &str) -> Result<Object<'a>> {
        let Members(members) = self.read(what)?;
        let located = |(key, raw): (String, &'a RawValue)| (key, Self { source: self.source, text: raw.get() });
        let object = Object { value: self, members: members.into_iter().map(located).collect() };
        let mut seen = HashSet::new();
        if let Some((key, value)) = object.members().find(|(key, _)| !seen.insert(*key)) {
            return Err(value.mistake(format!("`{key}` is given twice")));
        }
        Ok(object)
    }
}

impl<'a> Object<'a> {
    /// Where the object begins.
    pub(super) const fn value(&self) -> Value<'a> {
        self.value
    }

    /// All keys with their values, in the order of the text.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, Value<'a>)> {
        self.members.iter().map(|(key, value)| (key.as_str(), *value))
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.members.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
    }

    /// The value of a key that must be there; `owner` is what needs it.
    pub(super) fn need(&self, key: &str, owner: &str) -> Result<Value<'a>> {
        self.get(key).ok_or_else(|| self.value.mistake(format!("{owner} needs `{key}`")))
    }

    /// Refuses keys that are not in the tables, and the lack of a required one.
    pub(super) fn check(&self, tables: &[&[Key]], owner: &str) -> Result<()> {
        let known = || tables.iter().copied().flatten();
        for (key, value) in &self.members {
            if !known().any(|known| known.name == key) {
                let names: Vec<&str> = known().map(|known| known.name).collect();
                return Err(value.mistake(format!("{owner} does not take `{key}`; it takes {}", names.join(", "))));
            }
        }
        match known().find(|key| key.required && self.get(key.name).is_none()) {
            Some(missing) => Err(self.value.mistake(format!("{owner} needs `{}`: {}", missing.name, missing.what))),
            None => Ok(()),
        }
    }
}
