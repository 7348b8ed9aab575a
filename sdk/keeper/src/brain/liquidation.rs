//! Unhealthy accounts, from the flag to the last atom: what waits of theirs comes back, ranges come off the curve, then
//! positions are closed a step at a time by whatever the program takes now, then what is owed goes through the order of
//! losses. One step for an account and round: each changes what the next one may be.

use keel_engine::book::array_index;
use keel_engine::liquidation::{self, TakeOver};
use keel_engine::pool::{Backer, backstop};
use keel_engine::state::{Exchange, MAX_POSITIONS, MarginAccount, Market, PoolRequest, Ranges, Ticket};
use keel_engine::units::{Price, Rate};
use keel_engine::{Error, Result, Side, resolve};
use keel_sdk::instructions::{
    Backstop, BeginLiquidation, CancelDeposit, CancelWithdrawal, Liquidate, LiquidateOnCurve, Resolve, UnwindRange,
};
use keel_sdk::path::{self, Reach};
use solana_pubkey::Pubkey;

use super::collateral;
use super::deleverage::Lines;
use super::draft::{Front, Round, key, quote};
use crate::job::{Kind, Profit};
use crate::mirror::held;

/// Adds what there is to do about everybody who is unhealthy.
pub(super) fn plan(round: &mut Round) {
    let ground = round.ground;
    let mut lines = Lines::default();
    for address in ground.mirror.watch.unhealthy() {
        // The keeper's own account is other keepers' work.
        if *address == round.limits.account {
            continue;
        }
        let Ok((account, ranges)) = ground.account(address) else { continue };
        if flag(round, address, &account, ranges.as_ref()) || account.flagged_at == 0 {
            continue;
        }
        bring_back(round, address, &account);
        if account.ranges != 0 {
            if let Some(ranges) = &ranges {
                unwind(round, address, &account, ranges);
            }
        } else if held(&account).any(|position| position.base != 0) {
            step(round, &mut lines, address, &account);
        } else {
            settle_debts(round, address, &account);
        }
    }
}

/// Flags an account that has no flag, or one that has grown stale. Returns whether it does.
fn flag(round: &mut Round, address: &Pubkey, account: &MarginAccount, ranges: Option<&Ranges>) -> bool {
    let ground = round.ground;
    let mut copy = *account;
    if ground.look(ranges, |view| liquidation::begin(&mut copy, ranges, view, ground.now)).is_err() {
        return false;
    }
    let instruction = BeginLiquidation { account: *address }.instruction(ground.mirror);
    round.add(
        key(Kind::Flag, *address, 0, account.flagged_at),
        instruction,
        &Front::of(account),
        Profit::default(),
        false,
    );
    true
}

/// Brings back what an account has in a bank's queue or on the way into the pool.
fn bring_back(round: &mut Round, address: &Pubkey, account: &MarginAccount) {
    let ground = round.ground;
    let authority = round.limits.payer;
    let front = Front::of(account);
    for waiting in ground.mirror.index.waiting_of(address) {
        let instruction =
            if let Some(ticket) = ground.mirror.state::<Ticket>(waiting).filter(|ticket| ticket.amount != 0) {
                let bank = ground.mirror.banks.get(&ticket.bank);
                bank.map(|bank| {
                    let cancel = CancelWithdrawal { authority, mint: Pubkey::from(bank.mint), number: ticket.number };
                    cancel.instruction(ground.mirror)
                })
            } else {
                let request = ground.mirror.state::<PoolRequest>(waiting);
                let deposit = request
                    .filter(|request| request.kind == keel_engine::pool::deposits::DEPOSIT && request.amount != 0);
                deposit.map(|request| CancelDeposit { authority, number: request.number }.instruction(ground.mirror))
            };
        if let Some(instruction) = instruction {
            round.add(
                key(Kind::BringBack, *waiting, 0, account.flagged_at),
                instruction,
                &front,
                Profit::default(),
                false,
            );
        }
    }
}

