//! What an account is worth, what it must be worth, and what each of its positions has to do with it (protocol.md section
//! 7).

use bytemuck::{Pod, Zeroable};

use super::{VERSION, mark_is_stale};
use crate::clock::Now;
use crate::collateral;
use crate::error::{Error, Result};
use crate::margin;
use crate::oracle::MarkUse;
use crate::pot;
use crate::state::{MAX_POSITIONS, MarginAccount, Position, Ranges};
use crate::view::View;

/// One position's part of [`HealthView`]. Amounts are quote atoms.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct PositionView {
    /// Number of the market, or 0: nothing in this slot.
    pub market: u16,
    /// 1 where the mark is older than `max_age_mark_secs` and something is open.
    pub stale: u8,
    /// Ranges in the market; they are part of all amounts here.
    pub ranges: u8,
    /// Padding; zero.
    pub pad: [u8; 4],
    /// Net base, in base atoms; negative is short.
    pub base: i64,
    /// The largest base that it can come to with the curve at either end of its ranges.
    pub worst_base: u64,
    /// Net base at mark, rounded down.
    pub value: i64,
    /// Quote that is not settled, the funding due still in it, the ranges' quote, fees and funding included.
    pub quote: i64,
    /// Funding that the position itself owes since it was folded last, rounded up; negative is to come.
    pub funding_due: i64,
    /// Claims on the market's pot, at face.
    pub claims: u64,
    /// The same less their part of the market's shortfall, rounded down.
    pub claims_worth: u64,
    /// Maintenance margin, rounded up, `drift` and the liquidation tip included.
    pub maintenance: u64,
    /// What the net base would pay in funding over `drift_horizon_secs` at the rate now, rounded up.
    pub drift: u64,
}

/// An account's health. `equity = capital + collateral + sum of (claims_worth + value + quote - funding_due)`, exactly, and
/// `maintenance` is the positions' sum. Amounts are quote atoms.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct HealthView {
    /// [`VERSION`].
    pub version: u32,
    /// 1 where a mark under it is older than `max_age_mark_secs`, or a price of collateral older than `max_age_price_secs`:
    /// the program refuses then what needs one.
    pub stale: u8,
    /// 1 where the account is flagged for liquidation.
    pub flagged: u8,
    /// Padding; zero.
    pub pad: [u8; 2],
    /// USDC capital.
    pub capital: u64,
    /// Equity at mark.
    pub equity: i64,
    /// Maintenance margin: with less equity the account is unhealthy.
    pub maintenance: u64,
    /// Maintenance with the liquidation buffers: equity at which a flag clears.
    pub target: u64,
    /// Equity as new risk counts it.
    pub initial_equity: i64,
    /// Initial margin of what is held.
    pub initial_required: u64,
    /// Notional of the worst bases, a tenth of which stays behind a withdrawal.
    pub notional: u64,
    /// Unix time of the flag, or 0.
    pub flagged_at: i64,
    /// What other collateral than USDC counts in equity.
    pub collateral: u64,
    /// Equity that a lien keeps in the account: `initial_equity`, the conservative one, may not fall below it by what the
    /// owner does.
    pub lien_floor: u64,
    /// Room for later fields; zero.
    pub reserved: [u64; 5],
    /// The positions, in the account's slots.
    pub positions: [PositionView; MAX_POSITIONS],
}

const _: () = assert!(size_of::<PositionView>() == 80 && size_of::<HealthView>() == 128 + 8 * 80);

/// The health of an account.
///
/// Errors: `MarketMissing`, `RangesAccountMissing`, `TickArrayMissing`, `MathOverflow`.
#[inline(never)]
pub fn health(account: &MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<HealthView> {
    let capital = account.usdc();
    let collateral = collateral::maintenance_floor(account, view, MarkUse::Any, now)?;
    let counted = capital.checked_add(collateral).ok_or(Error::MathOverflow)?;
    let mut told = HealthView {
        version: VERSION,
        stale: u8::from(collateral::is_stale(account, view, now)),
        flagged: u8::from(account.flagged_at != 0),
        capital,
        collateral,
        lien_floor: account.lien_floor,
        equity: i64::try_from(counted).map_err(|_| Error::MathOverflow)?,
        flagged_at: account.flagged_at,
        ..HealthView::default()
    };
    for (place, position) in told.positions.iter_mut().zip(&account.positions) {
        if position.is_empty() {
            continue;
        }
        let (equity, buffer) = tell(place, position, ranges, view, now)?;
        told.stale |= place.stale;
        told.equity = told.equity.checked_add(equity).ok_or(Error::MathOverflow)?;
        let maintenance = told.maintenance.checked_add(place.maintenance).ok_or(Error::MathOverflow)?;
        told.maintenance = maintenance;
        let target = told.target.checked_add(place.maintenance).and_then(|target| target.checked_add(buffer));
        told.target = target.ok_or(Error::MathOverflow)?;
    }
    let initial = margin::initial_at_any_mark(account, ranges, view, now)?;
    (told.initial_equity, told.initial_required, told.notional) = (initial.equity, initial.required, initial.notional);
    Ok(told)
}

/// One position's part; returns what it adds to equity, and its liquidation buffer.
#[inline(never)]
fn tell(
    place: &mut PositionView,
    position: &Position,
    ranges: Option<&Ranges>,
    view: &View,
    now: Now,
) -> Result<(i64, u64)> {
    let market = view.market(position.market)?;
    let part = margin::part(market, position, ranges, view)?;
    let is_open = position.base != 0 || position.ranges != 0;
    // A position without base owes no funding.
    let funding_due = pot::funding_due(market, position)?;
    *place = PositionView {
        market: position.market,
        stale: if is_open { mark_is_stale(market, now) } else { 0 },
        ranges: position.ranges,
        pad: [0; 4],
        base: part.base,
        worst_base: part.worst_base,
        value: part.value,
        quote: part.quote.checked_add(funding_due).ok_or(Error::MathOverflow)?,
        funding_due,
        claims: position.unmatured.checked_add(position.mature).ok_or(Error::MathOverflow)?,
        claims_worth: part.claims,
        maintenance: part.maintenance,
        drift: margin::drift_ceil(market, part.base)?,
    };
    Ok((part.equity()?, margin::buffer_ceil(market, part.maintenance)))
}
