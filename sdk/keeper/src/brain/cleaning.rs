//! What nobody waits for: governance's changes whose time has come, markets that close, what nobody booked.

use keel_engine::closing;
use keel_engine::governance::{Kind as ChangeKind, require_due};
use keel_engine::liquidation;
use keel_engine::state::Market;
use keel_sdk::address;
use keel_sdk::instructions::{CloseMarket, ClosePosition, ExecuteChange, SweepUnbooked, UnwindRange};
use solana_pubkey::Pubkey;

use super::draft::{Front, Round, key};
use crate::job::{Kind, Profit};

/// Where a token account keeps its amount.
const AMOUNT: usize = 64;
/// Positions of a closed market that are settled in one round.
const CLOSINGS: usize = 64;

/// Adds what there is to clean up.
pub(super) fn plan(round: &mut Round) {
    let ground = round.ground;
    if round.limits.governance {
        changes(round);
    }
    for (number, fresh) in &ground.fresh.0 {
        close(round, *number, &fresh.market);
    }
    sweep(round);
}

/// Changes whose time has come. A market's listing is left to whoever brings the price that it begins with.
fn changes(round: &mut Round) {
    let ground = round.ground;
    let Some(exchange) = ground.mirror.exchange else { return };
    for (number, change) in &ground.mirror.changes {
        let Ok(kind) = ChangeKind::of(change.kind) else { continue };
        if require_due(&exchange, change, ground.now).is_err() || kind == ChangeKind::ListMarket {
            continue;
        }
        let bank = u8::try_from(change.target).ok().and_then(|target| ground.mirror.banks.get(&target));
        let source = bank.filter(|_| kind == ChangeKind::BankParams).map(|bank| Pubkey::from(bank.mint));
        let execute = ExecuteChange { number: *number, sender: round.limits.payer, source: source.unwrap_or_default() };
        let key = key(Kind::Change, address::change(*number), change.target, *number);
        round.add(key, execute.instruction(ground.mirror), &Front::default(), Profit::default(), false);
    }
}

/// A market whose notice has run out, and what is open in one that is closed.
fn close(round: &mut Round, number: u16, market: &Market) {
    let ground = round.ground;
    if !closing::is_closed(market) {
        let Some(price) = ground.mirror.price(number) else { return };
        let Some(stored) = ground.mirror.market(number) else { return };
        if closing::close(&mut stored.clone(), Some(&price.sample), ground.now).is_ok() {
            let close = CloseMarket { market: number, price: price.account };
            let key = key(Kind::CloseMarket, address::market(number), number, market.close_at);
            round.add(key, Ok(close.instruction()), &Front::default().refreshing(number), Profit::default(), false);
        }
        return;
    }
    let mut jobs = 0;
    for holder in ground.mirror.index.holders_of(number) {
        if jobs >= CLOSINGS {
            return;
        }
        let Ok((mut account, ranges)) = ground.account(holder) else { continue };
        let settled_at = account.position(number).map_or(0, |position| position.settled_at);
        if closing::close_position(&mut market.clone(), &mut account, ground.now).is_ok() {
            let key = key(Kind::ClosePosition, *holder, number, settled_at);
            let instruction = ClosePosition { account: *holder, market: number }.instruction();
            round.add(key, Ok(instruction), &Front::default(), Profit::default(), false);
            jobs += 1;
        }
        let Some(ranges) = ranges else { continue };
        for (slot, _) in (0u8..).zip(&ranges.ranges).filter(|(_, range)| range.market == number) {
            let (mut account, mut copy) = (account, ranges);
            let indices: Vec<i32> =
                ground.arrays_of(Some(&ranges), |of| of == number).into_iter().map(|array| array.index).collect();
            let seen = ground.arrays_of(Some(&ranges), |_| true);
            let unwound = ground.on_copies(number, indices, &seen, |book, others| {
                liquidation::unwind(book, &mut account, &mut copy, others, usize::from(slot), ground.now)
            });
            if unwound.is_ok() {
                let key = key(Kind::Unwind, *holder, number, u64::from(slot));
                let instruction = UnwindRange { account: *holder, slot }.instruction(ground.mirror);
                round.add(key, instruction, &Front::default(), Profit::default(), false);
                jobs += 1;
            }
        }
    }
}

/// Tokens in the vault of USDC that belong to nobody.
fn sweep(round: &mut Round) {
    let ground = round.ground;
    let Some(bank) = ground.mirror.bank() else { return };
    let vault = Pubkey::from(bank.vault);
    let amount = ground.mirror.data(&vault).and_then(|data| data.get(AMOUNT..)?.first_chunk().copied());
    let unbooked = amount.map_or(0, u64::from_le_bytes).saturating_sub(bank.booked);
    // A crumb is not worth a transaction.
    if unbooked >= round.limits.min_settlement.max(1) {
        let sweep = SweepUnbooked { mint: Pubkey::from(bank.mint) };
        let key = key(Kind::Sweep, vault, 0, bank.booked);
        round.add(key, Ok(sweep.instruction()), &Front::default(), Profit::default(), false);
    }
}
