//! Amounts as they are shown: to people grouped, rounded to what can be read and with their unit; in JSON as exact decimal
//! strings, because a JSON number is a float for most of its readers.

use std::fmt::{Display, Formatter, Result};

use keel_engine::state::{Bank, Market};
use keel_engine::units::{Price, Rate};
use serde::{Serialize, Serializer};

use crate::amount::{size_decimals, token_exponent};

/// Decimals of USD for a contract that a price's bits tell apart.
const PRICE_DECIMALS: u32 = 10;

/// A number with so many decimals, all of them that count: `-12.5`.
pub fn exact(value: i128, decimals: u32) -> String {
    let (sign, whole, part) = split(value, decimals);
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    }
}

/// The same grouped by thousands, with as many of its decimals as are shown, rounded half away from zero.
pub fn grouped(value: i128, decimals: u32, shown: u32) -> String {
    let dropped = 10i128.checked_pow(decimals.saturating_sub(shown)).unwrap_or(1);
    let half = if value < 0 { -dropped / 2 } else { dropped / 2 };
    let (sign, whole, part) = split(value.saturating_add(half) / dropped, shown.min(decimals));
    let digits = whole.len();
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && digits.saturating_sub(place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if part.is_empty() { text } else { format!("{text}.{part}") }
}

/// Sign, digits in front of the point and behind it.
fn split(value: i128, decimals: u32) -> (&'static str, String, String) {
    let width = usize::try_from(decimals).unwrap_or_default();
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = width.saturating_add(1));
    let (whole, part) = digits.split_at(digits.len().saturating_sub(width));
    (if value < 0 { "-" } else { "" }, whole.to_owned(), part.to_owned())
}

/// Quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(pub i128);

impl Usd {
    /// Of atoms of any width.
    pub fn of(atoms: impl Into<i128>) -> Self {
        Self(atoms.into())
    }
}

impl Display for Usd {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // Less than a cent is not nothing.
        let shown = if self.0 != 0 && self.0.unsigned_abs() < 1_000_000 { 6 } else { 2 };
        f.pad(&format!("{} USD", grouped(self.0, 6, shown)))
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&exact(self.0, 6))
    }
}

/// Base atoms of a market, shown in units of its asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    atoms: i64,
    decimals: u32,
    unit: String,
}

impl Size {
    /// So many of a market.
    pub fn of(atoms: i64, market: &Market) -> Self {
        Self { atoms, decimals: size_decimals(market), unit: name(market) }
    }

    /// An amount without a side.
    pub fn unsigned(atoms: u64, market: &Market) -> Self {
        Self::of(i64::try_from(atoms).unwrap_or(i64::MAX), market)
    }

    /// The atoms.
    pub const fn atoms(&self) -> i64 {
        self.atoms
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let text = exact(self.atoms.into(), self.decimals);
        let shown = text.split_once('.').map_or(0, |(_, part)| u32::try_from(part.len()).unwrap_or_default());
        f.pad(&format!("{} {}", grouped(self.atoms.into(), self.decimals, shown), self.unit))
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&exact(self.atoms.into(), self.decimals))
    }
}

/// Atoms of a bank's token, shown in tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    atoms: u64,
    decimals: u32,
    unit: String,
}

impl Tokens {
    /// So many of a bank, whose token is called so.
    pub fn of(atoms: u64, bank: &Bank, unit: String) -> Self {
        Self { atoms, decimals: bank.decimals.into(), unit }
    }
}

impl Display for Tokens {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let text = exact(self.atoms.into(), self.decimals);
        let shown = text.split_once('.').map_or(0, |(_, part)| u32::try_from(part.len()).unwrap_or_default());
        f.pad(&format!("{} {}", grouped(self.atoms.into(), self.decimals, shown.max(2).min(self.decimals)), self.unit))
    }
}

impl Serialize for Tokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&exact(self.atoms.into(), self.decimals))
    }
}

/// What moves: USDC as dollars, or another token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Amount {
    /// USDC.
    Usd(Usd),
    /// Another token.
    Tokens(Tokens),
}

impl Display for Amount {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Usd(usd) => usd.fmt(f),
            Self::Tokens(tokens) => tokens.fmt(f),
        }
    }
}

/// A price, shown as USD for a unit of the market's asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsdPrice {
    bits: u64,
    exponent: u32,
}

