//! What anyone may do to somebody else's account (item 7): only to an unhealthy one, no more than is allowed, and never to
//! its harm.

use keel_engine::closing::is_closed;
use keel_engine::delegate::{self, MAY_RANGE, MAY_TRADE};
use keel_engine::margin::Health;
use keel_engine::pot::{shortfall, unsettled};
use keel_engine::ranges::entitlement;
use keel_engine::state::{MarginAccount, Market};
use keel_engine::{Now, oracle};
use keel_simulator::action::{Done, RangeAt};
use keel_simulator::setup::number;
use keel_simulator::{Action, Books};
use solana_pubkey::Pubkey;

use super::account::rounding_atoms;
use super::liquidation::{self, Closed, Taken};
use super::{Checked, Prior, backstop, health, require};
use crate::world::World;

pub(super) fn check(world: &World, action: &Action, done: &Done, prior: &Prior, now: Now) -> Checked {
    match (action.clone(), *done) {
        (Action::BeginLiquidation { .. }, _) => unhealthy(prior, action),
        // Of a closed market anybody's ranges are.
        (Action::UnwindRange { market, .. }, _) if world.market(market).is_some_and(is_closed) => Ok(()),
        (Action::UnwindRange { who, .. }, _) => {
            unhealthy(prior, action)?;
            no_worse(world, who, prior, 0, now).map(drop)
        }
        (Action::LiquidateOnCurve { who, market, by, max_base }, Done::Liquidated { base, keeper, insurance, .. }) => {
            unhealthy(prior, action)?;
            let after = no_worse(world, who, prior, 0, now)?;
            let paid = Paid { keeper, insurance };
            step(world, Step { who, by, market: number(market), base, max_base }, paid, prior, after, now)
        }
        (Action::Liquidate { who, market, by, request }, Done::TakenOver { base, tip, insurance, .. }) => {
            unhealthy(prior, action)?;
            let after = no_worse(world, who, prior, 0, now)?;
            let taken = Taken { who, by, market: number(market), base, tip, insurance };
            liquidation::taken_over(world, &taken, request.max_base, prior, after, now)
        }
        (Action::Backstop { who, market, max_base, .. }, Done::TakenOver { base, tip, insurance, .. }) => {
            unhealthy(prior, action)?;
            let after = no_worse(world, who, prior, 0, now)?;
            let taken = backstop::Taken { who, market: number(market), base, tip, insurance };
            backstop::taken_over(world, &taken, max_base, prior, after, now)
        }
        (Action::Deleverage { who, market, holder, max_base, .. }, Done::Deleveraged { base, .. }) => {
            unhealthy(prior, action)?;
            // What its holder turns out to owe and cannot pay in USDC lowers what everybody's claims are worth.
            let _after = no_worse(world, who, prior, owed_more(world), now)?;
            let closed = Closed { who, holder, market: number(market), base };
            liquidation::deleveraged(world, &closed, max_base, prior, now)
        }
        (Action::Settle { who, market, by }, _) if !acts_for(world, by, who, market, MAY_TRADE, now) => {
            settled_by_other(world, who, number(market), prior, now)
        }
        (Action::SettleRange { who, market, range, by }, _) if !acts_for(world, by, who, market, MAY_RANGE, now) => {
            range_settled_by_other(world, (who, number(market), range), prior, now)
        }
        (Action::Release { market, .. }, Done::Released { claim, paid }) => {
            released(world.before.markets.get(&number(market)), claim, paid)
        }
        (Action::Resolve { who, market }, Done::Resolved { written_off, .. }) => {
            resolved(world, who, number(market), written_off)
        }
        _ => Ok(()),
    }
}

/// Whether whoever acts from one place owns the account at another, or is its delegate in this market.
fn acts_for(world: &World, by: usize, who: usize, market: usize, permission: u32, now: Now) -> bool {
    let account = |place: usize| world.addresses.get(place).and_then(|address| world.before.accounts.get(address));
    let (Some(held), Some(address)) = (account(who), world.addresses.get(who)) else { return false };
    let key = world.simulator.key(by, address);
    key.is_ok_and(|key| delegate::allows(held, &key.to_bytes(), permission, number(market), now).is_ok())
}

