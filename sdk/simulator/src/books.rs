//! Everything the program keeps, decoded: the ground on which audits and native checks stand.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use keel_engine::book::{Place, grid_position};
use keel_engine::state::{
    Bank, BuilderApproval, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Range, Ranges,
    Tick, TickArray, Ticket, USDC,
};
use keel_engine::view::{Others, View};
use keel_sdk::accounts::{DISCRIMINATOR_LEN, Stored, decode};
use solana_pubkey::Pubkey;

use crate::pool::ShareBook;

/// Bytes of a token account.
const TOKENS_LEN: usize = 165;
/// Where a mint keeps its supply.
const SUPPLY: usize = 36;
/// Where a token account keeps its owner, behind its mint.
const OWNER: usize = 32;
/// Where it keeps its amount, behind its owner.
const AMOUNT: usize = 64;

/// Eight bytes of an account of the token program.
fn number(data: &[u8], at: usize) -> Result<u64> {
    let bytes = data.get(at..at.saturating_add(8)).and_then(|bytes| bytes.try_into().ok());
    Ok(u64::from_le_bytes(bytes.context("no account of the token program")?))
}

/// A bank and the tokens in its vault.
#[derive(Clone, Copy, Debug)]
pub struct BankBook {
    /// The bank.
    pub bank: Bank,
    /// Tokens in the vault.
    pub tokens: u64,
}

/// All accounts of the program, decoded.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// The exchange, once it is initialised.
    pub exchange: Option<Exchange>,
    /// Banks, by number.
    pub banks: BTreeMap<u8, BankBook>,
    /// Markets, by number.
    pub markets: BTreeMap<u16, Market>,
    /// Tick arrays, by market and index.
    pub arrays: BTreeMap<(u16, i32), TickArray>,
    /// Margin accounts, by address.
    pub accounts: BTreeMap<Pubkey, MarginAccount>,
    /// Companion accounts with ranges, by the address of the margin account.
    pub ranges: BTreeMap<Pubkey, Ranges>,
    /// Withdrawals that wait, by bank and number.
    pub tickets: BTreeMap<(u8, u64), Ticket>,
    /// Changes that governance has queued, by number.
    pub changes: BTreeMap<u64, Change>,
    /// The pool, once there is one.
    pub pool: Option<Pool>,
    /// Deposits into the pool and redemptions that wait, by kind and number.
    pub requests: BTreeMap<(u8, u64), PoolRequest>,
    /// The pool's shares as tokens.
    pub shares: ShareBook,
    /// Orders, by the address of the margin account and their number.
    pub orders: BTreeMap<(Pubkey, u64), PlacedOrder>,
    /// Consents to builders' fees, by the address of the margin account and the builder.
    pub approvals: BTreeMap<(Pubkey, Pubkey), BuilderApproval>,
}

impl Books {
    /// Decodes every account of the program; `balance` tells the tokens in a bank's vault. Errors on an account that is of
    /// no known kind.
    pub fn decode<'a>(
        accounts: impl IntoIterator<Item = (Pubkey, &'a [u8])>,
        balance: impl Fn(&Pubkey) -> Result<u64>,
    ) -> Result<Self> {
        let mut books = Self::default();
        for (address, data) in accounts {
            books.enter(address, data, &balance)?;
        }
        Ok(books)
    }

