//! Executing a change whose time has come. Anyone may; everything is checked again, with what is there now.

use super::change::{BankTerms, Kind, MarketTerms, check, content};
use super::is_launched;
use super::queue::require_due;
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::exchange_params::{BankParams, ExchangeParams, PoolParams, set_bank_defaults, set_collateral_defaults};
use crate::params::Params;
use crate::pool::StrategyTerms;
use crate::state::{Bank, Change, Exchange, MAX_BANKS, MarginAccount, Market, Pool, Strategy, USDC};
use crate::{closing, collateral, outflow, refresh};

/// The kind of a change that may be executed now and whose content is right.
fn due(exchange: &Exchange, change: &Change, now: Now) -> Result<Kind> {
    require_due(exchange, change, now)?;
    check(exchange, change)?;
    Kind::of(change.kind)
}

/// Executes a change of the exchange's parameters or keys.
///
/// Errors: `ChangeUnknown` for one of another kind, those of [`require_due`] and [`check`].
pub fn change_exchange(exchange: &mut Exchange, change: &Change, now: Now) -> Result<()> {
    match due(exchange, change, now)? {
        Kind::ExchangeParams => content::<ExchangeParams>(change)?.put(exchange),
        Kind::Guardian => exchange.guardian = *content(change)?,
        Kind::Treasury => exchange.treasury = *content(change)?,
        Kind::PendingAdmin => exchange.pending_admin = *content(change)?,
        _ => return Err(Error::ChangeUnknown),
    }
    Ok(())
}

/// Executes a change of a bank's parameters.
///
/// Errors: `ChangeUnknown` for one of another kind or bank, those of [`require_due`] and [`check`].
pub fn change_bank(exchange: &Exchange, bank: &mut Bank, change: &Change, now: Now) -> Result<()> {
    match due(exchange, change, now)? {
        Kind::BankParams if change.target == u16::from(bank.index) => {
            // What the limit was holds until now.
            outflow::touch(bank, now);
            let capacity = outflow::capacity_ceil(bank);
            let params = content::<BankParams>(change)?;
            params.check_of(bank.index)?;
            collateral::begin_ramp(bank, now);
            params.put(bank);
            if outflow::capacity_ceil(bank) < capacity {
                outflow::tighten(bank);
            }
        }
        _ => return Err(Error::ChangeUnknown),
    }
    Ok(())
}

/// Executes a change of a market: its parameters, its closing, or that it takes new risk again. The market is brought up
/// to date first, so that the past is charged by what prevailed in it.
///
/// Errors: `ChangeUnknown` for one of another kind or market, `ImmutableParameter`, `MarketReduceOnly` for a market that
/// closes and is to take new risk, `MarketClosed` for one that is closed already, those of [`require_due`] and [`check`].
pub fn change_market(exchange: &Exchange, market: &mut Market, change: &Change, now: Now) -> Result<()> {
    let kind = due(exchange, change, now)?;
    if change.target != market.index_number {
        return Err(Error::ChangeUnknown);
    }
    let _refreshed = refresh::refresh(market, None, now)?;
    match kind {
        Kind::MarketParams => put_params(market, content(change)?),
        Kind::CloseMarket => closing::give_notice(market, now),
        Kind::LiftReduceOnly if market.status != 0 => Err(Error::MarketReduceOnly),
        Kind::LiftReduceOnly => {
            market.reduce_only = 0;
            Ok(())
        }
        _ => Err(Error::ChangeUnknown),
    }
}

/// Executes a change of the pool: its parameters, a strategy, or that it takes deposits again. A strategy is checked
/// against its `market`, which one to be dropped does without: the market may be gone.
///
/// Errors: `ChangeUnknown` for one of another kind, `MarketMissing`, `WrongMarket`, `StrategyMissing`, `StrategiesFull`,
/// `InvalidParameter`, `UnsafeParameters`, those of [`require_due`] and [`check`].
pub fn change_pool(
    exchange: &Exchange,
    pool: &mut Pool,
    account: &MarginAccount,
    market: Option<&Market>,
    change: &Change,
    now: Now,
) -> Result<()> {
    match due(exchange, change, now)? {
        Kind::PoolParams => content::<PoolParams>(change)?.put(pool),
        Kind::Strategy => put_strategy(pool, account, market, change.target, content(change)?)?,
        Kind::OpenPool => pool.closed = 0,
        _ => return Err(Error::ChangeUnknown),
    }
    Ok(())
}

