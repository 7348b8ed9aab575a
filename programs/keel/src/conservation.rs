//! The check at the end of each instruction that moves value: its own deltas sum to nothing.
//!
//! The rules are the engine's; this notices when one of them is broken, and refuses the transaction. The equalities over
//! all accounts are `keel audit`'s.

use anchor_lang::prelude::*;
use keel_engine::state::{Exchange, MarginAccount, Market, Pool};

use crate::errors::KeelError;

/// Three sums over the accounts of an instruction that no instruction changes unless tokens move. Claims are the market's
/// own count, pledged ones included. They wrap: only
/// whether they are the same again means anything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// Capital, pots, insurance and treasury: money that is in the vault.
    money: u64,
    /// What holders are still to get less what there is to pay them: position and curve quote, claims and surplus, less
    /// the pot and what was written off.
    unsettled: u64,
    /// Base of positions against the market's count of it.
    base: u64,
}

impl Sums {
    /// The sums of one account's capital.
    #[inline(always)]
    pub fn of(account: &MarginAccount) -> Self {
        Self { money: account.usdc(), unsettled: 0, base: 0 }
    }

    /// With another account's capital.
    #[inline(always)]
    #[must_use]
    pub fn and_capital(mut self, account: &MarginAccount) -> Self {
        self.money = self.money.wrapping_add(account.usdc());
        self
    }

    /// With the exchange's insurance and the pool's reserve.
    #[inline(always)]
    #[must_use]
    pub fn and_exchange(mut self, exchange: &Exchange) -> Self {
        self.money = self.money.wrapping_add(exchange.insurance).wrapping_add(exchange.pool_reserve);
        self
    }

    /// With what waits to come into the pool.
    #[inline(always)]
    #[must_use]
    pub fn and_pool(mut self, pool: &Pool) -> Self {
        self.money = self.money.wrapping_add(pool.deposits_waiting);
        self
    }

    /// With another account's capital and its position in a market that is counted already.
    #[inline(never)]
    #[must_use]
    pub fn and_holder(mut self, market: &Market, account: &MarginAccount) -> Self {
        if let Ok(position) = account.position(market.index_number) {
            self.unsettled = self.unsettled.wrapping_add(position.quote.cast_unsigned());
            self.base = self.base.wrapping_sub(position.base.cast_unsigned());
        }
        self.and_capital(account)
    }

    /// With a market and the account's position in it. Twice in each of many handlers: one copy of it.
    #[inline(never)]
    #[must_use]
    pub fn and_market(mut self, market: &Market, account: &MarginAccount) -> Self {
        let (quote, base) = match account.position(market.index_number) {
            Ok(position) => (position.quote.cast_unsigned(), position.base.cast_unsigned()),
            Err(_) => (0, 0),
        };
        self.money = self.money.wrapping_add(market.pot).wrapping_add(market.insurance).wrapping_add(market.treasury);
        self.unsettled = self
            .unsettled
            .wrapping_add(quote)
            .wrapping_add(market.curve_quote.cast_unsigned())
            .wrapping_add(market.claims)
            .wrapping_add(market.insurance_claim)
            .wrapping_add(market.treasury_claim)
            .wrapping_add(market.surplus)
            .wrapping_sub(market.pot)
            .wrapping_sub(market.written_off);
        self.base = self.base.wrapping_add(market.long_base).wrapping_sub(market.short_base).wrapping_sub(base);
        self
    }

    /// Refuses unless the sums are what they were.
    #[inline(always)]
    pub fn require_same(self, before: Self) -> Result<()> {
        if self == before { Ok(()) } else { Err(KeelError::Unbalanced.into()) }
    }
}
