//! What there is to do: an instruction or a few that belong into one transaction, what they are about, and what they pay.
//!
//! The brain makes jobs; the wire signs and sends them. A job names the prices that it needs and the key that makes it the
//! same job as that of another round, so that nothing is sent twice while the first is still under way.

use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::mirror::PriceOf;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An unhealthy account is flagged.
    Flag,
    /// A range of a flagged account comes off the curve.
    Unwind,
    /// A part of a flagged account's position is taken over with the keeper's own capital.
    TakeOver,
    /// A part of it is closed against the curve; no capital is needed.
    Step,
    /// A part of it goes to the pool.
    Backstop,
    /// A part of it is closed at mark against an opposite holder.
    Deleverage,
    /// What waits of a bankrupt account (a ticket, a deposit into the pool) is brought back, so that it can be resolved.
    BringBack,
    /// Collateral of an account that is in liquidation or in debt is bought with the keeper's own capital.
    BuyCollateral,
    /// What a closed account still owes goes through the order of losses.
    Resolve,
    /// A market is brought up to date.
    Refresh,
    /// The price of a bank's collateral is brought up to date.
    RefreshBank,
    /// Somebody's position is settled.
    Settle,
    /// Somebody's range is settled.
    SettleRange,
    /// What is mature of a pledged claim is collected.
    CollectPledged,
    /// The keeper's own claim becomes capital.
    Release,
    /// The keeper gives back to the curve what it took over.
    Unload,
    /// An order is executed.
    Order,
    /// The first withdrawal in a bank's queue is paid.
    PayWithdrawal,
    /// A deposit into the pool is executed.
    PoolDeposit,
    /// A redemption from the pool is executed.
    PoolRedemption,
    /// The pool's range in a market follows its strategy.
    Rebalance,
    /// What the pool earned in a market becomes capital.
    CollectPool,
    /// The pool's reserve is brought to its part.
    BalanceReserve,
    /// A change of governance whose time has come is executed.
    Change,
    /// A market is closed whose notice has run out.
    CloseMarket,
    /// A position in a closed market is settled at the final mark.
    ClosePosition,
    /// An order that cannot be executed any more is closed.
    CleanOrder,
    /// What nobody booked becomes insurance.
    Sweep,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Flag,
        Self::Unwind,
        Self::TakeOver,
        Self::Step,
        Self::Backstop,
        Self::Deleverage,
        Self::BringBack,
        Self::BuyCollateral,
        Self::Resolve,
        Self::Refresh,
        Self::RefreshBank,
        Self::Settle,
        Self::SettleRange,
        Self::CollectPledged,
        Self::Release,
        Self::Unload,
        Self::Order,
        Self::PayWithdrawal,
        Self::PoolDeposit,
        Self::PoolRedemption,
        Self::Rebalance,
        Self::CollectPool,
        Self::BalanceReserve,
        Self::Change,
        Self::CloseMarket,
        Self::ClosePosition,
        Self::CleanOrder,
        Self::Sweep,
    ];

    /// The order in which jobs are sent, and the reverse of that in which they are dropped where there are too many.
    pub const fn priority(self) -> Priority {
        match self {
            Self::Flag
            | Self::Unwind
            | Self::TakeOver
            | Self::Step
            | Self::Backstop
            | Self::Deleverage
            | Self::BringBack
            | Self::BuyCollateral
            | Self::Resolve => Priority::Liquidation,
            Self::Refresh | Self::RefreshBank => Priority::Refresh,
            Self::Settle | Self::SettleRange | Self::CollectPledged | Self::Release | Self::Unload => Priority::Losses,
            Self::Order => Priority::Order,
            Self::PayWithdrawal
            | Self::PoolDeposit
            | Self::PoolRedemption
            | Self::Rebalance
            | Self::CollectPool
            | Self::BalanceReserve => Priority::Pool,
            Self::Change | Self::CloseMarket | Self::ClosePosition | Self::CleanOrder | Self::Sweep => {
                Priority::Cleaning
            }
        }
    }

    /// Its name, as logs and metrics give it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Unwind => "unwind",
            Self::TakeOver => "take_over",
            Self::Step => "step",
            Self::Backstop => "backstop",
            Self::Deleverage => "deleverage",
            Self::BringBack => "bring_back",
            Self::BuyCollateral => "buy_collateral",
            Self::Resolve => "resolve",
            Self::Refresh => "refresh",
            Self::RefreshBank => "refresh_bank",
            Self::Settle => "settle",
            Self::SettleRange => "settle_range",
            Self::CollectPledged => "collect_pledged",
            Self::Release => "release",
            Self::Unload => "unload",
            Self::Order => "order",
            Self::PayWithdrawal => "pay_withdrawal",
            Self::PoolDeposit => "pool_deposit",
            Self::PoolRedemption => "pool_redemption",
            Self::Rebalance => "rebalance",
            Self::CollectPool => "collect_pool",
            Self::BalanceReserve => "balance_reserve",
            Self::Change => "change",
            Self::CloseMarket => "close_market",
            Self::ClosePosition => "close_position",
            Self::CleanOrder => "clean_order",
            Self::Sweep => "sweep",
        }
    }
}

/// How much a job matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody owes more than he should.
    Liquidation,
    /// A price is behind.
    Refresh,
    /// Winners wait for losers, the keeper for what it earned.
    Losses,
    /// Somebody's order is due.
    Order,
    /// Somebody waits for the pool or a bank.
    Pool,
    /// What nobody waits for.
    Cleaning,
}

/// What a job is about: two jobs with the same key do the same, and only one of them is under way at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// What is done.
    pub kind: Kind,
    /// The account, order, request or ticket that it is done to; the market's address where it is the market.
    pub subject: Pubkey,
    /// The market, or 0.
    pub market: u16,
    /// What has to change before the same is done again: the time of the last flag, step or settlement, what an order has
    /// filled, a number in a queue.
    pub step: u64,
}

/// What a job is expected to bring the keeper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profit {
    /// Quote atoms in its margin account: tips, shares and discounts.
    pub quote: i64,
    /// Lamports: tips of orders and requests.
    pub lamports: i64,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What it is about.
    pub key: JobKey,
    /// One transaction's instructions, without budget instructions.
    pub instructions: Vec<Instruction>,
    /// Compute units to ask for, those of what the sender adds not included.
    pub units: u32,
    /// What it is expected to bring, without the fee.
    pub profit: Profit,
    /// What it reads price accounts of: where the keeper brings its own prices, they go in front.
    pub prices: Vec<PriceOf>,
    /// Unix time after which it is not to be sent any more: the brain has looked again by then.
    pub deadline: i64,
    /// Whether the owner of the keeper's margin account has to sign; the payer of fees always does.
    pub owner_signs: bool,
}

impl Job {
    /// What is done.
    pub const fn kind(&self) -> Kind {
        self.key.kind
    }

    /// How much it matters.
    pub const fn priority(&self) -> Priority {
        self.key.kind.priority()
    }
}
