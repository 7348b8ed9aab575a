//! Instructions 0 to 15.
//! Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.

calls! {
    /// Makes the exchange. Signed by the program's upgrade authority, who becomes its admin.
    ///
    /// Errors: `NotUpgradeAuthority`, `DurableNonce`.
    0 Initialize {
        /// The program's upgrade authority; becomes the exchange's admin.
        admin: payer T,
        /// The exchange.
        exchange: written T,
        /// This program.
        program: read T,
        /// This program's data account.
        program_data: read T,
        /// The transaction's instructions.
        instructions: read T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 32 of the data.
        guardian: [u8; 32],
    }

    /// Lists a kind of collateral before the launch: a plain SPL token. The first is USDC, with 6 decimals and no price; what
    /// comes after it has at most 9 decimals and names the owner of its price accounts, the feed of its price in USD, and
    /// that of its exchange rate, if it has one: then the price is that of what it can be exchanged for.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`, `AlreadyLaunched`, `UnsupportedMint`, `BanksFull`, `PoolShares`,
    /// `InvalidParameter`.
    1 AddBank {
        /// The exchange's admin; pays.
        admin: payer T,
        /// The exchange.
        exchange: written T,
        /// Mint of the collateral: a plain SPL token; of 6 decimals for USDC, of at most 9 for what comes after it.
        mint: read T,
        /// The bank.
        bank: written T,
        /// The bank's token account.
        vault: written T,
        /// The transaction's instructions.
        instructions: read T,
        /// SPL Token program.
        token_program: read T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 32 of the data.
        price_owner: [u8; 32],
        /// Bytes 33 to 64 of the data.
        feed_id: [u8; 32],
        /// Bytes 65 to 96 of the data.
        rate_feed_id: [u8; 32],
    }

    /// Lists a market before the launch, at the price that its oracle gives now. `params` are the bytes of the engine's `Params`;
    /// `launch_price` is the peg of a fixed market, 0 for the index. The log names a parameter that is refused.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`, `AlreadyLaunched`, `MarketsFull`, `InvalidInstruction`, `InvalidParameter`, `UnsafeParameters`, `InvalidPrice`,
    /// `PriceStale`, `PriceInFuture`, and those of the price account: `OraclePriceOwner`, `OraclePriceAccount`,
    /// `OracleNotFullyVerified`, `OracleWrongFeed`.
    2 CreateMarket {
        /// The exchange's admin; pays.
        admin: payer T,
        /// The exchange.
        exchange: written T,
        /// The market, whose number is the next.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
        /// The transaction's instructions.
        instructions: read T,
        /// System program.
        system_program: read T,
    } with {
        /// Byte 1 of the data.
        mode: u8,
        /// Bytes 2 to 33 of the data.
        price_owner: [u8; 32],
        /// Bytes 34 to 65 of the data.
        feed_id: [u8; 32],
        /// Bytes 66 to 81 of the data.
        name: [u8; 16],
        /// Bytes 82 to 89 of the data.
        launch_price: u64,
        /// Bytes 90 to 433 of the data.
        params: [u8; 344],
    }

    /// Makes a tick array of a market; anybody may.
    ///
    /// Errors: `InvalidTick`.
    3 CreateTickArray {
        /// Who pays.
        payer: payer T,
        /// The market.
        market: read T,
        /// The tick array.
        tick_array: written T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 4 of the data.
        index: i32,
    }

    /// Opens a margin account; `isolated_market` is the only market it may trade, or 0.
    4 OpenAccount {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: written T,
        /// Pays for the margin account; may be the owner.
        payer: payer T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 2 of the data.
        sub: u16,
        /// Bytes 3 to 4 of the data.
        isolated_market: u16,
    }

    /// Opens the companion that holds a margin account's liquidity ranges.
    ///
    /// Errors: `Unauthorized`.
    5 OpenRanges {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: read T,
        /// Its companion.
        ranges: written T,
        /// Pays for the companion; may be the owner.
        payer: payer T,
        /// System program.
        system_program: read T,
    } with {}

    /// Closes an empty margin account and returns its rent to the owner.
    ///
    /// Errors: `Unauthorized`, `TicketsOpen`, `AccountNotEmpty`.
    6 CloseAccount {
        /// The owner; gets the rent.
        owner: payer T,
        /// The margin account.
        account: written T,
    } with {}

    /// Closes the companion of a margin account without ranges and returns its rent to the owner.
    ///
    /// Errors: `Unauthorized`, `AccountForeign`, `AccountNotEmpty`.
    7 CloseRanges {
        /// The owner; gets the rent.
        owner: payer T,
        /// The margin account.
        account: read T,
        /// Its companion.
        ranges: written T,
    } with {}

    /// Brings tokens into a margin account; anybody may. With what its health needs among the remaining accounts, a
    /// flagged account that it cures loses the flag.
    ///
    /// Errors: `NotLaunched`, `ZeroAmount`, `DepositCap`, `WrongBank`, `WrongTokenAccount`, those of the loader and of the
    /// health.
    8 Deposit {
        /// Whose tokens they are.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The bank.
        bank: written T,
        /// The bank's token account. The same account in both places is refused here, by name.
        vault: written T,
        /// Token account of the authority.
        source: written T,
        /// SPL Token program.
        token_program: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        amount: u64,
    }

    /// Takes tokens out of a margin account that stays backed without them, within the bank's outflow limit.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `Unauthorized`, `ZeroAmount`, `AccountFlagged`, `InsufficientCapital`, `WithdrawalsPaused`,
    /// `OutflowLimitReached`, `InsufficientMargin`, `MarkStale`, `WrongBank`, `WrongTokenAccount`, those of the loader.
    9 Withdraw {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: written T,
        /// The bank.
        bank: written T,
        /// The bank's token account. The same account in both places is refused here, by name.
        vault: written T,
        /// Token account that gets the tokens.
        destination: written T,
        /// SPL Token program.
        token_program: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        amount: u64,
    }

    /// Accrues time and reads the price; anybody may. An update that is old or not newer is no error.
    ///
    /// Errors: `PriceInFuture`, `InvalidPrice`, those of the price account.
    10 Refresh {
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
    } with {}

    /// Trades: side 0 buy, 1 sell; kind 0 exact base, 1 exact quote; limit as a price's bits, 0 none; flags 1
    /// reduce-only, 2 all-or-nothing. Signed by the owner or its delegate.
    ///
    /// Remaining accounts: what the account's health needs, and the tick arrays on the way, writable.
    ///
    /// Errors: `Unauthorized`, `InvalidInstruction`, `ZeroAmount`, `AmountTooLarge`, `PriceStale`, `MarketGuarded`,
    /// `MarketPaused`, `MarketReduceOnly`, `MarketHasDeficit`, `AccountFlagged`, `ReduceOnly`, `LimitReached`,
    /// `PriceBandExceeded`, `LiquidityExhausted`, `CrossingsExhausted`, `TickArrayMissing`, `AmountTooSmall`, `NotFilled`,
    /// `OpenInterestCap`, `PositionCap`, `PositionsFull`, `InsufficientMargin`, `DelegateNotAllowed`, `DelegateNotional`,
    /// those of the loader and of the price account.
    11 Trade {
        /// The owner, or its delegate.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
    } with {
        /// Byte 1 of the data.
        side: u8,
        /// Byte 2 of the data.
        kind: u8,
        /// Bytes 3 to 10 of the data.
        amount: u64,
        /// Bytes 11 to 18 of the data.
        limit: u64,
        /// Byte 19 of the data.
        flags: u8,
    }

    /// Puts a range of liquidity on the curve, unless the curve stands outside of the given square-root prices. Signed by
    /// the owner or its delegate.
    ///
    /// Remaining accounts: what the account's health needs, and the tick arrays of the range's ends, writable.
    ///
    /// Errors: `Unauthorized`, `AccountForeign`, `PriceStale`, `MarketGuarded`, `MarketPaused`, `MarketReduceOnly`,
    /// `AccountFlagged`, `InvalidTick`, `InvalidRange`, `LiquidityTooSmall`, `LiquidityTooLarge`, `CurveOutOfBounds`, `PriceBandExceeded`, `RangesFull`,
    /// `PositionsFull`, `TickArrayMissing`, `InsufficientMargin`, `DelegateNotAllowed`, `DelegateNotional`, those of the
    /// loader and of the price account.
    12 AddRange {
        /// The owner, or its delegate.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// Its companion.
        ranges: written T,
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
    } with {
        /// Bytes 1 to 4 of the data.
        lower: i32,
        /// Bytes 5 to 8 of the data.
        upper: i32,
        /// Bytes 9 to 24 of the data.
        liquidity: u128,
        /// Bytes 25 to 40 of the data.
        min_sqrt_price: u128,
        /// Bytes 41 to 56 of the data.
        max_sqrt_price: u128,
    }

    /// Takes a range off the curve. Signed by the owner or its delegate.
    ///
    /// Remaining accounts: the tick arrays of the range's ends, writable.
    ///
    /// Errors: `Unauthorized`, `DelegateNotAllowed`, `AccountForeign`, `RangeNotFound`, `RangeTooYoung`, `WrongMarket`,
    /// `TickArrayMissing`, those of the loader.
    13 RemoveRange {
        /// The owner, or its delegate.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// Its companion.
        ranges: written T,
        /// The market.
        market: written T,
    } with {
        /// Byte 1 of the data.
        slot: u8,
    }

    /// Folds what a range is entitled to into the account's position; by its holder or its delegate at any time, by anybody where the pot
    /// is short and the range loses.
    ///
    /// Remaining accounts: the tick arrays of the range's ends.
    ///
    /// Errors: `NothingToSettle`, `MarkStale`, `AccountForeign`, `RangeNotFound`, `WrongMarket`, `TickArrayMissing`, those of the loader.
    14 SettleRange {
        /// The owner, its delegate, or anybody.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// Its companion.
        ranges: written T,
        /// The market.
        market: written T,
    } with {
        /// Byte 1 of the data.
        slot: u8,
    }

    /// Settles a position at mark; by its holder or its delegate at any time, by anybody where the pot is short.
    ///
    /// Errors: `PositionNotFound`, `NothingToSettle`, `MarkStale`.
    15 Settle {
        /// The owner, its delegate, or anybody.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The market.
        market: written T,
    } with {}
}
