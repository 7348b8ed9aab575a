//! What can be done to an exchange, and what came of it: the one list that scenarios, the model, the fuzzer and both
//! executors share. Accounts and markets are places in the lists of the [`Setup`](crate::Setup), banks are numbers.

mod done;
mod name;

use keel_engine::collateral::Purchase;
use keel_engine::liquidation::TakeOver;
use keel_engine::ranges::RangeRequest;
use keel_engine::state::{Range, Ranges};
use keel_engine::trade::Order;
use keel_engine::units::Price;
use keel_engine::{Error, Result};

use crate::governance::Act;
use crate::liens::LienAct;
use crate::orders::OrderAct;
use crate::pool::PoolAct;
use crate::prices::{BankFeed, Quote};
use crate::question::Question;
use crate::strategies::StrategyAct;

pub use done::{Done, LegFill};

/// Which range of an account in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeAt {
    /// The one in this slot of the companion account.
    Slot(u8),
    /// The first with these ends.
    Ends {
        /// Lower tick.
        lower: i32,
        /// Upper tick.
        upper: i32,
    },
    /// The first of the market.
    First,
}

impl RangeAt {
    /// The slot, told from the companion account. Errors with `RangeNotFound`.
    pub fn slot(self, ranges: &Ranges, market: u16) -> Result<u8> {
        let fits = |(slot, range): (usize, &Range)| {
            let is_it = match self {
                Self::Slot(wanted) => slot == usize::from(wanted),
                Self::Ends { lower, upper } => range.lower == lower && range.upper == upper,
                Self::First => true,
            };
            (range.market == market && is_it).then_some(slot)
        };
        let found = ranges.ranges.iter().enumerate().find_map(fits);
        found.and_then(|slot| u8::try_from(slot).ok()).ok_or(Error::RangeNotFound)
    }
}

/// A leg of a trade in several markets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The market.
    pub market: usize,
    /// What is asked for.
    pub order: Order,
}

