//! What a market's claims are paid, and what stands behind them (protocol.md sections 7 and 8.6).

use bytemuck::{Pod, Zeroable};

use super::VERSION;
use crate::clock::Now;
use crate::payout::{Backing, Payout, backing, payout};
use crate::state::{Exchange, Market};

/// A market's pot against the claims on it. Amounts are quote atoms, ratios have 48 fraction bits and are rounded down.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct PayoutView {
    /// [`VERSION`].
    pub version: u32,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: u16,
    /// Money in the pot.
    pub pot: u64,
    /// Claims of holders on it, mature or not, pledged ones included.
    pub claims: u64,
    /// What a mature claim is paid now, `h`; 1 without claims.
    pub h: u64,
    /// What a claim is worth once every loser is settled.
    pub worth: u64,
    /// What all claims would be paid now.
    pub backed: u64,
    /// Losses that nobody covers yet.
    pub shortfall: u64,
    /// Losses that nobody could pay.
    pub written_off: u64,
    /// Settled losses that their holders still owe.
    pub uncovered: u64,
    /// What claims gave up beyond the shortfall of their time.
    pub surplus: u64,
    /// The market's insurance.
    pub insurance: u64,
    /// Its claim on the pot, behind the holders'.
    pub insurance_claim: u64,
    /// The treasury's money from this market.
    pub treasury: u64,
    /// Its claim on the pot, behind the holders'.
    pub treasury_claim: u64,
    /// What the exchange's insurance may still pay for this market today.
    pub exchange_today: u64,
    /// What the pool's reserve may still pay for this market today.
    pub pool_today: u64,
    /// All that would pay for further losses today before the winners' claims do.
    pub backing: u64,
}

const _: () = assert!(size_of::<PayoutView>() == 136);

/// A market's pot against the claims on it, as they stand.
#[inline(never)]
pub fn view(market: &Market, exchange: &Exchange, now: Now) -> PayoutView {
    let Payout {
        pot,
        claims,
        h,
        worth,
        backed,
        shortfall,
        written_off,
        uncovered,
        surplus,
        insurance,
        insurance_claim,
        treasury,
        treasury_claim,
    } = payout(market);
    let backing: Backing = backing(market, exchange, now);
    PayoutView {
        version: VERSION,
        market: market.index_number,
        pad: 0,
        pot,
        claims,
        h: h.bits,
        worth: worth.bits,
        backed,
        shortfall,
        written_off,
        uncovered,
        surplus,
        insurance,
        insurance_claim,
        treasury,
        treasury_claim,
        exchange_today: backing.exchange,
        pool_today: backing.pool,
        backing: backing.total(),
    }
}
