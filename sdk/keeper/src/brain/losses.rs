//! Money that is owed and waited for: losers while a pot is short, debtors who have money again, winners while losses are not
//! covered, pledged claims, and the keeper's own.

use keel_engine::closing::is_closed;
use keel_engine::curve::Exact;
use keel_engine::oracle::MarkUse;
use keel_engine::pot::{self, may_settle_other, shortfall, unsettled};
use keel_engine::state::{MarginAccount, Market, Position};
use keel_engine::trade::{self, Order};
use keel_engine::{Side, pledge, ranges};
use keel_sdk::instructions::{CollectPledged, Release, Settle, SettleRange, Trade};
use keel_sdk::path::{self, Reach};
use solana_pubkey::Pubkey;

use super::draft::{Front, Round, key};
use super::liquidation::worth_taking;
use crate::job::{Kind, Profit};
use crate::mirror::held;

/// Settlements of others in one market and round: the largest come first.
const SETTLEMENTS: usize = 32;
/// Seconds between two settlements of a winner.
const WINNER_REST_SECS: i64 = 60;
/// A payout ratio of one.
const IN_FULL_PPM: u32 = 1_000_000;

/// Adds what there is to settle, to collect and to release.
pub(super) fn plan(round: &mut Round) {
    let ground = round.ground;
    for (number, fresh) in &ground.fresh.markets {
        let market = &fresh.market;
        if market.pot < market.claims || shortfall(market) != 0 {
            settle_others(round, *number, market);
        }
    }
    debtors(round);
    pledged(round);
    if let Some(keeper) = round.keeper() {
        own(round, &keeper);
    }
}

/// Settles those of a market whose loss is waited for, the largest first, and winners who have to bear their part.
fn settle_others(round: &mut Round, number: u16, market: &Market) {
    let ground = round.ground;
    let mut found: Vec<(u64, Pubkey)> = Vec::new();
    for address in ground.mirror.index.holders_of(number) {
        let Ok((account, companion)) = ground.account(address) else { continue };
        let Ok(position) = account.position(number) else { continue };
        if position.debt == 0
            && let Some(amount) = worth_settling(round, market, &account, position)
        {
            found.push((amount, *address));
        }
        let Some(companion) = companion.filter(|_| position.ranges != 0) else { continue };
        for (slot, range) in (0u8..).zip(&companion.ranges).filter(|(_, range)| range.market == number) {
            let (mut account, mut companion) = (account, companion);
            let indices = ground.arrays_of(Some(&companion), |of| of == number).into_iter().map(|array| array.index);
            let indices: Vec<i32> = indices.collect();
            let folded = ground.on_copies(number, indices, &[], |book, _| {
                ranges::settle_other(book, &mut account, &mut companion, usize::from(slot), ground.now)
            });
            // A fold of little is the pool's or its holder's to ask for.
            let is_much = folded.is_ok_and(|folded| {
                let quote = folded.total_quote().unwrap_or(0);
                let value = market.mark.value_floor(folded.base).unwrap_or(0).saturating_add(quote);
                value.unsigned_abs() >= round.limits.min_settlement
            });
            if is_much {
                let settle = SettleRange { authority: round.limits.payer, account: *address, slot };
                let key = key(
                    Kind::SettleRange,
                    *address,
                    number,
                    range.settled_at.saturating_mul(8).saturating_add(i64::from(slot)),
                );
                round.add(key, settle.instruction(ground.mirror), &Front::market(number), Profit::default(), false);
            }
        }
    }
    found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, address) in found.into_iter().take(SETTLEMENTS) {
        settle(round, &address, number);
    }
}

/// What a settlement of somebody else would move, if it may be and is worth a transaction.
fn worth_settling(round: &Round, market: &Market, account: &MarginAccount, position: &Position) -> Option<u64> {
    let (now, limits) = (round.ground.now, round.limits);
    if !may_settle_other(market, account, now).ok()? {
        return None;
    }
    if position.base != 0 {
        MarkUse::Owner.require(market, now).ok()?;
    }
    let value = unsettled(market, position).ok()?;
    let amount = value.unsigned_abs();
    let is_worth_it = if value < 0 {
        // Other collateral is sold for a debt that has grown old: only a settlement makes it one.
        let has =
            account.usdc() != 0 || position.unmatured != 0 || position.mature != 0 || account.has_other_collateral();
        has && market.pot < market.claims && amount >= limits.min_settlement
    } else {
        // Winners who have not settled yet bear their part of a shortfall like those who have.
        let rested = now.unix.saturating_sub(position.settled_at) >= WINNER_REST_SECS;
        shortfall(market) != 0 && rested && amount >= limits.min_settlement.saturating_mul(10)
    };
    is_worth_it.then_some(amount)
}

