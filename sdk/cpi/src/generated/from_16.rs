//! Instructions 16 to 31.
//! Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.

calls! {
    /// Turns a mature claim into capital, at no less than the given ratio: 1,000,000 for a delegate, who gives nothing up.
    ///
    /// Errors: `Unauthorized`, `DelegateNotAllowed`, `PositionNotFound`, `NothingToRelease`, `PayoutRatioTooLow`.
    16 Release {
        /// The owner, or its delegate where nothing is given up.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The market.
        market: written T,
    } with {
        /// Bytes 1 to 4 of the data.
        min_ratio_ppm: u32,
    }

    /// Flags an unhealthy account; anybody may.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `AccountHealthy`, `AccountFlagged`, `MarkStale`, `MarketMissing`, `TickArrayMissing`, those of the loader.
    17 BeginLiquidation {
        /// The margin account.
        account: written T,
    } with {}

    /// Takes a range of a flagged account off the curve, or one of any account where the market is closed; anybody may.
    ///
    /// Remaining accounts: what the account's health needs, and the tick arrays of the range's ends, writable.
    ///
    /// Errors: `AccountNotFlagged`, `AccountForeign`, `RangeNotFound`, `WrongMarket`, `TickArrayMissing`, `MarkStale`,
    /// `MarketMissing`, those of the loader.
    18 UnwindRange {
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

    /// Reduces a flagged, unhealthy account against the curve; anybody may, and a margin account of the caller's choice
    /// is paid for it.
    ///
    /// Remaining accounts: what the account's health needs, and the tick arrays on the way, writable.
    ///
    /// Errors: `SelfLiquidation`, `AccountNotFlagged`, `AccountHealthy`, `RangesOpen`, `PositionNotFound`, `StepTooSoon`,
    /// `StepTooSmall`, `WindowCapReached`, `HealthFell`, the refusals of the curve, those of the loader and of the price
    /// account.
    19 LiquidateOnCurve {
        /// Margin account that is paid. The same account in both places is refused here, by name.
        keeper_account: written T,
        /// Margin account that is liquidated.
        account: written T,
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        max_base: u64,
    }

    /// Sends what a bankrupt account still owes a market through the loss order; anybody may. What it has coming in other
    /// markets and cannot be paid yet is pledged to this market's insurance.
    ///
    /// Remaining accounts: the other markets in which the account has claims, ascending by number, writable.
    ///
    /// Errors: `AccountNotFlagged`, `PositionsOpen`, `TicketsOpen`, `MarketMissing`, `NotBankrupt`, those of the loader.
    20 Resolve {
        /// The margin account.
        account: written T,
        /// The market.
        market: written T,
        /// The exchange, whose insurance pays within its cap for the market and day, and so does the pool's reserve in it.
        exchange: written T,
    } with {}

    /// Trades in up to 8 markets at once; margin is looked at once, after the last leg. `legs` are that many legs of 21
    /// bytes, ascending by market: market (u16), then side, kind, amount, limit and flags as in `trade`; what is behind
    /// them means nothing.
    ///
    /// Remaining accounts: the legs' price accounts, in the order of the legs; what the account's health needs, with the
    /// legs' markets among it, writable; and the tick arrays on the way, writable.
    ///
    /// Errors: `TooManyLegs`, `LegOrder`, `MarketMissing`, and those of `trade`.
    21 TradeLegs {
        /// The owner, or its delegate.
        authority: signer T,
        /// The margin account.
        account: written T,
    } with {
        /// Byte 1 of the data.
        count: u8,
        /// Bytes 2 to 169 of the data.
        legs: [u8; 168],
    }

    /// Takes a part of a flagged, unhealthy account's position over into a margin account of the signer, at the mark less
    /// the discount; `limit` is the signer's worst price as its bits, 0 none.
    ///
    /// Remaining accounts: what the health of both margin accounts needs.
    ///
    /// Errors: `SelfLiquidation`, `Unauthorized`, `AccountNotFlagged`, `AccountHealthy`, `RangesOpen`, `PositionNotFound`,
    /// `StepTooSoon`, `StepTooSmall`, `PriceBeyondLimit`, `HealthFell`, `PositionsFull`, `WrongMarket`, `AccountFlagged`,
    /// `InsufficientMargin`, `MarkStale`, `MarketMissing`, `TickArrayMissing`, those of the loader.
    22 Liquidate {
        /// The owner of the liquidator's margin account.
        owner: signer T,
        /// Margin account that takes over. The same account in both places is refused here, by name.
        liquidator_account: written T,
        /// Margin account that is liquidated.
        account: written T,
        /// The market.
        market: written T,
    } with {
        /// Bytes 1 to 8 of the data.
        max_base: u64,
        /// Bytes 9 to 16 of the data.
        limit: u64,
    }

    /// Closes what the auction has left of a flagged, unhealthy account's position at mark against an opposite holder, who
    /// neither gains nor loses; anybody may, and a margin account of the caller's choice is paid for it.
    ///
    /// Remaining accounts: the holder's companion, writable, and the tick arrays of its ranges in the market, where it has
    /// any there; what the health of the deleveraged account needs.
    ///
    /// Errors: `SelfLiquidation`, `AccountNotFlagged`, `AccountHealthy`, `RangesOpen`, `PositionNotFound`, `StepTooSoon`,
    /// `AuctionRunning`, `BackstopFirst`, `PricesApart`, `NotOpposite`, `BelowThreshold`, `StepTooSmall`, `HealthFell`, `MarkStale`,
    /// `MarketMissing`, `TickArrayMissing`, `RangesAccountMissing`, those of the loader.
    23 Deleverage {
        /// Margin account that is paid. The same account in two places is refused here, by name.
        keeper_account: written T,
        /// Margin account of the holder who closes against the other.
        holder_account: written T,
        /// Margin account that is deleveraged.
        account: written T,
        /// The market.
        market: written T,
    } with {
        /// Bytes 1 to 8 of the data.
        max_base: u64,
    }

    /// Opens the exchange for deposits, for ever; from here on nothing is listed or loosened without delay.
    ///
    /// Remaining accounts: all banks in the order of their numbers, writable.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`, `AlreadyLaunched`, `WrongBank`, `AccountForeign`, `AccountUnexpected`,
    /// `AccountOrder`, `AccountNotWritable`.
    24 Launch {
        /// The exchange's admin.
        admin: signer T,
        /// The exchange.
        exchange: written T,
        /// The transaction's instructions.
        instructions: read T,
    } with {}

    /// Queues a change: its kind, the number of the market or bank that it changes or 0, and what to, as the bytes of the
    /// engine's struct of that kind, zero-padded. Anyone may execute it when the timelock has passed. The log names a
    /// market parameter that is refused.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`, `ChangeUnknown`, `InvalidInstruction`, `WrongMarket`, `WrongBank`,
    /// `InvalidParameter`, `UnsafeParameters`, `MarketsFull`, `BanksFull`.
    25 QueueChange {
        /// The exchange's admin; pays, and gets the rent back.
        admin: payer T,
        /// The exchange.
        exchange: written T,
        /// The change, whose number is the next.
        change: written T,
        /// The transaction's instructions.
        instructions: read T,
        /// System program.
        system_program: read T,
    } with {
        /// Byte 1 of the data.
        kind: u8,
        /// Bytes 2 to 3 of the data.
        target: u16,
        /// Bytes 4 to 515 of the data.
        content: [u8; 512],
    }

    /// Takes a queued change back; signed by the admin or the guardian.
    ///
    /// Errors: `NotGuardian`, `DurableNonce`, `AccountForeign`.
    26 CancelChange {
        /// The exchange's admin or guardian.
        authority: signer T,
        /// The exchange.
        exchange: written T,
        /// The change.
        change: written T,
        /// Who paid for the change; gets the rent, and may be the authority.
        payer: written T,
        /// The transaction's instructions.
        instructions: read T,
    } with {}

    /// Makes the pending admin the admin; signed by it.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`.
    27 AcceptAdmin {
        /// The pending admin.
        admin: signer T,
        /// The exchange.
        exchange: written T,
        /// The transaction's instructions.
        instructions: read T,
    } with {}

    /// Executes a queued change of the exchange's parameters, guardian, treasury or pending admin; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `InvalidParameter`.
    28 ChangeExchange {
        /// The exchange.
        exchange: written T,
        /// The change; it is closed.
        change: written T,
        /// Who paid for the change; gets the rent.
        payer: written T,
    } with {}

    /// Executes a queued change of a bank's parameters; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `InvalidParameter`.
    29 ChangeBank {
        /// The exchange.
        exchange: read T,
        /// The bank.
        bank: written T,
        /// The change; it is closed.
        change: written T,
        /// Who paid for the change; gets the rent.
        payer: written T,
    } with {}

    /// Executes a queued change of a market: its parameters, notice that it closes, or that it takes new risk again;
    /// anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `InvalidParameter`,
    /// `UnsafeParameters`, `ImmutableParameter`, `MarketReduceOnly`, `MarketClosed`.
    30 ChangeMarket {
        /// The exchange.
        exchange: read T,
        /// The market.
        market: written T,
        /// The change; it is closed.
        change: written T,
        /// Who paid for the change; gets the rent.
        payer: written T,
    } with {}

    /// Lists a queued market at the price that its oracle gives now; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, those of `create_market`'s content.
    31 ListMarket {
        /// Who pays for the market.
        sender: payer T,
        /// The exchange.
        exchange: written T,
        /// The change; it is closed.
        change: written T,
        /// Who paid for the change; gets the rent, and may be the sender.
        payer: written T,
        /// The market, whose number is the next.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
        /// System program.
        system_program: read T,
    } with {}
}
