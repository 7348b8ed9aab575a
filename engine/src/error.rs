//! Every way in which the protocol says no. One enum for engine, program and clients; codes are never renumbered.
//!
//! The program's error codes are `6000 + discriminant`; [`for_each_error`](crate::for_each_error) hands names and
//! messages to whoever needs them, so that they are written once.

/// Calls `$then! { Name = "message", ... }` with every error in the order of its code.
#[macro_export]
macro_rules! for_each_error {
    ($then:ident) => {
        $then! {
            MathOverflow = "A number left the range that is served: use a smaller amount.",
            NotionalTooLarge = "The notional is above 9 billion USD: use a smaller amount.",
            InvalidTick = "The tick is outside of the market's window or not on its grid: choose a multiple of tick_spacing inside the window.",
            InvalidSqrtPrice = "The square-root price is outside of the served range: choose one between ticks -150,000 and 150,000.",
            InsufficientLiquidity = "The curve does not hold that much: use a smaller amount.",
            ZeroAmount = "The amount is zero: give a positive amount.",
            AmountTooLarge = "The amount is above the largest served: split it.",
            InvalidParameter = "A parameter is outside of its compiled-in bounds; the log names it: choose a value within the documented bounds.",
            UnsafeParameters = "The parameters break the solvency envelope; the log names the inequality: lower speed, band, fee or leverage.",
            InvalidPrice = "The oracle's price is not positive or its exponent is out of range: wait for a plausible update.",
            PriceInFuture = "The oracle's price is further ahead of the clock than max_skew_secs: use an older update.",
            PriceStale = "The index is older than this use allows: send a fresh price update in the same transaction.",
            MarkStale = "The mark price is older than max_age_mark_secs: put a refresh of that market in front.",
            MarketGuarded = "The oracle is uncertain and the market is guarded: only reductions, removals and liquidations until it clears.",
            MarketHasDeficit = "Written-off losses exceed the deficit tolerance: the market takes no new risk until they are covered.",
            OraclePriceOwner = "The price account is not owned by the receiver program that this market pins: pass the market's price account.",
            OraclePriceAccount = "The price account is not a PriceUpdateV2: pass a price update account of the pinned receiver.",
            OracleNotFullyVerified = "The price update is only partially verified: post it with full verification.",
            OracleWrongFeed = "The price update is of another feed: pass an update of the market's feed id.",
            InvalidRange = "The range is empty or upside down: lower must be below upper.",
            LiquidityTooSmall = "The range's liquidity is below min_tick_liquidity: back it with more.",
            LiquidityTooLarge = "The liquidity on a tick or in the market would pass its bound: use less.",
            RangesFull = "The account holds 8 ranges already: remove one first.",
            RangeNotFound = "No range in that slot: check the account's ranges.",
            RangeTooYoung = "The range is younger than min_range_slots: remove it a little later.",
            RangesAccountMissing = "The account holds ranges: pass its ranges account.",
            CurveOutOfBounds = "The curve's price moved out of the bounds that you gave: quote again.",
            PriceBandExceeded = "The trade would leave the price band around the index: trade a smaller amount.",
            LimitReached = "Nothing can be filled within the limit price: give a wider limit.",
            LiquidityExhausted = "No liquidity is left in that direction: trade a smaller amount or wait for liquidity.",
            CrossingsExhausted = "The trade crosses more ticks than max_crossings: trade a smaller amount.",
            TickArrayMissing = "The next tick array on the way was not passed: quote again and pass the arrays it names.",
            AmountTooSmall = "The amount is too small to move the curve by one unit: trade a larger amount.",
            NotFilled = "The order is all-or-nothing and could be filled only in part: use a smaller amount or allow a partial fill.",
            ReduceOnly = "The order is reduce-only and there is no opposite position to reduce: check the position.",
            OpenInterestCap = "The market's open interest is at its cap: only reductions until it falls.",
            InsufficientMargin = "The account's equity would be below the margin that this needs: deposit more or trade less.",
            InsufficientCapital = "The account holds less capital than that: withdraw less, or settle and release first.",
            AccountFlagged = "The account is flagged for liquidation: cure it by depositing or reducing first.",
            AccountHealthy = "The account is healthy, or has recovered: there is nothing to liquidate.",
            AccountNotFlagged = "The account is not flagged: call begin_liquidation first.",
            AccountNotEmpty = "The account still holds capital, positions or ranges: withdraw, close and release first.",
            PositionsFull = "The account holds positions in 8 markets already: close and release one first.",
            PositionNotFound = "The account has no position in that market: check the market.",
            NothingToSettle = "There is nothing to settle now: the position is flat in value or this holder may not be settled by others yet.",
            NothingToRelease = "No mature claim is waiting in that market: wait for claims to mature.",
            PayoutRatioTooLow = "The market's payout ratio is below the one that you asked for: wait for losers to be settled, or accept less.",
            StepTooSoon = "The last liquidation step was less than step_gap_secs ago, or a price under it is old or the first after a silence: wait, or bring the price.",
            StepTooSmall = "The liquidation step is below the smallest allowed: name a larger max_base.",
            WindowCapReached = "The market's liquidation volume in this window is used up: wait for the next window.",
            PositionsOpen = "The account still has open positions or ranges: liquidate them before resolving.",
            NotBankrupt = "The account owes nothing that its own capital cannot pay: settle instead.",
            MarketMissing = "A market in which the account has a position was not passed: pass every held market in ascending order.",
            AccountOrder = "Remaining accounts must be markets, then tick arrays, each in strictly ascending order, without repeats: sort them.",
            AccountForeign = "A remaining account does not belong to this program, account or market: pass only those that the instruction names.",
            AccountUnexpected = "A remaining account is of a type that has no place here: remove it.",
            AccountNotWritable = "A tick array of the traded market must be writable: mark it so.",
            Unauthorized = "The signer is neither the owner nor a delegate with this permission: sign with the right key.",
            NotUpgradeAuthority = "Only the program's upgrade authority may initialise the exchange: sign with it.",
            NotAdmin = "Only the exchange's admin may do this: sign with it.",
            WrongMarket = "The account belongs to another market: pass the one of this market.",
            WrongBank = "The bank does not match its mint or vault: pass the bank's own vault and mint.",
            WrongTokenAccount = "The token account has another mint or owner, is frozen, or is the vault itself: pass your own token account.",
            UnsupportedMint = "The mint is not a plain SPL token, or has other than 6 decimals for USDC, more than 9 for other collateral: list another.",
            BanksFull = "All four bank slots are taken: no further collateral can be listed.",
            MarketsFull = "The exchange lists as many markets as max_markets allows: queue a change of it first.",
            RangesOpen = "The account still has ranges: unwind them first.",
            HealthFell = "The step would not improve the account's health: wait for a better price on the curve.",
            SelfLiquidation = "The same account is named in both places: name another account for the pay or the transfer.",
            InvalidInstruction = "The instruction's data does not decode: check the client's version.",
            Unbalanced = "The instruction would create or destroy value: this is a bug of the program, report it.",
            AccountMissing = "There is no such account: open it first.",
            AccountExists = "The account is there already: use it, or choose another number.",
            ComputeExhausted = "The transaction ran out of compute units: ask for a larger budget, or trade a smaller amount.",
            OutflowLimitReached = "The bank's hourly outflow limit is used up or others wait in its queue: queue the withdrawal.",
            TicketTooSmall = "The withdrawal is below the smallest that may wait: withdraw at once or queue more.",
            TicketNotNext = "Another withdrawal is first in the queue: pay that one before.",
            TicketsOpen = "The account still has waiting withdrawals: cancel or pay them first.",
            WithdrawalsPaused = "Withdrawals are paused until paused_until: they reopen by themselves.",
            DepositCap = "The bank's deposit cap is reached: deposit less.",
            PositionCap = "The position would exceed the market's position cap: trade a smaller amount.",
            NotLaunched = "The exchange is not launched: wait for its launch.",
            AlreadyLaunched = "The exchange is launched: queue the change.",
            ChangeNotReady = "The change's time has not come: execute it from executable_at on.",
            ChangeUnknown = "The change is of another kind or for another target: pass the one that the instruction executes.",
            ImmutableParameter = "tick_spacing and contract_exponent never change: list another market.",
            NotGuardian = "Only the guardian or the admin may do this: sign with one of them.",
            NotTighter = "The guardian may only reduce risk: queue a change for the rest.",
            PauseTooLong = "The pause is longer than max_pause_secs, or the last one ended less than max_pause_secs ago: wait.",
            DurableNonce = "The transaction advances a durable nonce: sign it with a recent blockhash.",
            MarketPaused = "The market is paused: only reductions until paused_until.",
            MarketReduceOnly = "The market takes reductions only.",
            MarketNotClosing = "No notice was given to close the market: queue its close-down.",
            MarketNotDue = "The market's notice has not run out: wait until close_at.",
            MarketClosed = "The market is closed: close the position at the final mark.",
            MarketNotClosed = "The market is not closed yet.",
            MarketNotEmpty = "The market still has positions, ranges or claims: settle them first.",
            TooManyLegs = "An instruction has at most 8 legs: split it.",
            LegOrder = "Legs must be in ascending order of their markets, one for each: sort them.",
            NotSameOwner = "The two accounts have different owners: transfer between your own.",
            PriceBeyondLimit = "The auction's price is beyond your limit: wait or give another limit.",
            AuctionRunning = "The auction has not run out: liquidate, or wait for the deleveraging.",
            PricesApart = "Mark and index differ by more than half of the largest discount: wait for the mark.",
            NotOpposite = "The holder has no opposite position in that market: name another holder.",
            BelowThreshold = "The holder's return on margin is below the threshold now: name a more profitable one, or wait.",
            ClaimPledged = "A claim in that market is pledged to another market's insurance: collect it first.",
            NothingPledged = "Nothing is pledged to that market there: check the creditor.",
            HasLiquidity = "The tick array still holds liquidity: unwind its ranges first.",
            ChangeLapsed = "The change was not executed in its time, or was queued before the launch: queue it again.",
            TreasuryUnset = "The exchange has no treasury: queue a change that names one.",
            NoPool = "The exchange has no pool: the admin creates it first.",
            PoolClosed = "The pool takes no deposits now: wait until governance opens it.",
            PoolCap = "The pool is at its cap: request a smaller deposit or wait.",
            PoolInsolvent = "The pool owes more than it has: it takes no deposits.",
            RequestTooSmall = "The request or its tip is below the pool's smallest: ask or tip for more.",
            RequestNotReady = "The request's time has not come: wait until it may be executed or cancelled.",
            RequestNotNext = "Another redemption is first in the pool's queue: execute that one before.",
            PoolCommitted = "The pool's margin backs open positions and leaves nothing free: wait for the pool to be rebalanced.",
            ClosedToDeposits = "This margin account takes no deposits: use the pool's own requests.",
            StrategyMissing = "The pool has no strategy for that market: pass a market that it serves.",
            StrategiesFull = "The pool serves 8 markets already: drop one first.",
            RebalanceTooSoon = "The pool was rebalanced in this market less than rebalance_gap_secs ago: wait.",
            NothingToRebalance = "The pool's range is as the strategy wants it: nothing to do.",
            CurveOffCentre = "The curve is further from the index than rebalance_tol_ppm: wait until it comes back.",
            BackstopExhausted = "The pool takes over nothing more in this market: its caps are reached or its strategy says no.",
            BackstopFirst = "The pool may still take this over: call backstop, or wait for the deleveraging.",
            NothingToMove = "The pool's reserve is as large as it should be: nothing to do.",
            InvalidOrder = "The order contradicts itself: check prices, sizes and times against its kind.",
            OrderNotDue = "The order's condition does not hold now: wait for its price or time.",
            OrderExpired = "The order's time is over: clean it up.",
            OrderAlive = "The order may still be executed: only its owner may cancel it.",
            OrderDead = "The order cannot be executed any more: clean it up.",
            FillTooSmall = "Less than the order's smallest fill can be filled now: wait for a better price.",
            OrdersOpen = "The account still has orders: cancel them first.",
            DelegateNotAllowed = "The delegate may not do this, not in this market, or not any more: ask the owner.",
            DelegateNotional = "The delegate's notional limit would be passed: trade less or ask the owner.",
            BuilderFeeTooHigh = "The builder's fee is above what the trader approved: approve it or lower it.",
            BuilderAccount = "The builder is paid into a margin account of its own that is isolated to the market: pass that one.",
            InvalidDelegate = "The delegate's terms contradict themselves: check permissions, expiry and markets.",
            RequestsOpen = "The account still waits for the pool: cancel its requests, or execute them, first.",
            BankMissing = "Collateral of the account is needed whose bank was not passed: pass each of its banks in ascending order, in front of the markets.",
            CollateralStale = "Collateral is needed whose price is older than max_age_price_secs: put a refresh_bank in front.",
            CollateralLeft = "The account still holds other collateral: sell it before resolving.",
            NotForSale = "The account is neither flagged and unhealthy nor is its debt older than debt_grace_secs: nothing is for sale.",
            PoolShares = "The pool's own shares are no collateral: list another mint.",
            LienFloor = "A lien keeps more equity in the account: withdraw or trade less, or have the lien released.",
            LienHeld = "Another lien lies on the account, or this one would become weaker: have it released first.",
            NoLien = "No lien lies on the account.",
            NotLienHolder = "Only the lien's holder may do this: sign with it.",
            LienCalled = "The lien's holder has given notice already.",
            LienNotDue = "The lien's notice was not given or has not run out: call it, and wait.",
            BoundNotMet = "The whole trade would cost more, or bring less, than the bound that you gave: quote again.",
            NearTarget = "The position is within the given distance of the target: nothing to do.",
        }
    };
}

macro_rules! define_error {
    ($($name:ident = $message:literal,)*) => {
        /// A named refusal. Its message says what the caller can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum Error { $(#[doc = $message] $name,)* }

        impl Error {
            /// Every error, in the order of its code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name, as scenarios and logs print it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What happened and what to do about it.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

for_each_error!(define_error);

impl Error {
    /// The discriminant: the program's custom error is `6000 + code`.
    pub const fn code(self) -> u32 {
        self as u32
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.name(), self.message())
    }
}

impl core::error::Error for Error {}

/// The engine's result.
pub type Result<T> = core::result::Result<T, Error>;
