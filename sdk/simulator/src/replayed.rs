//! Balances rebuilt from events alone, against the accounts: what is certain must be equal.

use anyhow::{Result, bail, ensure};
use keel_engine::state::{MarginAccount, Range as Stored, Ranges};
use keel_sdk::events::{Counter, Ledger, Sequence};
use keel_sdk::replay::{Account, Position, Range, Replay, Told};
use solana_pubkey::Pubkey;

use crate::books::Books;

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Balances that are certain and equal.
    pub equal: u32,
    /// Balances that missing events leave open.
    pub uncertain: u32,
}

impl Rebuilt {
    fn compare<T: PartialEq + std::fmt::Debug>(
        &mut self,
        told: Told<T>,
        stored: T,
        what: impl FnOnce() -> String,
    ) -> Result<()> {
        if !told.is_certain {
            self.uncertain += 1;
            return Ok(());
        }
        if told.value != stored {
            bail!("{}: events tell {:?}, the account has {stored:?}", what(), told.value);
        }
        self.equal += 1;
        Ok(())
    }
}

/// Tells the replay how many events there were by the accounts' own numbers, and compares it with the books. Errors with
/// the first balance that is certain and different.
pub fn check(replay: &mut Replay, books: &Books) -> Result<Rebuilt> {
    let exchange = books.exchange.map(|exchange| (Counter::Exchange, exchange.sequence));
    let banks = books.banks.iter().map(|(number, book)| (Counter::Bank(*number), book.bank.sequence));
    let markets = books.markets.iter().map(|(number, market)| (Counter::Market(*number), market.sequence));
    let pool = books.pool.map(|pool| (Counter::Pool, pool.sequence));
    for (of, number) in exchange.into_iter().chain(banks).chain(markets).chain(pool) {
        let _gap = replay.catch_up(Sequence { of, number });
    }
    let mut rebuilt = Rebuilt::default();
    if let Some(exchange) = &books.exchange {
        rebuilt.compare(replay.exchange().insurance, exchange.insurance, || "the exchange's insurance".to_owned())?;
        rebuilt.compare(replay.exchange().pool_reserve, exchange.pool_reserve, || "the pool's reserve".to_owned())?;
    }
    for (number, book) in &books.banks {
        let told = replay.banks().get(number).map_or(Told::certain(0), |bank| bank.booked);
        rebuilt.compare(told, book.bank.booked, || format!("booked tokens of bank {number}"))?;
        let told = replay.banks().get(number).map_or(Told::certain(0), |bank| bank.queued);
        rebuilt.compare(told, book.bank.queued, || format!("queued tokens of bank {number}"))?;
    }
    for (number, market) in &books.markets {
        let told = replay.markets().get(number).map_or(Told::certain(bytemuck::Zeroable::zeroed()), |m| m.ledger);
        rebuilt.compare(told, Ledger::of(market), || format!("the ledger of market {number}"))?;
    }
    if let Some(pool) = &books.pool {
        let told = replay.pool();
        rebuilt.compare(told.shares, pool.shares, || "the pool's shares".to_owned())?;
        rebuilt.compare(told.shares_waiting, pool.shares_waiting, || "shares that wait".to_owned())?;
        rebuilt.compare(told.deposits_waiting, pool.deposits_waiting, || "deposits that wait".to_owned())?;
    }
    for (address, account) in &books.accounts {
        match replay.accounts().get(address) {
            Some(told) => of_account(&mut rebuilt, told, (address, account), books.ranges.get(address))?,
            None if replay.may_lack_accounts() => rebuilt.uncertain += 1,
            None => bail!("events do not know the account {address}"),
        }
    }
    let open = |(address, told): &(&Pubkey, &Account)| told.is_certainly_open && !books.accounts.contains_key(*address);
    if let Some((address, _)) = replay.accounts().iter().find(open) {
        ensure!(replay.may_lack_accounts(), "events tell of the account {address}, which is not there");
    }
    Ok(rebuilt)
}

fn of_account(
    rebuilt: &mut Rebuilt,
    told: &Account,
    (address, stored): (&Pubkey, &MarginAccount),
    ranges: Option<&Ranges>,
) -> Result<()> {
    for (bank, (told, capital)) in told.capital.iter().zip(stored.capital).enumerate() {
        rebuilt.compare(*told, capital, || format!("capital of {address} in bank {bank}"))?;
    }
    rebuilt.compare(told.flagged, stored.flagged_at != 0, || format!("the flag of {address}"))?;
    let held = stored.positions.iter().map(|position| position.market).filter(|market| *market != 0);
    let markets: std::collections::BTreeSet<u16> = held.chain(told.markets()).collect();
    for market in markets {
        let there = stored.position(market).map(Position::from).unwrap_or_default();
        let Told { value, is_certain } = told.position(market);
        let told = Told { value: comparable(value), is_certain };
        rebuilt.compare(told, comparable(there), || format!("the position of {address} in market {market}"))?;
    }
    for (slot, told) in told.ranges.iter().enumerate() {
        let there = ranges.and_then(|ranges| ranges.ranges.get(slot)).and_then(range);
        rebuilt.compare(*told, there, || format!("range {slot} of {address}"))?;
    }
    Ok(())
}

/// Without base the checkpoint of funding means nothing.
fn comparable(position: Position) -> Position {
    if position.base == 0 { Position { funding: Default::default(), ..position } } else { position }
}

fn range(stored: &Stored) -> Option<Range> {
    let Stored { market, lower, upper, liquidity, .. } = *stored;
    (!stored.is_empty()).then(|| Range { market, lower, upper, liquidity: liquidity.get() })
}
