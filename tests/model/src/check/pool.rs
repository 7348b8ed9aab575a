//! The pool: who comes in and who leaves does so in turn, in time and at the value of then, and nobody who stays pays for
//! it; what it does by itself keeps to its strategy and costs it no more than is allowed.

use keel_engine::pool::deposits::DEPOSIT;
use keel_engine::pool::redemptions::REDEMPTION;
use keel_engine::pool::shares::{VIRTUAL_QUOTE, VIRTUAL_SHARES};
use keel_engine::pool::{Nav, nav};
use keel_engine::state::{Pool, PoolRequest};
use keel_engine::{Error, Now, margin};
use keel_simulator::action::Done;
use keel_simulator::pool::PoolAct;
use keel_simulator::{Action, Books};
use solana_pubkey::Pubkey;

use super::account::worth;
use super::{Checked, require, with_view};
use crate::sets::USD;
use crate::world::World;

pub(super) fn check(world: &World, action: &Action, done: &Done, now: Now) -> Checked {
    let (Some(before), Some(after)) = (&world.before.pool, &world.books().pool) else { return Ok(()) };
    counted(world.books(), after)?;
    match (action, done) {
        (Action::Pool(act), _) => {
            stays(world, now)?;
            keeps_its_money(world, action, done)?;
            let Some(request) = request(world, act) else { return Ok(()) };
            match act {
                PoolAct::ExecuteDeposit { .. } => came_in(world, &request, done, now),
                PoolAct::ExecuteRedeem { .. } => left(world, &request, done, now),
                _ => gone(world, &request, now),
            }
        }
        _ => {
            let same = (before.shares, before.deposits_waiting, before.shares_waiting)
                == (after.shares, after.deposits_waiting, after.shares_waiting)
                && (before.redeem_head, before.redeem_tail) == (after.redeem_head, after.redeem_tail);
            require(same, "shares change by requests only", || format!("{before:?} to {after:?}"))
        }
    }
}

/// What waits, recounted.
fn counted(books: &Books, pool: &Pool) -> Checked {
    let of = |kind: u8| books.requests.values().filter(move |request| request.kind == kind);
    let sum = |kind: u8| of(kind).map(|request| u128::from(request.amount)).sum::<u128>();
    require(sum(DEPOSIT) == u128::from(pool.deposits_waiting), "deposits that wait", || {
        format!("{} for {}", sum(DEPOSIT), pool.deposits_waiting)
    })?;
    require(sum(REDEMPTION) == u128::from(pool.shares_waiting), "shares that wait", || {
        format!("{} for {}", sum(REDEMPTION), pool.shares_waiting)
    })?;
    // Shares in escrow are part of the supply, and the pool counts all of it.
    let held: u128 = books.shares.held.values().map(|held| u128::from(*held)).sum();
    let told = held + u128::from(books.shares.waiting);
    require(
        books.shares.supply == pool.shares && told <= u128::from(pool.shares),
        "the pool counts its shares",
        || format!("{told} of {}, supply {}", pool.shares, books.shares.supply),
    )?;
    require(books.shares.waiting == pool.shares_waiting, "shares wait in the vault", || {
        format!("{} for {}", books.shares.waiting, pool.shares_waiting)
    })?;
    let in_line = of(REDEMPTION).filter(|request| request.number >= pool.redeem_head);
    let in_line = in_line.filter(|request| request.number < pool.redeem_tail).count() as u64;
    require(in_line == pool.redeem_tail - pool.redeem_head, "everybody in the queue is there", || {
        format!("{in_line} of {} to {}", pool.redeem_head, pool.redeem_tail)
    })?;
    for (address, account) in &books.accounts {
        let own = |kind: u8| of(kind).filter(|r| r.account == address.to_bytes() && r.amount != 0).count();
        let told = (usize::from(account.pool_deposits), usize::from(account.pool_redemptions));
        require(told == (own(DEPOSIT), own(REDEMPTION)), "an account counts its requests", || format!("{told:?}"))?;
    }
    Ok(())
}

