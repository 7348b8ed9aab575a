//! Health: what an account is worth and what it must be worth (protocol.md section 7).

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::oracle::MarkUse;
use crate::params::MILLION;
use crate::planted::{self, Bug};
use crate::pot;
use crate::ranges::{ends, entitlement};
use crate::state::{MarginAccount, Market, Position, Ranges};
use crate::units::{Factor, Price};
use crate::view::View;
use crate::{collateral, session, state};

/// Equity at mark against maintenance margin.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Capital, other collateral at what it counts, claims less their part of the shortfall, and every market's value at mark, in quote atoms.
    pub equity: i64,
    /// Maintenance margin, in quote atoms.
    pub maintenance: u64,
    /// Maintenance with each market's liquidation buffer: equity at which a flag clears.
    pub target: u64,
}

impl Health {
    /// `equity - maintenance`: negative is unhealthy.
    pub fn excess(&self) -> i64 {
        self.equity.saturating_sub_unsigned(self.maintenance)
    }

    /// Whether the account must be reduced.
    pub fn is_unhealthy(&self) -> bool {
        self.excess() < 0
    }

    /// Whether a flag clears.
    pub fn is_cured(&self) -> bool {
        self.equity.saturating_sub_unsigned(self.target) >= 0
    }
}

/// Equity as new risk counts it against initial margin.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InitialHealth {
    /// Capital, other collateral at the worst it counts, mature claims at `h`, every market at the worst of mark, stable and index and at the worst end of its
    /// ranges, profit only up to `paid_in`; in quote atoms.
    pub equity: i64,
    /// Initial margin, in quote atoms.
    pub required: u64,
    /// Worst-base notional of all markets, in quote atoms.
    pub notional: u64,
    /// Equity that a lien keeps in the account, in quote atoms.
    pub floor: u64,
    /// Why some of its other collateral counts for nothing: `BankMissing` or `CollateralStale`, which its owner can mend.
    pub lacks: Option<Error>,
}

impl InitialHealth {
    /// Whether new risk of this account is backed and leaves a lien's floor. Errors: `InsufficientMargin`, `LienFloor`, and in
    /// place of both `BankMissing` or `CollateralStale` where that keeps collateral from counting.
    pub fn require(&self) -> Result<()> {
        self.require_margin()?;
        let keeps = self.equity.saturating_sub_unsigned(self.floor) >= 0 || planted::is(Bug::ForgetsTheLien);
        if keeps { Ok(()) } else { Err(self.refusal(Error::LienFloor)) }
    }

    /// Whether new risk of this account is backed, liens aside. Errors as [`Self::require`].
    fn require_margin(&self) -> Result<()> {
        self.require_equity(self.required)
    }

    fn require_equity(&self, least: u64) -> Result<()> {
        let is_enough = self.equity.saturating_sub_unsigned(least) >= 0;
        if is_enough { Ok(()) } else { Err(self.refusal(Error::InsufficientMargin)) }
    }

    /// What more collateral could mend is refused with what keeps it from counting.
    fn refusal(&self, error: Error) -> Error {
        self.lacks.unwrap_or(error)
    }

    /// Whether a withdrawal leaves the account backed: initial margin, a tenth of its notional, and a lien's floor.
    pub fn require_withdrawal(&self) -> Result<()> {
        self.require()?;
        self.require_seizure()
    }

    /// The same for what a lien's holder takes: its own floor is no limit.
    pub(crate) fn require_seizure(&self) -> Result<()> {
        self.require_margin()?;
        self.require_equity(self.notional.div_ceil(10))
    }
}

/// A position with its ranges in one market.
#[derive(Clone, Copy)]
struct Exposure {
    /// Net base now.
    base: i64,
    /// Quote, fees and funding, all brought up to date.
    quote: i64,
    /// Net base with the curve beyond every range above.
    base_up: i64,
    /// Net base with the curve beyond every range below.
    base_down: i64,
    /// `quote` with the curve there.
    quote_up: i64,
    /// `quote` with the curve there.
    quote_down: i64,
}