pub(super) fn account<'a>(world: &World, books: &'a Books, who: usize) -> Option<(Pubkey, &'a MarginAccount)> {
    let address = world.addresses.get(who)?;
    Some((*address, books.accounts.get(address)?))
}

/// Every step needs the account to be unhealthy at that moment.
fn unhealthy(prior: &Prior, action: &Action) -> Checked {
    let excess = prior.health.map(|health| health.excess());
    require(excess.is_none_or(|excess| excess < 0), "no liquidation of a healthy account", || {
        format!("{action:?} with {excess:?} above maintenance")
    })
}

/// A step never lowers health, by more than `slack`.
fn no_worse(
    world: &World,
    who: usize,
    prior: &Prior,
    slack: i128,
    now: Now,
) -> Result<Option<Health>, super::Violation> {
    let (Some(before), Some((address, _))) = (prior.health, account(world, world.books(), who)) else {
        return Ok(None);
    };
    let Ok(after) = health(world.books(), None, &address, now) else { return Ok(None) };
    let slack = slack + rounding_atoms(world.books());
    require(
        i128::from(after.excess()) >= i128::from(before.excess()) - slack,
        "a liquidation never lowers health",
        || format!("from {} to {}", before.excess(), after.excess()),
    )?;
    Ok(Some(after))
}

/// Losses that nobody has paid, all markets together: how many more there are than before.
fn owed_more(world: &World) -> i128 {
    let sum = |books: &Books| -> i128 { books.markets.values().map(|market| i128::from(shortfall(market))).sum() };
    (sum(world.books()) - sum(&world.before)).max(0)
}

/// A step on the curve.
#[derive(Clone, Copy)]
struct Step {
    who: usize,
    by: usize,
    market: u16,
    base: i64,
    max_base: u64,
}

/// Who got what of it.
#[derive(Clone, Copy)]
struct Paid {
    keeper: u64,
    insurance: u64,
}

/// Atoms that rounding may cost: three for each step of the curve, of which there is one for each crossing at most.
const STEP_ATOMS: f64 = 3.0 * 66.0;

pub(super) fn ratio(ppm: u32) -> f64 {
    f64::from(ppm) / 1e6
}

fn step(world: &World, step: Step, paid: Paid, prior: &Prior, after: Option<Health>, now: Now) -> Checked {
    let (Some(before), Some(market)) = (prior.health, prior.market) else { return Ok(()) };
    let Some((_, old)) = account(world, &world.before, step.who) else { return Ok(()) };
    require(old.flagged_at != 0 && old.ranges == 0, "a step needs a flag, and ranges unwound", || format!("{old:?}"))?;
    let held = old.position(step.market).map_or(0, |position| position.base);
    let size = step.base.unsigned_abs();
    require(
        held.signum() * step.base.signum() == -1 && size <= held.unsigned_abs().min(step.max_base),
        "a step reduces the position",
        || format!("{} of {held}", step.base),
    )?;
    let most = allowed(world, &market, old, held.unsigned_abs(), &before, now);
    require(size as f64 <= most, "a step closes no more than is allowed", || {
        format!("{size} of {held}, {most} allowed")
    })?;

    // What it cost: at most the largest discount, the fees, and the tip.
    let notional = market.mark.notional_ceil(size).unwrap_or(u64::MAX) as f64;
    let params = &market.params;
    // The fee is one on the quote, which may be worse than at the mark by the discount.
    let (discount, fee) = (ratio(params.d_max_ppm), ratio(params.max_fee_ppm) + ratio(params.conf_limit_ppm));
    let rates = discount + widening(&market, now) + fee * (1.0 + discount);
    let most = notional * rates * (1.0 + 1e-9) + f64::from(params.liquidation_tip_quote) + STEP_ATOMS;
    let short = world.books().markets.values().chain(world.before.markets.values()).any(|m| shortfall(m) != 0);
    if let Some(after) = after.filter(|_| !short) {
        let cost = (i128::from(before.equity) - i128::from(after.equity)) as f64;
        require(cost <= most, "a step costs its discount, fees and tip at most", || format!("{cost} of {most}"))?;
    }
    let gained = |books: &Books| account(world, books, step.by).map_or(0, |(_, account)| account.usdc());
    let gain = gained(world.books()).saturating_sub(gained(&world.before));
    let widest = ratio(params.d_max_ppm) + widening(&market, now);
    let from_discount = notional * widest + f64::from(params.liquidation_tip_quote) + 2.0;
    require(
        gain == paid.keeper && (paid.keeper + paid.insurance) as f64 <= from_discount,
        "keeper and insurance are paid of the discount",
        || format!("{gain} gained, {} and {} paid of {from_discount}", paid.keeper, paid.insurance),
    )
}

