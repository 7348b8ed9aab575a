//! What a market's claims are worth and what stands behind them, for whoever looks (protocol.md section 7).

use crate::clock::Now;
use crate::insurance::{self, Purse};
use crate::pot;
use crate::state::{Exchange, Market};
use crate::units::{Factor, ONE};

/// A market's pot against the claims on it. Amounts are quote atoms.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Money in the pot.
    pub pot: u64,
    /// Claims of holders on it, mature or not, pledged ones included.
    pub claims: u64,
    /// What a mature claim is paid now: `min(1, pot / claims, max(0, 1 - shortfall / claims))`, rounded down; 1 without
    /// claims.
    pub h: Factor,
    /// What a claim is worth once every loser is settled: `max(0, 1 - shortfall / claims)`, rounded down.
    pub worth: Factor,
    /// What all claims would be paid now, rounded down.
    pub backed: u64,
    /// Losses that nobody covers yet: `written_off + uncovered - surplus`, at least 0.
    pub shortfall: u64,
    /// Losses that nobody could pay.
    pub written_off: u64,
    /// Settled losses that their holders still owe.
    pub uncovered: u64,
    /// What claims gave up beyond the shortfall of their time.
    pub surplus: u64,
    /// The market's insurance, which pays next.
    pub insurance: u64,
    /// Its claim on the pot, behind the holders'.
    pub insurance_claim: u64,
    /// The treasury's money from this market.
    pub treasury: u64,
    /// Its claim on the pot, behind the holders'.
    pub treasury_claim: u64,
}

/// A market's pot against the claims on it, as they stand.
pub fn payout(market: &Market) -> Payout {
    let claims = market.claims;
    // What all claims together are worth is exact: so is the ratio, but for the last bit.
    let of_claims = |value: fn(&Market, u64) -> u64| {
        if claims == 0 { ONE } else { pot::part_floor(ONE, value(market, claims), claims) }
    };
    Payout {
        pot: market.pot,
        claims,
        h: Factor { bits: of_claims(pot::payout_floor) },
        worth: Factor { bits: of_claims(pot::claim_value_floor) },
        backed: pot::payout_floor(market, claims),
        shortfall: pot::shortfall(market),
        written_off: market.written_off,
        uncovered: market.uncovered,
        surplus: market.surplus,
        insurance: market.insurance,
        insurance_claim: market.insurance_claim,
        treasury: market.treasury,
        treasury_claim: market.treasury_claim,
    }
}

/// What would pay for further losses of a market today before its winners' claims do, in quote atoms, in the order of
/// losses.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backing {
    /// The market's surplus that does not stand for a loss already.
    pub surplus: u64,
    /// Its insurance, the claim on the pot included.
    pub insurance: u64,
    /// The treasury's claim on the pot.
    pub treasury: u64,
    /// The exchange's insurance, within what it still pays for this market today.
    pub exchange: u64,
    /// What the pool has set aside, within what it still pays for this market today.
    pub pool: u64,
}

impl Backing {
    /// All of it, in quote atoms; saturating.
    pub const fn total(&self) -> u64 {
        let own = self.surplus.saturating_add(self.insurance);
        own.saturating_add(self.treasury).saturating_add(self.exchange).saturating_add(self.pool)
    }
}

/// What stands behind a market's claims today.
pub fn backing(market: &Market, exchange: &Exchange, now: Now) -> Backing {
    Backing {
        surplus: market.surplus.saturating_sub(market.uncovered.saturating_add(market.written_off)),
        insurance: market.insurance.saturating_add(market.insurance_claim),
        treasury: market.treasury_claim,
        exchange: insurance::room(Purse::Exchange, exchange, market, now),
        pool: insurance::room(Purse::Pool, exchange, market, now),
    }
}
