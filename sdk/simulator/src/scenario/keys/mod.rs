//! What a scenario's objects may hold: the one table from which the parser's checks, the JSON schema and the tables of
//! `docs/scenarios.md` are made.

mod actions;
mod collateral;

pub use actions::LEG;

/// Every action.
pub const ACTIONS: &[ActionInfo] = &ALL;

const ALL: [ActionInfo; actions::ACTIONS.len() + collateral::ACTIONS.len()] = {
    let mut all = [actions::ACTIONS[0]; actions::ACTIONS.len() + collateral::ACTIONS.len()];
    let (head, tail) = all.split_at_mut(actions::ACTIONS.len());
    head.copy_from_slice(actions::ACTIONS);
    tail.copy_from_slice(collateral::ACTIONS);
    all
};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Name of an account of the file.
    Account,
    /// Name of an account of the file, or a new one without a deposit.
    Keeper,
    /// The same, for a key with which an owner's action is signed.
    Signer,
    /// Name of a market of the file.
    Market,
    /// Name of a bank of the file, or `USDC`.
    Bank,
    /// A list of names of markets.
    Markets,
    /// A list of what a delegate may do.
    Permissions,
    /// Name of a market, at most 16 bytes.
    MarketName,
    /// `fixed` or `floating`.
    Peg,
    /// Contracts, up to 9 decimals.
    Base,
    /// Contracts with a sign.
    SignedBase,
    /// Tokens, up to the decimals of their bank.
    Tokens,
    /// USD, up to 6 decimals.
    Quote,
    /// USD with a sign.
    SignedQuote,
    /// USD for a unit of the feed, up to 12 decimals, with a sign.
    Published,
    /// USD for a unit of the feed, up to 12 decimals.
    Confidence,
    /// USD for a contract, up to 12 decimals.
    ContractPrice,
    /// L.
    Liquidity,
    /// A tick.
    Tick,
    /// Slot of a range.
    Slot,
    /// Points of a forecast.
    Points,
    /// Index of a tick array.
    ArrayIndex,
    /// Number of a waiting withdrawal.
    Ticket,
    /// Number of an order.
    Order,
    /// Number of a request to the pool.
    Request,
    /// Shares of the pool, up to 6 decimals.
    Shares,
    /// What an order waits for.
    OrderKind,
    /// Parts per million, at most a million.
    Ppm,
    /// Seconds from the start.
    Time,
    /// Seconds from the start, also before it.
    SignedTime,
    /// Number of a queued change.
    Change,
    /// What a queued change changes.
    Planned,
    /// Parameters by field name.
    Params,
    /// `admin`, `guardian`, or the name of an account of the file.
    Authority,
    /// What the guardian does to a market.
    MarketGuard,
    /// What the guardian does to a bank.
    BankGuard,
    /// What the guardian does to the pool.
    PoolGuard,
    /// Decimals of a token.
    Decimals,
    /// A whole number.
    Count,
    /// `true` or `false`.
    Flag,
    /// An error's name, or `ok`.
    Expectation,
    /// Name of an action.
    Action,
    /// A list of [`LEG`] objects.
    Legs,
    /// Something with keys of its own.
    Nested,
}

/// A key of an object.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Name.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub what: &'static str,
}

/// A required key.
const fn need(name: &'static str, kind: Kind, what: &'static str) -> Key {
    Key { name, kind, required: true, what }
}

/// An optional key.
const fn may(name: &'static str, kind: Kind, what: &'static str) -> Key {
    Key { name, kind, required: false, what }
}

/// Keys of the file.
pub const FILE: &[Key] = &[
    may("name", Kind::Text, "what the scenario is about"),
    may(
        "exchange",
        Kind::Nested,
        "parameters of the exchange, its bank and its pool that are not their defaults, by field name",
    ),
    need("markets", Kind::Nested, "list of markets"),
    may("banks", Kind::Nested, "list of banks of other collateral than USDC"),
    may("accounts", Kind::Nested, "accounts by name"),
    may("pool", Kind::Nested, "the pool, whose account is then called `pool`"),
    may("prices", Kind::Nested, "price series by market"),
    need("steps", Kind::Nested, "list of steps"),
];

