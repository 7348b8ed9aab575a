//! What a scenario's objects may hold: the one table from which the parser's checks, the JSON schema and the tables of
//! `docs/scenarios.md` are made.

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Name of an account of the file.
    Account,
    /// Name of an account of the file, or a new one without a deposit.
    Keeper,
    /// Name of a market of the file.
    Market,
    /// Name of a market, at most 16 bytes.
    MarketName,
    /// `fixed` or `floating`.
    Peg,
    /// Contracts, up to 9 decimals.
    Base,
    /// Contracts with a sign.
    SignedBase,
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
    may("exchange", Kind::Nested, "parameters of the exchange and its bank that are not their defaults, by field name"),
    need("markets", Kind::Nested, "list of markets"),
    may("accounts", Kind::Nested, "accounts by name"),
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

const WHO: Key = need("who", Kind::Account, "whose account");
const BY: Key = may("by", Kind::Keeper, "who sends it, and is paid where that pays; `keeper` by default");
const SIGNER: Key = may("by", Kind::Keeper, "who signs: the owner, by default, or somebody else");
const IN: Key = need("market", Kind::Market, "in which market");
const AMOUNT: Key = need("amount", Kind::Quote, "how much USDC, which comes from outside");
const LOWER: Key = may("lower", Kind::Tick, "lower tick of the range");
const UPPER: Key = may("upper", Kind::Tick, "upper tick of the range");
const SLOT: Key = may("slot", Kind::Slot, "slot of the range, instead of its ticks");
const BASE: Key = may("base", Kind::SignedBase, "exact contracts; positive buys");
const QUOTE: Key = may("quote", Kind::SignedQuote, "exact USD without the fee; positive buys");
const LIMIT: Key = may("limit", Kind::ContractPrice, "worst price at which the curve may stand afterwards");
const REDUCE_ONLY: Key = may("reduce_only", Kind::Flag, "never increase or turn the position");
const ALL_OR_NOTHING: Key = may("all_or_nothing", Kind::Flag, "refuse instead of filling in part");

/// Keys of a leg of `trade_legs`, of which it takes exactly one of `base` and `quote`.
pub const LEG: &[Key] = &[IN, BASE, QUOTE, LIMIT, REDUCE_ONLY, ALL_OR_NOTHING];

const ADMIN: Key = may("by", Kind::Authority, "who signs: `admin` by default, `guardian`, or an account's owner");
const GUARDIAN: Key = may("by", Kind::Authority, "who signs: `guardian` by default, `admin`, or an account's owner");
const NUMBER: Key = need("number", Kind::Change, "number of the change, from 1");
const VALUE: Key = may("value", Kind::Count, "seconds of a pause, or the lower cap or limit; 0 by default");

