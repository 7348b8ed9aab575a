//! What is done with the pool's strategies, on decoded accounts: as the program does it, through the same engine.

use keel_engine::oracle::Sample;
use keel_engine::pool::{self, Collected, Members, Rebalanced};
use keel_engine::{Error, Now, Result, refresh};
use solana_pubkey::Pubkey;

use crate::books::Books;
use crate::operations::play;

/// Something that is done with a strategy of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrategyAct {
    /// `rebalance`, with the market's update of this second.
    Rebalance {
        /// The market.
        market: usize,
        /// Who is paid.
        by: usize,
    },
    /// `collect_pool`.
    Collect {
        /// The market.
        market: usize,
    },
}

impl StrategyAct {
    /// Its name: that of the instruction that it sends.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Rebalance { .. } => "rebalance",
            Self::Collect { .. } => "collect_pool",
        }
    }

    /// The market.
    pub const fn market(&self) -> usize {
        match *self {
            Self::Rebalance { market, .. } | Self::Collect { market } => market,
        }
    }
}

/// `rebalance`, for a keeper's account.
pub fn rebalance(books: &mut Books, market: u16, keeper: &Pubkey, sample: &Sample, now: Now) -> Result<Rebalanced> {
    let mut state = books.pool.ok_or(Error::NoPool)?;
    let account = Pubkey::from(state.account);
    if *keeper == account {
        return Err(Error::SelfLiquidation);
    }
    let mut paid = *books.accounts.get(keeper).ok_or(Error::AccountMissing)?;
    let reserve = books.exchange.ok_or(Error::AccountMissing)?.pool_reserve;
    let done = play(books, market, &account, |mut stage| {
        let ranges = stage.ranges.ok_or(Error::AccountMissing)?;
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        let mut members = Members { pool: &mut state, account: stage.account, ranges, keeper: &mut paid };
        pool::rebalance(&mut stage.book, &mut members, reserve, stage.others, now)
    })?;
    books.pool = Some(state);
    books.accounts.insert(*keeper, paid);
    Ok(done)
}

/// `collect_pool`.
pub fn collect(books: &mut Books, market: u16, now: Now) -> Result<Collected> {
    let account = Pubkey::from(books.pool.ok_or(Error::NoPool)?.account);
    play(books, market, &account, |mut stage| {
        let ranges = stage.ranges.ok_or(Error::AccountMissing)?;
        pool::collect(&mut stage.book, stage.account, ranges, now)
    })
}
