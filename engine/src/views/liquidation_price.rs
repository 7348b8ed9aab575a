//! At which mark of one market an account becomes unhealthy, all else as it is (protocol.md section 7).

use bytemuck::{Pod, Zeroable};

use super::{VERSION, mark_is_stale};
use crate::clock::Now;
use crate::collateral;
use crate::error::{Error, Result};
use crate::margin;
use crate::math::div::div_128_by_64;
use crate::oracle::MarkUse;
use crate::state::{MarginAccount, Market, Ranges};
use crate::units::{MAX_NOTIONAL, Price};
use crate::view::View;

/// The marks of one market at which an account is unhealthy, every other market and the index as they are.
///
/// Ranges count with the base that they hold now: the mark does not move the curve, trades do. So the net base has one
/// sign, and at most one of the two prices is there. Between two neighbouring marks health may go back by an atom; the
/// price that is told and its neighbour towards health are on the two sides.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct LiquidationPriceView {
    /// [`VERSION`].
    pub version: u32,
    /// 1 where a mark under it is older than `max_age_mark_secs`.
    pub stale: u8,
    /// Padding; zero.
    pub pad: u8,
    /// Number of the market.
    pub market: u16,
    /// Its mark now, as a price's bits.
    pub mark: u64,
    /// Net base held there, in base atoms.
    pub base: i64,
    /// Equity less maintenance now, in quote atoms.
    pub excess: i64,
    /// Long: the highest mark at which the account is unhealthy, as a price's bits; one bit above it is not. 0: none.
    pub below: u64,
    /// Short: the lowest mark at which the account is unhealthy, as a price's bits; one bit below it is not. 0: none.
    pub above: u64,
}

const _: () = assert!(size_of::<LiquidationPriceView>() == 48);

/// Where an account becomes unhealthy in a market. A mark beyond the served prices, or at which its notional would be
/// beyond 2^53 quote atoms, is none.
///
/// Errors: `PositionNotFound`, `MarketMissing`, `RangesAccountMissing`, `TickArrayMissing`, `MathOverflow`.
#[inline(never)]
pub fn liquidation_price(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    number: u16,
    now: Now,
) -> Result<LiquidationPriceView> {
    let market = view.market(number)?;
    let held = account.position(number)?;
    let mut told =
        LiquidationPriceView { version: VERSION, market: number, mark: market.mark.bits, ..Default::default() };
    // All but what depends on this mark.
    let counted = collateral::maintenance_floor(account, view, MarkUse::Any, now)?;
    let capital = account.usdc().checked_add(counted).ok_or(Error::MathOverflow)?;
    let mut rest = i64::try_from(capital).map_err(|_| Error::MathOverflow)?;
    for position in account.positions.iter().filter(|position| !position.is_empty()) {
        let other = view.market(position.market)?;
        let part = margin::part(other, position, ranges, view)?;
        if position.base != 0 || position.ranges != 0 {
            told.stale |= mark_is_stale(other, now);
        }
        let mut counted = part.equity()?;
        if position.market == number {
            told.base = part.base;
            counted = counted.checked_sub(part.value).ok_or(Error::MathOverflow)?;
        } else {
            counted = counted.checked_sub_unsigned(part.maintenance).ok_or(Error::MathOverflow)?;
        }
        rest = rest.checked_add(counted).ok_or(Error::MathOverflow)?;
    }
    let slope = Slope { market, base: told.base, rest };
    let is_open = held.base != 0 || held.ranges != 0;
    told.excess = if is_open { slope.excess_at(market.mark.bits)? } else { rest };
    match told.base.signum() {
        1 => told.below = slope.flip(true)?,
        -1 => told.above = slope.flip(false)?,
        _ => {}
    }
    Ok(told)
}

/// An account's excess as one mark moves.
struct Slope<'a> {
    market: &'a Market,
    /// Net base held there.
    base: i64,
    /// All but what depends on this mark, in quote atoms.
    rest: i64,
}

impl Slope<'_> {
    /// Equity less maintenance at a mark.
    #[inline(never)]
    fn excess_at(&self, mark: u64) -> Result<i64> {
        let (value, maintenance) = margin::at_mark(self.market, Price::from_bits(mark), self.base)?;
        let excess = self.rest.checked_add(value).and_then(|equity| equity.checked_sub_unsigned(maintenance));
        excess.ok_or(Error::MathOverflow)
    }

    /// The last unhealthy mark on the way from health: health lies above for who is long, below for who is short. 0 where
    /// no mark is unhealthy. By halves: health is monotone in the mark up to an atom.
    fn flip(&self, long: bool) -> Result<u64> {
        let highest = highest_mark(self.base);
        let lowest = Price::MIN.bits.min(highest);
        let (mut bad, mut good) = if long { (lowest, highest) } else { (highest, lowest) };
        if self.excess_at(bad)? >= 0 {
            return Ok(0);
        }
        if self.excess_at(good)? < 0 {
            return Ok(good);
        }
        while bad.abs_diff(good) > 1 {
            let middle = bad.midpoint(good);
            if self.excess_at(middle)? < 0 {
                bad = middle;
            } else {
                good = middle;
            }
        }
        Ok(bad)
    }
}

/// The highest mark that is served with this base.
fn highest_mark(base: i64) -> u64 {
    let most = div_128_by_64(u128::from(MAX_NOTIONAL) << 48, base.unsigned_abs());
    let most = most.and_then(|(most, _)| u64::try_from(most).ok()).unwrap_or(u64::MAX);
    most.min(Price::MAX.bits)
}