/// The most that a step may close, by protocol.md section 8.3 in floating point.
pub(super) fn allowed(
    world: &World,
    market: &Market,
    account: &MarginAccount,
    held: u64,
    health: &Health,
    now: Now,
) -> f64 {
    let params = &market.params;
    let mark = market.mark.bits as f64 / 2f64.powi(48);
    let maintenance = health.maintenance as f64;
    let elapsed = (flagged_for(world, account, now) - i64::from(params.plateau_secs)).max(0);
    let time = (elapsed as f64 / f64::from(params.auction_secs)).min(1.0);
    let depth = ((maintenance - health.equity as f64) / (maintenance * 2.0 / 3.0)).clamp(0.0, 1.0);
    let risen = (ratio(params.d_max_ppm) - ratio(params.d_min_ppm)) * time.max(depth);
    let discount = ratio(params.d_min_ppm) + risen + widening(market, now);
    let relief = ratio(params.mmr_ppm) * (1.0 + ratio(params.buffer_ppm)) - discount - ratio(params.max_fee_ppm);
    let to_target = (health.target as f64 - health.equity as f64) / (mark * relief);
    let dust = f64::from(params.min_step_usd) * 1e6 / mark;
    let held = held as f64;
    let size = to_target.min(held * ratio(params.max_part_ppm)).max(dust).min(held);
    // Roundings of the engine: a fraction of discount in 2^-48, and an atom each way.
    let size = size * (1.0 + 1e-6) + 2.0;
    if held - size < dust { held } else { size }
}

/// Seconds since the flag; 0 for one that is stale.
pub(super) fn flagged_for(world: &World, account: &MarginAccount, now: Now) -> i64 {
    let held = account.positions.iter().filter(|position| !position.is_empty());
    let ttl = held.filter_map(|position| world.before.markets.get(&position.market)).map(|m| m.params.flag_ttl_secs);
    let live = now.unix - account.flagged_at.max(account.stepped_at) <= i64::from(ttl.max().unwrap_or(0));
    if live { now.unix - account.flagged_at } else { 0 }
}

/// What a doubtful price adds to the discount.
pub(super) fn widening(market: &Market, now: Now) -> f64 {
    let old = oracle::age_secs(market, now) > u64::from(market.params.max_age_mark_secs);
    let conf = market.conf.bits as f64 / 2f64.powi(48);
    if old || market.is_guarded() { conf.min(ratio(market.params.conf_limit_ppm)) } else { 0.0 }
}

/// Others settle a loser while the pot is short or he is flagged, anyone while there is a shortfall; the account is worth
/// what it was.
fn settled_by_other(world: &World, who: usize, market: u16, prior: &Prior, now: Now) -> Checked {
    let Some((address, old)) = account(world, &world.before, who) else { return Ok(()) };
    let (Some(state), Ok(position)) = (world.before.markets.get(&market), old.position(market)) else { return Ok(()) };
    let loses = unsettled(state, position).is_ok_and(|value| value < 0);
    let wanted = state.pot < state.claims || old.flagged_at != 0;
    let rested = now.unix - position.settled_at >= i64::from(state.params.mark_step_secs);
    require(rested && ((loses && wanted) || shortfall(state) > 0), "others settle only whom the pot needs", || {
        format!("loses {loses}, wanted {wanted}, rested {rested}, shortfall {}", shortfall(state))
    })?;
    let Ok(after) = health(world.books(), None, &address, now) else { return Ok(()) };
    let short = shortfall(state) != 0 || world.books().markets.get(&market).is_some_and(|m| shortfall(m) != 0);
    let lost = prior.health.map_or(0, |before| i128::from(before.equity) - i128::from(after.equity));
    require(short || lost <= 4, "settling moves no value", || format!("equity fell by {lost}"))
}