/// The pool's value by the engine, where its markets can be valued.
pub(crate) fn value(books: &Books, now: Now) -> Option<Nav> {
    let address = Pubkey::from(books.pool?.account);
    let (account, reserve) = (books.accounts.get(&address)?, books.exchange?.pool_reserve);
    with_view(books, None, |view| nav(reserve, account, books.ranges.get(&address), view, now)).ok()
}

/// A value beside the virtual one.
fn beside(value: i64) -> u128 {
    u128::from(value.max(0).unsigned_abs()) + u128::from(VIRTUAL_QUOTE)
}

fn all(shares: u64) -> u128 {
    u128::from(shares) + u128::from(VIRTUAL_SHARES)
}

/// Who stays loses nothing by who comes, leaves, asks or takes back: the low value of a share never falls.
fn stays(world: &World, now: Now) -> Checked {
    let (Some(before), Some(after)) = (value(&world.before, now), value(world.books(), now)) else { return Ok(()) };
    let shares = |books: &Books| all(books.pool.map_or(0, |pool| pool.shares));
    let (had, has) = (shares(&world.before), shares(world.books()));
    // Where the pool owes more than it has, its shares are worth nothing either way.
    let falls = before.low > 0 && (beside(after.low) + 2).saturating_mul(had) < beside(before.low).saturating_mul(has);
    require(!falls, "the price of a share never falls for who stays", || {
        format!("{before:?} over {had} shares to {after:?} over {has}")
    })
}

/// What the pool has moves by what comes in and goes out, to the atom: at mark, with its reserve.
fn keeps_its_money(world: &World, action: &Action, done: &Done) -> Checked {
    let total = |books: &Books| {
        let address = Pubkey::from(books.pool?.account);
        Some(worth(books, &address, world.now())? + (i128::from(books.exchange?.pool_reserve) << 48))
    };
    let (Some(before), Some(after)) = (total(&world.before), total(world.books())) else { return Ok(()) };
    let moved = match *done {
        Done::DepositExecuted { .. } => {
            let waits = |books: &Books| books.pool.map_or(0, |pool| i128::from(pool.deposits_waiting));
            let Done::DepositExecuted { returned, .. } = *done else { return Ok(()) };
            waits(&world.before) - waits(world.books()) - i128::from(returned)
        }
        Done::Redeemed { paid, .. } => -i128::from(paid),
        _ => 0,
    };
    require(after - before == moved << 48, "the pool's money moves as told", || {
        format!("{} quote atoms by {action:?}, told {moved}", (after - before) >> 48)
    })
}

/// The request that something is done with, before it.
pub(super) fn request(world: &World, act: &PoolAct) -> Option<PoolRequest> {
    let (kind, number) = act.request()?;
    let books = &world.before;
    let first = || {
        let whose = act.who().and_then(|who| world.addresses.get(who));
        let is_its = |request: &&PoolRequest| whose.is_none_or(|whose| request.account == whose.to_bytes());
        let mut waiting = books.requests.range((kind, 0)..=(kind, u64::MAX)).map(|(_, request)| request);
        waiting.find(|request| is_its(request) && request.amount != 0).map(|request| request.number)
    };
    let number = match (number, act) {
        (Some(number), _) => number,
        (None, PoolAct::ExecuteRedeem { .. }) => books.pool?.redeem_head,
        _ => first()?,
    };
    books.requests.get(&(kind, number)).copied()
}

