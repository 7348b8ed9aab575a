//! What the numbers among the arguments mean, by name.

/// Argument `limit` and prices of orders: none.
pub const NO_LIMIT: u64 = 0;
/// Prices are quote atoms (1e-6 USD) for a base atom (1e-9 contracts), with so many bits of fraction.
pub const PRICE_FRACTION_BITS: u32 = 48;
/// Argument `isolated_market`: a margin account for all markets.
pub const CROSS_MARGIN: u16 = 0;
/// Argument `min_ratio_ppm` of `release`: nothing but the whole of what is claimed.
pub const WHOLE_PPM: u32 = 1_000_000;
/// The most legs of `trade_legs`.
pub const MAX_LEGS: usize = 8;

/// Argument `side`.
pub mod side {
    /// Buys base.
    pub const BUY: u8 = 0;
    /// Sells base.
    pub const SELL: u8 = 1;
    /// The holder of a long position, for `view_funding`.
    pub const LONG: u8 = BUY;
    /// The holder of a short position, for `view_funding`.
    pub const SHORT: u8 = SELL;
}

/// Argument `kind` of a trade: what `amount` is.
pub mod exact {
    /// Base atoms.
    pub const BASE: u8 = 0;
    /// Quote atoms.
    pub const QUOTE: u8 = 1;
}

/// Argument `flags`, a sum of these.
pub mod flags {
    /// Never increases or turns the position: the amount is cut to it.
    pub const REDUCE_ONLY: u8 = 1;
    /// Refused instead of filled in part.
    pub const ALL_OR_NOTHING: u8 = 2;
    /// Orders only: what an execution leaves unfilled of what was due is given up.
    pub const DROP_REST: u8 = 4;
}

/// Argument `kind` of `place_order`. Which of the other arguments each uses is in docs/orders.md.
pub mod order {
    /// Waits for a mark: a stop-loss, a take-profit, or both.
    pub const TRIGGER: u8 = 0;
    /// Waits for the curve's own price.
    pub const LIMIT: u8 = 1;
    /// The same, at several levels.
    pub const SCALE: u8 = 2;
    /// Slices in time.
    pub const TWAP: u8 = 3;
}

/// Argument `permissions` of `set_delegate`, a sum of these.
pub mod permission {
    /// May trade and settle, and release what is paid in full.
    pub const TRADE: u32 = 1;
    /// May place orders and cancel them.
    pub const ORDER: u32 = 2;
    /// May add ranges, settle and remove them.
    pub const RANGE: u32 = 4;
}

/// What waits at the pool: a seed of its address.
pub mod request {
    /// A deposit.
    pub const DEPOSIT: u8 = 0;
    /// A redemption.
    pub const REDEMPTION: u8 = 1;
}

/// Argument `mode` of `create_market`.
pub mod mode {
    /// The peg is the latest index.
    pub const FLOATING: u8 = 0;
    /// The peg is the launch price for ever.
    pub const FIXED: u8 = 1;
}

/// Argument `kind` of `queue_change`. What `content` is for each is told by the engine's `governance::Kind`.
pub mod change {
    /// All parameters of the target market.
    pub const MARKET_PARAMS: u8 = 1;
    /// All parameters of the exchange.
    pub const EXCHANGE_PARAMS: u8 = 2;
    /// All parameters of the target bank.
    pub const BANK_PARAMS: u8 = 3;
    /// Another guardian.
    pub const GUARDIAN: u8 = 4;
    /// Another owner of the treasury's token accounts.
    pub const TREASURY: u8 = 5;
    /// Who may become admin by accepting.
    pub const PENDING_ADMIN: u8 = 6;
    /// A new market.
    pub const LIST_MARKET: u8 = 7;
    /// A new bank.
    pub const ADD_BANK: u8 = 8;
    /// Notice that the target market closes.
    pub const CLOSE_MARKET: u8 = 9;
    /// The target market takes new risk again.
    pub const LIFT_REDUCE_ONLY: u8 = 10;
    /// All parameters of the pool.
    pub const POOL_PARAMS: u8 = 11;
    /// The pool's strategy in the target market.
    pub const STRATEGY: u8 = 12;
    /// The pool takes deposits again.
    pub const OPEN_POOL: u8 = 13;
}

/// Argument `action` of `guard_market`; `value` is 0 where it is not named.
pub mod guard_market {
    /// No new risk for `value` seconds.
    pub const PAUSE: u8 = 0;
    /// No new risk until governance lifts it.
    pub const REDUCE_ONLY: u8 = 1;
    /// A lower cap on open interest: `value` whole USD.
    pub const OI_CAP: u8 = 2;
    /// A lower cap on one position: `value` whole USD.
    pub const POSITION_CAP: u8 = 3;
}

/// Argument `action` of `guard_bank`.
pub mod guard_bank {
    /// No withdrawals for `value` seconds.
    pub const PAUSE: u8 = 0;
    /// A lower cap on deposits: `value` whole USD.
    pub const CAP: u8 = 1;
    /// A lower limit of the outflow in an hour: `value` parts per million of what the bank holds.
    pub const OUTFLOW_LIMIT: u8 = 2;
    /// A lower floor of that limit: `value` whole USD.
    pub const OUTFLOW_FLOOR: u8 = 3;
}

/// Argument `action` of `guard_pool`; `market` and `value` are 0 where they are not named.
pub mod guard_pool {
    /// No deposits until governance lifts it.
    pub const CLOSE: u8 = 0;
    /// A lower cap on the pool's value for deposits: `value` whole USD.
    pub const CAP: u8 = 1;
    /// The pool leaves `market`.
    pub const STOP_QUOTING: u8 = 2;
    /// The pool takes over nothing more in `market`.
    pub const STOP_BACKSTOP: u8 = 3;
    /// A lower cap on the position that its ranges in `market` may bring about: `value` whole USD.
    pub const EXPOSURE_CAP: u8 = 4;
    /// A lower cap on the position that taking over in `market` may bring about: `value` whole USD.
    pub const BACKSTOP_CAP: u8 = 5;
    /// A lower cap on a day's loss on what was taken over in `market`: `value` whole USD.
    pub const BACKSTOP_LOSS_CAP: u8 = 6;
}
