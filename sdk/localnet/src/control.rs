//! The lines that a running `keel-localnet --stdin` obeys, and how each is answered: `ok`, or what is wrong with it.

use anyhow::{Context, Result, bail, ensure};
use keel_localnet::Localnet;

/// Whether the network goes on after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It does.
    GoOn,
    /// It was told to stop.
    Stop,
}

/// Obeys a line. Errors with what is wrong with it, nothing being changed.
pub fn obey(network: &Localnet, line: &str) -> Result<Next> {
    let words: Vec<_> = line.split_whitespace().collect();
    match words.as_slice() {
        [] => {}
        ["price", market, value] => network.set_price(market, target(network, market, value)?)?,
        ["price", market, value, time] => {
            network.glide_price(market, target(network, market, value)?, milliseconds(time)?)?;
        }
        ["withhold", market] => network.withhold_price(market, true)?,
        ["post", market] => network.withhold_price(market, false)?,
        ["advance", time] => network.advance(milliseconds(time)? / 1_000)?,
        ["pause"] => network.pause_clock(),
        ["resume"] => network.resume_clock(),
        ["stop"] => return Ok(Next::Stop),
        _ => bail!(
            "`{line}` is none of: price MARKET USD|±PERCENT% [TIME], withhold MARKET, post MARKET, advance TIME, pause, resume, stop"
        ),
    }
    Ok(Next::GoOn)
}

/// A price in USD: as it stands, or the present one changed by a percentage.
fn target(network: &Localnet, market: &str, value: &str) -> Result<f64> {
    let number =
        |text: &str| text.parse::<f64>().with_context(|| format!("`{value}` is neither a price nor a percentage"));
    match value.strip_suffix('%') {
        Some(percent) => Ok(network.price(market)? * (1.0 + number(percent)? / 100.0)),
        None => number(value),
    }
}

/// A time such as `500ms`, `20s`, `5m`, `2h`, `1d`; seconds where no unit is named.
fn milliseconds(text: &str) -> Result<u64> {
    let units = [("ms", 1.0), ("s", 1e3), ("m", 60e3), ("h", 3_600e3), ("d", 86_400e3)];
    let named = units.iter().find_map(|(unit, length)| Some((text.strip_suffix(unit)?.parse::<f64>().ok()?, *length)));
    let (number, length) = match named {
        Some(found) => found,
        None => (text.parse().with_context(|| format!("`{text}` is no time: write 500ms, 20s, 5m, 2h or 1d"))?, 1e3),
    };
    let milliseconds = number * length;
    ensure!((0.0..1e13).contains(&milliseconds), "`{text}` is no time that can be waited for");
    Ok(milliseconds as u64)
}