/// Shares are bought at the high value, after every mark has followed.
fn came_in(world: &World, request: &PoolRequest, done: &Done, now: Now) -> Checked {
    let Done::DepositExecuted { shares, returned } = *done else { return Ok(()) };
    let is_whole = returned == if shares == 0 { request.amount } else { 0 };
    require(is_whole, "a deposit comes in or goes back", || format!("{shares}, {returned} of {request:?}"))?;
    let deposited = request.amount - returned;
    if deposited == 0 {
        return Ok(());
    }
    let (Some(pool), Some(value)) = (world.before.pool, value(&world.before, now)) else { return Ok(()) };
    let dear = u128::from(shares) * beside(value.high) <= u128::from(deposited) * all(pool.shares);
    require(dear && shares >= request.min_shares, "shares are bought at the high value", || {
        format!("{shares} for {deposited} at {value:?} with {}", pool.shares)
    })?;
    require(pool.closed == 0, "a closed pool takes nothing", || format!("{deposited}"))?;
    let cap = u64::from(pool.pool_cap_usd) * USD;
    require(
        cap == 0 || value.high.max(0).unsigned_abs() + deposited <= cap,
        "deposits keep to the pool's cap",
        || format!("{deposited} on {value:?} of {cap}"),
    )?;
    let address = Pubkey::from(pool.account);
    let Some(account) = world.before.accounts.get(&address) else { return Ok(()) };
    for position in account.positions.iter().filter(|position| position.base != 0 || position.ranges != 0) {
        let Some(market) = world.before.markets.get(&position.market) else { continue };
        let ring = i64::from(market.params.mark_ring) * i64::from(market.params.mark_step_secs);
        let waited = now.unix - request.requested_at;
        require(waited > ring && !market.is_guarded(), "a deposit waits for every mark", || format!("{waited} s"))?;
        let age = keel_engine::oracle::age_secs(market, now);
        require(age <= u64::from(market.params.max_age_trade_secs), "a value knows the latest prices", || {
            format!("{age} s")
        })?;
    }
    Ok(())
}

/// The first is paid, at the low value, in its time, out of what backs nothing.
fn left(world: &World, request: &PoolRequest, done: &Done, now: Now) -> Checked {
    let Some(before) = world.before.pool else { return Ok(()) };
    let Done::Redeemed { paid, burnt, returned, rest, tip } = *done else { return Ok(()) };
    let head = world.books().pool.map_or(0, |pool| pool.redeem_head);
    let is_over = rest == 0;
    require(
        request.number == before.redeem_head && head == before.redeem_head + u64::from(is_over),
        "who asks first leaves first",
        || format!("{} at {}, then {head}", request.number, before.redeem_head),
    )?;
    require(burnt + returned + rest == request.amount && tip <= request.tip, "a redemption is paid once", || {
        format!("{burnt} and {returned} and {rest} of {request:?}, tip {tip}")
    })?;
    if paid == 0 {
        // Its time is over, or it is worth nothing.
        let lapsed = now.unix >= request.lapses_at;
        let nothing = value(&world.before, now).is_none_or(|value| {
            u128::from(request.amount) * beside(value.low) < all(before.shares)
                || value.low <= 0
                || u128::from(request.amount) * u128::from(value.low.unsigned_abs()) < u128::from(before.shares)
        });
        return require(request.amount == 0 || lapsed || nothing, "nobody is skipped", || format!("{request:?}"));
    }
    let in_time = now.unix >= request.ready_at && now.unix < request.lapses_at;
    require(in_time, "a redemption is paid in its time", || format!("{} for {request:?}", now.unix))?;
    if let Some(value) = value(&world.before, now) {
        let low = u128::from(value.low.max(0).unsigned_abs());
        let dear = u128::from(paid) * all(before.shares) <= u128::from(burnt) * beside(value.low)
            && u128::from(paid) * u128::from(before.shares) <= u128::from(burnt) * low;
        require(dear, "who leaves is paid the low value", || {
            format!("{paid} for {burnt} of {} at {value:?}", before.shares)
        })?;
    }
    let books = world.books();
    let address = Pubkey::from(before.account);
    let Some(account) = books.accounts.get(&address) else { return Ok(()) };
    let judged = with_view(books, None, |view| margin::initial(account, books.ranges.get(&address), view, &[], now));
    let backed = judged.and_then(|health| health.require_withdrawal());
    require(backed != Err(Error::InsufficientMargin) && account.flagged_at == 0, "who leaves takes no margin", || {
        format!("{judged:?}")
    })
}

/// Nobody takes a request back while it is an option.
fn gone(world: &World, request: &PoolRequest, now: Now) -> Checked {
    let holder = world.before.accounts.get(&Pubkey::from(request.account));
    let needs = holder.is_some_and(keel_engine::tickets::may_cancel_other);
    let head = world.before.pool.map_or(0, |pool| pool.redeem_head);
    let may = match request.kind {
        DEPOSIT => now.unix >= request.ready_at || needs,
        _ => now.unix < request.ready_at || now.unix >= request.lapses_at || request.number < head,
    };
    require(may, "nobody takes a request back while it may be executed", || format!("{} for {request:?}", now.unix))
}
