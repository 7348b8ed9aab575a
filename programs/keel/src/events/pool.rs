//! Events of the pool: who comes in and who leaves. Their sequence number is the pool's.

use anchor_lang::prelude::*;
use keel_engine::pool::deposits::Executed;
use keel_engine::pool::redemptions::{Cancelled, Paid};
use keel_engine::state::{Exchange, MarginAccount, Pool, PoolRequest};

use super::next;

/// The pool was made.
#[event(bytemuck)]
pub struct PoolCreated {
    /// Sequence number of the pool.
    pub sequence: u64,
    /// Address of the pool.
    pub pool: Address,
    /// Address of its margin account.
    pub account: Address,
    /// Address of the companion with its ranges.
    pub ranges: Address,
    /// Mint of its shares.
    pub share_mint: Address,
    /// Token account of shares that wait.
    pub share_vault: Address,
}

impl PoolCreated {
    /// Of a new pool at that address, with that companion.
    pub fn of(pool: &mut Pool, address: &Address, ranges: &Address) -> Self {
        Self {
            sequence: next(&mut pool.sequence),
            pool: *address,
            account: pool.account.into(),
            ranges: *ranges,
            share_mint: pool.share_mint.into(),
            share_vault: pool.share_vault.into(),
        }
    }
}

/// A deposit was asked for.
#[event(bytemuck)]
pub struct DepositRequested {
    /// Sequence number of the pool.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Token account that is to get the shares.
    pub shares_account: Address,
    /// Its number among the deposits.
    pub number: u64,
    /// Quote atoms.
    pub amount: u64,
    /// Fewest shares.
    pub min_shares: u64,
    /// Lamports for who executes it.
    pub tip: u64,
    /// Unix time from which on its owner may take it back.
    pub cancellable_at: i64,
    /// The account's USDC capital after it.
    pub capital: u64,
    /// Deposits that wait after it.
    pub deposits_waiting: u64,
}

impl DepositRequested {
    /// Of a request that is booked.
    pub fn of(request: &PoolRequest, account: &MarginAccount, pool: &mut Pool) -> Self {
        Self {
            sequence: next(&mut pool.sequence),
            account: request.account.into(),
            shares_account: request.shares_account.into(),
            number: request.number,
            amount: request.amount,
            min_shares: request.min_shares,
            tip: request.tip,
            cancellable_at: request.ready_at,
            capital: account.usdc(),
            deposits_waiting: pool.deposits_waiting,
        }
    }
}

