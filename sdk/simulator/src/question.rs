//! Questions about accounts and markets, and their answers: what the program's view instructions give as return data,
//! worked out from the books by the same functions.

use keel_engine::book::Book;
use keel_engine::curve::Exact;
use keel_engine::oracle::Sample;
use keel_engine::state::TickArray;
use keel_engine::views::delta::DeltaView;
use keel_engine::{Error, Now, Result, Side, views};
use keel_sdk::instructions::QUOTE_REACH;
use keel_sdk::path;
use keel_sdk::views::{AuctionView, FeeView, FundingView, HealthView, LiquidationPriceView, PayoutView, PoolView};
use solana_pubkey::Pubkey;

use crate::books::Books;

/// What is asked. Accounts and markets are places in the lists of the [`Setup`](crate::Setup).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// `view_health`.
    Health {
        /// Whose account.
        who: usize,
    },
    /// `view_liquidation_price`.
    LiquidationPrice {
        /// Whose account.
        who: usize,
        /// The market.
        market: usize,
    },
    /// `view_auction`.
    Auction {
        /// Whose account.
        who: usize,
        /// The market.
        market: usize,
    },
    /// `view_delta`.
    Delta {
        /// Whose account.
        who: usize,
        /// The market.
        market: usize,
    },
    /// `view_funding`.
    Funding {
        /// The market.
        market: usize,
        /// Hours.
        points: u8,
        /// As whoever holds this side pays it.
        side: Side,
    },
    /// `view_payout`.
    Payout {
        /// The market.
        market: usize,
    },
    /// `view_fee`, with the market's update of this second.
    Fee {
        /// The market.
        market: usize,
        /// Side of the trade.
        side: Side,
        /// Its exact amount.
        exact: Exact,
    },
    /// `view_pool`.
    Pool,
}

impl Question {
    /// Its name, as scenarios spell it: that of the instruction that asks it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Health { .. } => "view_health",
            Self::LiquidationPrice { .. } => "view_liquidation_price",
            Self::Auction { .. } => "view_auction",
            Self::Delta { .. } => "view_delta",
            Self::Funding { .. } => "view_funding",
            Self::Payout { .. } => "view_payout",
            Self::Fee { .. } => "view_fee",
            Self::Pool => "view_pool",
        }
    }

    /// Whose account it is about.
    pub const fn who(&self) -> Option<usize> {
        match *self {
            Self::Health { who }
            | Self::LiquidationPrice { who, .. }
            | Self::Auction { who, .. }
            | Self::Delta { who, .. } => Some(who),
            Self::Funding { .. } | Self::Payout { .. } | Self::Fee { .. } | Self::Pool => None,
        }
    }

    /// Which market it is about.
    pub const fn market(&self) -> Option<usize> {
        match *self {
            Self::Health { .. } | Self::Pool => None,
            Self::LiquidationPrice { market, .. }
            | Self::Auction { market, .. }
            | Self::Delta { market, .. }
            | Self::Funding { market, .. }
            | Self::Payout { market }
            | Self::Fee { market, .. } => Some(market),
        }
    }
}

/// What is answered.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "layouts of the chain, of which there is one at a time")]
pub enum Answer {
    /// To [`Question::Health`].
    Health(HealthView),
    /// To [`Question::LiquidationPrice`].
    LiquidationPrice(LiquidationPriceView),
    /// To [`Question::Auction`].
    Auction(AuctionView),
    /// To [`Question::Delta`].
    Delta(DeltaView),
    /// To [`Question::Funding`].
    Funding(FundingView),
    /// To [`Question::Payout`].
    Payout(PayoutView),
    /// To [`Question::Fee`].
    Fee(FeeView),
    /// To [`Question::Pool`].
    Pool(PoolView),
}

/// Health of a margin account.
pub fn health(books: &Books, account: &Pubkey, now: Now) -> Result<HealthView> {
    let state = books.accounts.get(account).ok_or(Error::AccountMissing)?;
    books.view(|view| views::health::health(state, books.ranges.get(account), view, now))
}

/// The mark of a market at which a margin account becomes unhealthy.
pub fn liquidation_price(books: &Books, account: &Pubkey, market: u16, now: Now) -> Result<LiquidationPriceView> {
    let (state, ranges) = (books.accounts.get(account).ok_or(Error::AccountMissing)?, books.ranges.get(account));
    books.view(|view| views::liquidation_price::liquidation_price(state, ranges, view, market, now))
}

/// How the liquidation of a margin account stands in a market.
pub fn auction(books: &Books, account: &Pubkey, market: u16, now: Now) -> Result<AuctionView> {
    let state = books.accounts.get(account).ok_or(Error::AccountMissing)?;
    books.view(|view| views::auction::auction(state, books.ranges.get(account), view, market, now))
}

/// What a margin account is exposed to in a market.
pub fn delta(books: &Books, account: &Pubkey, market: u16, now: Now) -> Result<DeltaView> {
    let state = books.accounts.get(account).ok_or(Error::AccountMissing)?;
    books.view(|view| views::delta::delta(state, books.ranges.get(account), view, market, now))
}

/// A market's funding to come.
pub fn funding(books: &Books, market: u16, points: u8, side: Side, now: Now) -> Result<FundingView> {
    let mut copy = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let mut scratch = copy;
    Ok(views::funding::funding(&mut copy, &mut scratch, points, side, now))
}

/// What a market's claims are paid, and what stands behind them.
pub fn payout(books: &Books, market: u16, now: Now) -> Result<PayoutView> {
    let state = books.markets.get(&market).ok_or(Error::MarketMissing)?;
    Ok(views::payout::view(state, books.exchange.as_ref().ok_or(Error::AccountMissing)?, now))
}

/// What the pool is worth, what its shares cost, and who waits.
pub fn pool(books: &Books, now: Now) -> Result<PoolView> {
    let pool = books.pool.as_ref().ok_or(Error::NoPool)?;
    let exchange = books.exchange.as_ref().ok_or(Error::AccountMissing)?;
    let address = Pubkey::from(pool.account);
    let account = books.accounts.get(&address).ok_or(Error::AccountMissing)?;
    books.view(|view| views::pool::view(pool, exchange, account, (books.ranges.get(&address), view), now))
}

/// What a trade would cost now, along the tick arrays that the program is given.
pub fn fee(books: &Books, market: u16, sample: &Sample, side: Side, exact: Exact, now: Now) -> Result<FeeView> {
    let mut copy = *books.markets.get(&market).ok_or(Error::MarketMissing)?;
    let passed = path::arrays(&copy, side, QUOTE_REACH);
    let mut arrays: Vec<TickArray> =
        books.arrays_of(market).filter(|array| passed.contains(&array.index)).copied().collect();
    let mut arrays: Vec<&mut TickArray> = arrays.iter_mut().collect();
    views::fee::fee(&mut Book { market: &mut copy, arrays: &mut arrays }, Some(sample), side, exact, now)
}
