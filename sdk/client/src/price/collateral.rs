//! The prices of a bank's collateral: one, or two for a token that can be exchanged for another.

use core::future::Future;
use core::pin::Pin;

use keel_engine::collateral;
use keel_engine::oracle::Sample;
use keel_engine::state::Bank;
use keel_engine::{Error, Now};
use keel_sdk::instructions::RefreshBank;
use solana_pubkey::Pubkey;

use super::Priced;
use crate::error::Result;

/// Prices of a bank that are on their way.
pub type CollateralFuture<'a> = Pin<Box<dyn Future<Output = Result<CollateralPriced>> + Send + 'a>>;

/// The prices of a bank's collateral, and what makes them prices on chain.
#[derive(Debug)]
pub struct CollateralPriced {
    /// The price: of the collateral, or of what it can be exchanged for.
    pub price: Priced,
    /// The exchange rate, where the bank has a feed of one.
    pub rate: Option<Priced>,
}

impl CollateralPriced {
    /// What takes them: belongs in front of whatever counts the bank's collateral, and behind what brings the prices.
    pub fn refresh(&self, mint: Pubkey) -> RefreshBank {
        RefreshBank { mint, price: self.price.account, rate: self.rate.as_ref().map(|rate| rate.account) }
    }
}

/// Whether a bank has a feed of an exchange rate.
pub(super) fn has_rate(bank: &Bank) -> bool {
    bank.rate_feed_id != [0; 32]
}

/// Refuses prices with which the bank's collateral would not count for its owner now, by the engine's own rule on a copy of
/// the bank.
///
/// Errors with `CollateralStale`, `PriceInFuture`, `InvalidPrice`, `WrongBank` for that of USDC.
pub(super) fn require_counted(
    bank: &Bank,
    price: &Sample,
    rate: Option<&Sample>,
    now: Now,
) -> core::result::Result<(), Error> {
    let mut copy = *bank;
    let _updated = collateral::refresh(&mut copy, price, rate, now)?;
    let age = now.unix.saturating_sub(copy.price_time);
    if age > i64::from(copy.max_age_price_secs) { Err(Error::CollateralStale) } else { Ok(()) }
}