impl Exposure {
    /// The largest base that the curve can bring about; base is monotone in `s`, so the ends suffice.
    fn worst_base(&self) -> u64 {
        self.base_up.unsigned_abs().max(self.base_down.unsigned_abs())
    }
}

fn add(a: i64, b: i64) -> Result<i64> {
    a.checked_add(b).ok_or(Error::MathOverflow)
}

fn add_unsigned(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).ok_or(Error::MathOverflow)
}

#[inline(never)]
fn exposure(market: &Market, position: &Position, ranges: Option<&Ranges>, view: &View) -> Result<Exposure> {
    let quote = position.quote.checked_sub(pot::funding_due(market, position)?).ok_or(Error::MathOverflow)?;
    let base = position.base;
    let mut sum = Exposure { base, quote, base_up: base, base_down: base, quote_up: quote, quote_down: quote };
    if position.ranges == 0 {
        return Ok(sum);
    }
    let ranges = ranges.ok_or(Error::RangesAccountMissing)?;
    for range in ranges.ranges.iter().filter(|range| range.market == position.market) {
        let (lower, upper) = view.ticks(market, range)?;
        let held = entitlement(market, range, lower, upper)?;
        let ends = ends(market, range)?;
        let quote = held.total_quote()?;
        sum.base = add(sum.base, held.base)?;
        sum.quote = add(sum.quote, quote)?;
        sum.base_up = add(sum.base_up, ends.base_up)?;
        sum.base_down = add(sum.base_down, ends.base_down)?;
        sum.quote_up = add(sum.quote_up, add(quote, ends.quote_up)?)?;
        sum.quote_down = add(sum.quote_down, add(quote, ends.quote_down)?)?;
    }
    Ok(sum)
}

/// The base of a position with its ranges: now, and where the curve can take it.
pub(crate) struct Reach {
    /// Now.
    pub base: i64,
    /// With the curve beyond every range above.
    pub up: i64,
    /// With the curve beyond every range below.
    pub down: i64,
}

/// [`Reach`] of a position. Errors: `RangesAccountMissing`, `TickArrayMissing`.
pub(crate) fn reach(market: &Market, position: &Position, ranges: Option<&Ranges>, view: &View) -> Result<Reach> {
    let held = exposure(market, position, ranges, view)?;
    Ok(Reach { base: held.base, up: held.base_up, down: held.base_down })
}

/// The largest base that an account's position and ranges in one market can reach.
pub fn worst_base(market: &Market, account: &MarginAccount, ranges: Option<&Ranges>, view: &View) -> Result<u64> {
    let position = account.position(market.index_number)?;
    Ok(exposure(market, position, ranges, view)?.worst_base())
}

/// What a net base would pay in funding over `drift_horizon` at the current rate, rounded up; never negative.
#[inline]
pub fn drift_ceil(market: &Market, base: i64) -> Result<u64> {
    let horizon = u64::from(market.params.drift_horizon_secs);
    if horizon == 0 || market.funding_rate.bits.signum() != base.signum() || base == 0 {
        return Ok(0);
    }
    let notional = market.index.notional_ceil(base.unsigned_abs())?;
    let hourly = market.funding_rate.magnitude().of_ceil(notional);
    // A week of the largest rate on the largest notional passes 64 bits before it is divided: whole hours first.
    let (seconds, rest) = (hourly / 3_600, hourly % 3_600);
    let of_rest = rest.saturating_mul(horizon).div_ceil(3_600);
    seconds.checked_mul(horizon).and_then(|whole| whole.checked_add(of_rest)).ok_or(Error::MathOverflow)
}

/// What one position with its ranges adds to an account's health, at the stored mark however old. Amounts are quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Net base, in base atoms.
    pub base: i64,
    /// The largest base that the curve can bring about.
    pub worst_base: u64,
    /// Net base at mark, rounded down.
    pub value: i64,
    /// Quote with the fees and funding of its ranges and its own funding.
    pub quote: i64,
    /// Claims, less their part of the shortfall.
    pub claims: u64,
    /// Maintenance margin, `drift` and the liquidation tip included.
    pub maintenance: u64,
}

