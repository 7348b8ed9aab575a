//! What a vault is worth, and what a share is.
//!
//! With one price for the tokens and for the short, the price cancels: `tokens * p + base * p + quote` is the quote that
//! the tokens were sold for. So the value moves with funding, fees and slippage alone, and with the little by which the
//! short is not the tokens. That little is taken at the index and at the mark, and the worse of the two for who asks.
//!
//! Profit is a claim on the market's pot. Who enters pays for it in full; who leaves gets for it what the pot could pay
//! for it now: tokens that leave are worth what they are, so what stays behind must be, too.

use anchor_lang::prelude::*;
use keel_engine::pot;
use keel_engine::state::{Bank, MarginAccount, Market, Position};
use keel_engine::units::Price;

use crate::VaultError;

/// Shares that nobody has, worth next to nothing: who deposits first and then makes a gift to the vault, so that the next
/// one's shares round to nothing, gives the gift away to them.
const VIRTUAL_SHARES: u64 = 1_000;
/// What stands behind them, in quote atoms.
const VIRTUAL_VALUE: u64 = 1;

/// Fraction bits of a [`Price`].
const FRACTION: u32 = 48;

/// How token atoms become base atoms: `base = tokens * up / down`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    up: u64,
    down: u64,
}

impl Unit {
    /// 10^9 base atoms are a contract of 10^exponent tokens, each of 10^decimals atoms.
    pub fn of(market: &Market, bank: &Bank) -> Result<Self> {
        let digits = market.params.contract_exponent.saturating_add(u32::from(bank.decimals));
        let (up, down) = (9u32.saturating_sub(digits), digits.saturating_sub(9));
        let power = |digits| 10u64.checked_pow(digits).ok_or(VaultError::TooLarge);
        Ok(Self { up: power(up)?, down: power(down)? })
    }

    /// The base atoms of so many tokens, rounded down.
    pub fn base(self, tokens: u64) -> Result<u64> {
        mul_div(tokens, self.up, self.down.into())
    }

    /// What tokens are worth at a price, in quote atoms, rounded down.
    pub fn worth(self, tokens: u64, price: Price) -> Result<u64> {
        let scaled = tokens.checked_mul(self.up).ok_or(VaultError::TooLarge)?;
        mul_div(scaled, price.bits, u128::from(self.down) << FRACTION)
    }

    /// The tokens that so many quote atoms are worth at a price, rounded down.
    pub fn tokens(self, quote: u64, price: Price) -> Result<u64> {
        let scaled = (u128::from(quote) << FRACTION).checked_mul(self.down.into()).ok_or(VaultError::TooLarge)?;
        let divisor = u128::from(price.bits).saturating_mul(self.up.into());
        narrow(scaled.checked_div(divisor))
    }
}

/// What a vault is worth, in quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// At the index, with claims at face: what two moments of one instruction are told apart by.
    pub face: i64,
    /// For who leaves.
    pub low: u64,
    /// For who enters.
    pub high: u64,
    /// USDC that no loss needs; negative is what losses lack.
    pub free: i64,
    /// The tokens.
    pub tokens: u64,
    /// Profit that is not settled.
    pub profit: u64,
}

impl Value {
    /// Of a margin account that is short in a market and holds tokens of a bank; the market is up to date.
    pub fn of(account: &MarginAccount, market: &Market, bank: &Bank) -> Result<Self> {
        let unit = Unit::of(market, bank)?;
        let held = tokens_of(account, bank);
        let position = account.position(market.index_number).copied().unwrap_or(bytemuck::Zeroable::zeroed());
        let usdc = signed(account.usdc())?;
        let quote = add(position.quote, pot::funding_due(market, &position).map_err(keel)?.saturating_neg())?;
        let at = |price: Price| {
            let tokens = signed(unit.worth(held, price)?)?;
            add(add(tokens, price.value_floor(position.base).map_err(keel)?)?, add(quote, usdc)?)
        };
        let (at_index, at_mark) = (at(market.index)?, at(market.mark)?);
        let claims = signed(position.unmatured.saturating_add(position.mature))?;
        let unsettled = pot::unsettled(market, &position).map_err(keel)?;
        let profit = unsettled.max(0);
        let backed = backed(market, add(claims, profit)?.unsigned_abs(), profit.unsigned_abs());
        let low = add(at_index.min(at_mark), signed(backed)?)?.saturating_sub(profit);
        let high = add(at_index.max(at_mark), claims)?;
        Ok(Self {
            face: add(at_index, claims)?,
            low: low.max(0).unsigned_abs(),
            high: high.max(0).unsigned_abs(),
            free: add(usdc, add(unsettled, claims)?.min(0))?,
            tokens: unit.worth(held, market.index)?,
            profit: profit.unsigned_abs(),
        })
    }

    /// The shares for what a deposit has added, rounded down.
    pub fn shares(&self, added: u64, supply: u64) -> Result<u64> {
        let all = supply.checked_add(VIRTUAL_SHARES).ok_or(VaultError::TooLarge)?;
        mul_div(added, all, u128::from(self.high).saturating_add(VIRTUAL_VALUE.into()))
    }

    /// What shares are worth to who leaves, in quote atoms, rounded down.
    pub fn of_shares(&self, shares: u64, supply: u64) -> Result<u64> {
        let all = u128::from(supply).saturating_add(VIRTUAL_SHARES.into());
        mul_div(shares, self.low.checked_add(VIRTUAL_VALUE).ok_or(VaultError::TooLarge)?, all)
    }
}

/// What an account has of a bank's tokens.
pub fn tokens_of(account: &MarginAccount, bank: &Bank) -> u64 {
    account.capital.get(usize::from(bank.index)).copied().unwrap_or(0)
}

/// Base atoms that an account is short in a market.
pub fn short_of(account: &MarginAccount, market: &Market) -> u64 {
    account.position(market.index_number).map_or(0, |position| position.base.min(0).unsigned_abs())
}

/// What a market's pot could pay now for so much of the claims on it, when `profit` of that is still to become a claim.
fn backed(market: &Market, own: u64, profit: u64) -> u64 {
    let all = market.claims.saturating_add(profit);
    let there = market.pot.min(all.saturating_sub(pot::shortfall(market)));
    mul_div(own, there, all.max(1).into()).unwrap_or(0).min(own)
}

/// What is mature of an account's claim now, and whether waiting would bring no more than it is paid now: it is paid in
/// full, or what is missing has been written off.
pub fn payable(market: &Market, position: &Position, now: keel_engine::Now) -> bool {
    let mut position = *position;
    pot::mature(market, &mut position, now);
    let paid = pot::payout_floor(market, position.mature);
    paid != 0 && (paid == position.mature || (market.uncovered == 0 && market.pot >= market.claims))
}

/// `amount * factor / divisor`, rounded down.
fn mul_div(amount: u64, factor: u64, divisor: u128) -> Result<u64> {
    narrow(u128::from(amount).saturating_mul(factor.into()).checked_div(divisor))
}

fn narrow(wide: Option<u128>) -> Result<u64> {
    Ok(wide.and_then(|wide| u64::try_from(wide).ok()).ok_or(VaultError::TooLarge)?)
}

fn signed(amount: u64) -> Result<i64> {
    Ok(i64::try_from(amount).map_err(|_| VaultError::TooLarge)?)
}

fn add(a: i64, b: i64) -> Result<i64> {
    Ok(a.checked_add(b).ok_or(VaultError::TooLarge)?)
}

/// The engine's refusals are Keel's, with Keel's codes.
fn keel(error: keel_engine::Error) -> ProgramError {
    keel::KeelError::from(error).into()
}
