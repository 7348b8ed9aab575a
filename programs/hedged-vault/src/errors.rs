//! What the vault refuses, each with what to do. What Keel refuses comes through with Keel's own codes, from 6000 on.

use anchor_lang::prelude::*;

/// The vault's refusals.
#[error_code(offset = 7000)]
#[derive(Debug, PartialEq, Eq)]
pub enum VaultError {
    /// A vault is of a market and the bank of the very asset that the market is about.
    #[msg("the bank's price feed is not the market's: pass the bank of the market's asset, without an exchange rate")]
    AnotherAsset,
    /// A parameter is out of its bounds.
    #[msg("a parameter is out of bounds: see `Terms`")]
    InvalidTerms,
    /// The index is older than a trade may use.
    #[msg("the price is too old: put a fresh update in front, in the same transaction")]
    PriceTooOld,
    /// The market does not trust its price now.
    #[msg("the market is guarded: wait until its prices agree again")]
    PriceUnsure,
    /// Less than an atom would come of it.
    #[msg("the amount is too small: nothing would come of it; use a larger one")]
    AmountTooSmall,
    /// Less than the least that the depositor takes.
    #[msg("fewer shares than `min_shares`: try again, or ask for fewer")]
    TooFewShares,
    /// Less than the least that the caller takes.
    #[msg("less than the minimum would be paid: try again, or ask for less")]
    TooFewTokens,
    /// The shares are worth more than the vault has in tokens.
    #[msg("the vault has fewer tokens than that: collect and swap USDC into tokens first, or burn fewer shares")]
    NotEnoughTokens,
    /// The short is close enough to the tokens.
    #[msg("the short is within its band: there is nothing to do")]
    WithinBand,
    /// No profit, no claim that is paid now, no debt that could be paid.
    #[msg("nothing to collect: claims mature with time")]
    NothingToCollect,
    /// The vault needs none of what is brought.
    #[msg("the vault does not need what you bring now")]
    NothingToSwap,
    /// 0 brings USDC, 1 brings tokens.
    #[msg("`brings` is 0 for USDC or 1 for tokens")]
    UnknownSide,
    /// A number does not fit.
    #[msg("an amount is too large")]
    TooLarge,
}
