//! What the guardian does: at once, and only tighter.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::exchange_params::BankParams;
use crate::state::{Bank, Exchange, Market, Pool};
use crate::{collateral, outflow, refresh};

/// What the guardian may do to a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketGuard {
    /// No new risk for so many seconds; none of them is ever charged.
    Pause(u32),
    /// No new risk until governance lifts it.
    ReduceOnly,
    /// A lower cap on open interest, in whole USD.
    OiCap(u32),
    /// A lower cap on one position, in whole USD.
    PositionCap(u32),
}

impl MarketGuard {
    /// By its number on the wire. Errors with `InvalidInstruction`.
    pub const fn of(action: u8, value: u32) -> Result<Self> {
        match (action, value) {
            (0, secs) => Ok(Self::Pause(secs)),
            (1, 0) => Ok(Self::ReduceOnly),
            (2, usd) => Ok(Self::OiCap(usd)),
            (3, usd) => Ok(Self::PositionCap(usd)),
            _ => Err(Error::InvalidInstruction),
        }
    }

    /// On the wire.
    pub const fn encoded(self) -> (u8, u32) {
        match self {
            Self::Pause(secs) => (0, secs),
            Self::ReduceOnly => (1, 0),
            Self::OiCap(usd) => (2, usd),
            Self::PositionCap(usd) => (3, usd),
        }
    }
}

/// What the guardian may do to a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankGuard {
    /// No withdrawals for so many seconds.
    Pause(u32),
    /// A lower cap on deposits, in whole USD.
    Cap(u32),
    /// A lower limit of the outflow in an hour, in parts per million of what the bank holds.
    OutflowLimit(u32),
    /// A lower floor of that limit, in whole USD.
    OutflowFloor(u32),
    /// A lower haircut of other collateral: at once for new risk, over `ramp_secs` for what is held.
    Haircut(u32),
}

impl BankGuard {
    /// By its number on the wire. Errors with `InvalidInstruction`.
    pub const fn of(action: u8, value: u32) -> Result<Self> {
        match action {
            0 => Ok(Self::Pause(value)),
            1 => Ok(Self::Cap(value)),
            2 => Ok(Self::OutflowLimit(value)),
            3 => Ok(Self::OutflowFloor(value)),
            4 => Ok(Self::Haircut(value)),
            _ => Err(Error::InvalidInstruction),
        }
    }

    /// On the wire.
    pub const fn encoded(self) -> (u8, u32) {
        match self {
            Self::Pause(secs) => (0, secs),
            Self::Cap(usd) => (1, usd),
            Self::OutflowLimit(ppm) => (2, ppm),
            Self::OutflowFloor(usd) => (3, usd),
            Self::Haircut(ppm) => (4, ppm),
        }
    }
}

/// What the guardian may do to the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolGuard {
    /// No deposits until governance lifts it.
    Close,
    /// A lower cap on the pool's value for deposits, in whole USD.
    Cap(u32),
    /// The pool leaves this market.
    StopQuoting(u16),
    /// The pool takes over nothing more in this market.
    StopBackstop(u16),
    /// A lower cap on the position that its ranges there may bring about, in whole USD.
    ExposureCap(u16, u32),
    /// A lower cap on the position that taking over there may bring about, in whole USD.
    BackstopCap(u16, u32),
    /// A lower cap on a day's loss on what was taken over there, in whole USD.
    BackstopLossCap(u16, u32),
}

impl PoolGuard {
    /// By its number on the wire. Errors with `InvalidInstruction`.
    pub const fn of(action: u8, market: u16, value: u32) -> Result<Self> {
        match (action, market, value) {
            (0, 0, 0) => Ok(Self::Close),
            (1, 0, usd) => Ok(Self::Cap(usd)),
            (2, market, 0) => Ok(Self::StopQuoting(market)),
            (3, market, 0) => Ok(Self::StopBackstop(market)),
            (4, market, usd) => Ok(Self::ExposureCap(market, usd)),
            (5, market, usd) => Ok(Self::BackstopCap(market, usd)),
            (6, market, usd) => Ok(Self::BackstopLossCap(market, usd)),
            _ => Err(Error::InvalidInstruction),
        }
    }

    /// On the wire.
    pub const fn encoded(self) -> (u8, u16, u32) {
        match self {
            Self::Close => (0, 0, 0),
            Self::Cap(usd) => (1, 0, usd),
            Self::StopQuoting(market) => (2, market, 0),
            Self::StopBackstop(market) => (3, market, 0),
            Self::ExposureCap(market, usd) => (4, market, usd),
            Self::BackstopCap(market, usd) => (5, market, usd),
            Self::BackstopLossCap(market, usd) => (6, market, usd),
        }
    }
}

