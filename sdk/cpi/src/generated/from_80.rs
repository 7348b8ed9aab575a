//! Instructions 80 to 86.
//! Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.

calls! {
    /// Brings the position to `target` base atoms, in whole or not at all, unless it is within `tolerance` of it already:
    /// what a hedge calls with what it hedges. The fill is return data.
    ///
    /// Remaining accounts: as for `trade`.
    ///
    /// Errors: those of `trade`, `NearTarget`.
    80 TradeTo {
        /// The owner, or its delegate.
        authority: signer T,
        /// The margin account.
        account: written T,
        /// The market.
        market: written T,
        /// A price account of the market's feed.
        price: read T,
    } with {
        /// Bytes 1 to 8 of the data.
        target: i64,
        /// Bytes 9 to 16 of the data.
        tolerance: u64,
        /// Bytes 17 to 24 of the data.
        limit: u64,
    }

    /// Gives a margin account to another owner, with everything in it and a lien on it; its delegate has no right left.
    ///
    /// Errors: `Unauthorized`, `InvalidParameter`, `TicketsOpen`, `RequestsOpen`, `OrdersOpen`.
    81 GiveAccount {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: written T,
    } with {
        /// Bytes 1 to 32 of the data.
        new_owner: [u8; 32],
    }

    /// Lets a holder keep a floor of equity in a margin account, in quote atoms: below it the owner can neither withdraw nor
    /// add risk. So many seconds after its notice the holder may make the account smaller and take up to the floor out of it.
    /// Once placed it can only be made stronger.
    ///
    /// Errors: `Unauthorized`, `InvalidParameter`, `LienHeld`.
    82 PlaceLien {
        /// The owner.
        owner: signer T,
        /// The margin account.
        account: written T,
    } with {
        /// Bytes 1 to 32 of the data.
        holder: [u8; 32],
        /// Bytes 33 to 40 of the data.
        floor: u64,
        /// Bytes 41 to 44 of the data.
        notice_secs: u32,
    }

    /// Gives the notice of a lien's holder (1), or takes it back (0).
    ///
    /// Errors: `NoLien`, `NotLienHolder`, `LienCalled`, `LienNotDue`.
    83 CallLien {
        /// The lien's holder.
        holder: signer T,
        /// The margin account.
        account: written T,
    } with {
        /// Byte 1 of the data.
        notice: u8,
    }

    /// Ends a lien, by its holder.
    ///
    /// Errors: `NoLien`, `NotLienHolder`.
    84 ReleaseLien {
        /// The lien's holder.
        holder: signer T,
        /// The margin account.
        account: written T,
    } with {}

    /// Moves capital of a margin account into one of its lien's holder, whose notice has run out: up to the floor, which
    /// falls by it, and as far as the account stays backed.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `SelfLiquidation`, `NoLien`, `NotLienHolder`, `LienNotDue`, `ZeroAmount`, `AccountFlagged`,
    /// `ClosedToDeposits`, `InsufficientCapital`, `LienFloor`, `WrongBank`, `CollateralStale`, `StepTooSoon`, `InsufficientMargin`,
    /// `MarkStale`, those of the loader.
    85 Seize {
        /// The lien's holder.
        holder: signer T,
        /// The margin account under the lien. The same account in both places is refused here, by name.
        account: written T,
        /// A margin account of the holder.
        receiver: written T,
        /// The bank.
        bank: written T,
    } with {
        /// Bytes 1 to 8 of the data.
        amount: u64,
    }

    /// Tells an account's delta in a market, its ranges' included, and where the market's index of funding stands.
    ///
    /// Remaining accounts: what the account's health needs, or the market alone where the account has nothing in it.
    ///
    /// Errors: `MarketMissing`, `TickArrayMissing`, those of the loader.
    86 ViewDelta {
        /// The margin account.
        account: read T,
    } with {
        /// Bytes 1 to 2 of the data.
        market: u16,
    }
}