impl Part {
    /// What it adds to equity.
    #[inline(always)]
    pub fn equity(&self) -> Result<i64> {
        let open = add(self.value, self.quote)?;
        open.checked_add_unsigned(self.claims).ok_or(Error::MathOverflow)
    }
}

/// [`Part`] of a position. Errors: `RangesAccountMissing`, `TickArrayMissing`.
#[inline(never)]
pub fn part(market: &Market, position: &Position, ranges: Option<&Ranges>, view: &View) -> Result<Part> {
    part_in_place(market, position, ranges, view)
}

/// [`part`] without a call, for the health that every trade looks at.
#[inline(always)]
fn part_in_place(market: &Market, position: &Position, ranges: Option<&Ranges>, view: &View) -> Result<Part> {
    let mut part = Part { quote: position.quote, ..Part::default() };
    let claims = add_unsigned(position.unmatured, position.mature)?;
    if claims != 0 {
        part.claims = pot::claim_value_floor(market, claims);
    }
    if position.base == 0 && position.ranges == 0 {
        return Ok(part);
    }
    let held = exposure(market, position, ranges, view)?;
    (part.base, part.quote, part.worst_base) = (held.base, held.quote, held.worst_base());
    (part.value, part.maintenance) = at_mark(market, market.mark, held.base)?;
    Ok(part)
}

/// The liquidation buffer on a maintenance margin, rounded up.
#[inline(always)]
pub fn buffer_ceil(market: &Market, maintenance: u64) -> u64 {
    Factor::from_ppm(market.params.buffer_ppm).of_ceil(maintenance)
}

/// What a net base is worth at a mark, rounded down, and its maintenance margin there, rounded up.
#[inline(always)]
pub fn at_mark(market: &Market, mark: Price, base: i64) -> Result<(i64, u64)> {
    let notional = mark.notional_ceil(base.unsigned_abs())?;
    let value = if base >= 0 { mark.value_floor(base)? } else { notional.cast_signed().saturating_neg() };
    let mut margin = Factor::from_ppm(market.params.mmr_ppm).of_ceil(notional);
    margin = add_unsigned(margin, drift_ceil(market, base)?)?;
    Ok((value, add_unsigned(margin, u64::from(market.params.liquidation_tip_quote))?))
}

/// Equity and maintenance margin at the stored marks.
///
/// Errors: `MarkStale`, `CollateralStale`, `MarketMissing`, `BankMissing`, `RangesAccountMissing`, `TickArrayMissing`.
#[inline(never)]
pub fn health(account: &MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<Health> {
    Scope { ranges, view, marks: MarkUse::Owner, now }.health(account)
}

/// The same at marks as old as liquidation allows.
///
/// Errors: as [`health`].
#[inline(never)]
pub fn health_for_liquidation(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    now: Now,
) -> Result<Health> {
    Scope { ranges, view, marks: MarkUse::Liquidation, now }.health(account)
}

/// The same at marks of any age, for whoever only wants to know.
pub fn health_at_any_mark(account: &MarginAccount, ranges: Option<&Ranges>, view: &View, now: Now) -> Result<Health> {
    Scope { ranges, view, marks: MarkUse::Any, now }.health(account)
}

/// What a health is told from.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a, 'v> {
    /// The account's companion, when it has ranges.
    pub ranges: Option<&'a Ranges>,
    /// The markets.
    pub view: &'a View<'v>,
    /// How old a mark may be.
    pub marks: MarkUse,
    /// The clock.
    pub now: Now,
}

impl Scope<'_, '_> {
    /// Equity and maintenance margin of the whole account.
    pub fn health(&self, account: &MarginAccount) -> Result<Health> {
        let mut health = self.health_elsewhere(account, 0)?;
        health.equity = self.add_capital(health.equity, account)?;
        Ok(health)
    }

    /// The part of an account's health that changes in one market do not touch: every other position, without capital.
    #[inline(never)]
    pub fn health_elsewhere(&self, account: &MarginAccount, market: u16) -> Result<Health> {
        let mut health = Health::default();
        for position in account.positions.iter().filter(|p| !p.is_empty() && p.market != market) {
            self.add_position(&mut health, position)?;
        }
        Ok(health)
    }

