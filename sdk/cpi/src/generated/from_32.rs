//! Instructions 32 to 47.
//! Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.

calls! {
    /// Lists a queued kind of collateral; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `UnsupportedMint`, `BanksFull`.
    32 ListBank {
        /// Who pays for the bank and its vault.
        sender: payer T,
        /// The exchange.
        exchange: written T,
        /// The change; it is closed.
        change: written T,
        /// Who paid for the change; gets the rent, and may be the sender.
        payer: written T,
        /// Mint of the collateral: a plain SPL token of at most 9 decimals.
        mint: read T,
        /// The bank.
        bank: written T,
        /// The bank's token account.
        vault: written T,
        /// SPL Token program.
        token_program: read T,
        /// System program.
        system_program: read T,
    } with {}

    /// Reduces a market's risk at once: action 0 pauses new risk for `value` seconds, 1 allows reductions only (`value`
    /// 0), 2 lowers the cap on open interest, 3 that on one position, in whole USD. Signed by the guardian or the admin.
    ///
    /// Errors: `NotGuardian`, `DurableNonce`, `InvalidInstruction`, `MarketClosed`, `NotTighter`, `PauseTooLong`,
    /// `InvalidParameter`.
    33 GuardMarket {
        /// The exchange's guardian or admin.
        authority: signer T,
        /// The exchange.
        exchange: read T,
        /// The market.
        market: written T,
        /// The transaction's instructions.
        instructions: read T,
    } with {
        /// Byte 1 of the data.
        action: u8,
        /// Bytes 2 to 5 of the data.
        value: u32,
    }

    /// Reduces what may leave or enter a bank, at once: action 0 pauses withdrawals for `value` seconds, 1 lowers the cap
    /// on deposits in whole USD, 2 the hourly outflow limit in parts per million, 3 its floor in whole USD. Signed by the
    /// guardian or the admin.
    ///
    /// Errors: `NotGuardian`, `DurableNonce`, `InvalidInstruction`, `NotTighter`, `PauseTooLong`, `InvalidParameter`.
    34 GuardBank {
        /// The exchange's guardian or admin.
        authority: signer T,
        /// The exchange.
        exchange: read T,
        /// The bank.
        bank: written T,
        /// The transaction's instructions.
        instructions: read T,
    } with {
        /// Byte 1 of the data.
        action: u8,
        /// Bytes 2 to 5 of the data.
        value: u32,
    }

    /// Sends what a market has paid to the treasury to a token account of the treasury's owner; anybody may.
    ///
    /// Errors: `TreasuryUnset`, `ZeroAmount`, `WrongBank`, `WithdrawalsPaused`, `InsufficientCapital`,
    /// `WrongTokenAccount`.
    35 WithdrawTreasury {
        /// The exchange.
        exchange: read T,
        /// The market.
        market: written T,
        /// The USDC bank.
        bank: written T,
        /// The bank's token account. The same account in both places is refused here, by name.
        vault: written T,
        /// A token account of the treasury's owner.
        destination: written T,
        /// SPL Token program.
        token_program: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        amount: u64,
    }

    /// Pays what is mature of a claim that a bankrupt account has pledged into the insurance of the market that it owed;
    /// anybody may.
    ///
    /// Errors: `PositionNotFound`, `NothingPledged`, `NothingToRelease`, `PayoutRatioTooLow`.
    36 CollectPledged {
        /// The margin account.
        account: written T,
        /// The market on whose pot the claim is.
        market: written T,
        /// The market whose insurance gets it.
        creditor: written T,
    } with {}

    /// Brings tokens into a market's insurance; anybody may.
    ///
    /// Errors: `ZeroAmount`, `WrongBank`, `WrongTokenAccount`.
    37 FundMarketInsurance {
        /// Whose tokens they are.
        authority: signer T,
        /// The market.
        market: written T,
        /// The bank of USDC.
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

    /// Brings tokens into the exchange's insurance; anybody may.
    ///
    /// Errors: `ZeroAmount`, `WrongBank`, `WrongTokenAccount`.
    38 FundInsurance {
        /// Whose tokens they are.
        authority: signer T,
        /// The exchange.
        exchange: written T,
        /// The bank of USDC.
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

    /// Books what the vault of USDC holds beyond what belongs to somebody as the exchange's insurance; anybody may.
    ///
    /// Errors: `ZeroAmount` when there is nothing, `WrongBank`.
    39 SweepUnbooked {
        /// The exchange.
        exchange: written T,
        /// The bank of USDC.
        bank: written T,
        /// The bank's token account.
        vault: read T,
    } with {}

    /// Puts a withdrawal into the bank's queue, to the owner's own token account. Neither the outflow limit nor a pause
    /// refuses it.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `Unauthorized`, `WrongTokenAccount`, `TicketTooSmall`, `AccountFlagged`, `TicketsOpen`,
    /// `InsufficientCapital`, `InsufficientMargin`, `MarkStale`, those of the loader.
    40 QueueWithdrawal {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: written T,
        /// The bank.
        bank: written T,
        /// The ticket, whose number is the queue's next.
        ticket: written T,
        /// The owner's token account that is to get the tokens.
        destination: read T,
        /// Pays for the ticket; may be the owner.
        payer: payer T,
        /// System program.
        system_program: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        amount: u64,
    }

    /// Pays the first withdrawal in the queue as far as the outflow limit allows, or returns it to an account that may
    /// not withdraw any more; anybody may. A cancelled one is skipped: then the margin account may be left out.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `WrongBank`, `AccountForeign`, `WrongTokenAccount`, `TicketNotNext`, `AccountMissing`, `MarkStale`,
    /// `MarketMissing`, `TickArrayMissing`, `WithdrawalsPaused`, `OutflowLimitReached`, those of the loader.
    41 PayWithdrawal {
        /// The bank.
        bank: written T,
        /// The bank's token account. The same account in both places is refused here, by name.
        vault: written T,
        /// The first ticket in the queue.
        ticket: written T,
        /// The margin account; left out where a ticket is skipped that was cancelled.
        account: maybe_written crate::Optional<T>,
        /// Token account that gets the tokens.
        destination: written T,
        /// Who paid for the ticket.
        payer: written T,
        /// SPL Token program.
        token_program: read T,
    } with {}

    /// Takes a waiting withdrawal back into the account's capital: its owner, or anybody while the account is flagged or
    /// owes. With what its health needs among the remaining accounts, a flagged account that it cures loses the flag.
    ///
    /// Errors: `Unauthorized`, `WrongBank`, `AccountForeign`, `ZeroAmount`, those of the loader and of the health.
    42 CancelWithdrawal {
        /// The owner, or anybody while the account is flagged or owes.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The bank.
        bank: written T,
        /// The ticket.
        ticket: written T,
        /// Who paid for the ticket. The signer may be the same.
        payer: written T,
    } with {}

    /// Moves capital to another margin account of the same owner, from one that stays backed without it.
    ///
    /// Remaining accounts: what the health of the account that gives needs.
    ///
    /// Errors: `SelfLiquidation`, `Unauthorized`, `NotSameOwner`, `ZeroAmount`, `AccountFlagged`, `InsufficientCapital`,
    /// `InsufficientMargin`, `MarkStale`, those of the loader.
    43 Transfer {
        /// The owner of both accounts.
        owner: signer T,
        /// The margin account that gives. The same account in both places is refused here, by name.
        account: written T,
        /// The margin account that gets.
        receiver: written T,
        /// The bank.
        bank: written T,
    } with {
        /// Bytes 1 to 8 of the data.
        amount: u64,
    }

    /// Tells an account's health as return data: `HealthView`. Marks may be of any age; it says how old they are.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `MarketMissing`, `TickArrayMissing`, those of the loader.
    44 ViewHealth {
        /// The margin account.
        account: read T,
    } with {}

    /// Tells at which mark of a market an account becomes unhealthy, as return data: `LiquidationPriceView`.
    ///
    /// Remaining accounts: what the account's health needs, with the market.
    ///
    /// Errors: `PositionNotFound`, `MarketMissing`, `TickArrayMissing`, those of the loader.
    45 ViewLiquidationPrice {
        /// The margin account.
        account: read T,
    } with {
        /// Bytes 1 to 2 of the data.
        market: u16,
    }

    /// Tells how the liquidation of an account stands in a market, as return data: `AuctionView`.
    ///
    /// Remaining accounts: what the account's health needs, with the market.
    ///
    /// Errors: `MarketMissing`, `TickArrayMissing`, those of the loader.
    46 ViewAuction {
        /// The margin account.
        account: read T,
    } with {
        /// Bytes 1 to 2 of the data.
        market: u16,
    }

    /// Tells a market's funding for up to 48 hours to come as side 0 (long) or 1 (short) pays it, as return data:
    /// `FundingView`. Compute grows with the hours and the funding steps in them.
    ///
    /// Errors: `InvalidInstruction`.
    47 ViewFunding {
        /// The market.
        market: read T,
    } with {
        /// Byte 1 of the data.
        points: u8,
        /// Byte 2 of the data.
        side: u8,
    }
}