/// Keys of a market.
pub const MARKET: &[Key] = &[
    need("name", Kind::MarketName, "its name"),
    may("peg", Kind::Peg, "`floating` (default): ranges follow the index; `fixed`: the launch price for ever"),
    may("launch_price", Kind::ContractPrice, "the first price, and the peg of a fixed market"),
    may("tick_spacing", Kind::Nested, "the parameter of that name"),
    may("params", Kind::Nested, "parameters that are not their defaults, by field name"),
];

/// Keys of a bank of other collateral than USDC.
pub const BANK: &[Key] = &[
    need("name", Kind::Text, "name of its token"),
    may("decimals", Kind::Decimals, "decimals of its token, 9 by default"),
    need("price", Kind::Published, "the first price: of a token, or of what it can be exchanged for"),
    may("rate", Kind::Published, "the first exchange rate; without one the bank has no feed of it"),
    may("listed", Kind::Time, "seconds before the start since which its weight moves to its haircut, 0 by default"),
    may("params", Kind::Nested, "parameters that are not their defaults, by field name; its haircut is 0 by default"),
];

/// Keys of an account.
pub const ACCOUNT: &[Key] = &[
    may("deposit", Kind::Quote, "USDC deposited at the start, 0 by default"),
    may(
        "owner",
        Kind::Account,
        "an account further up whose key owns this one too: it is the owner's next sub-account",
    ),
    may("isolated", Kind::Market, "the only market that it may trade"),
];

/// Keys of the pool.
pub const POOL: &[Key] = &[
    may("params", Kind::Nested, "its parameters that are not their defaults, by field name"),
    may("strategies", Kind::Nested, "list of its strategies"),
];

/// Keys of a strategy of the pool.
pub const STRATEGY: &[Key] = &[
    need("market", Kind::Market, "in which market"),
    may("width_ticks", Kind::Count, "ticks from the middle of its range to either end"),
    may("weight_ppm", Kind::Count, "part of the pool's value that the market is given"),
    may("leverage_ppm", Kind::Count, "notional of each side of the range over that part"),
    may("exposure_cap_usd", Kind::Count, "largest notional of a position that its ranges may bring about"),
    may("quotes", Kind::Flag, "whether it quotes, `true` by default"),
    may("backstops", Kind::Flag, "whether it takes over what a liquidation's auction has left"),
    may("backstop_cap_usd", Kind::Count, "largest notional of a position that taking over may bring about"),
    may("backstop_loss_cap_usd", Kind::Count, "loss of a day on what was taken over from which on nothing more is"),
];

/// Keys of a price series.
pub const SERIES: &[Key] = &[
    need("csv", Kind::Text, "path of a CSV file, from the scenario's folder"),
    need("column", Kind::Text, "the column that holds the price"),
];

/// Keys that every step takes.
pub const STEP: &[Key] = &[
    need("at", Kind::Time, "seconds from the start; never goes back"),
    need("do", Kind::Action, "the action"),
    may("expect", Kind::Expectation, "the refusal that must come, or `ok`"),
];