    /// The whole health again, told from [`Self::health_elsewhere`] of the same market.
    #[inline(never)]
    pub fn health_with(&self, elsewhere: &Health, account: &MarginAccount, market: u16) -> Result<Health> {
        let mut health = *elsewhere;
        if let Ok(position) = account.position(market) {
            self.add_position(&mut health, position)?;
        }
        health.equity = self.add_capital(health.equity, account)?;
        Ok(health)
    }

    /// Equity with the account's capital, other collateral than USDC at what it counts.
    #[inline(always)]
    fn add_capital(&self, equity: i64, account: &MarginAccount) -> Result<i64> {
        let equity = equity.checked_add_unsigned(account.usdc()).ok_or(Error::MathOverflow)?;
        if !account.has_other_collateral() {
            return Ok(equity);
        }
        let counted = collateral::maintenance_floor(account, self.view, self.marks, self.now)?;
        equity.checked_add_unsigned(counted).ok_or(Error::MathOverflow)
    }

    /// Adds what an account has in one market.
    #[inline(never)]
    fn add_position(&self, health: &mut Health, position: &Position) -> Result<()> {
        let market = self.view.market(position.market)?;
        if position.base != 0 || position.ranges != 0 {
            self.marks.require(market, self.now)?;
        }
        let part = part_in_place(market, position, self.ranges, self.view)?;
        health.equity = add(health.equity, part.equity()?)?;
        health.maintenance = add_unsigned(health.maintenance, part.maintenance)?;
        let buffer = buffer_ceil(market, part.maintenance);
        health.target = add_unsigned(health.target, add_unsigned(part.maintenance, buffer)?)?;
        Ok(())
    }
}

/// Equity and initial margin for new risk. `added` names the markets in which the instruction adds risk and the base by
/// which it does, whose margin rises with that market's open interest.
///
/// Errors: as [`health`].
pub fn initial(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    added: &[(u16, u64)],
    now: Now,
) -> Result<InitialHealth> {
    initial_with(account, &Scope { ranges, view, marks: MarkUse::Owner, now }, added, 0)
}

/// The same at marks of any age, for whoever only wants to know.
pub fn initial_at_any_mark(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    now: Now,
) -> Result<InitialHealth> {
    initial_with(account, &Scope { ranges, view, marks: MarkUse::Any, now }, &[], 0)
}

/// The same for whoever takes a position over from a liquidated account in `taken_in`: nothing is scaled with open
/// interest, and the mark there may be as old as liquidation allows. Everywhere else it may not: who has other risk that
/// nobody can price takes over nothing.
pub fn initial_of_take_over(
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    view: &View,
    taken_in: u16,
    now: Now,
) -> Result<InitialHealth> {
    initial_with(account, &Scope { ranges, view, marks: MarkUse::Owner, now }, &[], taken_in)
}