impl UsdPrice {
    /// Of a market.
    pub const fn of(price: Price, market: &Market) -> Self {
        Self { bits: price.bits, exponent: market.params.contract_exponent }
    }

    /// Of a bank: USD for a token.
    pub fn of_token(price: Price, bank: &Bank) -> Self {
        Self { bits: price.bits, exponent: token_exponent(bank) }
    }

    /// The same from bits; none for 0.
    pub fn some(bits: u64, market: &Market) -> Option<Self> {
        (bits != 0).then(|| Self::of(Price::from_bits(bits), market))
    }

    /// USD for a unit, in units of so many decimals.
    fn scaled(self) -> (i128, u32) {
        (per_contract(self.bits.into()), PRICE_DECIMALS.saturating_add(self.exponent))
    }

    /// For a plot only.
    #[allow(clippy::cast_precision_loss, reason = "a point on a plot is no money")]
    pub fn plotted(self) -> f64 {
        let (scaled, decimals) = self.scaled();
        scaled as f64 / 10f64.powi(decimals.cast_signed())
    }
}

/// Quote atoms for a base atom, with 48 fraction bits, as USD for a contract times 10^10, rounded to the nearest: a quote
/// atom for a base atom is 1,000 USD for a contract.
fn per_contract(bits: i128) -> i128 {
    bits.saturating_mul(10_000_000_000_000).saturating_add(1 << 47) >> 48
}

/// What is paid for holding a unit of a market's asset; negative is got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    bits: i128,
    exponent: u32,
}

impl Paid {
    /// Quote atoms for a base atom of a market, with 48 fraction bits.
    pub const fn of(bits: i128, market: &Market) -> Self {
        Self { bits, exponent: market.params.contract_exponent }
    }

    /// Over the index.
    pub fn share(self, index: Price) -> Share {
        let share = self.bits.saturating_mul(1 << 48).checked_div(index.bits.into()).unwrap_or(0);
        Share(i64::try_from(share).unwrap_or(if share < 0 { i64::MIN } else { i64::MAX }))
    }
}

impl Display for Paid {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.pad(&format!("{} USD", grouped(per_contract(self.bits), PRICE_DECIMALS.saturating_add(self.exponent), 6)))
    }
}

impl Serialize for Paid {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&exact(per_contract(self.bits), PRICE_DECIMALS.saturating_add(self.exponent)))
    }
}

impl Display for UsdPrice {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (scaled, decimals) = self.scaled();
        let whole = 10i128.checked_pow(decimals).unwrap_or(1);
        let shown = match scaled.checked_div(whole).unwrap_or(0) {
            1_000.. => 2,
            1.. => 4,
            _ if scaled >= whole / 1_000 => 7,
            _ => decimals,
        };
        f.pad(&grouped(scaled, decimals, shown))
    }
}

impl Serialize for UsdPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let (scaled, decimals) = self.scaled();
        serializer.serialize_str(&exact(scaled, decimals))
    }
}

/// A part of something, with 48 fraction bits; shown as a percentage, in JSON as a fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share(pub i64);

impl Share {
    /// Of a rate.
    pub const fn of(rate: Rate) -> Self {
        Self(rate.bits)
    }

    /// Of parts per million.
    pub const fn of_ppm(ppm: u32) -> Self {
        Self(Rate::from_ppm(ppm).bits)
    }

    /// The fraction times 10^12, rounded to the nearest.
    fn scaled(self) -> i128 {
        let scaled = i128::from(self.0).saturating_mul(1_000_000_000_000);
        scaled.saturating_add(1 << 47) >> 48
    }

    /// A percentage, for a plot only.
    #[allow(clippy::cast_precision_loss, reason = "a point on a plot is no money")]
    pub fn plotted(self) -> f64 {
        self.scaled() as f64 / 1e10
    }
}

impl Display for Share {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.pad(&format!("{}%", grouped(self.scaled(), 10, 4)))
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&exact(self.scaled(), 12))
    }
}

/// A market's name as text.
pub fn name(market: &Market) -> String {
    let length = market.name.iter().position(|byte| *byte == 0).unwrap_or(market.name.len());
    String::from_utf8_lossy(market.name.get(..length).unwrap_or_default()).into_owned()
}
