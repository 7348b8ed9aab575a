//! How far prices may move before an account can be unhealthy.
//!
//! What health has to spare is shared out over the account's markets by their maintenance, and the banks of its other
//! collateral beside them; in each market between what the mark and what funding may take. Where the mark has taken its share is found by the engine's own value and margin at
//! other marks. Nothing here decides about health: a fence that stands too near costs a look, and none stands too far.

use keel_engine::Result;
use keel_engine::margin::{self, Part, at_mark, drift_ceil};
use keel_engine::state::{Market, Position, Ranges};
use keel_engine::units::Price;
use keel_engine::view::View;
use solana_pubkey::Pubkey;

use super::backing::{self, Backing};
use super::fence::Fence;
use crate::brain::ground::Ground;
use crate::mirror::held;

/// How an account stands.
pub(super) enum Standing {
    /// Healthy behind these fences.
    Healthy(Vec<Fence>),
    /// Healthy by no more than rounding.
    Near,
    /// Unhealthy.
    Unhealthy,
}

/// What holding a base atom has cost since the beginning and would cost over the drift's horizon at the rate of now, in
/// `2^-64` quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// Long.
    pub long: i128,
    /// Short.
    pub short: i128,
}

/// Base atoms for which drift is asked, as a power of two: the engine rounds it up to quote atoms.
const UNIT_BITS: u32 = 36;
/// Seconds for which the fences of an account with ranges hold: each accrual rounds an atom or two of theirs up.
const MAKER_SECS: i64 = 60;
/// The atoms that these are in that time, for each range.
const MAKER_SLACK: u64 = 4 * MAKER_SECS.unsigned_abs();
/// Halvings of the interval in which a fence is sought: a millionth of the price is near enough.
pub(super) const HALVINGS: u32 = 20;

/// The cost of holding in a market.
pub(super) fn cost(market: &Market) -> Cost {
    let funding = market.funding.get();
    let drift = |base: i64| match drift_ceil(market, base) {
        Ok(atoms) => i128::from(atoms) << (64 - UNIT_BITS),
        // Beyond every fence.
        Err(_) => i128::MAX,
    };
    let unit = 1i64 << UNIT_BITS;
    Cost {
        long: funding.saturating_add(drift(unit)),
        short: funding.saturating_neg().saturating_add(drift(unit.saturating_neg())),
    }
}

/// What an account has at stake in one market.
struct Stake<'m> {
    market: &'m Market,
    part: Part,
    ranges: u8,
}

impl Stake<'_> {
    /// What rounding may take of health while nothing moves, in quote atoms.
    fn slack(&self) -> u64 {
        let hours = u64::from(self.market.params.drift_horizon_secs).div_ceil(3_600);
        let units = (self.part.base.unsigned_abs() >> UNIT_BITS).saturating_add(2);
        let drift = hours.saturating_add(4).saturating_mul(units);
        drift.saturating_add(u64::from(self.ranges).saturating_mul(MAKER_SLACK)).saturating_add(8)
    }
}

/// How an account stands, by the engine's health and with fences for what it has to spare.
///
/// Errors: those of [`margin::health_at_any_mark`], `AccountMissing`.
pub(super) fn standing(ground: &Ground, address: &Pubkey) -> Result<Standing> {
    let (account, ranges) = ground.account(address)?;
    ground.look(ranges.as_ref(), |view| {
        let health = margin::health_at_any_mark(&account, ranges.as_ref(), view, ground.now)?;
        if health.is_unhealthy() {
            return Ok(Standing::Unhealthy);
        }
        let mut fences = Vec::new();
        let mut stakes = Vec::new();
        for position in held(&account) {
            if position.unmatured != 0 || position.mature != 0 {
                fences.push(Fence::Claimant(position.market));
            }
            if position.ranges != 0 {
                fences.push(Fence::Maker(position.market));
            }
            if position.base != 0 || position.ranges != 0 {
                stakes.push(stake(position, ranges.as_ref(), view)?);
            }
        }
        if stakes.iter().any(|stake| stake.ranges != 0) {
            fences.push(Fence::Until(ground.now.unix.saturating_add(MAKER_SECS)));
        }
        // Who neither holds nor owes anything cannot be unhealthy.
        let backings = match held(&account).next() {
            Some(_) => backing::of(&account, view, ground.now)?,
            None => Vec::new(),
        };
        let mut slack = stakes.iter().fold(0u64, |sum, stake| sum.saturating_add(stake.slack()));
        for (fading, until) in backings.iter().map(|backing| backing.fading(ground.now)) {
            slack = slack.saturating_add(fading);
            fences.extend(until.map(Fence::Until));
        }
        let spare = health.excess().unsigned_abs().saturating_sub(slack);
        if spare == 0 && !(stakes.is_empty() && backings.is_empty()) {
            return Ok(Standing::Near);
        }
        let shares = stakes.iter().map(|stake| stake.part.maintenance).chain(backings.iter().map(Backing::share));
        let whole = shares.map(u128::from).sum::<u128>().max(1);
        let part = |share: u64| {
            let part = u128::from(spare).saturating_mul(u128::from(share)) / whole;
            u64::try_from(part).unwrap_or(u64::MAX)
        };
        for stake in &stakes {
            fence(stake, part(stake.part.maintenance), &mut fences);
        }
        fences.extend(backings.iter().filter_map(|backing| backing.fence(part(backing.share()))));
        Ok(Standing::Healthy(fences))
    })
}

fn stake<'v>(position: &Position, ranges: Option<&Ranges>, view: &View<'v>) -> Result<Stake<'v>> {
    let market = view.market(position.market)?;
    Ok(Stake { market, part: margin::part(market, position, ranges, view)?, ranges: position.ranges })
}

/// Fences a stake that may lose so much.
fn fence(stake: &Stake, share: u64, fences: &mut Vec<Fence>) {
    let (market, base) = (stake.market, stake.part.base);
    if base == 0 {
        return;
    }
    let number = market.index_number;
    // Funding is slow: an eighth of the share lasts long.
    let for_cost = share / 8;
    if let Some(end) = mark_end(market, base, share.saturating_sub(for_cost)) {
        fences.push(if base > 0 { Fence::Above(number, end) } else { Fence::Below(number, end) });
    }
    let room = (u128::from(for_cost) << 64).checked_div(u128::from(base.unsigned_abs())).unwrap_or(0);
    let room = i128::try_from(room).unwrap_or(i128::MAX);
    let cost = cost(market);
    fences.push(if base > 0 {
        Fence::Long(number, cost.long.saturating_add(room))
    } else {
        Fence::Short(number, cost.short.saturating_add(room))
    });
}

/// Bits of a mark up to which a base loses no more than `share` in value less margin; none where no fall to nothing does.
fn mark_end(market: &Market, base: i64, share: u64) -> Option<u64> {
    let worth = |bits: u64| {
        let (value, margin) = at_mark(market, Price::from_bits(bits), base).ok()?;
        Some(i128::from(value).saturating_sub(i128::from(margin)))
    };
    let mark = market.mark.bits;
    let floor = worth(mark)?.saturating_sub(i128::from(share));
    let is_within = |bits: u64| worth(bits).is_some_and(|worth| worth >= floor);
    let mut within = mark;
    let mut beyond = if base > 0 { 0 } else { mark.saturating_mul(4) };
    if is_within(beyond) {
        // From four times the price it is looked at anew.
        return (base < 0).then_some(beyond);
    }
    for _ in 0..HALVINGS {
        let middle = within.midpoint(beyond);
        if is_within(middle) {
            within = middle;
        } else {
            beyond = middle;
        }
    }
    Some(within)
}