#[inline(never)]
fn initial_with(account: &MarginAccount, scope: &Scope, added: &[(u16, u64)], taken_in: u16) -> Result<InitialHealth> {
    let Scope { ranges, view, now, .. } = *scope;
    let capital = i64::try_from(account.usdc()).map_err(|_| Error::MathOverflow)?;
    let mut sum = InitialHealth { equity: capital, floor: account.lien_floor, ..InitialHealth::default() };
    if account.has_other_collateral() {
        let counted = collateral::initial(account, view, scope.marks, now)?;
        sum.equity = sum.equity.checked_add_unsigned(counted.floor).ok_or(Error::MathOverflow)?;
        sum.lacks = counted.lacks;
    }
    // Sum of slope * notional, in 2^-48 per million USD: the slope applies to the notional of the whole account.
    let mut slope_notional = 0u64;
    for position in account.positions.iter().filter(|position| !position.is_empty()) {
        let market = view.market(position.market)?;
        if position.mature != 0 {
            let worth = pot::payout_floor(market, position.mature);
            sum.equity = sum.equity.checked_add_unsigned(worth).ok_or(Error::MathOverflow)?;
        }
        if position.base == 0 && position.ranges == 0 {
            sum.equity = add(sum.equity, position.quote.min(0))?;
            continue;
        }
        let marks = if position.market == taken_in { MarkUse::Liquidation } else { scope.marks };
        marks.require(market, now)?;
        let held = exposure(market, position, ranges, view)?;
        let (low, high) = price_range(market);
        let value = |base: i64, quote: i64| {
            let price = if base >= 0 { low } else { high };
            add(price.value_floor(base)?, quote)
        };
        let mut worth = value(held.base, held.quote)?;
        if position.ranges != 0 {
            worth = worth.min(value(held.base_up, held.quote_up)?).min(value(held.base_down, held.quote_down)?);
        }
        if worth > 0 {
            let paid_in = pot::paid_in_now(market, position, now);
            worth = worth.min(i64::try_from(paid_in).unwrap_or(i64::MAX));
        }
        sum.equity = add(sum.equity, worth)?;
        let notional = high.notional_ceil(held.worst_base())?;
        let params = &market.params;
        // Never below maintenance: of a position of a few USD the liquidation tip is the larger part.
        let floor =
            add_unsigned(Factor::from_ppm(params.mmr_ppm).of_ceil(notional), u64::from(params.liquidation_tip_quote))?;
        let margin = Factor::from_ppm(initial_ppm(market)).of_ceil(notional).max(floor);
        sum.required = add_unsigned(sum.required, add_unsigned(margin, drift_ceil(market, held.base)?)?)?;
        sum.notional = add_unsigned(sum.notional, notional)?;
        let slope = Factor::from_ppm(params.imf_slope_ppm_per_million_usd).of_ceil(notional);
        slope_notional = add_unsigned(slope_notional, slope)?;
        if let Some((_, base)) = added.iter().find(|(number, _)| *number == position.market) {
            sum.required = add_unsigned(sum.required, open_interest_margin_ceil(market, high.notional_ceil(*base)?)?)?;
        }
    }
    // notional / 10^12 atoms is the account's notional in million USD.
    let by_size = u128::from(slope_notional).saturating_mul(u128::from(sum.notional)).div_ceil(1_000_000_000_000);
    sum.required = add_unsigned(sum.required, u64::try_from(by_size).map_err(|_| Error::MathOverflow)?)?;
    Ok(sum)
}

/// The lowest and the highest of mark, stable price and index.
#[inline]
fn price_range(market: &Market) -> (Price, Price) {
    let (mark, stable, index) = (market.mark, market.stable, market.index);
    (mark.min(stable).min(index), mark.max(stable).max(index))
}

/// Margin on added notional beyond `imr`: rises from 0 at `oi_scale_from` of the cap to the rest of 100% at the cap,
/// rounded up.
fn open_interest_margin_ceil(market: &Market, added: u64) -> Result<u64> {
    let params = &market.params;
    if params.oi_scale_from_ppm == 0 {
        return Ok(0);
    }
    let cap = oi_cap_quote(market);
    let from = Factor::from_ppm(params.oi_scale_from_ppm).of_floor(cap);
    let interest = market.mark.notional_ceil(market.open_interest())?.min(cap);
    let above = interest.saturating_sub(from);
    if above == 0 {
        return Ok(0);
    }
    let rest = Factor::from_ppm(MILLION.saturating_sub(initial_ppm(market))).of_ceil(added);
    let span = u128::from(cap.saturating_sub(from).max(1));
    let extra = u128::from(rest).saturating_mul(u128::from(above)).div_ceil(span);
    u64::try_from(extra).map_err(|_| Error::MathOverflow)
}

/// The initial margin ratio without what size and open interest add: `session_margin` times `imr` off hours.
#[inline(always)]
fn initial_ppm(market: &Market) -> u32 {
    if market.session == 0 { market.params.imr_ppm } else { session::initial_ppm(market) }
}

/// The market's cap on open interest, in quote atoms. Off hours it falls as the margin rises: so that risk which takes
/// `session_margin` times the margin ties up no more of it.
#[inline]
pub fn oi_cap_quote(market: &Market) -> u64 {
    let cap = u64::from(market.params.oi_cap_usd).saturating_mul(u64::from(MILLION));
    if market.session == 0 { cap } else { session::part_of_cap(market, cap) }
}

const _: () = assert!(state::USDC == 0, "only quote capital counts without a price");
