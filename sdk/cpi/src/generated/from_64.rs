//! Instructions 64 to 79.
//! Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.

calls! {
    /// Executes a queued change of the pool: its parameters, a strategy, or that it takes deposits again; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `InvalidParameter`,
    /// `UnsafeParameters`, `MarketMissing`, `WrongMarket`, `StrategyMissing`, `StrategiesFull`.
    64 ChangePool {
        /// The exchange.
        exchange: read T,
        /// The pool.
        pool: written T,
        /// The pool's margin account.
        pool_account: read T,
        /// The market of a strategy; left out where nothing is asked of it, which one that is dropped does.
        market: maybe_read crate::Optional<T>,
        /// The change; it is closed.
        change: written T,
        /// Who paid for the change; gets the rent.
        payer: written T,
    } with {}

    /// Reduces what the pool takes upon itself, at once: action 0 closes it for deposits (`market` and `value` 0), 1 lowers
    /// the cap on its value (`market` 0), 2 stops quoting in a market and 3 taking over there (`value` 0), 4 lowers the cap
    /// on the position of its ranges there, 5 that on what it takes over, 6 that on a day's loss on it, in whole USD. Signed
    /// by the guardian or the admin.
    ///
    /// Errors: `NotGuardian`, `DurableNonce`, `InvalidInstruction`, `StrategyMissing`, `NotTighter`.
    65 GuardPool {
        /// The exchange's guardian or admin.
        authority: signer T,
        /// The exchange.
        exchange: read T,
        /// The pool.
        pool: written T,
        /// The transaction's instructions.
        instructions: read T,
    } with {
        /// Byte 1 of the data.
        action: u8,
        /// Bytes 2 to 3 of the data.
        market: u16,
        /// Bytes 4 to 7 of the data.
        value: u32,
    }

    /// Tells what the pool is worth, what its shares cost, and who waits, as return data: `PoolView`.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs.
    ///
    /// Errors: `AccountForeign`, those of the loader.
    66 ViewPool {
        /// The exchange, which holds the pool's reserve.
        exchange: read T,
        /// The pool.
        pool: read T,
        /// Its margin account.
        account: read T,
    } with {}

    /// Folds the pool's range in a market, settles its position there at mark, and releases its mature claim where that is
    /// paid in full; anybody may.
    ///
    /// Remaining accounts: the tick arrays at the ends of the range.
    ///
    /// Errors: `AccountForeign`, `AccountFlagged`, `PositionNotFound`, `NothingToSettle`, `MarkStale`, `TickArrayMissing`,
    /// those of the loader.
    67 CollectPool {
        /// The pool.
        pool: read T,
        /// The pool's margin account.
        pool_account: written T,
        /// Its companion.
        ranges: written T,
        /// The market.
        market: written T,
    } with {}

    /// Places an order that anyone may execute when its condition holds. `number` is its own among the margin account's;
    /// kind 0 trigger, 1 limit, 2 scale, 3 slices in time; side 0 buy, 1 sell; flags 1 reduce-only, 2 all-or-nothing, 4 the
    /// rest of a partial fill is given up; prices as their bits, 0 none; `amount` and `min_fill` in base atoms, `tip` in
    /// lamports. Which arguments a kind uses is told by the engine's `orders::Kind`; all others are 0.
    ///
    /// Errors: `InvalidInstruction`, `Unauthorized`, `DelegateNotAllowed`, `MarketClosed`, `WrongMarket`, `ZeroAmount`,
    /// `AmountTooLarge`, `InvalidOrder`, `ReduceOnly`, `OrdersOpen`.
    68 PlaceOrder {
        /// The owner, or its delegate.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The market.
        market: read T,
        /// The order.
        order: written T,
        /// Pays for the order and its tip; may be the same as the authority.
        payer: payer T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        number: u64,
        /// Byte 9 of the data.
        kind: u8,
        /// Byte 10 of the data.
        side: u8,
        /// Byte 11 of the data.
        flags: u8,
        /// Bytes 12 to 19 of the data.
        amount: u64,
        /// Bytes 20 to 27 of the data.
        below: u64,
        /// Bytes 28 to 35 of the data.
        below_limit: u64,
        /// Bytes 36 to 43 of the data.
        above: u64,
        /// Bytes 44 to 51 of the data.
        above_limit: u64,
        /// Bytes 52 to 59 of the data.
        min_fill: u64,
        /// Bytes 60 to 67 of the data.
        tip: u64,
        /// Bytes 68 to 75 of the data.
        starts_at: i64,
        /// Bytes 76 to 83 of the data.
        expires_at: i64,
        /// Bytes 84 to 87 of the data.
        interval_secs: u32,
        /// Bytes 88 to 91 of the data.
        slices: u32,
        /// Bytes 92 to 95 of the data.
        catch_up: u32,
    }

    /// Fills what is due of an order, as a trade of its margin account; anybody may, and gets the tip pro rata.
    ///
    /// Remaining accounts: what the account's health needs, and the tick arrays on the way, writable.
    ///
    /// Errors: `AccountForeign`, `WrongMarket`, `OrderExpired`, `OrderDead`, `OrderNotDue`, `MarkStale`, `FillTooSmall`,
    /// `DelegateNotional`, and those of `trade`; `TickArrayMissing` also where a part could be filled.
    69 ExecuteOrder {
        /// Who executes it; gets the tip.
        keeper: payer T,
        /// The margin account.
        account: written T,
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
        /// The order.
        order: written T,
        /// Who paid for the order; gets what it still holds when it is over. The signer may be the same.
        payer: written T,
    } with {}

    /// Cancels an order, at any time, for the owner or the delegate who placed it. Rent and what is left of the tip go back
    /// to who paid.
    ///
    /// Errors: `AccountForeign`, `Unauthorized`, `DelegateNotAllowed`.
    70 CancelOrder {
        /// The owner, or the delegate who placed the order.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The order.
        order: written T,
        /// Who paid for the order. The signer may be the same.
        payer: written T,
    } with {}

    /// Closes an order that cannot be executed any more; anybody may, and gets at most 10,000 lamports of the tip that is
    /// left in it. The rest goes back to who paid.
    ///
    /// Errors: `AccountForeign`, `WrongMarket`, `AccountUnexpected`, `OrderAlive`.
    71 CleanOrder {
        /// Who cleans it up.
        keeper: payer T,
        /// The margin account.
        account: written T,
        /// The market, or the address at which it was.
        market: read T,
        /// The order.
        order: written T,
        /// Who paid for the order; gets what it still holds. The signer may be the same.
        payer: written T,
    } with {}

    /// Sets who may act for a margin account: a key, or zero for nobody, who then has no right left; what it may do (1
    /// trade, 2 orders, 4 ranges); the Unix time at which that ends; the largest notional that a market may reach by what
    /// it does, 0 none; the markets in which it may, all zero for every one.
    ///
    /// Errors: `Unauthorized`, `InvalidDelegate`.
    72 SetDelegate {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: written T,
    } with {
        /// Bytes 1 to 32 of the data.
        delegate: [u8; 32],
        /// Bytes 33 to 36 of the data.
        permissions: u32,
        /// Bytes 37 to 44 of the data.
        expiry: i64,
        /// Bytes 45 to 52 of the data.
        notional: u64,
        /// Bytes 53 to 60 of the data.
        markets: [u16; 4],
    }

    /// Allows a builder a largest fee on the trades that it brings, in parts per million of what is filled: at most 10,000.
    /// Another than before is allowed by revoking that one in front.
    ///
    /// Errors: `Unauthorized`, `ZeroAmount`, `BuilderFeeTooHigh`.
    73 ApproveBuilder {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: read T,
        /// The approval.
        approval: written T,
        /// Pays for the approval; may be the owner.
        payer: payer T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 32 of the data.
        builder: [u8; 32],
        /// Bytes 33 to 36 of the data.
        max_fee_ppm: u32,
    }

    /// Ends what a builder is allowed and returns the approval's rent to the owner.
    ///
    /// Errors: `Unauthorized`, `AccountForeign`.
    74 RevokeBuilder {
        /// The owner; gets the rent.
        owner: payer T,
        /// The margin account.
        account: read T,
        /// The approval.
        approval: written T,
    } with {}

    /// Trades as `trade` does, for a builder's fee on top: so many parts per million of what is filled, at most what the
    /// owner allows. It becomes an unmatured claim in the builder's margin account, which is isolated to the market.
    ///
    /// Remaining accounts: as for `trade`.
    ///
    /// Errors: those of `trade`, `SelfLiquidation`, `AccountForeign`, `BuilderAccount`, `BuilderFeeTooHigh`,
    /// `ClaimPledged`.
    75 TradeWithBuilder {
        /// The owner, or its delegate.
        authority: signer T,
        /// What the owner allows the builder.
        approval: read T,
        /// The margin account. The same account in both places is refused here, by name.
        account: written T,
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
        /// The builder's margin account, isolated to the market.
        builder_account: written T,
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
        /// Bytes 20 to 23 of the data.
        fee_ppm: u32,
    }

    /// Brings the prices of other collateral than USDC up to date; anybody may. An update that is old, not newer or too
    /// uncertain is no error.
    ///
    /// Remaining accounts: a price account of the bank's rate feed, where it has one.
    ///
    /// Errors: `WrongBank`, `PriceInFuture`, `InvalidPrice`, those of the price accounts.
    76 RefreshBank {
        /// The bank.
        bank: written T,
        /// A price account of the bank's feed.
        price: read T,
    } with {}

    /// Buys other collateral of an account that is flagged and unhealthy, or whose debt is older than `debt_grace_secs`, for
    /// USDC capital of a margin account of the signer; `limit` is the worst price as its bits, 0 none.
    ///
    /// Remaining accounts: what the health of both margin accounts needs; the buyer's has no ranges.
    ///
    /// Errors: `SelfLiquidation`, `Unauthorized`, `WrongBank`, `NotForSale`, `StepTooSoon`, `ZeroAmount`, `PriceBeyondLimit`,
    /// `HealthFell`, `AccountFlagged`, `ClosedToDeposits`, `InsufficientCapital`, `InsufficientMargin`, `MarkStale`, `CollateralStale`,
    /// `MarketMissing`, `BankMissing`, `RangesAccountMissing`, those of the loader.
    77 BuyCollateral {
        /// The owner of the buyer's margin account.
        owner: signer T,
        /// Margin account that buys. The same account in both places is refused here, by name.
        buyer: written T,
        /// Margin account that sells.
        account: written T,
        /// The bank of the collateral; it numbers the sale.
        bank: written T,
    } with {
        /// Bytes 1 to 8 of the data.
        most: u64,
        /// Bytes 9 to 16 of the data.
        limit: u64,
    }

    /// Brings tokens in and trades on them: `deposit` and `trade` in one.
    ///
    /// Remaining accounts: as for `trade`; the declared bank is not among them.
    ///
    /// Errors: those of `deposit` and `trade`.
    78 DepositAndTrade {
        /// The owner, or its delegate; whose tokens they are.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The bank.
        bank: written T,
        /// The bank's token account. The same account in both places is refused here, by name.
        vault: written T,
        /// Token account of the authority.
        source: written T,
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
        /// SPL Token program.
        token_program: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        deposit: u64,
        /// Byte 9 of the data.
        side: u8,
        /// Byte 10 of the data.
        kind: u8,
        /// Bytes 11 to 18 of the data.
        amount: u64,
        /// Bytes 19 to 26 of the data.
        limit: u64,
        /// Byte 27 of the data.
        flags: u8,
    }

    /// Trades as `trade` does, in whole or not at all, within a bound, 0 none: of an exact base amount the most quote that a
    /// purchase costs with its fee, or the least that a sale brings; of an exact quote amount the least base that a purchase
    /// brings, or the most that a sale gives away. The fill is return data.
    ///
    /// Remaining accounts: as for `trade`.
    ///
    /// Errors: those of `trade`, `BoundNotMet`.
    79 TradeExact {
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
        /// Bytes 20 to 27 of the data.
        bound: u64,
    }
}
