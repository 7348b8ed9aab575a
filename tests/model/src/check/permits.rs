//! Who signs for somebody else keeps to what he is allowed, and a builder is paid what was agreed and no more.

use keel_engine::Now;
use keel_engine::delegate::{MAY_RANGE, MAY_TRADE};
use keel_engine::state::{DELEGATE_MARKETS, MarginAccount};
use keel_simulator::Action;
use keel_simulator::action::Done;
use keel_simulator::setup::number;

use super::{Checked, require};
use crate::world::World;

/// Everything about who signs, and who is paid for having brought a trade.
pub(crate) fn permitted(world: &World, action: &Action, done: &Done, now: Now) -> Checked {
    match (action, done) {
        (Action::SignedBy { by, action }, _) => signed(world, *by, action, now),
        (Action::TradeWithBuilder { who, builder, fee_ppm, .. }, Done::Brought { quote, builder_fee, .. }) => {
            brought(world, (*who, *builder), *fee_ppm, *quote, *builder_fee)
        }
        _ => Ok(()),
    }
}

/// Only the owner, or his delegate within his terms; and no money leaves by a delegate's signature.
fn signed(world: &World, by: usize, action: &Action, now: Now) -> Checked {
    let (who, place, permission) = match *action {
        Action::Trade { who, market, .. } => (who, market, MAY_TRADE),
        Action::AddRange { who, market, .. } | Action::RemoveRange { who, market, .. } => (who, market, MAY_RANGE),
        Action::Withdraw { who, .. } | Action::Transfer { who, .. } => (who, 0, 0),
        _ => return Ok(()),
    };
    let account = |place: usize| world.addresses.get(place).and_then(|address| world.before.accounts.get(address));
    let key = world.addresses.get(who).and_then(|address| world.simulator.key(by, address).ok());
    let (Some(held), Some(key)) = (account(who), key.map(|key| key.to_bytes())) else { return Ok(()) };
    if key == held.owner {
        return Ok(());
    }
    let everywhere = held.delegate_markets == [0; DELEGATE_MARKETS];
    let may = held.delegate == key
        && held.delegate_permissions & permission != 0
        && now.unix < held.delegate_expiry
        && (everywhere || held.delegate_markets.contains(&number(place)));
    // To be named a delegate takes nothing from who holds a lien.
    if !may && key == held.lien_holder {
        return by_holder(world, (who, place), action, held, now);
    }
    require(may, "a delegate keeps to what he may", || format!("{action:?} signed from {by}: {held:?}"))?;
    // Ranges count with where the curve may run to, and what is folded out of one is no new risk.
    let counts = held.delegate_notional != 0 && held.ranges == 0;
    let Some(after) = world.account(who).filter(|_| counts) else { return Ok(()) };
    let base = |account: &MarginAccount| account.position(number(place)).map_or(0, |position| position.base);
    let (had, has) = (base(held), base(after));
    let grew = has.unsigned_abs() > had.unsigned_abs() || had.signum() * has.signum() < 0;
    let notional = world.market(place).and_then(|market| market.mark.notional_ceil(has.unsigned_abs()).ok());
    let within = notional.is_none_or(|notional| notional <= held.delegate_notional);
    require(!grew || within, "a delegate keeps to his notional", || format!("{notional:?} of {held:?}"))
}

/// A lien's holder whose notice has run out only makes the account smaller, and moves no money by this.
fn by_holder(world: &World, (who, place): (usize, usize), action: &Action, held: &MarginAccount, now: Now) -> Checked {
    let due = held.lien_called_at != 0 && now.unix - held.lien_called_at >= i64::from(held.lien_notice_secs);
    let smaller = matches!(action, Action::Trade { .. } | Action::RemoveRange { .. });
    require(due && smaller, "a lien's holder waits for its notice, and adds nothing", || {
        format!("{action:?}: {held:?}")
    })?;
    let base = |account: &MarginAccount| account.position(number(place)).map_or(0, |position| position.base);
    let (had, has) = (base(held), world.account(who).map_or(0, base));
    let grew = has.unsigned_abs() > had.unsigned_abs() || had.signum() * has.signum() < 0;
    // Ranges count with where the curve may run to.
    require(held.ranges != 0 || !grew, "a lien's holder only reduces", || format!("{had} to {has} by {action:?}"))
}

/// The fee is the builder's, within what the trader allows, and a claim that is not mature.
fn brought(world: &World, (who, builder): (usize, usize), fee_ppm: u32, quote: i64, fee: u64) -> Checked {
    let key = |place: usize| world.addresses.get(place).copied();
    let (Some(trader), Some(paid)) = (key(who), key(builder)) else { return Ok(()) };
    let Some(owner) = world.before.accounts.get(&paid).map(|account| account.owner.into()) else { return Ok(()) };
    let allowed = world.before.approvals.get(&(trader, owner)).map_or(0, |approval| approval.max_fee_ppm);
    let most = u128::from(quote.unsigned_abs()) * u128::from(fee_ppm);
    let is_fee = u128::from(fee) == most.div_ceil(1_000_000);
    require(fee_ppm <= allowed && is_fee, "a builder is paid what was agreed", || {
        format!("{fee} on {quote} at {fee_ppm}, allowed {allowed}")
    })
}
