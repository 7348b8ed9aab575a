//! Events of the queue, of what it changes, and of the guardian.

use anchor_lang::prelude::*;
use keel_engine::exchange_params::{BankParams, ExchangeParams};
use keel_engine::state::{Bank, Change, Exchange, Market};

use super::{Ledger, next};

/// A change was queued. What it consists of is in its account.
#[event(bytemuck)]
pub struct ChangeQueued {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Number of the change.
    pub number: u64,
    /// Unix time from which on it may be executed.
    pub executable_at: i64,
    /// Who gets the rent of its account.
    pub payer: Address,
    /// Number of the market or bank that it changes, or 0.
    pub target: u16,
    /// What it changes; see `governance::Kind` of the engine.
    pub kind: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl ChangeQueued {
    /// Of a change that was just queued.
    pub fn of(exchange: &mut Exchange, change: &Change) -> Self {
        Self {
            sequence: next(&mut exchange.sequence),
            number: change.number,
            executable_at: change.executable_at,
            payer: Address::new_from_array(change.payer),
            target: change.target,
            kind: change.kind,
            pad: [0; 5],
        }
    }
}

/// A change was taken back.
#[event(bytemuck)]
pub struct ChangeCancelled {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Number of the change.
    pub number: u64,
    /// Who took it back.
    pub by: Address,
    /// Number of the market or bank that it would have changed, or 0.
    pub target: u16,
    /// What it would have changed.
    pub kind: u8,
    /// Padding; zero.
    pub pad: [u8; 5],
}

impl ChangeCancelled {
    /// Of a change that is about to be closed.
    pub fn of(exchange: &mut Exchange, change: &Change, by: &Address) -> Self {
        Self {
            sequence: next(&mut exchange.sequence),
            number: change.number,
            by: *by,
            target: change.target,
            kind: change.kind,
            pad: [0; 5],
        }
    }
}

/// The exchange's keys or parameters changed: as they are after it.
#[event(bytemuck)]
pub struct ExchangeChanged {
    /// Sequence number of the exchange.
    pub sequence: u64,
    /// Number of the change that was executed, or 0 where the pending admin accepted.
    pub change: u64,
    /// Who queues changes.
    pub admin: Address,
    /// Who may become admin by accepting, or zero.
    pub pending_admin: Address,
    /// Who may reduce risk at once, or zero.
    pub guardian: Address,
    /// Owner of the token accounts to which the treasury's money may go, or zero.
    pub treasury: Address,
    /// Delay of risk-increasing changes.
    pub timelock_secs: u32,
    /// Longest pause.
    pub max_pause_secs: u32,
    /// Most that the exchange's insurance pays for one market in a day, in whole USD.
    pub insurance_day_cap_usd: u32,
    /// Most that the pool pays for one market in a day, in whole USD.
    pub pool_day_cap_usd: u32,
    /// Most markets that may be listed.
    pub max_markets: u32,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl ExchangeChanged {
    /// Of an exchange after a change.
    pub fn of(exchange: &mut Exchange, change: u64) -> Self {
        let params = ExchangeParams::of(exchange);
        Self {
            sequence: next(&mut exchange.sequence),
            change,
            admin: Address::new_from_array(exchange.admin),
            pending_admin: Address::new_from_array(exchange.pending_admin),
            guardian: Address::new_from_array(exchange.guardian),
            treasury: Address::new_from_array(exchange.treasury),
            timelock_secs: params.timelock_secs,
            max_pause_secs: params.max_pause_secs,
            insurance_day_cap_usd: params.insurance_day_cap_usd,
            pool_day_cap_usd: params.pool_day_cap_usd,
            max_markets: params.max_markets,
            pad: [0; 4],
        }
    }
}

/// A bank's parameters changed, its withdrawals were paused, or it was opened: as it is after it.
#[event(bytemuck)]
pub struct BankChanged {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Number of the change that was executed, or 0 where the guardian acted or the exchange was launched.
    pub change: u64,
    /// Unix time at which the last pause of withdrawals ends or ended, or 0.
    pub paused_until: i64,
    /// Haircut of the collateral.
    pub haircut_ppm: u32,
    /// Cap on deposits, or 0.
    pub cap_usd: u32,
    /// Ramp of a new listing.
    pub ramp_secs: u32,
    /// Age from which debt is auctioned.
    pub debt_grace_secs: u32,
    /// Largest net outflow in an hour.
    pub outflow_limit_ppm_per_hour: u32,
    /// Smallest ticket of the queue, in whole USD.
    pub min_ticket_usd: u32,
    /// Net outflow in an hour that the limit never goes below, in whole USD.
    pub outflow_floor_usd: u32,
    /// Number of the bank.
    pub bank: u8,
    /// Whether deposits are taken.
    pub open: u8,
    /// Padding; zero.
    pub pad: [u8; 2],
}

impl BankChanged {
    /// Of a bank after a change.
    pub fn of(bank: &mut Bank, change: u64) -> Self {
        let params = BankParams::of(bank);
        Self {
            sequence: next(&mut bank.sequence),
            change,
            paused_until: bank.paused_until,
            haircut_ppm: params.haircut_ppm,
            cap_usd: params.cap_usd,
            ramp_secs: params.ramp_secs,
            debt_grace_secs: params.debt_grace_secs,
            outflow_limit_ppm_per_hour: params.outflow_limit_ppm_per_hour,
            min_ticket_usd: params.min_ticket_usd,
            outflow_floor_usd: params.outflow_floor_usd,
            bank: bank.index,
            open: bank.open,
            pad: [0; 2],
        }
    }
}

/// A market's parameters changed, or what it takes: as it is after it. All parameters are in the market's account.
#[event(bytemuck)]
pub struct MarketChanged {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Number of the change that was executed, or 0 where the guardian acted.
    pub change: u64,
    /// Unix time from which on the last pause counts.
    pub paused_from: i64,
    /// Unix time at which it ends or ended, or 0.
    pub paused_until: i64,
    /// Unix time from which on a closing market may be closed.
    pub close_at: i64,
    /// Cap on open interest, in whole USD.
    pub oi_cap_usd: u32,
    /// Cap on one position, in whole USD, or 0.
    pub position_cap_usd: u32,
    /// Number of the market.
    pub market: u16,
    /// 1 when only reductions are allowed.
    pub reduce_only: u8,
    /// 0 open, 1 closing, 2 closed.
    pub status: u8,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl MarketChanged {
    /// Of a market after a change.
    pub fn of(market: &mut Market, change: u64) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            change,
            paused_from: market.paused_from,
            paused_until: market.paused_until,
            close_at: market.close_at,
            oi_cap_usd: market.params.oi_cap_usd,
            position_cap_usd: market.params.position_cap_usd,
            market: market.index_number,
            reduce_only: market.reduce_only,
            status: market.status,
            pad: [0; 4],
        }
    }
}

/// Tokens left a bank for the treasury.
#[event(bytemuck)]
pub struct TreasuryPaid {
    /// Sequence number of the bank.
    pub sequence: u64,
    /// Token account that got them.
    pub destination: Address,
    /// Tokens, in atoms.
    pub amount: u64,
    /// What the bank holds for everybody after it.
    pub booked: u64,
    /// Number of the bank.
    pub bank: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
}

impl TreasuryPaid {
    /// Of a bank after it.
    pub fn of(bank: &mut Bank, destination: &Address, amount: u64) -> Self {
        Self {
            sequence: next(&mut bank.sequence),
            destination: *destination,
            amount,
            booked: bank.booked,
            bank: bank.index,
            pad: [0; 7],
        }
    }
}

/// Money that a market had paid to the treasury left the exchange.
#[event(bytemuck)]
pub struct TreasuryWithdrawn {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Token account that got it.
    pub destination: Address,
    /// Quote atoms.
    pub amount: u64,
    /// The market's money after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl TreasuryWithdrawn {
    /// Of a market after it.
    pub fn of(market: &mut Market, destination: &Address, amount: u64) -> Self {
        Self {
            sequence: next(&mut market.sequence),
            destination: *destination,
            amount,
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}