/// Takes a flagged account's ranges off the curve.
fn unwind(round: &mut Round, address: &Pubkey, account: &MarginAccount, ranges: &Ranges) {
    let ground = round.ground;
    for (slot, range) in (0u8..).zip(&ranges.ranges).filter(|(_, range)| !range.is_empty()) {
        let Ok(market) = ground.market(range.market) else { continue };
        let ends = [range.lower, range.upper].map(|tick| array_index(tick, market.params.tick_spacing));
        let own = ground.arrays_of(Some(ranges), |of| of == range.market).into_iter().map(|array| array.index);
        let indices = own.chain(ends.into_iter().flatten());
        let seen = ground.arrays_of(Some(ranges), |_| true);
        let (mut account_copy, mut ranges_copy) = (*account, *ranges);
        let unwound = ground.on_copies(range.market, indices, &seen, |book, others| {
            let slot = usize::from(slot);
            liquidation::unwind(book, &mut account_copy, &mut ranges_copy, others, slot, ground.now)
        });
        if unwound.is_err() {
            continue;
        }
        let instruction = UnwindRange { account: *address, slot }.instruction(ground.mirror);
        let key = key(Kind::Unwind, *address, range.market, u64::from(slot));
        round.add(key, instruction, &Front::of(account), Profit::default(), false);
    }
}

/// What a step would be, and bring.
struct Candidate {
    kind: Kind,
    instruction: keel_sdk::Result<solana_instruction::Instruction>,
    front: Front,
    profit: Profit,
    owner_signs: bool,
}

/// Closes a part of a position: the largest first, by the first kind of step that the program takes.
fn step(round: &mut Round, lines: &mut Lines, address: &Pubkey, account: &MarginAccount) {
    let ground = round.ground;
    let mut open: Vec<(u64, u16)> = held(account)
        .filter(|position| position.base != 0)
        .filter_map(|position| {
            let mark = ground.market(position.market).ok()?.mark;
            Some((mark.notional_ceil(position.base.unsigned_abs()).unwrap_or(u64::MAX), position.market))
        })
        .collect();
    open.sort_unstable_by(|a, b| b.cmp(a));
    for (_, market) in open {
        let Some(keeper) = round.keeper() else { return };
        let taken_over = take_over(round, address, account, market);
        let on_curve = on_curve(round, address, account, &keeper, market);
        let best = match (taken_over, on_curve) {
            (Some(a), Some(b)) => Some(if round.net(&a.profit) >= round.net(&b.profit) { a } else { b }),
            (a, b) => a.or(b),
        };
        let best = best.or_else(|| back(round, address, account, &keeper, market));
        if let Some(found) = best {
            let key = key(found.kind, *address, market, account.stepped_at.max(account.flagged_at));
            return round.add(key, found.instruction, &found.front, found.profit, found.owner_signs);
        }
        if lines.deleverage(round, address, account, &keeper, market) {
            return;
        }
    }
}

/// A step on the curve, if the program would take one.
fn on_curve(
    round: &Round,
    address: &Pubkey,
    account: &MarginAccount,
    keeper: &MarginAccount,
    number: u16,
) -> Option<Candidate> {
    let ground = round.ground;
    let (market, price) = (ground.market(number).ok()?, round.price(number)?);
    let reach = Reach::ahead(round.limits.arrays);
    let side = if account.position(number).ok()?.base < 0 { Side::Buy } else { Side::Sell };
    let (mut account_copy, mut keeper_copy) = (*account, *keeper);
    let done = ground.on_copies(number, path::arrays(market, side, reach), &[], |book, others| {
        liquidation::on_curve(book, &mut account_copy, &mut keeper_copy, others, u64::MAX, ground.now)
    });
    let step = LiquidateOnCurve {
        keeper: round.limits.account,
        account: *address,
        market: number,
        price,
        max_base: u64::MAX,
        reach,
    };
    Some(Candidate {
        kind: Kind::Step,
        profit: quote(done.ok()?.keeper),
        instruction: step.instruction(ground.mirror),
        front: Front::of(account).refreshing(number),
        owner_signs: false,
    })
}

/// A take-over with the keeper's own capital, if there is room for it, the discount pays, and the program would take it.
fn take_over(round: &Round, address: &Pubkey, account: &MarginAccount, number: u16) -> Option<Candidate> {
    let (ground, limits) = (round.ground, round.limits);
    let (mut keeper, ranges) = ground.account(&limits.account).ok()?;
    let market = ground.market(number).ok()?;
    let held = account.position(number).ok()?.base;
    let max_base = market.mark.base_floor(room(round, &keeper, market)?);
    let limit = worth_taking(market, limits.min_discount_ppm, held)?;
    let request = TakeOver { max_base, limit: Some(limit) };
    let mut copy = *account;
    let seen = ground.arrays_of(ranges.as_ref(), |_| true);
    let own = ground.arrays_of(ranges.as_ref(), |of| of == number).into_iter().map(|array| array.index);
    let before = keeper;
    let done = ground.on_copies(number, own, &seen, |book, others| {
        liquidation::take_over(book, &mut copy, &mut keeper, ranges.as_ref(), others, &request, ground.now)
    });
    let done = done.ok()?;
    // What it is worth at mark, less what is paid for it.
    let worth = market.mark.value_floor(done.base.checked_neg()?).ok()?;
    let profit = worth.saturating_sub(done.paid).saturating_add_unsigned(done.tip);
    let instruction = Liquidate {
        owner: limits.owner,
        liquidator: limits.account,
        account: *address,
        market: number,
        max_base,
        limit: Some(limit),
    };
    Some(Candidate {
        kind: Kind::TakeOver,
        instruction: instruction.instruction(ground.mirror),
        front: Front::of(account).and(&before).and(&keeper),
        profit: Profit { quote: profit, lamports: 0 },
        owner_signs: true,
    })
}

