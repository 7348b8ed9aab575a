//! What is done with the pool, on decoded accounts: as the program does it, through the same engine.

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use keel_engine::pool::deposits::{self, Asked, DEPOSIT, Executed};
use keel_engine::pool::redemptions::{self, Paid, Payer, REDEMPTION};
use keel_engine::state::{MarginAccount, Pool, PoolRequest};
use keel_engine::{Error, Now, Result, liquidation};
use solana_pubkey::Pubkey;

use crate::books::Books;

/// The pool's shares as tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShareBook {
    /// Supply of the mint.
    pub supply: u64,
    /// Tokens in the pool's account of shares that wait.
    pub waiting: u64,
    /// What everybody else holds, by owner, where it is known; nobody holds nothing.
    pub held: BTreeMap<Pubkey, u64>,
}

impl ShareBook {
    fn credit(&mut self, owner: Pubkey, shares: u64) -> Result<()> {
        let held = self.held.entry(owner).or_default();
        *held = held.checked_add(shares).ok_or(Error::MathOverflow)?;
        self.held.retain(|_, held| *held != 0);
        Ok(())
    }

    fn debit(&mut self, owner: Pubkey, shares: u64) -> Result<()> {
        let held = self.held.get_mut(&owner).ok_or(Error::InsufficientCapital)?;
        *held = held.checked_sub(shares).ok_or(Error::InsufficientCapital)?;
        self.held.retain(|_, held| *held != 0);
        Ok(())
    }
}

/// Something that is done with the pool. A request that is not named is the first that waits, of the account where there is
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolAct {
    /// `request_deposit`.
    RequestDeposit {
        /// Whose account.
        who: usize,
        /// Quote atoms.
        amount: u64,
        /// Fewest shares.
        min_shares: u64,
        /// Lamports for who executes it.
        tip: u64,
    },
    /// `execute_deposit`.
    ExecuteDeposit {
        /// Its number.
        number: Option<u64>,
        /// Who does it and gets the tip.
        by: usize,
    },
    /// `cancel_deposit`.
    CancelDeposit {
        /// Whose deposit.
        who: usize,
        /// Its number.
        number: Option<u64>,
        /// Who signs: the owner, or anyone.
        by: usize,
    },
    /// `request_redeem`.
    RequestRedeem {
        /// Whose account.
        who: usize,
        /// Shares; all that its owner holds where none are named.
        shares: Option<u64>,
        /// Lamports for who executes it.
        tip: u64,
    },
    /// `execute_redeem`.
    ExecuteRedeem {
        /// Its number.
        number: Option<u64>,
        /// Who does it and gets the tip.
        by: usize,
    },
    /// `cancel_redeem`.
    CancelRedeem {
        /// Whose redemption.
        who: usize,
        /// Its number.
        number: Option<u64>,
    },
}

impl PoolAct {
    /// Its name: that of the instruction that it sends.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RequestDeposit { .. } => "request_deposit",
            Self::ExecuteDeposit { .. } => "execute_deposit",
            Self::CancelDeposit { .. } => "cancel_deposit",
            Self::RequestRedeem { .. } => "request_redeem",
            Self::ExecuteRedeem { .. } => "execute_redeem",
            Self::CancelRedeem { .. } => "cancel_redeem",
        }
    }

    /// Who signs.
    pub const fn by(&self) -> usize {
        match *self {
            Self::RequestDeposit { who, .. } | Self::RequestRedeem { who, .. } | Self::CancelRedeem { who, .. } => who,
            Self::ExecuteDeposit { by, .. } | Self::ExecuteRedeem { by, .. } | Self::CancelDeposit { by, .. } => by,
        }
    }

    /// Whose request it is about, where that is named.
    pub const fn who(&self) -> Option<usize> {
        match *self {
            Self::RequestDeposit { who, .. }
            | Self::RequestRedeem { who, .. }
            | Self::CancelDeposit { who, .. }
            | Self::CancelRedeem { who, .. } => Some(who),
            Self::ExecuteDeposit { .. } | Self::ExecuteRedeem { .. } => None,
        }
    }

    /// The kind of request that it needs, and its number where that is named.
    pub const fn request(&self) -> Option<(u8, Option<u64>)> {
        match *self {
            Self::ExecuteDeposit { number, .. } | Self::CancelDeposit { number, .. } => Some((DEPOSIT, number)),
            Self::ExecuteRedeem { number, .. } | Self::CancelRedeem { number, .. } => Some((REDEMPTION, number)),
            Self::RequestDeposit { .. } | Self::RequestRedeem { .. } => None,
        }
    }

    /// Shares that somebody who holds that many asks to leave with.
    pub fn shares(&self, held: u64) -> u64 {
        match *self {
            Self::RequestRedeem { shares, .. } => shares.unwrap_or(held),
            _ => 0,
        }
    }
}