/// Reduces what the pool takes upon itself, at once. Ranges that are there go by the next `rebalance`.
///
/// Errors: `StrategyMissing`, `NotTighter`.
pub fn guard_pool(pool: &mut Pool, guard: PoolGuard) -> Result<()> {
    match guard {
        PoolGuard::Close if pool.closed != 0 => Err(Error::NotTighter),
        PoolGuard::Close => {
            pool.closed = 1;
            Ok(())
        }
        PoolGuard::Cap(usd) => lower_cap(&mut pool.pool_cap_usd, usd),
        PoolGuard::StopQuoting(market) => stop(&mut pool.strategy_mut(market)?.quotes),
        PoolGuard::StopBackstop(market) => stop(&mut pool.strategy_mut(market)?.backstops),
        PoolGuard::ExposureCap(market, usd) => lower(&mut pool.strategy_mut(market)?.exposure_cap_usd, usd),
        PoolGuard::BackstopCap(market, usd) => lower(&mut pool.strategy_mut(market)?.backstop_cap_usd, usd),
        PoolGuard::BackstopLossCap(market, usd) => lower(&mut pool.strategy_mut(market)?.backstop_loss_cap_usd, usd),
    }
}

/// Switches something off.
const fn stop(switch: &mut u8) -> Result<()> {
    if *switch == 0 {
        return Err(Error::NotTighter);
    }
    *switch = 0;
    Ok(())
}

/// Reduces a market's risk at once. The market is brought up to date first: a pause begins where charging ends.
///
/// Errors: `MarketClosed`, `NotTighter`, `PauseTooLong`, `InvalidParameter`.
pub fn guard_market(exchange: &Exchange, market: &mut Market, guard: MarketGuard, now: Now) -> Result<()> {
    // A closed market takes no risk that could be reduced, and whoever is in it is to come out.
    if market.status == 2 {
        return Err(Error::MarketClosed);
    }
    let _refreshed = refresh::refresh(market, None, now)?;
    match guard {
        MarketGuard::Pause(secs) => {
            let until = pause_end(exchange, market.paused_until, secs, now)?;
            market.paused_from = now.unix;
            market.paused_until = until;
        }
        MarketGuard::ReduceOnly if market.reduce_only != 0 => return Err(Error::NotTighter),
        MarketGuard::ReduceOnly => market.reduce_only = 1,
        MarketGuard::OiCap(usd) => lower(&mut market.params.oi_cap_usd, usd)?,
        MarketGuard::PositionCap(usd) => lower_cap(&mut market.params.position_cap_usd, usd)?,
    }
    market.params.check()
}

/// Reduces what may leave or enter a bank, at once.
///
/// Errors: `NotTighter`, `PauseTooLong`, `InvalidParameter`.
pub fn guard_bank(exchange: &Exchange, bank: &mut Bank, guard: BankGuard, now: Now) -> Result<()> {
    match guard {
        BankGuard::Pause(secs) => bank.paused_until = pause_end(exchange, bank.paused_until, secs, now)?,
        BankGuard::Cap(usd) => lower_cap(&mut bank.cap_usd, usd)?,
        BankGuard::OutflowLimit(ppm) => {
            outflow::touch(bank, now);
            lower(&mut bank.outflow_limit_ppm_per_hour, ppm)?;
            outflow::tighten(bank);
        }
        BankGuard::OutflowFloor(usd) => {
            outflow::touch(bank, now);
            lower(&mut bank.outflow_floor_usd, usd)?;
            outflow::tighten(bank);
        }
        BankGuard::Haircut(ppm) => {
            collateral::begin_ramp(bank, now);
            lower(&mut bank.haircut_ppm, ppm)?;
        }
    }
    BankParams::of(bank).check_of(bank.index)
}

/// When a pause of so many seconds from now ends. It is at most `max_pause_secs` long, and at least as long lies between
/// two: whoever holds the guardian's key cannot pause for ever.
fn pause_end(exchange: &Exchange, last_end: i64, secs: u32, now: Now) -> Result<i64> {
    if secs == 0 {
        return Err(Error::NotTighter);
    }
    let longest = i64::from(exchange.max_pause_secs);
    let is_too_soon = last_end != 0 && now.unix < last_end.saturating_add(longest);
    if i64::from(secs) > longest || is_too_soon {
        return Err(Error::PauseTooLong);
    }
    now.unix.checked_add(i64::from(secs)).ok_or(Error::MathOverflow)
}

/// Lowers a limit.
const fn lower(limit: &mut u32, to: u32) -> Result<()> {
    if to >= *limit {
        return Err(Error::NotTighter);
    }
    *limit = to;
    Ok(())
}

/// Lowers a cap of which 0 says that there is none.
const fn lower_cap(cap: &mut u32, to: u32) -> Result<()> {
    if to == 0 || (*cap != 0 && to >= *cap) {
        return Err(Error::NotTighter);
    }
    *cap = to;
    Ok(())
}

/// Why a market takes no new risk now, if governance or the guardian says so: `MarketPaused`, `MarketReduceOnly`.
#[inline(always)]
pub const fn new_risk_refusal(market: &Market, now: Now) -> Option<Error> {
    if market.reduce_only | market.status == 0 && market.paused_until <= now.unix {
        return None;
    }
    Some(if market.reduce_only | market.status == 0 { Error::MarketPaused } else { Error::MarketReduceOnly })
}

/// Refuses while the guardian pauses withdrawals: `WithdrawalsPaused`.
#[inline(always)]
pub const fn require_withdrawals_open(bank: &Bank, now: Now) -> Result<()> {
    if bank.paused_until > now.unix { Err(Error::WithdrawalsPaused) } else { Ok(()) }
}