    /// Counts the pool's shares among accounts of the token program; none where there is no pool. Errors where the mint or
    /// the pool's own token account is not among them.
    pub fn take_shares<'a>(&mut self, tokens: impl IntoIterator<Item = (Pubkey, &'a [u8])>) -> Result<()> {
        let Some(pool) = &self.pool else { return Ok(()) };
        let (mint, vault) = (Pubkey::from(pool.share_mint), Pubkey::from(pool.share_vault));
        let mut shares = ShareBook::default();
        let (mut supply, mut waiting) = (None, None);
        for (address, data) in tokens {
            if address == mint {
                supply = Some(number(data, SUPPLY)?);
            } else if data.len() == TOKENS_LEN && data.get(..OWNER) == Some(mint.as_ref()) {
                let held = number(data, AMOUNT)?;
                let owner = data.get(OWNER..AMOUNT).and_then(|owner| Pubkey::try_from(owner).ok());
                if address == vault {
                    waiting = Some(held);
                } else if let Some(owner) = owner.filter(|_| held != 0) {
                    let sum = shares.held.entry(owner).or_default();
                    *sum = sum.checked_add(held).context("more shares than 64 bits")?;
                }
            }
        }
        shares.supply = supply.with_context(|| format!("the mint {mint} is not in the list: add that account"))?;
        shares.waiting =
            waiting.with_context(|| format!("the share vault {vault} is not in the list: add that account"))?;
        self.shares = shares;
        Ok(())
    }

    fn enter(&mut self, address: Pubkey, data: &[u8], balance: &impl Fn(&Pubkey) -> Result<u64>) -> Result<()> {
        let discriminator = data.get(..DISCRIMINATOR_LEN).context("an account without a discriminator")?;
        let is = |other: [u8; DISCRIMINATOR_LEN]| discriminator == other;
        if is(MarginAccount::DISCRIMINATOR) {
            self.accounts.insert(address, decoded(&address, data)?);
        } else if is(Ranges::DISCRIMINATOR) {
            let ranges: Ranges = decoded(&address, data)?;
            self.ranges.insert(Pubkey::from(ranges.account), ranges);
        } else if is(Market::DISCRIMINATOR) {
            let market: Market = decoded(&address, data)?;
            self.markets.insert(market.index_number, market);
        } else if is(TickArray::DISCRIMINATOR) {
            let array: TickArray = decoded(&address, data)?;
            self.arrays.insert((array.market, array.index), array);
        } else if is(Bank::DISCRIMINATOR) {
            let bank: Bank = decoded(&address, data)?;
            let tokens = balance(&Pubkey::from(bank.vault))?;
            self.banks.insert(bank.index, BankBook { bank, tokens });
        } else if is(Ticket::DISCRIMINATOR) {
            let ticket: Ticket = decoded(&address, data)?;
            self.tickets.insert((ticket.bank, ticket.number), ticket);
        } else if is(Change::DISCRIMINATOR) {
            let change: Change = decoded(&address, data)?;
            self.changes.insert(change.number, change);
        } else if is(Pool::DISCRIMINATOR) {
            self.pool = Some(decoded(&address, data)?);
        } else if is(PoolRequest::DISCRIMINATOR) {
            let request: PoolRequest = decoded(&address, data)?;
            self.requests.insert((request.kind, request.number), request);
        } else if is(PlacedOrder::DISCRIMINATOR) {
            let order: PlacedOrder = decoded(&address, data)?;
            self.orders.insert((Pubkey::from(order.account), order.number), order);
        } else if is(BuilderApproval::DISCRIMINATOR) {
            let approval: BuilderApproval = decoded(&address, data)?;
            self.approvals.insert((Pubkey::from(approval.account), Pubkey::from(approval.builder)), approval);
        } else if is(Exchange::DISCRIMINATOR) {
            self.exchange = Some(decoded(&address, data)?);
        } else {
            bail!("the account {address} is of no known kind");
        }
        Ok(())
    }

    /// The bank of this number.
    pub fn bank(&self, index: usize) -> Option<&BankBook> {
        self.banks.get(&u8::try_from(index).ok()?)
    }

    /// A withdrawal that waits in a bank's queue.
    pub fn ticket(&self, bank: usize, number: u64) -> Option<&Ticket> {
        self.tickets.get(&(u8::try_from(bank).ok()?, number))
    }

    /// Number of the first withdrawal of an account that waits in a bank's queue.
    pub fn first_ticket(&self, bank: usize, account: &Pubkey) -> Option<u64> {
        let bank = u8::try_from(bank).ok()?;
        let mut waiting = self.tickets.range((bank, 0)..=(bank, u64::MAX)).map(|(_, ticket)| ticket);
        let is_its = |ticket: &&Ticket| ticket.amount != 0 && ticket.account == account.to_bytes();
        waiting.find(is_its).map(|ticket| ticket.number)
    }

    /// Number of the first order of an account.
    pub fn first_order(&self, account: &Pubkey) -> Option<u64> {
        self.orders_of(account).next().map(|order| order.number)
    }

    /// The smallest number that no order of an account has.
    pub fn free_order(&self, account: &Pubkey) -> u64 {
        self.orders_of(account).zip(0..).take_while(|(order, number)| order.number == *number).count() as u64
    }

    /// The orders of an account, ascending.
    pub fn orders_of(&self, account: &Pubkey) -> impl Iterator<Item = &PlacedOrder> {
        self.orders.range((*account, 0)..=(*account, u64::MAX)).map(|(_, order)| order)
    }

    /// Number of the first request to the pool of that kind that waits, of an account where one is named.
    pub fn first_request(&self, kind: u8, account: Option<&Pubkey>) -> Option<u64> {
        let mut waiting = self.requests.range((kind, 0)..=(kind, u64::MAX)).map(|(_, request)| request);
        let is_its = |request: &&PoolRequest| {
            account.is_none_or(|account| request.amount != 0 && request.account == account.to_bytes())
        };
        waiting.find(is_its).map(|request| request.number)
    }

    /// Shares that the owner of an account holds.
    pub fn shares_of(&self, account: &Pubkey) -> u64 {
        let owner = self.accounts.get(account).map(|account| Pubkey::from(account.owner));
        owner.and_then(|owner| self.shares.held.get(&owner)).copied().unwrap_or(0)
    }

    /// The tick arrays of a market, ascending.
    pub fn arrays_of(&self, market: u16) -> impl Iterator<Item = &TickArray> {
        self.arrays.range((market, i32::MIN)..=(market, i32::MAX)).map(|(_, array)| array)
    }

    /// Banks of other collateral than USDC, ascending.
    pub fn other_banks(&self) -> Vec<&Bank> {
        self.banks.values().map(|book| &book.bank).filter(|bank| usize::from(bank.index) != USDC).collect()
    }

    /// Calls `look` with a view of every market, tick array and bank.
    pub fn view<R>(&self, look: impl FnOnce(&View) -> R) -> R {
        let markets: Vec<&Market> = self.markets.values().collect();
        let arrays: Vec<&TickArray> = self.arrays.values().collect();
        let banks = self.other_banks();
        look(&View::of(Others { declared: None, banks: &banks, markets: &markets, arrays: &arrays }))
    }

    /// The two ticks of a range.
    pub fn ticks(&self, market: &Market, range: &Range) -> Result<(&Tick, &Tick)> {
        Ok((self.tick(market, range.lower)?, self.tick(market, range.upper)?))
    }

    fn tick(&self, market: &Market, tick: i32) -> Result<&Tick> {
        let place = Place::of(grid_position(tick, market.params.tick_spacing)?);
        let array = self.arrays.get(&(market.index_number, place.array));
        let array = array.with_context(|| format!("tick {tick} has no array"))?;
        array.ticks.get(place.slot as usize).context("a tick beyond its array")
    }

    /// Every range of a market, with the margin account that holds it.
    pub fn ranges_in(&self, market: u16) -> impl Iterator<Item = (&Pubkey, &Range)> {
        let all =
            self.ranges.iter().flat_map(|(account, ranges)| ranges.ranges.iter().map(move |range| (account, range)));
        all.filter(move |(_, range)| range.market == market)
    }
}

fn decoded<T: Stored>(address: &Pubkey, data: &[u8]) -> Result<T> {
    decode(data).with_context(|| format!("the account {address} is no {}", T::NAME))
}