/// Every action.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo {
        verb: Verb::Price,
        name: "price",
        keys: &[
            IN,
            need("price", Kind::Published, "the price"),
            may("conf", Kind::Confidence, "its confidence interval, 0 by default"),
            may("ema", Kind::Published, "the publisher's moving average, the price by default"),
            may("published", Kind::SignedTime, "the one second in which it was published, from the start"),
        ],
        rule: Rule::None,
        what: "The publisher of the market's feed states a price.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::Refresh,
        name: "refresh",
        keys: &[IN],
        rule: Rule::None,
        what: "Accrues funding, takes the published price, moves the mark.",
        prints: "index, mark, funding_rate, funding_index, guarded",
    },
    ActionInfo {
        verb: Verb::Deposit,
        name: "deposit",
        keys: &[WHO, AMOUNT],
        rule: Rule::None,
        what: "Puts USDC into an account.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::Withdraw,
        name: "withdraw",
        keys: &[WHO, need("amount", Kind::Quote, "how much USDC")],
        rule: Rule::None,
        what: "Takes USDC out of an account.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::Trade,
        name: "trade",
        keys: &[WHO, IN, BASE, QUOTE, LIMIT, REDUCE_ONLY, ALL_OR_NOTHING],
        rule: Rule::BaseOrQuote,
        what: "Trades against the curve.",
        prints: "base, quote, fee, tick, sqrt_price, legs",
    },
    ActionInfo {
        verb: Verb::TradeLegs,
        name: "trade_legs",
        keys: &[
            WHO,
            need(
                "legs",
                Kind::Legs,
                "trades in different markets, in the order of the markets, each with the keys of `trade` but `who`",
            ),
        ],
        rule: Rule::None,
        what: "Trades in several markets at once: all or nothing, and margin is looked at once, after the last.",
        prints: "fills",
    },
    ActionInfo {
        verb: Verb::Settle,
        name: "settle",
        keys: &[WHO, IN, SIGNER],
        rule: Rule::None,
        what: "Settles a position at mark.",
        prints: "profit, cancelled, paid, owed",
    },
    ActionInfo {
        verb: Verb::Release,
        name: "release",
        keys: &[WHO, IN, may("min_ratio_ppm", Kind::Ppm, "smallest payout ratio that is accepted, 0 by default")],
        rule: Rule::None,
        what: "Turns a mature claim into capital.",
        prints: "claim, paid",
    },
    ActionInfo {
        verb: Verb::AddRange,
        name: "add_range",
        keys: &[
            WHO,
            IN,
            need("lower", Kind::Tick, "lower tick, included"),
            need("upper", Kind::Tick, "upper tick, excluded"),
            need("liquidity", Kind::Liquidity, "L"),
            may("min_price", Kind::ContractPrice, "refuse if the curve stands below"),
            may("max_price", Kind::ContractPrice, "refuse if the curve stands above"),
        ],
        rule: Rule::None,
        what: "Opens a range, and the tick arrays that it misses.",
        prints: "slot",
    },
    ActionInfo {
        verb: Verb::RemoveRange,
        name: "remove_range",
        keys: &[WHO, IN, LOWER, UPPER, SLOT],
        rule: Rule::OneRange,
        what: "Takes a range off the curve and folds it into the position.",
        prints: "base, quote, fees, funding",
    },
    ActionInfo {
        verb: Verb::SettleRange,
        name: "settle_range",
        keys: &[WHO, IN, LOWER, UPPER, SLOT, SIGNER],
        rule: Rule::OneRange,
        what: "Folds what a range has earned and taken over into the position.",
        prints: "base, quote, fees, funding",
    },
    ActionInfo {
        verb: Verb::BeginLiquidation,
        name: "begin_liquidation",
        keys: &[WHO, BY],
        rule: Rule::None,
        what: "Flags an unhealthy account.",
        prints: "equity, maintenance",
    },
    ActionInfo {
        verb: Verb::UnwindRange,
        name: "unwind_range",
        keys: &[WHO, IN, LOWER, UPPER, SLOT, BY],
        rule: Rule::OneRange,
        what: "Removes a range of a flagged account.",
        prints: "base, quote, fees, funding",
    },
    ActionInfo {
        verb: Verb::LiquidateOnCurve,
        name: "liquidate_on_curve",
        keys: &[WHO, IN, may("max_base", Kind::Base, "the most contracts to close, all by default"), BY],
        rule: Rule::None,
        what: "Closes a part of an unhealthy account's position against the curve.",
        prints: "base, quote, fee, keeper, insurance",
    },
    ActionInfo {
        verb: Verb::Liquidate,
        name: "liquidate",
        keys: &[
            WHO,
            IN,
            may("max_base", Kind::Base, "the most contracts to take over, all by default"),
            may("limit", Kind::ContractPrice, "worst price for who takes over, insurance's part included"),
            BY,
        ],
        rule: Rule::None,
        what: "Takes a part of an unhealthy account's position over, at the mark less the discount.",
        prints: "base, quote, tip, insurance",
    },
    ActionInfo {
        verb: Verb::Deleverage,
        name: "deleverage",
        keys: &[
            WHO,
            IN,
            need("holder", Kind::Account, "against whose opposite position"),
            may("max_base", Kind::Base, "the most contracts to close, all by default"),
            BY,
        ],
        rule: Rule::None,
        what: "Closes what the auction has left of an unhealthy account's position at mark against an opposite holder.",
        prints: "base, quote, tip",
    },
    ActionInfo {
        verb: Verb::Resolve,
        name: "resolve",
        keys: &[WHO, IN, BY],
        rule: Rule::None,
        what: "Sends what a closed account still owes through the loss order.",
        prints: "own, pledged, surplus, insurance, treasury, exchange, pool, written_off",
    },
    ActionInfo {
        verb: Verb::CollectPledged,
        name: "collect_pledged",
        keys: &[WHO, IN, need("creditor", Kind::Market, "the market whose insurance gets it"), BY],
        rule: Rule::None,
        what: "Pays what is mature of a bankrupt account's pledged claim into the creditor's insurance.",
        prints: "claim, paid",
    },
    ActionInfo {
        verb: Verb::FundMarketInsurance,
        name: "fund_market_insurance",
        keys: &[IN, AMOUNT, BY],
        rule: Rule::None,
        what: "Pays USDC into a market's insurance.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::FundInsurance,
        name: "fund_insurance",
        keys: &[AMOUNT, BY],
        rule: Rule::None,
        what: "Pays USDC into the exchange's insurance.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::SweepUnbooked,
        name: "sweep_unbooked",
        keys: &[BY],
        rule: Rule::None,
        what: "Books what the vault holds beyond what belongs to somebody as the exchange's insurance.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::Donate,
        name: "donate",
        keys: &[AMOUNT, BY],
        rule: Rule::None,
        what: "Sends USDC to the vault past the program.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::ViewHealth,
        name: "view_health",
        keys: &[WHO],
        rule: Rule::None,
        what: "Asks for an account's health.",
        prints: "stale, flagged, capital, equity, maintenance, target, initial_equity, initial_required, notional, positions",
    },
    ActionInfo {
        verb: Verb::ViewLiquidationPrice,
        name: "view_liquidation_price",
        keys: &[WHO, IN],
        rule: Rule::None,
        what: "Asks at which mark of a market an account becomes unhealthy.",
        prints: "stale, mark, base, excess, below, above",
    },
    ActionInfo {
        verb: Verb::ViewAuction,
        name: "view_auction",
        keys: &[WHO, IN],
        rule: Rule::None,
        what: "Asks how the liquidation of an account stands in a market.",
        prints: "phase, stale, base, ranges, equity, maintenance, mark, discount, price, largest_step, threshold",
    },
    ActionInfo {
        verb: Verb::ViewFunding,
        name: "view_funding",
        keys: &[
            IN,
            may("points", Kind::Points, "hours to come, 48 by default"),
            may("short", Kind::Flag, "as shorts pay it, and not as longs do"),
        ],
        rule: Rule::None,
        what: "Asks for a market's funding to come: as forecast, and at the worst.",
        prints: "rate, premium, index, forecast, worst",
    },
    ActionInfo {
        verb: Verb::ViewPayout,
        name: "view_payout",
        keys: &[IN],
        rule: Rule::None,
        what: "Asks what a market's claims are paid and what stands behind them.",
        prints: "pot, claims, h, worth, backed, shortfall, written_off, uncovered, surplus, insurance, exchange_today, backing",
    },
    ActionInfo {
        verb: Verb::ViewFee,
        name: "view_fee",
        keys: &[IN, BASE, QUOTE],
        rule: Rule::BaseOrQuote,
        what: "Asks what a trade would cost now.",
        prints: "filled, stale, reason, steps, crossings, base, quote, fee, fee_rate, mean_price, price_before, price_after",
    },
    ActionInfo {
        verb: Verb::CloseMarket,
        name: "close_market",
        keys: &[IN],
        rule: Rule::None,
        what: "Closes a market whose notice has run out, at the mark of this moment.",
        prints: "mark",
    },
    ActionInfo {
        verb: Verb::ClosePosition,
        name: "close_position",
        keys: &[WHO, IN],
        rule: Rule::None,
        what: "Settles a position in a closed market at the final mark.",
        prints: "base, value, profit, cancelled, paid, owed",
    },
    ActionInfo {
        verb: Verb::CloseTickArray,
        name: "close_tick_array",
        keys: &[IN, need("index", Kind::ArrayIndex, "its first tick over 64 times tick_spacing")],
        rule: Rule::None,
        what: "Closes a tick array of a market that is closed or gone.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::RemoveMarket,
        name: "remove_market",
        keys: &[IN],
        rule: Rule::None,
        what: "Removes a closed market in which nobody has anything; what is left goes to the exchange's insurance.",
        prints: "left",
    },
    ActionInfo {
        verb: Verb::OpenAccount,
        name: "open_account",
        keys: &[WHO],
        rule: Rule::None,
        what: "Opens an account again that was closed.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::CloseAccount,
        name: "close_account",
        keys: &[WHO],
        rule: Rule::None,
        what: "Closes an account in which nothing is left.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::OpenRanges,
        name: "open_ranges",
        keys: &[WHO],
        rule: Rule::None,
        what: "Opens the companion account for ranges again.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::CloseRanges,
        name: "close_ranges",
        keys: &[WHO],
        rule: Rule::None,
        what: "Closes the companion account of an account without ranges.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::CreateTickArray,
        name: "create_tick_array",
        keys: &[IN, need("index", Kind::ArrayIndex, "its first tick over 64 times tick_spacing")],
        rule: Rule::None,
        what: "Creates a tick array; `add_range` does so by itself.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::QueueWithdrawal,
        name: "queue_withdrawal",
        keys: &[WHO, need("amount", Kind::Quote, "how much USDC")],
        rule: Rule::None,
        what: "Puts a withdrawal at the end of the bank's queue.",
        prints: "ticket",
    },
    ActionInfo {
        verb: Verb::PayWithdrawal,
        name: "pay_withdrawal",
        keys: &[may("ticket", Kind::Ticket, "number of the ticket, the first in the queue by default"), BY],
        rule: Rule::None,
        what: "Pays the first in the queue as far as the limit allows, or returns it to its account.",
        prints: "paid, returned, rest",
    },
    ActionInfo {
        verb: Verb::CancelWithdrawal,
        name: "cancel_withdrawal",
        keys: &[
            WHO,
            may("ticket", Kind::Ticket, "number of the ticket, the account's first by default"),
            may("by", Kind::Keeper, "who signs: the owner, by default, or somebody else"),
        ],
        rule: Rule::None,
        what: "Takes a waiting withdrawal back into capital.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::Transfer,
        name: "transfer",
        keys: &[
            WHO,
            need("to", Kind::Account, "the account that gets it, of the same owner"),
            need("amount", Kind::Quote, "how much USDC"),
        ],
        rule: Rule::None,
        what: "Moves capital to another account of the same owner.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::QueueChange,
        name: "queue_change",
        keys: &[
            need(
                "what",
                Kind::Planned,
                "what it changes: `market_params`, `exchange_params`, `bank_params`, `guardian`, `treasury`, `pending_admin`, `close_market` or `lift_reduce_only`",
            ),
            may("market", Kind::Market, "which market it changes"),
            may("params", Kind::Params, "parameters that are not those of the file, by field name"),
            may("key", Kind::Account, "whose key it names"),
            ADMIN,
        ],
        rule: Rule::None,
        what: "Queues a change; it may be executed when the timelock has passed.",
        prints: "number",
    },
    ActionInfo {
        verb: Verb::CancelChange,
        name: "cancel_change",
        keys: &[NUMBER, ADMIN],
        rule: Rule::None,
        what: "Takes a queued change back.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::ExecuteChange,
        name: "execute_change",
        keys: &[NUMBER],
        rule: Rule::None,
        what: "Executes a queued change whose time has come, by `change_exchange`, `change_bank` or `change_market`.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::AcceptAdmin,
        name: "accept_admin",
        keys: &[need("who", Kind::Account, "whose key becomes the admin's")],
        rule: Rule::None,
        what: "The pending admin becomes the admin.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::GuardMarket,
        name: "guard_market",
        keys: &[
            IN,
            need("action", Kind::MarketGuard, "`pause` (seconds), `reduce_only`, `oi_cap_usd` or `position_cap_usd`"),
            VALUE,
            GUARDIAN,
        ],
        rule: Rule::None,
        what: "Reduces a market's risk at once.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::GuardBank,
        name: "guard_bank",
        keys: &[
            need(
                "action",
                Kind::BankGuard,
                "`pause` (seconds), `cap_usd`, `outflow_limit_ppm_per_hour` or `outflow_floor_usd`",
            ),
            VALUE,
            GUARDIAN,
        ],
        rule: Rule::None,
        what: "Reduces what may leave or enter the bank, at once.",
        prints: "",
    },
    ActionInfo {
        verb: Verb::WithdrawTreasury,
        name: "withdraw_treasury",
        keys: &[IN, need("amount", Kind::Quote, "how much USDC")],
        rule: Rule::None,
        what: "Sends what a market has paid to the treasury to the treasury's owner.",
        prints: "",
    },
];
