//! Instructions 48 to 63.
//! Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.

calls! {
    /// Tells what a trade without a limit would cost now, margin aside, as return data: `FeeView`. Side, kind and amount
    /// as in `trade`.
    ///
    /// Remaining accounts: the tick arrays on the way, at most three; the quote ends where they do.
    ///
    /// Errors: `InvalidInstruction`, `ZeroAmount`, `AmountTooLarge`, those of the loader and of the price account.
    48 ViewFee {
        /// The market.
        market: read T,
        /// A price account of the market's feed.
        price: read T,
    } with {
        /// Byte 1 of the data.
        side: u8,
        /// Byte 2 of the data.
        kind: u8,
        /// Bytes 3 to 10 of the data.
        amount: u64,
    }

    /// Tells what a market's claims are paid and what stands behind them, as return data: `PayoutView`.
    49 ViewPayout {
        /// The exchange.
        exchange: read T,
        /// The market.
        market: read T,
    } with {}

    /// Closes a market whose notice has run out, at the mark of this moment; anybody may. From here on everybody is settled
    /// at that mark.
    ///
    /// Errors: `MarketNotClosing`, `MarketNotDue`, `MarketClosed`, `MarkStale`, `MarketGuarded`, `PricesApart`,
    /// `PriceInFuture`, `InvalidPrice`.
    50 CloseMarket {
        /// The market.
        market: written T,
        /// A price account of the market's feed. One that cannot be read is as good as none: a feed that is gone must not keep
        /// the market open.
        price: read T,
    } with {}

    /// Settles a margin account's position in a closed market at the final mark; anybody may, once its ranges there are
    /// unwound.
    ///
    /// Errors: `MarketNotClosed`, `PositionNotFound`, `RangesOpen`, `NothingToSettle`.
    51 ClosePosition {
        /// The margin account.
        account: written T,
        /// The market.
        market: written T,
    } with {}

    /// Closes a tick array of a market that is closed or gone, and returns its rent to who paid it; anybody may.
    ///
    /// Errors: `AccountForeign`, `WrongMarket`, `AccountUnexpected`, `MarketNotClosed`, `HasLiquidity`.
    52 CloseTickArray {
        /// Who paid for the array; gets the rent.
        payer: written T,
        /// The market, or the address at which it was.
        market: read T,
        /// The tick array.
        tick_array: written T,
    } with {}

    /// Removes a closed market in which nobody has anything any more; what is left of its money goes to the exchange's
    /// insurance, its rent to the admin. Anybody may.
    ///
    /// Errors: `NotAdmin`, `MarketNotClosed`, `MarketNotEmpty`.
    53 RemoveMarket {
        /// The exchange.
        exchange: written T,
        /// The exchange's admin; gets the rent.
        admin: written T,
        /// The market.
        market: written T,
    } with {}

    /// Makes the pool, with the default of every parameter and no strategy, once.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`.
    54 CreatePool {
        /// The exchange's admin; pays.
        admin: payer T,
        /// The exchange.
        exchange: read T,
        /// The pool.
        pool: written T,
        /// Its margin account.
        account: written T,
        /// The companion with its ranges.
        ranges: written T,
        /// The mint of its shares.
        share_mint: written T,
        /// The token account of shares that wait to be redeemed.
        share_vault: written T,
        /// The transaction's instructions.
        instructions: read T,
        /// SPL Token program.
        token_program: read T,
        /// System program.
        system_program: read T,
    } with {}

    /// Asks for a deposit into the pool with USDC capital of a margin account, for at least that many shares; the tip is
    /// lamports for whoever executes it.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `Unauthorized`, `WrongTokenAccount`, `PoolClosed`, `RequestTooSmall`, `AccountFlagged`, `RequestsOpen`,
    /// `InsufficientCapital`, `InsufficientMargin`, those of the loader and of the health.
    55 RequestDeposit {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: written T,
        /// The pool.
        pool: written T,
        /// The request, whose number is the next of deposits.
        request: written T,
        /// The owner's token account that is to get the shares.
        shares_account: read T,
        /// Pays for the request and its tip; may be the owner.
        payer: payer T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        amount: u64,
        /// Bytes 9 to 16 of the data.
        min_shares: u64,
        /// Bytes 17 to 24 of the data.
        tip: u64,
    }

    /// Makes a deposit shares at the pool's high value, once every mark of a market in which the pool holds anything has
    /// followed the index since it was asked for; anybody may, for its tip. It goes back where the account is flagged or
    /// owes, where its token account cannot take shares, and where they would be too few.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs.
    ///
    /// Errors: `AccountForeign`, `WrongTokenAccount`, `RequestNotReady`, `MarketGuarded`, `PoolClosed`, `PoolInsolvent`,
    /// `PoolCap`, `MarkStale`, those of the loader and of the health.
    56 ExecuteDeposit {
        /// Who executes it; gets the tip.
        keeper: payer T,
        /// The exchange, which holds the pool's reserve.
        exchange: read T,
        /// The pool.
        pool: written T,
        /// The pool's margin account.
        pool_account: written T,
        /// The request.
        request: written T,
        /// The margin account of who asked.
        account: written T,
        /// The token account that gets the shares. Any other one in this place is refused here, by name.
        shares_account: written T,
        /// The mint of the shares, likewise.
        share_mint: written T,
        /// Who paid for the request; gets what it still holds. The signer may be the same.
        payer: written T,
        /// SPL Token program.
        token_program: read T,
    } with {}

    /// Takes a deposit that waits back to its margin account: the owner once it may have been executed, anybody while the
    /// account is flagged or owes.
    ///
    /// Remaining accounts: what the health of a flagged account needs, to clear the flag; may be left out.
    ///
    /// Errors: `AccountForeign`, `Unauthorized`, `RequestNotReady`, those of the loader and of the health.
    57 CancelDeposit {
        /// The owner, or anybody while the account is flagged or owes.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The pool.
        pool: written T,
        /// The request.
        request: written T,
        /// Who paid for the request; gets what it holds, the tip with it. The signer may be the same.
        payer: written T,
    } with {}

    /// Asks to leave the pool with shares, which wait for their turn; the tip is lamports for whoever executes it.
    ///
    /// Errors: `Unauthorized`, `WrongTokenAccount`, `ZeroAmount`, `RequestTooSmall`, `RequestsOpen`.
    58 RequestRedeem {
        /// The owner.
        owner: signer T,
        /// The margin account that is to get the money.
        account: written T,
        /// The pool.
        pool: written T,
        /// The request, whose number is the next of redemptions.
        request: written T,
        /// The owner's token account that gives the shares.
        shares_account: written T,
        /// The pool's token account of shares that wait. The same account in both places is refused here, by name.
        share_vault: written T,
        /// SPL Token program.
        token_program: read T,
        /// Pays for the request and its tip; may be the owner.
        payer: payer T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        amount: u64,
        /// Bytes 9 to 16 of the data.
        tip: u64,
    }

    /// Pays the first who leaves at the pool's low value, as far as its open positions leave money free; anybody may, for the
    /// tip. When its time is over, or what is left of it is worth nothing, its shares go back; one that was cancelled is
    /// skipped.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs; where nothing is paid its companion is enough.
    ///
    /// Errors: `AccountForeign`, `WrongTokenAccount`, `RequestNotNext`, `RequestNotReady`, `AccountMissing`,
    /// `PoolCommitted`, `MarkStale`, those of the loader and of the health.
    59 ExecuteRedeem {
        /// Who executes it; gets the tip.
        keeper: payer T,
        /// The exchange, which holds the pool's reserve.
        exchange: written T,
        /// The pool.
        pool: written T,
        /// The pool's margin account.
        pool_account: written T,
        /// The first request in the queue.
        request: written T,
        /// The margin account that gets the money; left out where a request is skipped that was cancelled.
        account: maybe_written crate::Optional<T>,
        /// The token account that gave the shares, for those that go back.
        shares_account: written T,
        /// The pool's token account of shares that wait. The same account in both places is refused here, by name.
        share_vault: written T,
        /// The mint of the shares, likewise.
        share_mint: written T,
        /// Who paid for the request; gets what it still holds when it ends. The signer may be the same.
        payer: written T,
        /// SPL Token program.
        token_program: read T,
    } with {}

    /// Takes shares back out of the queue: before they may be paid, and once their time is over.
    ///
    /// Errors: `Unauthorized`, `AccountForeign`, `WrongTokenAccount`, `ZeroAmount`, `RequestNotReady`.
    60 CancelRedeem {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: written T,
        /// The pool.
        pool: written T,
        /// The request.
        request: written T,
        /// Any token account of the owner's that takes the shares.
        shares_account: written T,
        /// The pool's token account of shares that wait. The same account in both places is refused here, by name.
        share_vault: written T,
        /// Who paid for the request; gets what it holds when it ends. The signer may be the same.
        payer: written T,
        /// SPL Token program.
        token_program: read T,
    } with {}

    /// Rolls the pool's range in a market to its strategy, and reduces its position where the strategy has no place for it;
    /// anybody may, for a tip.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs, and the market's tick arrays at the ends of
    /// the old range and of the new, and on the way of a reduction, writable.
    ///
    /// Errors: `SelfLiquidation`, `AccountForeign`, `AccountFlagged`, `StrategyMissing`, `RebalanceTooSoon`,
    /// `NothingToRebalance`, `CurveOffCentre`, `RangeTooYoung`, `PriceStale`, `MarketGuarded`, `MarketPaused`,
    /// `MarketReduceOnly`, `MarketHasDeficit`, `MarketClosed`, `LiquidityTooLarge`, `MarkStale`, `MarketMissing`,
    /// `TickArrayMissing`, those of the loader and of the price account.
    61 Rebalance {
        /// The exchange, which holds the pool's reserve.
        exchange: read T,
        /// Margin account that is paid. The pool's own in both places is refused here, by name.
        keeper_account: written T,
        /// The pool.
        pool: written T,
        /// The pool's margin account.
        pool_account: written T,
        /// Its companion.
        ranges: written T,
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
    } with {}

    /// Moves what the auction has left of a flagged, unhealthy account's position, or as much of it as the pool's caps leave, to
    /// the pool, at the mark less the largest discount; anybody may, and a margin account of the caller's choice is paid for
    /// it.
    ///
    /// Remaining accounts: what the health of the pool's margin account and of the liquidated one needs.
    ///
    /// Errors: `SelfLiquidation`, `AccountForeign` for another margin account than the pool's, `AccountNotFlagged`,
    /// `AccountHealthy`, `RangesOpen`, `PositionNotFound`, `StepTooSoon`, `AuctionRunning`, `StrategyMissing`, `MarkStale`,
    /// `PricesApart`, `BackstopExhausted`, `StepTooSmall`, `HealthFell`, `PositionsFull`, `AccountFlagged`, `InsufficientMargin`,
    /// `MarketMissing`, `TickArrayMissing`, those of the loader.
    62 Backstop {
        /// Margin account that is paid. The same account in two places is refused here, by name.
        keeper_account: written T,
        /// The pool.
        pool: written T,
        /// The pool's margin account.
        pool_account: written T,
        /// Margin account that is liquidated.
        account: written T,
        /// The market.
        market: written T,
    } with {
        /// Bytes 1 to 8 of the data.
        max_base: u64,
    }

    /// Brings the pool's reserve for losses to `reserve_ppm` of the pool's value: up out of what initial margin leaves free,
    /// down when it is above, and all of it back while the pool's own account is unhealthy or flagged; anybody may.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs.
    ///
    /// Errors: `AccountForeign` for another margin account than the pool's, `NothingToMove`, `MarkStale`, `MarketMissing`,
    /// `TickArrayMissing`, those of the loader.
    63 BalanceReserve {
        /// The exchange, which holds the reserve.
        exchange: written T,
        /// The pool.
        pool: read T,
        /// The pool's margin account.
        pool_account: written T,
    } with {}
}
