//! The index of funding, out of a market's account: its bytes, by the engine's struct. No call to Keel.

use anchor_lang::{AccountView, prelude::*};
use keel_engine::listing::VERSION;
use keel_engine::state::Market;

use crate::SwapError;

/// The oldest index of funding that is taken: its grid is a minute.
const MAX_AGE_SECS: i64 = 60;

/// Where a market's index of funding stands, in quote atoms per base atom with 64 fraction bits.
///
/// Errors: `NoMarket`, `AnotherVersion`, `FundingBehind`.
pub fn index(market: &AccountView, unix: i64) -> Result<i128> {
    let data = market.try_borrow()?;
    let bytes = keel_cpi::contents(market.owner().as_array(), &data, keel_cpi::discriminator::MARKET);
    let market: &Market = bytes.and_then(|bytes| bytemuck::try_from_bytes(bytes).ok()).ok_or(SwapError::NoMarket)?;
    require!(market.version == VERSION, SwapError::AnotherVersion);
    require!(unix.saturating_sub(market.accrued_at) <= MAX_AGE_SECS, SwapError::FundingBehind);
    Ok(market.funding.get())
}

/// What the fixed side gets, in quote atoms, rounded down and cut to `escrow`: what a long paid, less the fixed rate.
/// Negative is what it pays.
pub fn payment(base: u64, grown: i128, rate: i64, secs: u32, escrow: u64) -> Result<i64> {
    let fixed = i128::from(rate).checked_mul(i128::from(secs)).ok_or(SwapError::TooLarge)?;
    let rest = grown.checked_sub(fixed).ok_or(SwapError::TooLarge)?;
    let cap = i128::from(escrow);
    // A product beyond 128 bits is far beyond any escrow.
    let payment = match rest.checked_mul(i128::from(base)) {
        Some(product) => product >> 64,
        None => cap.saturating_mul(rest.signum()),
    };
    Ok(i64::try_from(payment.clamp(cap.saturating_neg(), cap)).map_err(|_| SwapError::TooLarge)?)
}