/// The pool and its margin account.
fn pool_of(books: &Books) -> Result<(Pool, Pubkey, MarginAccount)> {
    let pool = books.pool.ok_or(Error::NoPool)?;
    let address = Pubkey::from(pool.account);
    let account = *books.accounts.get(&address).ok_or(Error::AccountMissing)?;
    Ok((pool, address, account))
}

fn asked(account: &Pubkey, amount: u64, min_shares: u64, tip: u64) -> Asked {
    let nobody = [0; 32];
    Asked { account: account.to_bytes(), shares_account: nobody, payer: nobody, amount, min_shares, tip, bump: 0 }
}

fn owner_of(books: &Books, account: &Pubkey) -> Result<Pubkey> {
    Ok(Pubkey::from(books.accounts.get(account).ok_or(Error::AccountMissing)?.owner))
}

/// `request_deposit`. Returns its number.
pub fn request_deposit(
    books: &mut Books,
    account: &Pubkey,
    (amount, min_shares, tip): (u64, u64, u64),
    now: Now,
) -> Result<u64> {
    let (mut pool, ..) = pool_of(books)?;
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let mut request = PoolRequest::zeroed();
    let asked = asked(account, amount, min_shares, tip);
    books.view(|view| {
        let seen = (books.ranges.get(account), view);
        deposits::request(&mut request, &asked, &mut pool, &mut holder, seen, now)
    })?;
    books.accounts.insert(*account, holder);
    books.requests.insert((DEPOSIT, request.number), request);
    books.pool = Some(pool);
    Ok(request.number)
}

/// `execute_deposit`, into a token account that can take the shares.
pub fn execute_deposit(books: &mut Books, number: u64, now: Now) -> Result<Executed> {
    let (mut pool, own, mut pool_account) = pool_of(books)?;
    let mut request = *books.requests.get(&(DEPOSIT, number)).ok_or(Error::AccountMissing)?;
    let account = Pubkey::from(request.account);
    let mut holder = *books.accounts.get(&account).ok_or(Error::AccountMissing)?;
    let reserve = books.exchange.as_ref().ok_or(Error::AccountMissing)?.pool_reserve;
    let executed = books.view(|view| {
        let seen = (books.ranges.get(&own), view);
        deposits::execute(&mut request, &mut pool, &mut holder, reserve, &mut pool_account, seen, true, now)
    })?;
    let owner = owner_of(books, &account)?;
    books.shares.credit(owner, executed.shares)?;
    books.shares.supply = books.shares.supply.checked_add(executed.shares).ok_or(Error::MathOverflow)?;
    books.accounts.insert(account, holder);
    books.accounts.insert(own, pool_account);
    books.requests.remove(&(DEPOSIT, number));
    books.pool = Some(pool);
    Ok(executed)
}

/// `cancel_deposit`, by the owner or by anyone while the account's state lets anyone.
pub fn cancel_deposit(books: &mut Books, number: u64, by_owner: bool, now: Now) -> Result<u64> {
    let (mut pool, ..) = pool_of(books)?;
    let mut request = *books.requests.get(&(DEPOSIT, number)).ok_or(Error::AccountMissing)?;
    let account = Pubkey::from(request.account);
    let mut holder = *books.accounts.get(&account).ok_or(Error::AccountMissing)?;
    let returned = books.view(|view| {
        let returned = deposits::cancel(&mut request, &mut pool, &mut holder, by_owner, now)?;
        if holder.flagged_at != 0 {
            let _free = liquidation::cure(&mut holder, books.ranges.get(&account), view, now)?;
        }
        Ok(returned)
    })?;
    books.accounts.insert(account, holder);
    books.requests.remove(&(DEPOSIT, number));
    books.pool = Some(pool);
    Ok(returned)
}