fn settle(round: &mut Round, address: &Pubkey, number: u16) {
    let Some(account) = round.ground.mirror.account(address) else { return };
    let since = account.position(number).map_or(0, |position| position.settled_at);
    let settle = Settle { authority: round.limits.payer, account: *address, market: number };
    let key = key(Kind::Settle, *address, number, since);
    round.add(key, Ok(settle.instruction()), &Front::market(number), Profit::default(), false);
}

/// Settles debts of who has money again, or whose price came back. What cannot pay is the business of liquidation.
fn debtors(round: &mut Round) {
    let ground = round.ground;
    for (address, number) in &ground.mirror.index.debts {
        let Some(account) = ground.mirror.account(address) else { continue };
        let (Ok(market), Ok(position)) = (ground.market(*number), account.position(*number)) else { continue };
        let Ok(value) = unsettled(market, position) else { continue };
        let has = account.usdc() != 0 || value.saturating_add_unsigned(position.debt) > 0;
        let is_told = position.base == 0 || MarkUse::Owner.require(market, ground.now).is_ok();
        if has && is_told && may_settle_other(market, &account, ground.now).unwrap_or(false) {
            settle(round, address, *number);
        }
    }
}

/// Collects what is mature of pledged claims.
fn pledged(round: &mut Round) {
    let ground = round.ground;
    for (address, number) in &ground.mirror.index.pledged {
        let Some(mut account) = ground.mirror.account(address) else { continue };
        let Ok(position) = account.position(*number).copied() else { continue };
        // What is mature, the chain's own market tells: no refresh goes in front.
        let creditor = ground.mirror.market(position.creditor).copied();
        let (Some(mut market), Some(mut creditor)) = (ground.mirror.market(*number).copied(), creditor) else {
            continue;
        };
        let Ok(collected) = pledge::collect(&mut market, &mut creditor, &mut account) else { continue };
        if collected.left != 0 && collected.claim < round.limits.min_settlement {
            continue;
        }
        let collect = CollectPledged { account: *address, market: *number, creditor: position.creditor };
        let key = key(Kind::CollectPledged, *address, *number, position.pledged_at);
        round.add(key, Ok(collect.instruction()), &Front::default(), Profit::default(), false);
    }
}

/// The keeper's own claims and what it took over.
fn own(round: &mut Round, keeper: &MarginAccount) {
    let (ground, limits) = (round.ground, round.limits);
    for position in held(keeper) {
        let number = position.market;
        let Ok(market) = ground.market(number) else { continue };
        // What is mature, the chain's own market tells: no refresh goes in front.
        let Some(mut copy) = ground.mirror.market(number).copied() else { continue };
        let mut account = *keeper;
        let released = pot::release(&mut copy, &mut account, IN_FULL_PPM, ground.now);
        if released.is_ok_and(|released| released.claim >= limits.min_settlement) {
            let release =
                Release { owner: limits.owner, account: limits.account, market: number, min_ratio_ppm: IN_FULL_PPM };
            let key = key(Kind::Release, limits.account, number, position.matured_at);
            round.add(key, Ok(release.instruction()), &Front::default(), Profit::default(), true);
        }
        if position.base != 0 && !is_closed(market) {
            unload(round, keeper, position, market);
        }
    }
}

/// Gives back to the curve what was taken over, as far as it takes it for no more than half of the discount that was asked
/// for it.
fn unload(round: &mut Round, keeper: &MarginAccount, position: &Position, market: &Market) {
    let (ground, limits) = (round.ground, round.limits);
    let number = position.market;
    let Some(price) = round.price(number) else { return };
    let side = if position.base > 0 { Side::Sell } else { Side::Buy };
    let limit = worth_taking(market, limits.min_discount_ppm / 2, position.base);
    let exact = Exact::Base(position.base.unsigned_abs());
    let order = Order { side, exact, limit, reduce_only: true, all_or_nothing: false };
    let reach = Reach::ahead(limits.arrays);
    let Ok((mut account, companion)) = ground.account(&limits.account) else { return };
    let seen = ground.arrays_of(companion.as_ref(), |_| true);
    let own = ground.arrays_of(companion.as_ref(), |of| of == number).into_iter().map(|array| array.index);
    let indices = path::arrays(market, side, reach).into_iter().chain(own);
    let filled = ground.on_copies(number, indices, &seen, |book, others| {
        trade::trade(book, &mut account, companion.as_ref(), others, &order, ground.now)
    });
    if !filled.is_ok_and(|fill| fill.base != 0) {
        return;
    }
    let trade = Trade {
        authority: limits.owner,
        account: limits.account,
        market: number,
        price,
        side,
        exact,
        limit,
        reduce_only: true,
        all_or_nothing: false,
        reach,
    };
    let key = key(Kind::Unload, limits.account, number, position.base.unsigned_abs());
    let front = Front::of(keeper).refreshing(number);
    round.add(key, trade.instruction(ground.mirror), &front, Profit::default(), true);
}