/// A claim is paid at `h` at most, once surplus, insurance and the protocol's claims have borne what is written off.
pub(super) fn released(market: Option<&Market>, claim: u64, paid: u64) -> Checked {
    let Some(market) = market else { return Ok(()) };
    let borne = [market.surplus, market.insurance_claim, market.treasury_claim, market.insurance];
    let borne = borne.map(u128::from).iter().sum::<u128>().min(market.written_off.into());
    let cash = u128::from(market.insurance.min(market.written_off));
    let (claims, pot) = (u128::from(market.claims), u128::from(market.pot) + cash);
    let covered = (claims + borne).saturating_sub(u128::from(shortfall(market)));
    let most = u128::from(claim) * claims.min(pot).min(covered);
    require(u128::from(paid) * claims <= most && paid <= claim, "a claim is paid at h at most", || {
        format!("{paid} for {claim}, pot {pot}, claims {claims}, shortfall {}, {borne} borne", shortfall(market))
    })
}

/// Only a flagged account with nothing open is resolved, and nothing is written off that somebody else could bear.
fn resolved(world: &World, who: usize, market: u16, written_off: u64) -> Checked {
    let Some((_, old)) = account(world, &world.before, who) else { return Ok(()) };
    let open = old.ranges != 0 || old.positions.iter().any(|position| position.base != 0);
    require(old.flagged_at != 0 && !open, "only a flagged account with nothing open is resolved", || {
        format!("{old:?}")
    })?;
    let Some(state) = world.books().markets.get(&market) else { return Ok(()) };
    let left = account(world, world.books(), who).map_or(0, |(_, account)| account.usdc());
    let bearers = [state.surplus, state.insurance, state.insurance_claim, state.treasury_claim, left];
    let bearers_other = account(world, world.books(), who).is_some_and(|(_, account)| account.has_other_collateral());
    require(
        written_off == 0 || (bearers == [0; 5] && !bearers_other),
        "nothing is written off that somebody else can bear",
        || format!("{written_off} with surplus, insurance, its claim, the treasury's and capital {bearers:?}"),
    )
}

/// Others fold a range that loses while the pot is short or its holder is flagged, any while there is a shortfall.
fn range_settled_by_other(
    world: &World,
    (who, market, range): (usize, u16, RangeAt),
    prior: &Prior,
    now: Now,
) -> Checked {
    let Some((address, old)) = account(world, &world.before, who) else { return Ok(()) };
    let books = &world.before;
    let (Some(state), Some(ranges)) = (books.markets.get(&market), books.ranges.get(&address)) else { return Ok(()) };
    let held = range.slot(ranges, market).ok().and_then(|slot| ranges.ranges.get(usize::from(slot)));
    let Some(held) = held else { return Ok(()) };
    let Ok((lower, upper)) = books.ticks(state, held) else { return Ok(()) };
    let worth = entitlement(state, held, lower, upper).and_then(|owned| {
        Ok(i128::from(owned.base) * i128::from(state.mark.bits) + (i128::from(owned.total_quote()?) << 48))
    });
    let loses = worth.is_ok_and(|worth| worth < 0);
    let wanted = state.pot < state.claims || old.flagged_at != 0;
    let rested = now.unix - held.settled_at >= i64::from(state.params.mark_step_secs);
    require(
        rested && ((loses && wanted) || shortfall(state) > 0),
        "others settle only ranges that the pot needs",
        || format!("loses {loses}, wanted {wanted}, rested {rested}, shortfall {}", shortfall(state)),
    )?;
    let Ok(after) = health(world.books(), None, &address, now) else { return Ok(()) };
    let lost = prior.health.map_or(0, |before| i128::from(before.equity) - i128::from(after.equity));
    require(lost <= rounding_atoms(world.books()), "folding a range moves no value", || {
        format!("equity fell by {lost}")
    })
}