/// A deposit became shares, or went back.
#[event(bytemuck)]
pub struct DepositExecuted {
    /// Sequence number of the pool.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Its number among the deposits.
    pub number: u64,
    /// Quote atoms that came into the pool.
    pub deposited: u64,
    /// Shares for them.
    pub shares: u64,
    /// Quote atoms that went back instead.
    pub returned: u64,
    /// What the pool was worth before it to who comes in; 0 where that was not asked.
    pub nav_high: i64,
    /// What it was worth to who leaves.
    pub nav_low: i64,
    /// The account's USDC capital after it.
    pub capital: u64,
    /// The pool's.
    pub pool_capital: u64,
    /// Shares there are after it.
    pub pool_shares: u64,
    /// Deposits that wait after it.
    pub deposits_waiting: u64,
    /// 1 when the pool's margin account is flagged for liquidation.
    pub pool_flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl DepositExecuted {
    /// Of a deposit that is booked.
    pub fn of(
        request: &PoolRequest,
        account: &MarginAccount,
        pool_account: &MarginAccount,
        pool: &mut Pool,
        executed: &Executed,
    ) -> Self {
        Self {
            sequence: next(&mut pool.sequence),
            account: request.account.into(),
            number: request.number,
            deposited: executed.deposited,
            shares: executed.shares,
            returned: executed.returned,
            nav_high: executed.nav.high,
            nav_low: executed.nav.low,
            capital: account.usdc(),
            pool_capital: pool_account.usdc(),
            pool_shares: pool.shares,
            deposits_waiting: pool.deposits_waiting,
            pool_flagged: u8::from(pool_account.flagged_at != 0),
            pad: [0; 7],
        }
    }
}

/// A deposit was taken back.
#[event(bytemuck)]
pub struct DepositCancelled {
    /// Sequence number of the pool.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Its number among the deposits.
    pub number: u64,
    /// Quote atoms that went back.
    pub returned: u64,
    /// The account's USDC capital after it.
    pub capital: u64,
    /// Deposits that wait after it.
    pub deposits_waiting: u64,
    /// 1 when the account is still flagged for liquidation.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl DepositCancelled {
    /// Of a cancellation that is booked.
    pub fn of(request: &PoolRequest, account: &MarginAccount, pool: &mut Pool, returned: u64) -> Self {
        Self {
            sequence: next(&mut pool.sequence),
            account: request.account.into(),
            number: request.number,
            returned,
            capital: account.usdc(),
            deposits_waiting: pool.deposits_waiting,
            flagged: u8::from(account.flagged_at != 0),
            pad: [0; 7],
        }
    }
}

/// Somebody asked to leave.
#[event(bytemuck)]
pub struct RedemptionRequested {
    /// Sequence number of the pool.
    pub sequence: u64,
    /// Address of the margin account that is to get the money.
    pub account: Address,
    /// Token account that gave the shares.
    pub shares_account: Address,
    /// Its place in the queue.
    pub number: u64,
    /// Shares.
    pub shares: u64,
    /// Lamports for who executes it.
    pub tip: u64,
    /// Unix time from which on it is paid.
    pub ready_at: i64,
    /// Unix time at which it lapses.
    pub lapses_at: i64,
    /// Shares that wait after it.
    pub shares_waiting: u64,
}

impl RedemptionRequested {
    /// Of a request that is booked.
    pub fn of(request: &PoolRequest, pool: &mut Pool) -> Self {
        Self {
            sequence: next(&mut pool.sequence),
            account: request.account.into(),
            shares_account: request.shares_account.into(),
            number: request.number,
            shares: request.amount,
            tip: request.tip,
            ready_at: request.ready_at,
            lapses_at: request.lapses_at,
            shares_waiting: pool.shares_waiting,
        }
    }
}

/// The first in the queue was paid, wholly or in part, got its shares back, or was skipped because it was cancelled.
#[event(bytemuck)]
pub struct RedemptionPaid {
    /// Sequence number of the pool.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Its place in the queue.
    pub number: u64,
    /// Quote atoms that the account got.
    pub paid: u64,
    /// Shares that were destroyed for them.
    pub burnt: u64,
    /// Shares that went back.
    pub returned: u64,
    /// Shares that still wait: with 0 it ended.
    pub rest: u64,
    /// Lamports of the tip that were paid.
    pub tip: u64,
    /// What the pool was worth before it to who comes in; 0 where that was not asked.
    pub nav_high: i64,
    /// What it was worth to who leaves.
    pub nav_low: i64,
    /// The account's USDC capital after it; 0 for a skipped one.
    pub capital: u64,
    /// The pool's.
    pub pool_capital: u64,
    /// The pool's reserve after it.
    pub pool_reserve: u64,
    /// Shares there are after it.
    pub pool_shares: u64,
    /// Shares that wait after it.
    pub shares_waiting: u64,
    /// 1 for a cancelled one: nothing is said about the account, which may be gone.
    pub skipped: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl RedemptionPaid {
    /// Of a payment that is booked; without an account of one that was skipped.
    pub fn of(
        request: &PoolRequest,
        account: Option<&MarginAccount>,
        pool_account: &MarginAccount,
        (exchange, pool): (&Exchange, &mut Pool),
        paid: &Paid,
    ) -> Self {
        let account = account.filter(|_| paid.burnt != 0 || paid.returned != 0 || paid.rest != 0);
        Self {
            sequence: next(&mut pool.sequence),
            account: request.account.into(),
            number: request.number,
            paid: paid.paid,
            burnt: paid.burnt,
            returned: paid.returned,
            rest: paid.rest,
            tip: paid.tip,
            nav_high: paid.nav.high,
            nav_low: paid.nav.low,
            capital: account.map_or(0, MarginAccount::usdc),
            pool_capital: pool_account.usdc(),
            pool_reserve: exchange.pool_reserve,
            pool_shares: pool.shares,
            shares_waiting: pool.shares_waiting,
            skipped: u8::from(account.is_none()),
            pad: [0; 7],
        }
    }
}

/// Shares were taken back out of the queue.
#[event(bytemuck)]
pub struct RedemptionCancelled {
    /// Sequence number of the pool.
    pub sequence: u64,
    /// Address of the margin account.
    pub account: Address,
    /// Its place in the queue.
    pub number: u64,
    /// Shares that went back.
    pub returned: u64,
    /// Shares that wait after it.
    pub shares_waiting: u64,
    /// 1 when it ended; else it is skipped when it is the first.
    pub ended: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl RedemptionCancelled {
    /// Of a cancellation that is booked.
    pub fn of(request: &PoolRequest, pool: &mut Pool, cancelled: &Cancelled) -> Self {
        Self {
            sequence: next(&mut pool.sequence),
            account: request.account.into(),
            number: request.number,
            returned: cancelled.returned,
            shares_waiting: pool.shares_waiting,
            ended: u8::from(cancelled.is_ended),
            pad: [0; 7],
        }
    }
}
