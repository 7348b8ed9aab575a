//! What can be done to an exchange, and what came of it: the one list that scenarios, the model, the fuzzer and both
//! executors share. Accounts and markets are places in the lists of the [`Setup`](crate::Setup).

use keel_engine::closing::ClosedPosition;
use keel_engine::legs::{Fills, MAX_LEGS};
use keel_engine::liquidation::{Deleveraged, Step, TakeOver, TakenOver};
use keel_engine::margin::Health;
use keel_engine::pledge::Collected;
use keel_engine::pot::{Released, Settled};
use keel_engine::ranges::{Entitlement, RangeRequest};
use keel_engine::resolve::Resolved;
use keel_engine::state::{Range, Ranges};
use keel_engine::tickets::Payout;
use keel_engine::trade::{Fill, Order};
use keel_engine::{Error, Result};

use crate::governance::Act;
use crate::prices::Quote;
use crate::question::{Answer, Question};

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
    /// `deposit`, of USDC that the owner gets from outside.
    Deposit {
        /// The owner.
        who: usize,
        /// Quote atoms.
        amount: u64,
    },
    /// `withdraw`, of USDC.
    Withdraw {
        /// The owner.
        who: usize,
        /// Quote atoms.
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
    /// `queue_withdrawal`, of USDC.
    QueueWithdrawal {
        /// The owner.
        who: usize,
        /// Quote atoms.
        amount: u64,
    },
    /// `pay_withdrawal`.
    PayWithdrawal {
        /// Number of the ticket; the first in the queue where none is named.
        ticket: Option<u64>,
    },
    /// `cancel_withdrawal`.
    CancelWithdrawal {
        /// Whose ticket.
        who: usize,
        /// Its number; the account's first where none is named.
        ticket: Option<u64>,
        /// Who signs: the owner, or anyone.
        by: usize,
    },
    /// Something that governance does.
    Govern(Act),
    /// `transfer`, of USDC.
    Transfer {
        /// The account that gives.
        who: usize,
        /// The account that gets.
        to: usize,
        /// Quote atoms.
        amount: u64,
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

impl Action {
    /// Its name, as scenarios spell it: that of the instruction that it sends.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Price { .. } => "price",
            Self::Refresh { .. } => "refresh",
            Self::CreateTickArray { .. } => "create_tick_array",
            Self::OpenAccount { .. } => "open_account",
            Self::CloseAccount { .. } => "close_account",
            Self::OpenRanges { .. } => "open_ranges",
            Self::CloseRanges { .. } => "close_ranges",
            Self::Deposit { .. } => "deposit",
            Self::Withdraw { .. } => "withdraw",
            Self::Trade { .. } => "trade",
            Self::TradeLegs { .. } => "trade_legs",
            Self::AddRange { .. } => "add_range",
            Self::RemoveRange { .. } => "remove_range",
            Self::SettleRange { .. } => "settle_range",
            Self::Settle { .. } => "settle",
            Self::Release { .. } => "release",
            Self::BeginLiquidation { .. } => "begin_liquidation",
            Self::UnwindRange { .. } => "unwind_range",
            Self::LiquidateOnCurve { .. } => "liquidate_on_curve",
            Self::Liquidate { .. } => "liquidate",
            Self::Deleverage { .. } => "deleverage",
            Self::Resolve { .. } => "resolve",
            Self::View(question) => question.name(),
            Self::CollectPledged { .. } => "collect_pledged",
            Self::FundMarketInsurance { .. } => "fund_market_insurance",
            Self::FundInsurance { .. } => "fund_insurance",
            Self::SweepUnbooked => "sweep_unbooked",
            Self::Donate { .. } => "donate",
            Self::QueueWithdrawal { .. } => "queue_withdrawal",
            Self::PayWithdrawal { .. } => "pay_withdrawal",
            Self::CancelWithdrawal { .. } => "cancel_withdrawal",
            Self::Govern(act) => act.name(),
            Self::Transfer { .. } => "transfer",
            Self::CloseMarket { .. } => "close_market",
            Self::ClosePosition { .. } => "close_position",
            Self::CloseTickArray { .. } => "close_tick_array",
            Self::RemoveMarket { .. } => "remove_market",
        }
    }
}

/// What a leg did. Amounts are atoms, signed from the account's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegFill {
    /// Base gained.
    pub base: i64,
    /// Quote gained, without the fee.
    pub quote: i64,
    /// Fee.
    pub fee: u64,
    /// Steps of the curve.
    pub legs: u32,
}

impl From<Fill> for LegFill {
    fn from(fill: Fill) -> Self {
        Self { base: fill.base, quote: fill.quote, fee: fill.fee, legs: fill.steps }
    }
}

