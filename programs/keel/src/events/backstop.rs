//! Events of the pool's backstop and of its reserve.

use anchor_lang::prelude::*;
use keel_engine::liquidation::TakenOver as TakeOver;
use keel_engine::pool::Moved;
use keel_engine::state::{Exchange, MarginAccount, Market, Pool};
use keel_engine::units::SignedWide;

use super::{Holding, Ledger, next};

/// What the auction had left of a flagged account's position, or a part of it, went to the pool, at the mark less the
/// largest discount.
#[event(bytemuck)]
pub struct Backstopped {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the liquidated margin account.
    pub account: Address,
    /// Address of the pool's margin account.
    pub pool_account: Address,
    /// Address of the margin account that was paid for it.
    pub keeper_account: Address,
    /// Base that the liquidated account gained; negative went to the pool.
    pub base: i64,
    /// Quote that it gained.
    pub quote: i64,
    /// Tip that it paid to the keeper.
    pub tip: u64,
    /// Insurance's part of the discount, which the pool owes the pot.
    pub insurance: u64,
    /// The discount, in 2^-48.
    pub discount: u64,
    /// Equity of the liquidated account after it.
    pub equity: i64,
    /// Its maintenance margin after it.
    pub maintenance: u64,
    /// The keeper's USDC capital after it.
    pub keeper_capital: u64,
    /// Start of the day over which the pool's take-overs in the market are counted.
    pub taken_day: i64,
    /// Base that it took over since then.
    pub taken_base: i64,
    /// Quote that came with it; negative was paid.
    pub taken_quote: i64,
    /// The index.
    pub index: u64,
    /// The mark price.
    pub mark: u64,
    /// F.
    pub funding: SignedWide,
    /// The liquidated account after it.
    pub holding: Holding,
    /// The pool after it.
    pub pool_holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// 1 when the liquidated account is still flagged.
    pub flagged: u8,
    /// 1 when the pool's account is flagged: it may reduce what it holds.
    pub pool_flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl Backstopped {
    /// Of a take-over that is booked: the liquidated account, the pool's and the keeper's, each with its address.
    pub fn of(market: &mut Market, pool: &Pool, parties: [(&MarginAccount, &Address); 3], taken: &TakeOver) -> Self {
        let [(account, address), (backer, pool_address), (keeper, keeper_address)] = parties;
        let strategy = pool.strategy(market.index_number);
        let (taken_day, taken_base, taken_quote) =
            strategy.map_or((0, 0, 0), |taken| (taken.taken_day, taken.taken_base, taken.taken_quote));
        Self {
            sequence: next(&mut market.sequence),
            account: *address,
            pool_account: *pool_address,
            keeper_account: *keeper_address,
            base: taken.base,
            quote: taken.quote,
            tip: taken.tip,
            insurance: taken.insurance,
            discount: taken.discount.bits,
            equity: taken.health.equity,
            maintenance: taken.health.maintenance,
            keeper_capital: keeper.usdc(),
            taken_day,
            taken_base,
            taken_quote,
            index: market.index.bits,
            mark: market.mark.bits,
            funding: market.funding,
            holding: Holding::of(account, market),
            pool_holding: Holding::of(backer, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            flagged: u8::from(account.flagged_at != 0),
            pool_flagged: u8::from(backer.flagged_at != 0),
            pad: [0; 4],
        }
    }
}

/// Money moved between the pool's margin account and its reserve.
#[event(bytemuck)]
pub struct ReserveBalanced {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Address of the pool's margin account.
    pub pool_account: Address,
    /// Quote atoms that went from its capital into the reserve.
    pub set_aside: u64,
    /// Quote atoms that went from the reserve into its capital.
    pub recalled: u64,
    /// The reserve after it.
    pub reserve: u64,
    /// The account's USDC capital after it.
    pub capital: u64,
    /// 1 when the account is still flagged.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl ReserveBalanced {
    /// Of money that has moved.
    pub fn of(exchange: &mut Exchange, account: &MarginAccount, address: &Address, moved: &Moved) -> Self {
        Self {
            sequence: next(&mut exchange.sequence),
            pool_account: *address,
            set_aside: moved.set_aside,
            recalled: moved.recalled,
            reserve: exchange.pool_reserve,
            capital: account.usdc(),
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 7],
        }
    }
}

/// The pool's reserve paid for somebody's debt in a market: into its pot, or, where the debt was the pool's own, by way of its
/// capital.
#[event(bytemuck)]
pub struct ReservePaid {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Quote atoms.
    pub paid: u64,
    /// The reserve after it.
    pub reserve: u64,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl ReservePaid {
    /// Of money that is booked.
    pub fn of(exchange: &mut Exchange, market: u16, paid: u64) -> Self {
        let sequence = next(&mut exchange.sequence);
        Self { sequence, paid, reserve: exchange.pool_reserve, market, pad: [0; 6] }
    }
}
