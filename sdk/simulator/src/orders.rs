//! What is done with standing orders, on decoded accounts: as the program does it, through the same engine.

use keel_engine::oracle::Sample;
use keel_engine::orders::{self, Cleaned, Executed, Request, Terms};
use keel_engine::state::PlacedOrder;
use keel_engine::{Error, Now, Result, refresh};
use solana_pubkey::Pubkey;

use crate::books::Books;
use crate::operations::play;

/// Something that is done with an order. Its number is the account's first where none is named, and the first that is free
/// when it is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderAct {
    /// `place_order`.
    Place {
        /// Whose account.
        who: usize,
        /// The market.
        market: usize,
        /// The order's number.
        number: Option<u64>,
        /// What it says.
        placing: Placing,
        /// Who signs and pays: the owner, or a delegate.
        by: usize,
    },
    /// `execute_order`, with the market's update of this second.
    Execute {
        /// Whose order.
        who: usize,
        /// Its number.
        number: Option<u64>,
        /// Who does it and gets the tip.
        by: usize,
    },
    /// `cancel_order`.
    Cancel {
        /// Whose order.
        who: usize,
        /// Its number.
        number: Option<u64>,
        /// Who signs: the owner, or a delegate.
        by: usize,
    },
    /// `clean_order`.
    Clean {
        /// Whose order.
        who: usize,
        /// Its number.
        number: Option<u64>,
        /// Who does it and gets a part of the tip.
        by: usize,
    },
}

/// What an order says, with times that count from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placing {
    /// All but the times, which are 0.
    pub terms: Terms,
    /// The second of the first slice, if it is named.
    pub starts_at: Option<i64>,
    /// The second from which on it may not be executed, if any.
    pub expires_at: Option<i64>,
}

impl Placing {
    /// What it says to the program, on an exchange that started at this time.
    pub fn terms(&self, started: Now) -> Terms {
        let time = |secs: Option<i64>| secs.map_or(0, |secs| started.unix.saturating_add(secs));
        Terms { starts_at: time(self.starts_at), expires_at: time(self.expires_at), ..self.terms }
    }
}

impl OrderAct {
    /// Its name: that of the instruction that it sends.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Place { .. } => "place_order",
            Self::Execute { .. } => "execute_order",
            Self::Cancel { .. } => "cancel_order",
            Self::Clean { .. } => "clean_order",
        }
    }

    /// Whose order, its number where it is named, and who signs.
    pub const fn parts(&self) -> (usize, Option<u64>, usize) {
        match *self {
            Self::Place { who, number, by, .. }
            | Self::Execute { who, number, by }
            | Self::Cancel { who, number, by }
            | Self::Clean { who, number, by } => (who, number, by),
        }
    }
}

/// `place_order`, signed by this key.
pub fn place(
    books: &mut Books,
    (market, account, number): (u16, &Pubkey, u64),
    signer: &Pubkey,
    terms: Terms,
    now: Now,
) -> Result<()> {
    let state = books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    let mut order: PlacedOrder = bytemuck::Zeroable::zeroed();
    let request = Request {
        account: account.to_bytes(),
        payer: signer.to_bytes(),
        placed_by: signer.to_bytes(),
        number,
        bump: 0,
        terms,
    };
    orders::place(&mut order, &request, &mut holder, state, now)?;
    books.accounts.insert(*account, holder);
    books.orders.insert((*account, number), order);
    Ok(())
}

/// `execute_order`.
pub fn execute(books: &mut Books, account: &Pubkey, number: u64, sample: &Sample, now: Now) -> Result<Executed> {
    let mut order = *books.orders.get(&(*account, number)).ok_or(Error::AccountMissing)?;
    let executed = play(books, order.market, account, |mut stage| {
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        let (ranges, others) = (stage.ranges.as_deref(), stage.others);
        orders::execute(&mut order, &mut stage.book, stage.account, ranges, others, now)
    })?;
    if executed.ended.is_some() {
        books.orders.remove(&(*account, number));
    } else {
        books.orders.insert((*account, number), order);
    }
    Ok(executed)
}

/// `cancel_order`, signed by this key.
pub fn cancel(books: &mut Books, account: &Pubkey, number: u64, signer: &Pubkey, now: Now) -> Result<()> {
    let order = *books.orders.get(&(*account, number)).ok_or(Error::AccountMissing)?;
    let holder = books.accounts.get_mut(account).ok_or(Error::AccountMissing)?;
    orders::cancel(&order, holder, &signer.to_bytes(), now)?;
    books.orders.remove(&(*account, number));
    Ok(())
}

/// `clean_order`.
pub fn clean(books: &mut Books, account: &Pubkey, number: u64, now: Now) -> Result<Cleaned> {
    let order = *books.orders.get(&(*account, number)).ok_or(Error::AccountMissing)?;
    let market = books.markets.get(&order.market);
    let holder = books.accounts.get_mut(account).ok_or(Error::AccountMissing)?;
    let cleaned = orders::clean(&order, holder, market, now)?;
    books.orders.remove(&(*account, number));
    Ok(cleaned)
}
