//! What nobody waits for: governance's changes whose time has come, markets that close, what nobody booked.

use bytemuck::Zeroable;
use keel_engine::closing;
use keel_engine::governance::{self, Kind as ChangeKind};
use keel_engine::state::{Bank, Change, Market};
use keel_engine::{Error, Result, liquidation};
use keel_sdk::address;
use keel_sdk::instructions::{CloseMarket, ClosePosition, ExecuteChange, SweepUnbooked, UnwindRange};
use solana_pubkey::Pubkey;

use super::draft::{Front, Round, key};
use super::ground::Ground;
use crate::job::{Kind, Profit};

/// Where a token account keeps its amount.
const AMOUNT: usize = 64;
/// Rent of a bank and of its vault, in lamports.
const BANK_RENT: i64 = 6_605_040;
/// Positions of a closed market that are settled in one round.
const CLOSINGS: usize = 64;

/// Adds what there is to clean up.
pub(super) fn plan(round: &mut Round) {
    let ground = round.ground;
    if round.limits.governance {
        changes(round);
    }
    for (number, fresh) in &ground.fresh.markets {
        close(round, *number, &fresh.market);
    }
    sweep(round);
}

/// Changes whose time has come and that would be taken.
fn changes(round: &mut Round) {
    let ground = round.ground;
    for (number, change) in &ground.mirror.changes {
        let Ok((source, profit)) = executed(round, change) else { continue };
        let execute = ExecuteChange { number: *number, sender: round.limits.payer, source };
        let key = key(Kind::Change, address::change(*number), change.target, *number);
        round.add(key, execute.instruction(ground.mirror), &Front::default(), profit, false);
    }
}

/// Executes a change on copies. Returns the account that its instruction names as source, and what it brings: a new bank's
/// accounts cost their rent. Errors with the program's refusal, and with `ChangeUnknown` for the listing of a market, which is
/// left to whoever brings the price that it begins with.
fn executed(round: &Round, change: &Change) -> Result<(Pubkey, Profit)> {
    let Ground { mirror, now, .. } = round.ground;
    let mut exchange = mirror.exchange.ok_or(Error::AccountMissing)?;
    let market = mirror.market(change.target).copied();
    match ChangeKind::of(change.kind)? {
        ChangeKind::ExchangeParams | ChangeKind::Guardian | ChangeKind::Treasury | ChangeKind::PendingAdmin => {
            governance::change_exchange(&mut exchange, change, now)?;
        }
        ChangeKind::BankParams => {
            let number = u8::try_from(change.target).map_err(|_| Error::ChangeUnknown)?;
            let mut bank = *mirror.banks.get(&number).ok_or(Error::AccountMissing)?;
            governance::change_bank(&exchange, &mut bank, change, now)?;
            return Ok((Pubkey::from(bank.mint), Profit::default()));
        }
        ChangeKind::AddBank => {
            let mint = change.content.first_chunk().copied().ok_or(Error::ChangeUnknown)?;
            let terms = *governance::due_bank(&exchange, change, &mint, now)?;
            let shares = address::share_mint().to_bytes();
            governance::new_bank(&mut exchange, &mut Bank::zeroed(), &terms, &shares)?;
            return Ok((Pubkey::from(mint), Profit { quote: 0, lamports: BANK_RENT.saturating_neg() }));
        }
        ChangeKind::MarketParams | ChangeKind::CloseMarket | ChangeKind::LiftReduceOnly => {
            governance::change_market(&exchange, &mut market.ok_or(Error::MarketMissing)?, change, now)?;
        }
        ChangeKind::PoolParams | ChangeKind::Strategy | ChangeKind::OpenPool => {
            let mut pool = mirror.pool.ok_or(Error::NoPool)?;
            let account = mirror.account(&Pubkey::from(pool.account)).ok_or(Error::AccountMissing)?;
            governance::change_pool(&exchange, &mut pool, &account, market.as_ref(), change, now)?;
        }
        ChangeKind::ListMarket => return Err(Error::ChangeUnknown),
    }
    Ok((Pubkey::default(), Profit::default()))
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
