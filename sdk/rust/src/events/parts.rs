//! The parts that events share: what an account has, and a market's money.

use keel_engine::state::Market;
use keel_engine::units::SignedWide;

use super::form::layout;

layout! {
    /// What an account has after an event: its capital, and its position in the event's market.
    ///
    /// Without a position in the market everything but the capital is 0.
    pub struct Holding {
        /// USDC capital.
        pub capital: u64,
        /// Base held.
        pub base: i64,
        /// Quote not settled yet.
        pub quote: i64,
        /// F up to which funding is folded into `quote`.
        pub funding: SignedWide,
        /// Capital that settled losses took and that still makes profit mature at once.
        pub paid_in: u64,
        /// Claim on the pot that is not mature.
        pub unmatured: u64,
        /// Claim on the pot that may be released.
        pub mature: u64,
        /// Settled loss that could not be collected.
        pub debt: u64,
        /// Claim on the pot that belongs to another market's insurance.
        pub pledged: u64,
    }
}

layout! {
    /// A market's money after an event.
    pub struct Ledger {
        /// Quote of the curve.
        pub curve_quote: i64,
        /// Sum of long positions' base.
        pub long_base: u64,
        /// Sum of short positions' base.
        pub short_base: u64,
        /// What losers have paid and winners have not taken.
        pub pot: u64,
        /// Holders' claims on it.
        pub claims: u64,
        /// Insurance's claim on it.
        pub insurance_claim: u64,
        /// The treasury's claim on it.
        pub treasury_claim: u64,
        /// What claims gave up beyond the shortfall.
        pub surplus: u64,
        /// Losses that nobody could pay.
        pub written_off: u64,
        /// Settled losses that their holders could not pay yet.
        pub uncovered: u64,
        /// Insurance.
        pub insurance: u64,
        /// Treasury.
        pub treasury: u64,
    }
}

impl Ledger {
    /// Of a market as it stands.
    pub const fn of(market: &Market) -> Self {
        Self {
            curve_quote: market.curve_quote,
            long_base: market.long_base,
            short_base: market.short_base,
            pot: market.pot,
            claims: market.claims,
            insurance_claim: market.insurance_claim,
            treasury_claim: market.treasury_claim,
            surplus: market.surplus,
            written_off: market.written_off,
            uncovered: market.uncovered,
            insurance: market.insurance,
            treasury: market.treasury,
        }
    }
}