/// What an action did. Amounts are atoms, signed from the account's side.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and it is copied for it")]
pub enum Done {
    /// What is to be seen in the books.
    Booked,
    /// A fill.
    Traded {
        /// Base gained.
        base: i64,
        /// Quote gained, without the fee.
        quote: i64,
        /// Fee.
        fee: u64,
        /// Steps of the curve.
        legs: u32,
    },
    /// The fill of each leg.
    TradedLegs {
        /// In their order.
        fills: [Option<LegFill>; MAX_LEGS],
    },
    /// A range was opened.
    Added {
        /// Its slot.
        slot: u8,
    },
    /// A range was folded into the position.
    Folded {
        /// Base gained.
        base: i64,
        /// Quote gained.
        quote: i64,
        /// Fees gained.
        fees: u64,
        /// Funding paid.
        funding: i64,
    },
    /// A position was settled.
    Settled {
        /// Profit that became a claim.
        profit: u64,
        /// Loss that cancelled the holder's own claim.
        cancelled: u64,
        /// Loss that left capital.
        paid: u64,
        /// Loss that stays owed.
        owed: u64,
    },
    /// A claim became capital.
    Released {
        /// Claim that ended.
        claim: u64,
        /// Capital that it became.
        paid: u64,
    },
    /// An account was flagged.
    Flagged {
        /// Its equity.
        equity: i64,
        /// Its maintenance margin.
        maintenance: u64,
    },
    /// A step of a liquidation.
    Liquidated {
        /// Base that the account gained.
        base: i64,
        /// Quote that it gained, without the fee.
        quote: i64,
        /// Taker fee.
        fee: u64,
        /// What the keeper got.
        keeper: u64,
        /// What the market's insurance got.
        insurance: u64,
    },
    /// A part of a position was taken over.
    TakenOver {
        /// Base that the account gained.
        base: i64,
        /// Quote that it gained.
        quote: i64,
        /// Tip that it paid.
        tip: u64,
        /// What the market's insurance got.
        insurance: u64,
    },
    /// A part of a position was closed at mark.
    Deleveraged {
        /// Base that the account gained.
        base: i64,
        /// Quote that it gained.
        quote: i64,
        /// Tip that it paid.
        tip: u64,
    },
    /// A question was answered.
    Viewed(Answer),
    /// A debt was resolved.
    Resolved {
        /// Paid by the account.
        own: u64,
        /// Its claims elsewhere that were pledged, at face.
        pledged: u64,
        /// Taken by the market's surplus.
        surplus: u64,
        /// Paid by the market's insurance.
        insurance: u64,
        /// Given up by the treasury.
        treasury: u64,
        /// Paid by the exchange's insurance.
        exchange: u64,
        /// Paid by the pool.
        pool: u64,
        /// Written off.
        written_off: u64,
    },
    /// A pledged claim was collected.
    Collected {
        /// Claim that ended.
        claim: u64,
        /// What insurance got for it.
        paid: u64,
    },
    /// A withdrawal waits.
    Queued {
        /// Its number.
        ticket: u64,
    },
    /// The first in the queue was paid, returned or skipped.
    Paid {
        /// What left the bank.
        paid: u64,
        /// What went back to capital.
        returned: u64,
        /// What still waits.
        rest: u64,
    },
    /// A position was settled at the final mark.
    PositionClosed {
        /// Base that was settled.
        base: i64,
        /// What it was worth.
        value: i64,
        /// Profit that became a claim.
        profit: u64,
        /// Loss that cancelled the holder's own claim.
        cancelled: u64,
        /// Loss that left capital.
        paid: u64,
        /// Loss that stays owed.
        owed: u64,
    },
    /// A market is gone.
    MarketRemoved {
        /// What was left of its money.
        left: u64,
    },
}

impl From<Fill> for Done {
    fn from(fill: Fill) -> Self {
        Self::Traded { base: fill.base, quote: fill.quote, fee: fill.fee, legs: fill.steps }
    }
}

impl From<Answer> for Done {
    fn from(answer: Answer) -> Self {
        Self::Viewed(answer)
    }
}

impl From<Fills> for Done {
    fn from(fills: Fills) -> Self {
        Self::TradedLegs { fills: fills.map(|fill| fill.map(LegFill::from)) }
    }
}

impl From<Entitlement> for Done {
    fn from(folded: Entitlement) -> Self {
        Self::Folded { base: folded.base, quote: folded.quote, fees: folded.fees, funding: folded.funding }
    }
}

impl From<Settled> for Done {
    fn from(Settled { profit, cancelled, paid, owed }: Settled) -> Self {
        Self::Settled { profit, cancelled, paid, owed }
    }
}

impl From<Released> for Done {
    fn from(Released { claim, paid }: Released) -> Self {
        Self::Released { claim, paid }
    }
}

impl From<Health> for Done {
    fn from(health: Health) -> Self {
        Self::Flagged { equity: health.equity, maintenance: health.maintenance }
    }
}

impl From<Step> for Done {
    fn from(step: Step) -> Self {
        let Step { base, quote, fee, keeper, insurance, .. } = step;
        Self::Liquidated { base, quote, fee, keeper, insurance }
    }
}

impl From<TakenOver> for Done {
    fn from(TakenOver { base, quote, tip, insurance, .. }: TakenOver) -> Self {
        Self::TakenOver { base, quote, tip, insurance }
    }
}

impl From<Deleveraged> for Done {
    fn from(Deleveraged { base, quote, tip, .. }: Deleveraged) -> Self {
        Self::Deleveraged { base, quote, tip }
    }
}

impl From<Payout> for Done {
    fn from(Payout { paid, returned, rest }: Payout) -> Self {
        Self::Paid { paid, returned, rest }
    }
}

impl From<ClosedPosition> for Done {
    fn from(ClosedPosition { base, value, settled }: ClosedPosition) -> Self {
        let Settled { profit, cancelled, paid, owed } = settled;
        Self::PositionClosed { base, value, profit, cancelled, paid, owed }
    }
}

impl From<Resolved> for Done {
    fn from(resolved: Resolved) -> Self {
        let Resolved { own, pledged, surplus, insurance, exchange, pool, treasury, written_off, .. } = resolved;
        Self::Resolved { own, pledged, surplus, insurance, exchange, pool, treasury, written_off }
    }
}

impl From<Collected> for Done {
    fn from(Collected { claim, paid, .. }: Collected) -> Self {
        Self::Collected { claim, paid }
    }
}