/// An action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A publisher states a price.
    Price,
    /// `refresh`.
    Refresh,
    /// `refresh_bank`.
    RefreshBank,
    /// `buy_collateral`.
    BuyCollateral,
    /// `deposit_and_trade`.
    DepositAndTrade,
    /// `trade_exact`.
    TradeExact,
    /// `trade_to`.
    TradeTo,
    /// `give_account`.
    GiveAccount,
    /// `place_lien`.
    PlaceLien,
    /// `call_lien`.
    CallLien,
    /// `release_lien`.
    ReleaseLien,
    /// `seize`.
    Seize,
    /// `view_delta`.
    ViewDelta,
    /// `deposit`.
    Deposit,
    /// `withdraw`.
    Withdraw,
    /// `trade`.
    Trade,
    /// `trade_legs`.
    TradeLegs,
    /// `settle`.
    Settle,
    /// `release`.
    Release,
    /// `add_range`.
    AddRange,
    /// `remove_range`.
    RemoveRange,
    /// `settle_range`.
    SettleRange,
    /// `begin_liquidation`.
    BeginLiquidation,
    /// `unwind_range`.
    UnwindRange,
    /// `liquidate_on_curve`.
    LiquidateOnCurve,
    /// `liquidate`.
    Liquidate,
    /// `deleverage`.
    Deleverage,
    /// `backstop`.
    Backstop,
    /// `balance_reserve`.
    BalanceReserve,
    /// `view_health`.
    ViewHealth,
    /// `view_liquidation_price`.
    ViewLiquidationPrice,
    /// `view_auction`.
    ViewAuction,
    /// `view_funding`.
    ViewFunding,
    /// `view_payout`.
    ViewPayout,
    /// `view_fee`.
    ViewFee,
    /// `resolve`.
    Resolve,
    /// `collect_pledged`.
    CollectPledged,
    /// `fund_market_insurance`.
    FundMarketInsurance,
    /// `fund_insurance`.
    FundInsurance,
    /// `sweep_unbooked`.
    SweepUnbooked,
    /// A transfer to the vault.
    Donate,
    /// `set_delegate`.
    SetDelegate,
    /// `approve_builder`.
    ApproveBuilder,
    /// `revoke_builder`.
    RevokeBuilder,
    /// `trade_with_builder`.
    TradeWithBuilder,
    /// `close_market`.
    CloseMarket,
    /// `close_position`.
    ClosePosition,
    /// `close_tick_array`.
    CloseTickArray,
    /// `remove_market`.
    RemoveMarket,
    /// `open_account`.
    OpenAccount,
    /// `close_account`.
    CloseAccount,
    /// `open_ranges`.
    OpenRanges,
    /// `close_ranges`.
    CloseRanges,
    /// `create_tick_array`.
    CreateTickArray,
    /// `queue_withdrawal`.
    QueueWithdrawal,
    /// `pay_withdrawal`.
    PayWithdrawal,
    /// `cancel_withdrawal`.
    CancelWithdrawal,
    /// `transfer`.
    Transfer,
    /// `request_deposit`.
    RequestDeposit,
    /// `execute_deposit`.
    ExecuteDeposit,
    /// `cancel_deposit`.
    CancelDeposit,
    /// `request_redeem`.
    RequestRedeem,
    /// `execute_redeem`.
    ExecuteRedeem,
    /// `cancel_redeem`.
    CancelRedeem,
    /// `view_pool`.
    ViewPool,
    /// `place_order`.
    PlaceOrder,
    /// `execute_order`.
    ExecuteOrder,
    /// `cancel_order`.
    CancelOrder,
    /// `clean_order`.
    CleanOrder,
    /// `queue_change`.
    QueueChange,
    /// `cancel_change`.
    CancelChange,
    /// `change_exchange`, `change_bank` or `change_market`.
    ExecuteChange,
    /// `accept_admin`.
    AcceptAdmin,
    /// `guard_market`.
    GuardMarket,
    /// `guard_bank`.
    GuardBank,
    /// `guard_pool`.
    GuardPool,
    /// `rebalance`.
    Rebalance,
    /// `collect_pool`.
    CollectPool,
    /// `withdraw_treasury`.
    WithdrawTreasury,
}

/// What the keys of an action must obey together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing.
    None,
    /// Exactly one of `base` and `quote`.
    BaseOrQuote,
    /// Exactly one of `market` and `bank`; `rate` with the latter only.
    MarketOrBank,
    /// `lower` with `upper`, or `slot`, or none of them.
    OneRange,
}

/// A row of the table of actions.
#[derive(Clone, Copy, Debug)]
pub struct ActionInfo {
    /// The action.
    pub verb: Verb,
    /// Its name.
    pub name: &'static str,
    /// Its keys, beside those of every step.
    pub keys: &'static [Key],
    /// What they must obey together.
    pub rule: Rule,
    /// What it does.
    pub what: &'static str,
    /// What its line prints after `ok`.
    pub prints: &'static str,
}
