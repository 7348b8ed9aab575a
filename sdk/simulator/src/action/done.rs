//! What came of an action.

use keel_engine::closing::ClosedPosition;
use keel_engine::collateral::Sold;
use keel_engine::legs::{Fills, MAX_LEGS};
use keel_engine::liquidation::{Deleveraged, Step, TakenOver};
use keel_engine::margin::Health;
use keel_engine::orders::{Cleaned, Ended, Executed};
use keel_engine::pledge::Collected;
use keel_engine::pool::{Moved, Rebalanced, deposits, redemptions};
use keel_engine::pot::{Released, Settled};
use keel_engine::ranges::Entitlement;
use keel_engine::resolve::Resolved;
use keel_engine::tickets::Payout;
use keel_engine::trade::Fill;

use crate::question::Answer;

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
    /// A fill that a builder brought.
    Brought {
        /// Base gained.
        base: i64,
        /// Quote gained, without the fees.
        quote: i64,
        /// Fee.
        fee: u64,
        /// The builder's fee.
        builder_fee: u64,
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
    /// Money moved between the pool's capital and its reserve.
    Balanced {
        /// Into the reserve.
        set_aside: u64,
        /// Out of it.
        recalled: u64,
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
    /// Other collateral was sold for USDC.
    Sold {
        /// Atoms of the collateral.
        amount: u64,
        /// Quote atoms that were paid.
        paid: u64,
        /// The discount, in 2^-48.
        discount: u64,
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
    /// An order waits.
    OrderPlaced {
        /// Its number.
        order: u64,
    },
    /// A part of an order was filled, or all of it.
    OrderExecuted {
        /// Base gained.
        base: i64,
        /// Quote gained, without the fee.
        quote: i64,
        /// Fee.
        fee: u64,
        /// Lamports that were earned.
        tip: u64,
        /// Why it is over, if it is.
        ended: Option<Ended>,
    },
    /// A dead order is gone.
    OrderCleaned {
        /// Lamports that were earned.
        tip: u64,
        /// Why it was dead.
        ended: Ended,
    },
    /// The pool's range was rolled, or its position reduced.
    Rebalanced {
        /// L of the range that is there now; 0 where none is.
        liquidity: u128,
        /// Its lower tick.
        lower: i32,
        /// Its upper tick.
        upper: i32,
        /// Base that the reduction gained.
        base: i64,
        /// Quote that it gained, without the fee.
        quote: i64,
        /// Its fee.
        fee: u64,
        /// What the keeper got.
        tip: u64,
    },
    /// What the pool had earned was collected.
    PoolCollected {
        /// Fees of its range.
        fees: u64,
        /// Profit that became a claim.
        profit: u64,
        /// Loss that cancelled its own claim.
        cancelled: u64,
        /// Loss that left its capital.
        paid: u64,
        /// Claim that ended.
        claim: u64,
        /// Capital that it became.
        released: u64,
    },
    /// A request to the pool waits.
    Requested {
        /// Its number.
        request: u64,
    },
    /// A deposit into the pool became shares, or went back.
    DepositExecuted {
        /// Shares.
        shares: u64,
        /// What went back.
        returned: u64,
    },
    /// The first who leaves the pool was paid, got his shares back, or was skipped.
    Redeemed {
        /// What he got.
        paid: u64,
        /// Shares for it.
        burnt: u64,
        /// Shares that went back.
        returned: u64,
        /// Shares that still wait.
        rest: u64,
        /// Lamports that were earned.
        tip: u64,
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

impl From<(Fill, u64)> for Done {
    fn from((fill, builder_fee): (Fill, u64)) -> Self {
        let Fill { base, quote, fee, steps: legs, .. } = fill;
        Self::Brought { base, quote, fee, builder_fee, legs }
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

impl From<Moved> for Done {
    fn from(Moved { set_aside, recalled }: Moved) -> Self {
        Self::Balanced { set_aside, recalled }
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

impl From<Executed> for Done {
    fn from(Executed { fill, tip, ended }: Executed) -> Self {
        Self::OrderExecuted { base: fill.base, quote: fill.quote, fee: fill.fee, tip, ended }
    }
}

impl From<Cleaned> for Done {
    fn from(Cleaned { tip, ended }: Cleaned) -> Self {
        Self::OrderCleaned { tip, ended }
    }
}

impl From<Rebalanced> for Done {
    fn from(done: Rebalanced) -> Self {
        let (liquidity, lower, upper) =
            done.placed.map_or((0, 0, 0), |(_, range)| (range.liquidity.get(), range.lower, range.upper));
        let (base, quote, fee) = done.fill.map_or((0, 0, 0), |fill| (fill.base, fill.quote, fill.fee));
        Self::Rebalanced { liquidity, lower, upper, base, quote, fee, tip: done.tip }
    }
}

impl From<keel_engine::pool::Collected> for Done {
    fn from(collected: keel_engine::pool::Collected) -> Self {
        let keel_engine::pool::Collected { folded, settled, released } = collected;
        let Settled { profit, cancelled, paid, .. } = settled;
        Self::PoolCollected {
            fees: folded.fees,
            profit,
            cancelled,
            paid,
            claim: released.claim,
            released: released.paid,
        }
    }
}

impl From<deposits::Executed> for Done {
    fn from(deposits::Executed { shares, returned, .. }: deposits::Executed) -> Self {
        Self::DepositExecuted { shares, returned }
    }
}

impl From<redemptions::Paid> for Done {
    fn from(redemptions::Paid { paid, burnt, returned, rest, tip, .. }: redemptions::Paid) -> Self {
        Self::Redeemed { paid, burnt, returned, rest, tip }
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

impl From<Sold> for Done {
    fn from(Sold { amount, paid, discount, .. }: Sold) -> Self {
        Self::Sold { amount, paid, discount: discount.bits }
    }
}

impl From<Collected> for Done {
    fn from(Collected { claim, paid, .. }: Collected) -> Self {
        Self::Collected { claim, paid }
    }
}
