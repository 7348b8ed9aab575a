//! A delegate does what its owner allows and takes no money out; a builder is paid what was agreed.

use keel_engine::delegate::{self, By, MAY_RANGE, MAY_TRADE};
use keel_engine::state::MarginAccount;
use keel_engine::{Now, margin};
use keel_simulator::action::{Done, Leg};
use keel_simulator::setup::number;
use keel_simulator::{Action, Books};
use solana_pubkey::Pubkey;

use super::{Checked, require, with_view};
use crate::world::World;

pub(super) fn check(world: &World, action: &Action, done: &Done, now: Now) -> Checked {
    if let (Action::TradeWithBuilder { builder, market, fee_ppm, .. }, Done::Brought { quote, builder_fee, .. }) =
        (action.signed(), done)
    {
        paid(world, *builder, number(*market), (*fee_ppm, *quote, *builder_fee))?;
    }
    let Action::SignedBy { by, action } = action else { return Ok(()) };
    let Some((who, permission, markets)) = asked(action) else {
        // Whatever else is signed is the owner's.
        return require(owns(world, *by, action), "a delegate signs what is delegated", || format!("{action:?}"));
    };
    let Some(address) = world.addresses.get(who) else { return Ok(()) };
    let (Some(before), Some(after)) = (world.before.accounts.get(address), world.books().accounts.get(address)) else {
        return Ok(());
    };
    let Some(key) = key(world, *by) else { return Ok(()) };
    for market in &markets {
        let by = delegate::allows(before, &key, permission, *market, now);
        require(by.is_ok(), "a delegate is kept to its permissions, markets and time", || {
            format!("{by:?}: {action:?}")
        })?;
        if by == Ok(By::Delegate) {
            within_limit(world, address, before, *market)?;
        }
    }
    let same = |account: &MarginAccount| (account.owner, account.delegate, account.delegate_permissions);
    require(same(before) == same(after), "a delegate changes nobody's rights", || format!("{action:?}"))
}

/// Whether a signer may act for an account, as it stood before, with a permission in a market.
pub(super) fn may(world: &World, by: usize, who: usize, permission: u32, market: u16, now: Now) -> bool {
    let account = world.addresses.get(who).and_then(|address| world.before.accounts.get(address));
    let (Some(account), Some(key)) = (account, key(world, by)) else { return false };
    delegate::allows(account, &key, permission, market, now).is_ok()
}

/// The key of the owner of the account at a place.
fn key(world: &World, by: usize) -> Option<[u8; 32]> {
    Some(world.before.accounts.get(world.addresses.get(by)?)?.owner)
}

/// What a delegate may sign: whose account, by which permission, in which markets.
fn asked(action: &Action) -> Option<(usize, u32, Vec<u16>)> {
    Some(match *action {
        Action::Trade { who, market, .. }
        | Action::TradeWithBuilder { who, market, .. }
        | Action::Release { who, market, .. } => (who, MAY_TRADE, vec![number(market)]),
        Action::TradeLegs { who, ref legs } => {
            (who, MAY_TRADE, legs.iter().map(|leg: &Leg| number(leg.market)).collect())
        }
        Action::AddRange { who, market, .. } | Action::RemoveRange { who, market, .. } => {
            (who, MAY_RANGE, vec![number(market)])
        }
        _ => return None,
    })
}

fn owns(world: &World, by: usize, action: &Action) -> bool {
    let who = match *action {
        Action::Withdraw { who, .. }
        | Action::Transfer { who, .. }
        | Action::QueueWithdrawal { who, .. }
        | Action::SetDelegate { who, .. }
        | Action::ApproveBuilder { who, .. }
        | Action::RevokeBuilder { who, .. } => who,
        _ => return false,
    };
    world.addresses.get(who).is_some_and(|address| world.simulator.owns(by, address).unwrap_or(false))
}

/// The largest base that an account can have in a market, or nothing.
fn worst(books: &Books, address: &Pubkey, number: u16) -> u64 {
    let (Some(account), Some(market)) = (books.accounts.get(address), books.markets.get(&number)) else { return 0 };
    with_view(books, None, |view| margin::worst_base(market, account, books.ranges.get(address), view)).unwrap_or(0)
}

/// The notional that a market has reached is within the limit, or no more than it was.
fn within_limit(world: &World, address: &Pubkey, before: &MarginAccount, number: u16) -> Checked {
    let limit = before.delegate_notional;
    let (was, is) = (worst(&world.before, address, number), worst(world.books(), address, number));
    let Some(market) = world.books().markets.get(&number) else { return Ok(()) };
    let notional = market.mark.notional_ceil(is).unwrap_or(u64::MAX);
    // Taking a range away may bring an atom of rounding to light.
    require(limit == 0 || notional <= limit || is <= was.saturating_add(2), "a delegate keeps to its notional", || {
        format!("{is} base after {was}, {notional} of {limit}")
    })
}

/// The fee is what was agreed of the fill, and a claim that is not mature.
fn paid(world: &World, builder: usize, market: u16, (ppm, quote, fee): (u32, i64, u64)) -> Checked {
    let agreed = (u128::from(quote.unsigned_abs()) * u128::from(ppm)).div_ceil(1_000_000);
    require(u128::from(fee) == agreed, "a builder's fee is as agreed", || format!("{fee}, not {agreed}"))?;
    let claims = |books: &Books| {
        let account = world.addresses.get(builder).and_then(|address| books.accounts.get(address));
        let position = account.and_then(|account| account.position(market).ok());
        position.map_or((0, 0), |position| (position.unmatured, position.unmatured + position.mature))
    };
    let (before, after) = (claims(&world.before), claims(world.books()));
    require(after.1 == before.1 + fee && after.0 >= fee, "a builder's fee is a claim that is not mature", || {
        format!("{before:?}, {after:?} with {fee}")
    })
}