/// Something that somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "parameters of a market are rarely changed, and a list of actions is short"
)]
pub enum Action {
    /// A publisher states a price; with `published`, in seconds from the start, only once.
    Price {
        /// The market.
        market: usize,
        /// The price.
        quote: Quote,
        /// When it was published, where that is not the second of each transaction.
        published: Option<i64>,
    },
    /// `refresh`.
    Refresh {
        /// The market.
        market: usize,
    },
    /// `create_tick_array`.
    CreateTickArray {
        /// The market.
        market: usize,
        /// Its first grid tick over 64.
        index: i32,
    },
    /// `open_account`.
    OpenAccount {
        /// The owner.
        who: usize,
    },
    /// `close_account`.
    CloseAccount {
        /// The owner.
        who: usize,
    },
    /// `open_ranges`.
    OpenRanges {
        /// The owner.
        who: usize,
    },
    /// `close_ranges`.
    CloseRanges {
        /// The owner.
        who: usize,
    },
    /// The publisher of a bank's feed states a price or a rate; with `published`, in seconds from the start, only once.
    BankPrice {
        /// Number of the bank.
        bank: usize,
        /// Which of its feeds.
        feed: BankFeed,
        /// The price, or the rate.
        quote: Quote,
        /// When it was published, where that is not the second of each transaction.
        published: Option<i64>,
    },
    /// `refresh_bank`, with the bank's updates of this second.
    RefreshBank {
        /// Number of the bank.
        bank: usize,
    },
    /// `buy_collateral`, into the account of who signs.
    BuyCollateral {
        /// Whose collateral.
        who: usize,
        /// Number of the bank.
        bank: usize,
        /// Who buys.
        by: usize,
        /// How much and at which price.
        purchase: Purchase,
    },
    /// `deposit`, of tokens that the owner gets from outside.
    Deposit {
        /// The owner.
        who: usize,
        /// Number of the bank.
        bank: usize,
        /// Atoms.
        amount: u64,
    },
    /// `withdraw`.
    Withdraw {
        /// The owner.
        who: usize,
        /// Number of the bank.
        bank: usize,
        /// Atoms.
        amount: u64,
    },
    /// `trade`, with the market's update of this second.
    Trade {
        /// The owner.
        who: usize,
        /// The market.
        market: usize,
        /// What is asked for.
        order: Order,
    },
    /// `deposit_and_trade`, of tokens that the owner gets from outside, with the market's update of this second.
    DepositAndTrade {
        /// The owner.
        who: usize,
        /// Number of the bank.
        bank: usize,
        /// Atoms.
        amount: u64,
        /// The market.
        market: usize,
        /// What is asked for.
        order: Order,
    },
    /// `trade_exact`, with the market's update of this second.
    TradeExact {
        /// The owner.
        who: usize,
        /// The market.
        market: usize,
        /// What is asked for.
        order: Order,
        /// The most that it may cost or the least that it may bring, in atoms; 0 is none.
        bound: u64,
    },
    /// `trade_to`, with the market's update of this second.
    TradeTo {
        /// The owner.
        who: usize,
        /// The market.
        market: usize,
        /// The position that is asked for, in base atoms.
        target: i64,
        /// How far from it is near enough, in base atoms.
        tolerance: u64,
        /// Worst price at which the curve may stand after it.
        limit: Option<Price>,
    },
    /// `trade_legs`, with the markets' updates of this second.
    TradeLegs {
        /// The owner.
        who: usize,
        /// The legs, in the order in which they are sent.
        legs: Vec<Leg>,
    },
    /// `create_tick_array` where one is missing, and `add_range`.
    AddRange {
        /// The owner.
        who: usize,
        /// The market.
        market: usize,
        /// What is asked for.
        request: RangeRequest,
    },
    /// `remove_range`.
    RemoveRange {
        /// The owner.
        who: usize,
        /// The market.
        market: usize,
        /// Which range.
        range: RangeAt,
    },
    /// `settle_range`.
    SettleRange {
        /// Whose range.
        who: usize,
        /// The market.
        market: usize,
        /// Which range.
        range: RangeAt,
        /// Who signs: the owner, or anyone.
        by: usize,
    },
    /// `settle`.
    Settle {
        /// Whose position.
        who: usize,
        /// The market.
        market: usize,
        /// Who signs: the owner, or anyone.
        by: usize,
    },
    /// `release`.
    Release {
        /// The owner.
        who: usize,
        /// The market.
        market: usize,
        /// The smallest payout ratio that is accepted, in parts per million.
        min_ratio_ppm: u32,
    },
    /// `begin_liquidation`.
    BeginLiquidation {
        /// Whose account.
        who: usize,
    },
    /// `unwind_range`.
    UnwindRange {
        /// Whose range.
        who: usize,
        /// The market.
        market: usize,
        /// Which range.
        range: RangeAt,
    },
    /// `liquidate_on_curve`.
    LiquidateOnCurve {
        /// Whose position.
        who: usize,
        /// The market.
        market: usize,
        /// Who is paid.
        by: usize,
        /// The most base atoms to close.
        max_base: u64,
    },
    /// `liquidate`, into the account of who signs.
    Liquidate {
        /// Whose position.
        who: usize,
        /// The market.
        market: usize,
        /// Who takes over.
        by: usize,
        /// How much and at which price.
        request: TakeOver,
    },
    /// `deleverage`.
    Deleverage {
        /// Whose position.
        who: usize,
        /// The market.
        market: usize,
        /// Against whom.
        holder: usize,
        /// Who is paid.
        by: usize,
        /// The most base atoms to close.
        max_base: u64,
    },
    /// `backstop`.
    Backstop {
        /// Whose position.
        who: usize,
        /// The market.
        market: usize,
        /// Who is paid.
        by: usize,
        /// The most base atoms to move.
        max_base: u64,
    },
    /// `balance_reserve`.
    BalanceReserve,
    /// A question, which changes nothing.
    View(Question),
    /// `resolve`.
    Resolve {
        /// Whose debt.
        who: usize,
        /// The market.
        market: usize,
    },
    /// `collect_pledged`.
    CollectPledged {
        /// Whose claim it was.
        who: usize,
        /// The market on whose pot it is.
        market: usize,
        /// The market whose insurance gets it.
        creditor: usize,
    },
    /// `fund_market_insurance`, of USDC that come from outside.
    FundMarketInsurance {
        /// Who pays.
        by: usize,
        /// The market.
        market: usize,
        /// Quote atoms.
        amount: u64,
    },
    /// `fund_insurance`, of USDC that come from outside.
    FundInsurance {
        /// Who pays.
        by: usize,
        /// Quote atoms.
        amount: u64,
    },
    /// `sweep_unbooked`.
    SweepUnbooked,
    /// A transfer of USDC from outside to the vault, past the program.
    Donate {
        /// Who sends it.
        by: usize,
        /// Quote atoms.
        amount: u64,
    },
    /// `queue_withdrawal`.
    QueueWithdrawal {
        /// The owner.
        who: usize,
        /// Number of the bank.
        bank: usize,
        /// Atoms.
        amount: u64,
    },
    /// `pay_withdrawal`.
    PayWithdrawal {
        /// Number of the bank.
        bank: usize,
        /// Number of the ticket; the first in the queue where none is named.
        ticket: Option<u64>,
    },
    /// `cancel_withdrawal`.
    CancelWithdrawal {
        /// Whose ticket.
        who: usize,
        /// Number of the bank.
        bank: usize,
        /// Its number; the account's first where none is named.
        ticket: Option<u64>,
        /// Who signs: the owner, or anyone.
        by: usize,
    },
    /// Something that is done with a strategy of the pool.
    Strategy(StrategyAct),
    /// Something that governance does.
    Govern(Act),
    /// Something that is done with a standing order.
    Order(OrderAct),
    /// Something that is done with the pool.
    Pool(PoolAct),
    /// Something that is done with a lien, or with an account as a whole.
    Lien(LienAct),
    /// `transfer`.
    Transfer {
        /// The account that gives.
        who: usize,
        /// The account that gets.
        to: usize,
        /// Number of the bank.
        bank: usize,
        /// Atoms.
        amount: u64,
    },
    /// `set_delegate`.
    SetDelegate {
        /// The owner.
        who: usize,
        /// The account whose owner's key it is, or nobody.
        delegate: Option<usize>,
        /// What it may do.
        permissions: u32,
        /// When that ends, in seconds from the start; none is never.
        expiry: Option<i64>,
        /// Largest notional, in quote atoms, or 0: none.
        notional: u64,
        /// The markets in which it may act, at most as many as an account has room for; none is every market.
        markets: Vec<usize>,
    },
    /// `approve_builder`.
    ApproveBuilder {
        /// The owner.
        who: usize,
        /// An account whose owner is the builder.
        builder: usize,
        /// Largest fee, in parts per million.
        max_fee_ppm: u32,
    },
    /// `revoke_builder`.
    RevokeBuilder {
        /// The owner.
        who: usize,
        /// An account whose owner is the builder.
        builder: usize,
    },
    /// `trade_with_builder`, with the market's update of this second.
    TradeWithBuilder {
        /// The owner.
        who: usize,
        /// The market.
        market: usize,
        /// What is asked for.
        order: Order,
        /// The account that is paid.
        builder: usize,
        /// The fee, in parts per million.
        fee_ppm: u32,
    },
    /// What an owner does, signed with the key of another account's owner.
    SignedBy {
        /// The account whose owner signs.
        by: usize,
        /// What is signed.
        action: Box<Action>,
    },
    /// `close_market`, with the market's update of this second.
    CloseMarket {
        /// The market.
        market: usize,
    },
    /// `close_position`.
    ClosePosition {
        /// Whose position.
        who: usize,
        /// The market.
        market: usize,
    },
    /// `close_tick_array`.
    CloseTickArray {
        /// The market.
        market: usize,
        /// Its first grid tick over 64.
        index: i32,
    },
    /// `remove_market`.
    RemoveMarket {
        /// The market.
        market: usize,
    },
}