/// Changes, adds or drops a strategy. What the pool keeps count of in it stays.
fn put_strategy(
    pool: &mut Pool,
    account: &MarginAccount,
    market: Option<&Market>,
    number: u16,
    terms: &StrategyTerms,
) -> Result<()> {
    if terms.ends() {
        let strategy = pool.strategy_mut(number)?;
        terms.put(strategy);
        // A range is in a position's slot, too.
        if account.position(number).is_err() {
            *strategy = bytemuck::Zeroable::zeroed();
        }
        return Ok(());
    }
    let market = market.ok_or(Error::MarketMissing)?;
    if market.index_number != number {
        return Err(Error::WrongMarket);
    }
    terms.check_in(market)?;
    if pool.strategy(number).is_err() {
        let slot = pool.strategies.iter_mut().find(|strategy| strategy.market == 0).ok_or(Error::StrategiesFull)?;
        *slot = Strategy { market: number, ..bytemuck::Zeroable::zeroed() };
    }
    terms.put(pool.strategy_mut(number)?);
    StrategyTerms::check_all(pool)
}

/// Ticks and contracts keep their size: ranges and positions are counted in them.
fn put_params(market: &mut Market, params: &Params) -> Result<()> {
    let is_same_grid = params.tick_spacing == market.params.tick_spacing
        && params.contract_exponent == market.params.contract_exponent;
    if !is_same_grid {
        return Err(Error::ImmutableParameter);
    }
    market.params = *params;
    Ok(())
}

/// The terms of a queued market whose time has come.
///
/// Errors: `ChangeUnknown` for another kind, those of [`require_due`] and [`check`].
pub fn due_market<'c>(exchange: &Exchange, change: &'c Change, now: Now) -> Result<&'c MarketTerms> {
    match due(exchange, change, now)? {
        Kind::ListMarket => content(change),
        _ => Err(Error::ChangeUnknown),
    }
}

/// The terms of a queued bank for this mint whose time has come.
///
/// Errors: `ChangeUnknown` for another kind or mint, those of [`require_due`] and [`check`].
pub fn due_bank<'c>(exchange: &Exchange, change: &'c Change, mint: &[u8; 32], now: Now) -> Result<&'c BankTerms> {
    match due(exchange, change, now)? {
        Kind::AddBank => {
            let terms = content::<BankTerms>(change)?;
            if terms.mint == *mint { Ok(terms) } else { Err(Error::ChangeUnknown) }
        }
        _ => Err(Error::ChangeUnknown),
    }
}

/// The number of the next market. Errors with `MarketsFull`.
pub fn next_market(exchange: &Exchange) -> Result<u16> {
    let number = exchange.markets.checked_add(1).ok_or(Error::MarketsFull)?;
    if u32::from(number) > exchange.max_markets { Err(Error::MarketsFull) } else { Ok(number) }
}

/// The number of the next bank. Errors with `BanksFull`.
pub(super) fn next_bank(exchange: &Exchange) -> Result<u8> {
    if usize::from(exchange.banks) >= MAX_BANKS { Err(Error::BanksFull) } else { Ok(exchange.banks) }
}

/// Numbers a new bank and gives it its parameters. Other collateral than USDC begins at weight 0; after the launch a bank
/// is open from the start. `shares` is the mint of the pool's shares, whose value rests on the exchange itself.
///
/// Errors: `BanksFull`, `PoolShares`, `InvalidParameter` for USDC with a feed and for other collateral without one.
pub fn new_bank(exchange: &mut Exchange, bank: &mut Bank, terms: &BankTerms, shares: &[u8; 32]) -> Result<()> {
    bank.index = next_bank(exchange)?;
    if terms.mint == *shares {
        return Err(Error::PoolShares);
    }
    terms.check_of(bank.index)?;
    if usize::from(bank.index) == USDC {
        set_bank_defaults(bank);
    } else {
        set_collateral_defaults(bank);
    }
    bank.mint = terms.mint;
    bank.price_owner = terms.price_owner;
    bank.feed_id = terms.feed_id;
    bank.rate_feed_id = terms.rate_feed_id;
    bank.open = u8::from(is_launched(exchange));
    *exchange.mints.get_mut(usize::from(bank.index)).ok_or(Error::BanksFull)? = terms.mint;
    exchange.banks = exchange.banks.saturating_add(1);
    Ok(())
}
