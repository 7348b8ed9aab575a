//! Events: one per instruction that changed something, of a fixed layout, logged as `Program data`.
//!
//! An event holds what was done and the balances **after** it ([`Holding`], [`Ledger`]), so that a reader who missed some
//! has everything again with the next one. Where the instruction writes the exchange, a bank or a market, the event has
//! that account's sequence number, which counts its events from 1: a gap shows a log that was cut (the cluster keeps 10
//! KB a transaction). Amounts are atoms, prices and rates raw bits of their engine types.

mod account;
mod admin;
mod backstop;
mod closing;
mod collateral;
mod delegate;
mod governance;
mod insurance;
mod keeper;
mod lien;
mod liquidation;
mod liquidity;
mod order;
mod pool;
mod queue;
mod strategy;
mod trade;

use anchor_lang::{Discriminator, prelude::*};
use bytemuck::{Pod, Zeroable};
use keel_engine::state::{MarginAccount, Market};
use keel_engine::units::SignedWide;

pub use {
    account::*, admin::*, backstop::*, closing::*, collateral::*, delegate::*, governance::*, insurance::*, keeper::*,
    lien::*, liquidation::*, liquidity::*, order::*, pool::*, queue::*, strategy::*, trade::*,
};

/// Bytes in front of the event: its discriminator.
const TAG_LENGTH: usize = 8;

/// Logs an event as the framework's clients expect it: discriminator and struct in one piece.
#[inline(always)]
pub fn log<E: Discriminator + Pod>(event: E) {
    #[repr(C)]
    struct Logged<E> {
        tag: [u8; TAG_LENGTH],
        event: E,
    }
    const { assert!(align_of::<E>() <= TAG_LENGTH && E::DISCRIMINATOR.len() == TAG_LENGTH) };
    let mut tag = [0; TAG_LENGTH];
    tag.copy_from_slice(E::DISCRIMINATOR);
    let logged = Logged { tag, event };
    // SAFETY: an event is Pod, so all its bytes are initialised, and its alignment is at most the tag's length, so there
    // is no padding between the two or behind them.
    let bytes = unsafe { core::slice::from_raw_parts((&raw const logged).cast::<u8>(), size_of::<Logged<E>>()) };
    sol_log_data(&[bytes]);
}

/// The next number of a sequence.
#[inline(always)]
pub fn next(sequence: &mut u64) -> u64 {
    *sequence = sequence.wrapping_add(1);
    *sequence
}

/// What an account has after an event: its capital, and its position in the event's market.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
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

impl Holding {
    /// Of an account in a market; without a position everything but the capital is 0.
    #[inline(never)]
    fn of(account: &MarginAccount, market: &Market) -> Self {
        let capital = account.usdc();
        match account.position(market.index_number) {
            Ok(position) => Self {
                capital,
                base: position.base,
                quote: position.quote,
                funding: position.funding,
                paid_in: position.paid_in,
                unmatured: position.unmatured,
                mature: position.mature,
                debt: position.debt,
                pledged: position.pledged,
            },
            Err(_) => Self { capital, ..Self::zeroed() },
        }
    }
}

/// A market's money after an event.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
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

impl Ledger {
    /// Of a market.
    #[inline(never)]
    fn of(market: &Market) -> Self {
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
