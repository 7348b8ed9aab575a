//! What people type, exactly: dollars, sizes, prices, percentages and times become atoms and bits without a float. What
//! cannot be represented is refused, never rounded in silence; prices and percentages say which way they are rounded.
//!
//! Every command reads its amounts here.

use keel_engine::state::{Bank, Market};
use keel_engine::units::Price;
use keel_simulator::scenario::decimal::{BASE, Decimal, QUOTE};

/// Decimals of a lamport in a SOL.
const SOL: u32 = 9;
/// Parts per million have four decimals as a percentage.
const PERCENT: u32 = 4;

/// Dollars in quote atoms; `12.5`, or atoms as `12500000raw`. Zero is refused.
pub fn usd(text: &str) -> Result<u64, String> {
    positive(text, QUOTE)
}

/// An amount of some token, whose decimals are looked up later: no token that counts has more than this.
pub fn typed(text: &str) -> Result<String, String> {
    positive(text, BASE).map(|_| text.to_owned())
}

/// An amount of a bank's tokens in their atoms.
pub fn tokens(text: &str, bank: &Bank) -> Result<u64, String> {
    positive(text, bank.decimals.into())
}

/// SOL in lamports; zero is an amount here.
pub fn sol(text: &str) -> Result<u64, String> {
    unsigned(text, SOL)
}

/// Shares of the pool in their atoms; they have the decimals of a dollar.
pub fn shares(text: &str) -> Result<u64, String> {
    positive(text, QUOTE)
}

/// A size in units of the market's asset, in base atoms. An atom is a billionth of a contract, and a contract so many units
/// as the market says.
pub fn size(text: &str, market: &Market) -> Result<u64, String> {
    positive(text, size_decimals(market))
}

/// A position in units of the market's asset, in base atoms; negative is short, and zero is one.
pub fn position(text: &str, market: &Market) -> Result<i64, String> {
    let parsed = Decimal::parse(text, size_decimals(market))?;
    let magnitude = parsed.magnitude(size_decimals(market))?;
    let magnitude = i64::try_from(magnitude).map_err(|_| format!("`{text}` is too large"))?;
    Ok(if parsed.negative { magnitude.saturating_neg() } else { magnitude })
}

/// Decimals of a size in units of the market's asset.
pub const fn size_decimals(market: &Market) -> u32 {
    BASE.saturating_sub(market.params.contract_exponent)
}

/// USD for a unit of the market's asset as a price, rounded up or down. Errors with what the engine does not serve.
pub fn price(text: &str, market: &Market, round_up: bool) -> Result<Price, String> {
    price_of(text, market.params.contract_exponent, round_up)
}

/// USD for a token of a bank as a price, rounded up or down. Errors as [`price`].
pub fn token_price(text: &str, bank: &Bank, round_up: bool) -> Result<Price, String> {
    price_of(text, token_exponent(bank), round_up)
}

/// A billion atoms are ten to this power of a bank's tokens.
pub fn token_exponent(bank: &Bank) -> u32 {
    BASE.saturating_sub(bank.decimals.into())
}

/// USD for a unit, of which ten to the exponent are a billion atoms.
fn price_of(text: &str, exponent: u32, round_up: bool) -> Result<Price, String> {
    let parsed = Decimal::parse(text.trim_start_matches('$'), QUOTE)?;
    if parsed.negative || parsed.digits == 0 {
        return Err(format!("`{text}` is no price: give one above zero"));
    }
    // USD for a unit, times the units of a contract.
    let too_large = || format!("`{text}` is too large for a price");
    let shifted = match parsed.decimals.checked_sub(exponent) {
        Some(decimals) => Decimal { decimals, ..parsed },
        None => {
            let scale = 10u128.checked_pow(exponent.saturating_sub(parsed.decimals)).ok_or_else(too_large)?;
            let digits = parsed.digits.checked_mul(scale).ok_or_else(too_large)?;
            Decimal { digits, decimals: 0, ..parsed }
        }
    };
    let bits = shifted.price_bits(round_up)?;
    if (Price::MIN.bits..=Price::MAX.bits).contains(&bits) {
        Ok(Price::from_bits(bits))
    } else {
        Err(format!("`{text}` is outside of the prices that are served"))
    }
}

/// A percentage in parts per million, with or without the sign behind it: `-1.5%` is -15,000.
pub fn percent(text: &str) -> Result<i64, String> {
    let parsed = Decimal::parse(text.trim_end_matches('%').trim_start_matches('+'), PERCENT)
        .map_err(|_| format!("`{text}` is no percentage: write it like \"-1.5%\""))?;
    let magnitude = parsed.magnitude(PERCENT).map_err(|_| format!("`{text}` is finer than 0.0001%"))?;
    let magnitude = i64::try_from(magnitude).map_err(|_| format!("`{text}` is too large for a percentage"))?;
    Ok(if parsed.negative { magnitude.saturating_neg() } else { magnitude })
}

/// Seconds: `90`, `90s`, `15m`, `6h`, `30d`.
pub fn seconds(text: &str) -> Result<u32, String> {
    let malformed = || format!("`{text}` is no time: write it like \"90s\", \"15m\", \"6h\" or \"30d\"");
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (text.get(..at), 1),
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 3_600),
        Some((at, 'd')) => (text.get(..at), 86_400),
        _ => (Some(text), 1),
    };
    let number: u32 = number.unwrap_or_default().parse().map_err(|_| malformed())?;
    number.checked_mul(unit).filter(|seconds| *seconds > 0).ok_or_else(malformed)
}

fn positive(text: &str, decimals: u32) -> Result<u64, String> {
    match unsigned(text, decimals)? {
        0 => Err("the amount is zero: give one above it".to_owned()),
        amount => Ok(amount),
    }
}

fn unsigned(text: &str, decimals: u32) -> Result<u64, String> {
    let parsed = Decimal::parse(text.trim_start_matches('$'), decimals)?;
    if parsed.negative && parsed.digits != 0 {
        return Err(format!("`{text}` is below zero: give an amount above it"));
    }
    u64::try_from(parsed.magnitude(decimals)?).map_err(|_| format!("`{text}` is too large"))
}