/// Notional that the keeper may still take over in a market, in quote atoms: collateral that it has bought counts, too.
fn room(round: &Round, keeper: &MarginAccount, market: &Market) -> Option<u64> {
    let (mut all, mut here) = (collateral::worth(&round.ground, keeper, None).0, 0u64);
    for position in held(keeper) {
        let mark = round.ground.market(position.market).ok()?.mark;
        let notional = mark.notional_ceil(position.base.unsigned_abs()).ok()?;
        all = all.saturating_add(notional);
        if position.market == market.index_number {
            here = notional;
        }
    }
    let limits = round.limits;
    let left = limits.capital.saturating_sub(all).min(limits.exposure.saturating_sub(here));
    (left != 0).then_some(left)
}

/// The worst price at which a position is worth taking over, or giving back: the mark with so much of a discount.
pub(super) fn worth_taking(market: &Market, discount_ppm: u32, held: i64) -> Option<Price> {
    let slip = Rate::from_ppm(discount_ppm);
    let price = market.mark.scale_floor(if held > 0 { slip.negated() } else { slip });
    (price.bits != 0).then_some(price)
}

/// What the pool takes, if the program would let it.
fn back(
    round: &Round,
    address: &Pubkey,
    account: &MarginAccount,
    keeper: &MarginAccount,
    number: u16,
) -> Option<Candidate> {
    let ground = round.ground;
    let mut pool = ground.mirror.pool?;
    let owner = Pubkey::from(pool.account);
    if owner == *address {
        return None;
    }
    let (mut backer, ranges) = ground.account(&owner).ok()?;
    let front = Front::of(account).and(&backer);
    let (mut copy, mut keeper) = (*account, *keeper);
    let seen = ground.arrays_of(ranges.as_ref(), |_| true);
    let own = ground.arrays_of(ranges.as_ref(), |of| of == number).into_iter().map(|array| array.index);
    let done = ground.on_copies(number, own, &seen, |book, others| {
        let backer = Backer { pool: &mut pool, account: &mut backer, ranges: ranges.as_ref() };
        backstop(book, &mut copy, backer, &mut keeper, others, u64::MAX, ground.now)
    });
    let instruction = Backstop { keeper: round.limits.account, account: *address, market: number, max_base: u64::MAX };
    Some(Candidate {
        kind: Kind::Backstop,
        profit: quote(done.ok()?.tip),
        instruction: instruction.instruction(ground.mirror),
        front: front.and(round.keeper().as_ref()?),
        owner_signs: false,
    })
}

/// What an account with nothing open still owes, market by market.
fn settle_debts(round: &mut Round, address: &Pubkey, account: &MarginAccount) {
    let ground = round.ground;
    for position in held(account).filter(|position| position.quote < 0) {
        if resolved(round, account, position.market).is_err() {
            continue;
        }
        let instruction = Resolve { account: *address, market: position.market }.instruction(ground.mirror);
        let key = key(Kind::Resolve, *address, position.market, position.settled_at);
        // The account's other markets are written: one resolution at a time.
        return round.add(key, instruction, &Front::default(), Profit::default(), false);
    }
}

/// Resolves on copies.
fn resolved(round: &Round, account: &MarginAccount, number: u16) -> Result<()> {
    let ground = round.ground;
    let mut exchange: Exchange = ground.mirror.exchange.ok_or(Error::AccountMissing)?;
    let mut market = *ground.market(number)?;
    let mut account = *account;
    let mut others: Vec<Market> = Vec::with_capacity(MAX_POSITIONS);
    for position in held(&account).filter(|position| position.market != number) {
        others.push(*ground.market(position.market)?);
    }
    let mut others: Vec<&mut Market> = others.iter_mut().collect();
    let _resolved = resolve::resolve(&mut market, &mut others, &mut exchange, &mut account, ground.now)?;
    Ok(())
}