/// `request_redeem`. Returns its number.
pub fn request_redeem(books: &mut Books, account: &Pubkey, (shares, tip): (u64, u64), now: Now) -> Result<u64> {
    let (mut pool, ..) = pool_of(books)?;
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let mut request = PoolRequest::zeroed();
    redemptions::request(&mut request, &asked(account, shares, 0, tip), &mut pool, &mut holder, now)?;
    books.shares.debit(Pubkey::from(holder.owner), shares)?;
    books.shares.waiting = books.shares.waiting.checked_add(shares).ok_or(Error::MathOverflow)?;
    books.accounts.insert(*account, holder);
    books.requests.insert((REDEMPTION, request.number), request);
    books.pool = Some(pool);
    Ok(request.number)
}

/// `execute_redeem`, of shares that could go back.
pub fn execute_redeem(books: &mut Books, number: u64, now: Now) -> Result<Paid> {
    let (mut pool, own, mut pool_account) = pool_of(books)?;
    let mut request = *books.requests.get(&(REDEMPTION, number)).ok_or(Error::AccountMissing)?;
    let account = Pubkey::from(request.account);
    if request.amount == 0 {
        let skipped = redemptions::skip(&mut request, &mut pool)?;
        books.requests.remove(&(REDEMPTION, number));
        books.pool = Some(pool);
        return Ok(skipped);
    }
    let mut holder = *books.accounts.get(&account).ok_or(Error::AccountMissing)?;
    let mut exchange = books.exchange.ok_or(Error::AccountMissing)?;
    let paid = books.view(|view| {
        let mut payer =
            Payer { account: &mut pool_account, ranges: books.ranges.get(&own), view, exchange: &mut exchange };
        redemptions::execute(&mut request, &mut pool, &mut holder, &mut payer, true, now)
    })?;
    let left = paid.burnt.checked_add(paid.returned).ok_or(Error::MathOverflow)?;
    books.shares.waiting = books.shares.waiting.checked_sub(left).ok_or(Error::MathOverflow)?;
    books.shares.supply = books.shares.supply.checked_sub(paid.burnt).ok_or(Error::MathOverflow)?;
    books.shares.credit(Pubkey::from(holder.owner), paid.returned)?;
    books.accounts.insert(account, holder);
    books.accounts.insert(own, pool_account);
    books.exchange = Some(exchange);
    books.pool = Some(pool);
    if paid.is_ended() {
        books.requests.remove(&(REDEMPTION, number));
    } else {
        books.requests.insert((REDEMPTION, number), request);
    }
    Ok(paid)
}

/// `cancel_redeem`.
pub fn cancel_redeem(books: &mut Books, number: u64, now: Now) -> Result<()> {
    let (mut pool, ..) = pool_of(books)?;
    let mut request = *books.requests.get(&(REDEMPTION, number)).ok_or(Error::AccountMissing)?;
    let account = Pubkey::from(request.account);
    let mut holder = *books.accounts.get(&account).ok_or(Error::AccountMissing)?;
    let cancelled = redemptions::cancel(&mut request, &mut pool, &mut holder, now)?;
    books.shares.waiting = books.shares.waiting.checked_sub(cancelled.returned).ok_or(Error::MathOverflow)?;
    books.shares.credit(Pubkey::from(holder.owner), cancelled.returned)?;
    books.accounts.insert(account, holder);
    books.pool = Some(pool);
    if cancelled.is_ended {
        books.requests.remove(&(REDEMPTION, number));
    } else {
        books.requests.insert((REDEMPTION, number), request);
    }
    Ok(())
}
