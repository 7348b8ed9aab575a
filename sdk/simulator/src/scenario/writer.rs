//! Writing JSON with its keys in a fixed order: an executor's output is compared byte for byte.

use std::fmt::{Display, Write};

/// Writes one object, key by key.
pub(crate) struct Writer {
    text: String,
    /// Whether the next key or item needs no comma in front.
    fresh: bool,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { text: "{".to_owned(), fresh: true }
    }

    fn separate(&mut self) {
        if !self.fresh {
            self.text.push(',');
        }
        self.fresh = false;
    }

    fn show(&mut self, value: impl Display) {
        // Writing to a string does not fail.
        let _written = write!(self.text, "{value}");
    }

    fn key(&mut self, name: &str) {
        self.separate();
        self.quoted(name);
        self.text.push(':');
    }

    fn quoted(&mut self, text: &str) {
        match serde_json::to_string(text) {
            Ok(quoted) => self.text.push_str(&quoted),
            Err(_) => self.text.push_str("\"\""),
        }
    }

    /// A plain number, or `true` or `false`.
    pub(crate) fn plain(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.key(name);
        self.show(value);
        self
    }

    /// An integer as a string, so that no digit is lost in a JSON number.
    pub(crate) fn amount(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.key(name);
        self.text.push('"');
        self.show(value);
        self.text.push('"');
        self
    }

    /// An amount, or `null` where there is none.
    pub(crate) fn amount_or_null(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.amount(name, value),
            None => self.plain(name, "null"),
        }
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.key(name);
        self.quoted(value);
        self
    }

    /// An object under a key.
    pub(crate) fn object(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.key(name);
        self.enclosed(('{', '}'), write);
    }

    /// A list under a key.
    pub(crate) fn list(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.key(name);
        self.enclosed(('[', ']'), write);
    }

    /// A list of amounts under a key.
    pub(crate) fn amounts(&mut self, name: &str, values: impl Iterator<Item = impl Display>) {
        self.list(name, |out| {
            for value in values {
                out.separate();
                out.text.push('"');
                out.show(value);
                out.text.push('"');
            }
        });
    }

    /// An object in a list.
    pub(crate) fn item(&mut self, write: impl FnOnce(&mut Self)) {
        self.separate();
        self.enclosed(('{', '}'), write);
    }

    fn enclosed(&mut self, (open, close): (char, char), write: impl FnOnce(&mut Self)) {
        self.text.push(open);
        self.fresh = true;
        write(self);
        self.text.push(close);
        self.fresh = false;
    }

    /// The whole object.
    pub(crate) fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}
