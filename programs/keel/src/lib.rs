//! Keel: a perpetual-futures exchange.
//!
//! This crate is the accounts-in, accounts-out side of [`keel_engine`], which holds every rule and all arithmetic. A
//! handler loads accounts, brings the market up to date, calls the engine on the accounts' contents in place, moves
//! tokens, checks that its deltas sum to nothing, and logs one event. Nothing here computes.
//!
//! | where | what |
//! |---|---|
//! | [`instructions`] | one file for each instruction: its accounts and its handler |
//! | [`state`] | the accounts and their addresses |
//! | [`loader`] | remaining accounts to typed markets, tick arrays and ranges |
//! | [`oracle`] | price accounts to samples |
//! | [`token`], [`shares`] | tokens in and out of the vault, and those of the pool |
//! | [`access`] | who may do what |
//! | [`cure`] | the flag of an account that capital has cured |
//! | [`tips`] | what keepers are paid in lamports |
//! | [`conservation`] | the check of an instruction's own deltas |
//! | [`events`], [`errors`] | what clients read |

#![cfg_attr(target_os = "solana", no_std)]
#![cfg_attr(
    feature = "cpi",
    allow(clippy::too_many_arguments, reason = "a generated builder takes what its instruction takes")
)]

use anchor_lang::prelude::*;
use keel_engine::collateral::Purchase;
use keel_engine::delegate;
use keel_engine::governance::{BankTerms, MarketTerms};
use keel_engine::lien;
use keel_engine::liquidation::TakeOver;
use keel_engine::orders::Terms;
use keel_engine::ranges::RangeRequest;
use keel_engine::state::{CHANGE_LENGTH, DELEGATE_MARKETS};
use keel_engine::units::{Price, SqrtPrice};

pub mod access;
pub mod clock;
pub mod conservation;
pub mod cure;
pub mod errors;
pub mod events;
pub mod instructions;
pub mod loader;
pub mod oracle;
pub mod shares;
pub mod state;
pub mod tips;
pub mod token;

pub use errors::KeelError;
use instructions::*;

declare_id!("Kee1Perp11111111111111111111111111111111111");

#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Keel",
    project_url: "https://github.com/keel-exchange/keel",
    contacts: "link:https://github.com/keel-exchange/keel/security/advisories/new",
    policy: "https://github.com/keel-exchange/keel/blob/main/SECURITY.md",
    preferred_languages: "en",
    source_code: "https://github.com/keel-exchange/keel"
}

#[program]
pub mod keel {
    use super::*;

    /// Makes the exchange. Signed by the program's upgrade authority, who becomes its admin.
    ///
    /// Errors: `NotUpgradeAuthority`, `DurableNonce`.
    #[discrim = 0]
    pub fn initialize(ctx: &mut Context<Initialize>, guardian: [u8; 32]) -> Result<()> {
        instructions::initialize(ctx, guardian)
    }

    /// Lists a kind of collateral before the launch: a plain SPL token. The first is USDC, with 6 decimals and no price; what
    /// comes after it has at most 9 decimals and names the owner of its price accounts, the feed of its price in USD, and
    /// that of its exchange rate, if it has one: then the price is that of what it can be exchanged for.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`, `AlreadyLaunched`, `UnsupportedMint`, `BanksFull`, `PoolShares`,
    /// `InvalidParameter`.
    #[discrim = 1]
    pub fn add_bank(
        ctx: &mut Context<AddBank>,
        price_owner: [u8; 32],
        feed_id: [u8; 32],
        rate_feed_id: [u8; 32],
    ) -> Result<()> {
        instructions::add_bank(ctx, &BankTerms { price_owner, feed_id, rate_feed_id, ..BankTerms::default() })
    }

    /// Lists a market before the launch, at the price that its oracle gives now. `params` are the bytes of the engine's `Params`;
    /// `launch_price` is the peg of a fixed market, 0 for the index. The log names a parameter that is refused.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`, `AlreadyLaunched`, `MarketsFull`, `InvalidInstruction`, `InvalidParameter`, `UnsafeParameters`, `InvalidPrice`,
    /// `PriceStale`, `PriceInFuture`, and those of the price account: `OraclePriceOwner`, `OraclePriceAccount`,
    /// `OracleNotFullyVerified`, `OracleWrongFeed`.
    #[discrim = 2]
    pub fn create_market(
        ctx: &mut Context<CreateMarket>,
        mode: u8,
        price_owner: [u8; 32],
        feed_id: [u8; 32],
        name: [u8; 16],
        launch_price: u64,
        params: [u8; PARAMS_LENGTH],
    ) -> Result<()> {
        let params = bytemuck::pod_read_unaligned(&params);
        let terms = MarketTerms { price_owner, feed_id, name, launch_price, mode, pad: [0; 7], params };
        instructions::create_market(ctx, &terms)
    }

    /// Makes a tick array of a market; anybody may.
    ///
    /// Errors: `InvalidTick`.
    #[discrim = 3]
    pub fn create_tick_array(ctx: &mut Context<CreateTickArray>, index: i32) -> Result<()> {
        instructions::create_tick_array(ctx, index)
    }

    /// Opens a margin account; `isolated_market` is the only market it may trade, or 0.
    #[discrim = 4]
    pub fn open_account(ctx: &mut Context<OpenAccount>, sub: u16, isolated_market: u16) -> Result<()> {
        instructions::open_account(ctx, sub, isolated_market)
    }

    /// Opens the companion that holds a margin account's liquidity ranges.
    ///
    /// Errors: `Unauthorized`.
    #[discrim = 5]
    pub fn open_ranges(ctx: &mut Context<OpenRanges>) -> Result<()> {
        instructions::open_ranges(ctx)
    }

    /// Closes an empty margin account and returns its rent to the owner.
    ///
    /// Errors: `Unauthorized`, `TicketsOpen`, `AccountNotEmpty`.
    #[discrim = 6]
    pub fn close_account(ctx: &mut Context<CloseAccount>) -> Result<()> {
        instructions::close_account(ctx)
    }

    /// Closes the companion of a margin account without ranges and returns its rent to the owner.
    ///
    /// Errors: `Unauthorized`, `AccountForeign`, `AccountNotEmpty`.
    #[discrim = 7]
    pub fn close_ranges(ctx: &mut Context<CloseRanges>) -> Result<()> {
        instructions::close_ranges(ctx)
    }

    /// Brings tokens into a margin account; anybody may. With what its health needs among the remaining accounts, a
    /// flagged account that it cures loses the flag.
    ///
    /// Errors: `NotLaunched`, `ZeroAmount`, `DepositCap`, `WrongBank`, `WrongTokenAccount`, those of the loader and of the
    /// health.
    #[discrim = 8]
    pub fn deposit(ctx: &mut Context<Deposit>, amount: u64) -> Result<()> {
        instructions::deposit(ctx, amount)
    }

    /// Takes tokens out of a margin account that stays backed without them, within the bank's outflow limit.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `Unauthorized`, `ZeroAmount`, `AccountFlagged`, `InsufficientCapital`, `WithdrawalsPaused`,
    /// `OutflowLimitReached`, `InsufficientMargin`, `MarkStale`, `WrongBank`, `WrongTokenAccount`, those of the loader.
    #[discrim = 9]
    pub fn withdraw(ctx: &mut Context<Withdraw>, amount: u64) -> Result<()> {
        instructions::withdraw(ctx, amount)
    }

    /// Accrues time and reads the price; anybody may. An update that is old or not newer is no error.
    ///
    /// Errors: `PriceInFuture`, `InvalidPrice`, those of the price account.
    #[discrim = 10]
    pub fn refresh(ctx: &mut Context<Refresh>) -> Result<()> {
        instructions::refresh(ctx)
    }

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
    #[discrim = 11]
    pub fn trade(ctx: &mut Context<Trade>, side: u8, kind: u8, amount: u64, limit: u64, flags: u8) -> Result<()> {
        instructions::trade(ctx, &instructions::order(side, kind, amount, limit, flags)?)
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
    #[discrim = 12]
    pub fn add_range(
        ctx: &mut Context<AddRange>,
        lower: i32,
        upper: i32,
        liquidity: u128,
        min_sqrt_price: u128,
        max_sqrt_price: u128,
    ) -> Result<()> {
        let (min_sqrt_price, max_sqrt_price) =
            (SqrtPrice::from_bits(min_sqrt_price), SqrtPrice::from_bits(max_sqrt_price));
        instructions::add_range(ctx, &RangeRequest { lower, upper, liquidity, min_sqrt_price, max_sqrt_price })
    }

    /// Takes a range off the curve. Signed by the owner or its delegate.
    ///
    /// Remaining accounts: the tick arrays of the range's ends, writable.
    ///
    /// Errors: `Unauthorized`, `DelegateNotAllowed`, `AccountForeign`, `RangeNotFound`, `RangeTooYoung`, `WrongMarket`,
    /// `TickArrayMissing`, those of the loader.
    #[discrim = 13]
    pub fn remove_range(ctx: &mut Context<RemoveRange>, slot: u8) -> Result<()> {
        instructions::remove_range(ctx, slot)
    }

    /// Folds what a range is entitled to into the account's position; by its holder or its delegate at any time, by anybody where the pot
    /// is short and the range loses.
    ///
    /// Remaining accounts: the tick arrays of the range's ends.
    ///
    /// Errors: `NothingToSettle`, `MarkStale`, `AccountForeign`, `RangeNotFound`, `WrongMarket`, `TickArrayMissing`, those of the loader.
    #[discrim = 14]
    pub fn settle_range(ctx: &mut Context<SettleRange>, slot: u8) -> Result<()> {
        instructions::settle_range(ctx, slot)
    }

    /// Settles a position at mark; by its holder or its delegate at any time, by anybody where the pot is short.
    ///
    /// Errors: `PositionNotFound`, `NothingToSettle`, `MarkStale`.
    #[discrim = 15]
    pub fn settle(ctx: &mut Context<Settle>) -> Result<()> {
        instructions::settle(ctx)
    }

    /// Turns a mature claim into capital, at no less than the given ratio: 1,000,000 for a delegate, who gives nothing up.
    ///
    /// Errors: `Unauthorized`, `DelegateNotAllowed`, `PositionNotFound`, `NothingToRelease`, `PayoutRatioTooLow`.
    #[discrim = 16]
    pub fn release(ctx: &mut Context<Release>, min_ratio_ppm: u32) -> Result<()> {
        instructions::release(ctx, min_ratio_ppm)
    }

    /// Flags an unhealthy account; anybody may.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `AccountHealthy`, `AccountFlagged`, `MarkStale`, `MarketMissing`, `TickArrayMissing`, those of the loader.
    #[discrim = 17]
    pub fn begin_liquidation(ctx: &mut Context<BeginLiquidation>) -> Result<()> {
        instructions::begin_liquidation(ctx)
    }

    /// Takes a range of a flagged account off the curve, or one of any account where the market is closed; anybody may.
    ///
    /// Remaining accounts: what the account's health needs, and the tick arrays of the range's ends, writable.
    ///
    /// Errors: `AccountNotFlagged`, `AccountForeign`, `RangeNotFound`, `WrongMarket`, `TickArrayMissing`, `MarkStale`,
    /// `MarketMissing`, those of the loader.
    #[discrim = 18]
    pub fn unwind_range(ctx: &mut Context<UnwindRange>, slot: u8) -> Result<()> {
        instructions::unwind_range(ctx, slot)
    }

    /// Reduces a flagged, unhealthy account against the curve; anybody may, and a margin account of the caller's choice
    /// is paid for it.
    ///
    /// Remaining accounts: what the account's health needs, and the tick arrays on the way, writable.
    ///
    /// Errors: `SelfLiquidation`, `AccountNotFlagged`, `AccountHealthy`, `RangesOpen`, `PositionNotFound`, `StepTooSoon`,
    /// `StepTooSmall`, `WindowCapReached`, `HealthFell`, the refusals of the curve, those of the loader and of the price
    /// account.
    #[discrim = 19]
    pub fn liquidate_on_curve(ctx: &mut Context<LiquidateOnCurve>, max_base: u64) -> Result<()> {
        instructions::liquidate_on_curve(ctx, max_base)
    }

    /// Sends what a bankrupt account still owes a market through the loss order; anybody may. What it has coming in other
    /// markets and cannot be paid yet is pledged to this market's insurance.
    ///
    /// Remaining accounts: the other markets in which the account has claims, ascending by number, writable.
    ///
    /// Errors: `AccountNotFlagged`, `PositionsOpen`, `TicketsOpen`, `MarketMissing`, `NotBankrupt`, those of the loader.
    #[discrim = 20]
    pub fn resolve(ctx: &mut Context<Resolve>) -> Result<()> {
        instructions::resolve(ctx)
    }

    /// Trades in up to 8 markets at once; margin is looked at once, after the last leg. `legs` are that many legs of 21
    /// bytes, ascending by market: market (u16), then side, kind, amount, limit and flags as in `trade`; what is behind
    /// them means nothing.
    ///
    /// Remaining accounts: the legs' price accounts, in the order of the legs; what the account's health needs, with the
    /// legs' markets among it, writable; and the tick arrays on the way, writable.
    ///
    /// Errors: `TooManyLegs`, `LegOrder`, `MarketMissing`, and those of `trade`.
    #[discrim = 21]
    pub fn trade_legs(ctx: &mut Context<TradeLegs>, count: u8, legs: [u8; LEGS_LENGTH]) -> Result<()> {
        instructions::trade_legs(ctx, &instructions::legs(count, &legs)?)
    }

    /// Takes a part of a flagged, unhealthy account's position over into a margin account of the signer, at the mark less
    /// the discount; `limit` is the signer's worst price as its bits, 0 none.
    ///
    /// Remaining accounts: what the health of both margin accounts needs.
    ///
    /// Errors: `SelfLiquidation`, `Unauthorized`, `AccountNotFlagged`, `AccountHealthy`, `RangesOpen`, `PositionNotFound`,
    /// `StepTooSoon`, `StepTooSmall`, `PriceBeyondLimit`, `HealthFell`, `PositionsFull`, `WrongMarket`, `AccountFlagged`,
    /// `InsufficientMargin`, `MarkStale`, `MarketMissing`, `TickArrayMissing`, those of the loader.
    #[discrim = 22]
    pub fn liquidate(ctx: &mut Context<Liquidate>, max_base: u64, limit: u64) -> Result<()> {
        let limit = (limit != 0).then(|| Price::from_bits(limit));
        instructions::liquidate(ctx, &TakeOver { max_base, limit })
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
    #[discrim = 23]
    pub fn deleverage(ctx: &mut Context<Deleverage>, max_base: u64) -> Result<()> {
        instructions::deleverage(ctx, max_base)
    }

    /// Opens the exchange for deposits, for ever; from here on nothing is listed or loosened without delay.
    ///
    /// Remaining accounts: all banks in the order of their numbers, writable.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`, `AlreadyLaunched`, `WrongBank`, `AccountForeign`, `AccountUnexpected`,
    /// `AccountOrder`, `AccountNotWritable`.
    #[discrim = 24]
    pub fn launch(ctx: &mut Context<Launch>) -> Result<()> {
        instructions::launch(ctx)
    }

    /// Queues a change: its kind, the number of the market or bank that it changes or 0, and what to, as the bytes of the
    /// engine's struct of that kind, zero-padded. Anyone may execute it when the timelock has passed. The log names a
    /// market parameter that is refused.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`, `ChangeUnknown`, `InvalidInstruction`, `WrongMarket`, `WrongBank`,
    /// `InvalidParameter`, `UnsafeParameters`, `MarketsFull`, `BanksFull`.
    #[discrim = 25]
    pub fn queue_change(
        ctx: &mut Context<QueueChange>,
        kind: u8,
        target: u16,
        content: [u8; CHANGE_LENGTH],
    ) -> Result<()> {
        instructions::queue_change(ctx, kind, target, &content)
    }

    /// Takes a queued change back; signed by the admin or the guardian.
    ///
    /// Errors: `NotGuardian`, `DurableNonce`, `AccountForeign`.
    #[discrim = 26]
    pub fn cancel_change(ctx: &mut Context<CancelChange>) -> Result<()> {
        instructions::cancel_change(ctx)
    }

    /// Makes the pending admin the admin; signed by it.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`.
    #[discrim = 27]
    pub fn accept_admin(ctx: &mut Context<AcceptAdmin>) -> Result<()> {
        instructions::accept_admin(ctx)
    }

    /// Executes a queued change of the exchange's parameters, guardian, treasury or pending admin; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `InvalidParameter`.
    #[discrim = 28]
    pub fn change_exchange(ctx: &mut Context<ChangeExchange>) -> Result<()> {
        instructions::change_exchange(ctx)
    }

    /// Executes a queued change of a bank's parameters; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `InvalidParameter`.
    #[discrim = 29]
    pub fn change_bank(ctx: &mut Context<ChangeBank>) -> Result<()> {
        instructions::change_bank(ctx)
    }

    /// Executes a queued change of a market: its parameters, notice that it closes, or that it takes new risk again;
    /// anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `InvalidParameter`,
    /// `UnsafeParameters`, `ImmutableParameter`, `MarketReduceOnly`, `MarketClosed`.
    #[discrim = 30]
    pub fn change_market(ctx: &mut Context<ChangeMarket>) -> Result<()> {
        instructions::change_market(ctx)
    }

    /// Lists a queued market at the price that its oracle gives now; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, those of `create_market`'s content.
    #[discrim = 31]
    pub fn list_market(ctx: &mut Context<ListMarket>) -> Result<()> {
        instructions::list_market(ctx)
    }

    /// Lists a queued kind of collateral; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `UnsupportedMint`, `BanksFull`.
    #[discrim = 32]
    pub fn list_bank(ctx: &mut Context<ListBank>) -> Result<()> {
        instructions::list_bank(ctx)
    }

    /// Reduces a market's risk at once: action 0 pauses new risk for `value` seconds, 1 allows reductions only (`value`
    /// 0), 2 lowers the cap on open interest, 3 that on one position, in whole USD. Signed by the guardian or the admin.
    ///
    /// Errors: `NotGuardian`, `DurableNonce`, `InvalidInstruction`, `MarketClosed`, `NotTighter`, `PauseTooLong`,
    /// `InvalidParameter`.
    #[discrim = 33]
    pub fn guard_market(ctx: &mut Context<GuardMarket>, action: u8, value: u32) -> Result<()> {
        instructions::guard_market(ctx, action, value)
    }

    /// Reduces what may leave or enter a bank, at once: action 0 pauses withdrawals for `value` seconds, 1 lowers the cap
    /// on deposits in whole USD, 2 the hourly outflow limit in parts per million, 3 its floor in whole USD. Signed by the
    /// guardian or the admin.
    ///
    /// Errors: `NotGuardian`, `DurableNonce`, `InvalidInstruction`, `NotTighter`, `PauseTooLong`, `InvalidParameter`.
    #[discrim = 34]
    pub fn guard_bank(ctx: &mut Context<GuardBank>, action: u8, value: u32) -> Result<()> {
        instructions::guard_bank(ctx, action, value)
    }

    /// Sends what a market has paid to the treasury to a token account of the treasury's owner; anybody may.
    ///
    /// Errors: `TreasuryUnset`, `ZeroAmount`, `WrongBank`, `WithdrawalsPaused`, `InsufficientCapital`,
    /// `WrongTokenAccount`.
    #[discrim = 35]
    pub fn withdraw_treasury(ctx: &mut Context<WithdrawTreasury>, amount: u64) -> Result<()> {
        instructions::withdraw_treasury(ctx, amount)
    }

    /// Pays what is mature of a claim that a bankrupt account has pledged into the insurance of the market that it owed;
    /// anybody may.
    ///
    /// Errors: `PositionNotFound`, `NothingPledged`, `NothingToRelease`, `PayoutRatioTooLow`.
    #[discrim = 36]
    pub fn collect_pledged(ctx: &mut Context<CollectPledged>) -> Result<()> {
        instructions::collect_pledged(ctx)
    }

    /// Brings tokens into a market's insurance; anybody may.
    ///
    /// Errors: `ZeroAmount`, `WrongBank`, `WrongTokenAccount`.
    #[discrim = 37]
    pub fn fund_market_insurance(ctx: &mut Context<FundMarketInsurance>, amount: u64) -> Result<()> {
        instructions::fund_market_insurance(ctx, amount)
    }

    /// Brings tokens into the exchange's insurance; anybody may.
    ///
    /// Errors: `ZeroAmount`, `WrongBank`, `WrongTokenAccount`.
    #[discrim = 38]
    pub fn fund_insurance(ctx: &mut Context<FundInsurance>, amount: u64) -> Result<()> {
        instructions::fund_insurance(ctx, amount)
    }

    /// Books what the vault of USDC holds beyond what belongs to somebody as the exchange's insurance; anybody may.
    ///
    /// Errors: `ZeroAmount` when there is nothing, `WrongBank`.
    #[discrim = 39]
    pub fn sweep_unbooked(ctx: &mut Context<SweepUnbooked>) -> Result<()> {
        instructions::sweep_unbooked(ctx)
    }

    /// Puts a withdrawal into the bank's queue, to the owner's own token account. Neither the outflow limit nor a pause
    /// refuses it.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `Unauthorized`, `WrongTokenAccount`, `TicketTooSmall`, `AccountFlagged`, `TicketsOpen`,
    /// `InsufficientCapital`, `InsufficientMargin`, `MarkStale`, those of the loader.
    #[discrim = 40]
    pub fn queue_withdrawal(ctx: &mut Context<QueueWithdrawal>, amount: u64) -> Result<()> {
        instructions::queue_withdrawal(ctx, amount)
    }

    /// Pays the first withdrawal in the queue as far as the outflow limit allows, or returns it to an account that may
    /// not withdraw any more; anybody may. A cancelled one is skipped: then the margin account may be left out.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `WrongBank`, `AccountForeign`, `WrongTokenAccount`, `TicketNotNext`, `AccountMissing`, `MarkStale`,
    /// `MarketMissing`, `TickArrayMissing`, `WithdrawalsPaused`, `OutflowLimitReached`, those of the loader.
    #[discrim = 41]
    pub fn pay_withdrawal(ctx: &mut Context<PayWithdrawal>) -> Result<()> {
        instructions::pay_withdrawal(ctx)
    }

    /// Takes a waiting withdrawal back into the account's capital: its owner, or anybody while the account is flagged or
    /// owes. With what its health needs among the remaining accounts, a flagged account that it cures loses the flag.
    ///
    /// Errors: `Unauthorized`, `WrongBank`, `AccountForeign`, `ZeroAmount`, those of the loader and of the health.
    #[discrim = 42]
    pub fn cancel_withdrawal(ctx: &mut Context<CancelWithdrawal>) -> Result<()> {
        instructions::cancel_withdrawal(ctx)
    }

    /// Moves capital to another margin account of the same owner, from one that stays backed without it.
    ///
    /// Remaining accounts: what the health of the account that gives needs.
    ///
    /// Errors: `SelfLiquidation`, `Unauthorized`, `NotSameOwner`, `ZeroAmount`, `AccountFlagged`, `InsufficientCapital`,
    /// `InsufficientMargin`, `MarkStale`, those of the loader.
    #[discrim = 43]
    pub fn transfer(ctx: &mut Context<Transfer>, amount: u64) -> Result<()> {
        instructions::transfer(ctx, amount)
    }

    /// Tells an account's health as return data: `HealthView`. Marks may be of any age; it says how old they are.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `MarketMissing`, `TickArrayMissing`, those of the loader.
    #[discrim = 44]
    pub fn view_health(ctx: &mut Context<ViewHealth>) -> Result<()> {
        instructions::view_health(ctx)
    }

    /// Tells at which mark of a market an account becomes unhealthy, as return data: `LiquidationPriceView`.
    ///
    /// Remaining accounts: what the account's health needs, with the market.
    ///
    /// Errors: `PositionNotFound`, `MarketMissing`, `TickArrayMissing`, those of the loader.
    #[discrim = 45]
    pub fn view_liquidation_price(ctx: &mut Context<ViewLiquidationPrice>, market: u16) -> Result<()> {
        instructions::view_liquidation_price(ctx, market)
    }

    /// Tells how the liquidation of an account stands in a market, as return data: `AuctionView`.
    ///
    /// Remaining accounts: what the account's health needs, with the market.
    ///
    /// Errors: `MarketMissing`, `TickArrayMissing`, those of the loader.
    #[discrim = 46]
    pub fn view_auction(ctx: &mut Context<ViewAuction>, market: u16) -> Result<()> {
        instructions::view_auction(ctx, market)
    }

    /// Tells a market's funding for up to 48 hours to come as side 0 (long) or 1 (short) pays it, as return data:
    /// `FundingView`. Compute grows with the hours and the funding steps in them.
    ///
    /// Errors: `InvalidInstruction`.
    #[discrim = 47]
    pub fn view_funding(ctx: &mut Context<ViewFunding>, points: u8, side: u8) -> Result<()> {
        instructions::view_funding(ctx, points, side)
    }

    /// Tells what a trade without a limit would cost now, margin aside, as return data: `FeeView`. Side, kind and amount
    /// as in `trade`.
    ///
    /// Remaining accounts: the tick arrays on the way, at most three; the quote ends where they do.
    ///
    /// Errors: `InvalidInstruction`, `ZeroAmount`, `AmountTooLarge`, those of the loader and of the price account.
    #[discrim = 48]
    pub fn view_fee(ctx: &mut Context<ViewFee>, side: u8, kind: u8, amount: u64) -> Result<()> {
        instructions::view_fee(ctx, side, kind, amount)
    }

    /// Tells what a market's claims are paid and what stands behind them, as return data: `PayoutView`.
    #[discrim = 49]
    pub fn view_payout(ctx: &mut Context<ViewPayout>) -> Result<()> {
        instructions::view_payout(ctx)
    }

    /// Closes a market whose notice has run out, at the mark of this moment; anybody may. From here on everybody is settled
    /// at that mark.
    ///
    /// Errors: `MarketNotClosing`, `MarketNotDue`, `MarketClosed`, `MarkStale`, `MarketGuarded`, `PricesApart`,
    /// `PriceInFuture`, `InvalidPrice`.
    #[discrim = 50]
    pub fn close_market(ctx: &mut Context<CloseMarket>) -> Result<()> {
        instructions::close_market(ctx)
    }

    /// Settles a margin account's position in a closed market at the final mark; anybody may, once its ranges there are
    /// unwound.
    ///
    /// Errors: `MarketNotClosed`, `PositionNotFound`, `RangesOpen`, `NothingToSettle`.
    #[discrim = 51]
    pub fn close_position(ctx: &mut Context<ClosePosition>) -> Result<()> {
        instructions::close_position(ctx)
    }

    /// Closes a tick array of a market that is closed or gone, and returns its rent to who paid it; anybody may.
    ///
    /// Errors: `AccountForeign`, `WrongMarket`, `AccountUnexpected`, `MarketNotClosed`, `HasLiquidity`.
    #[discrim = 52]
    pub fn close_tick_array(ctx: &mut Context<CloseTickArray>) -> Result<()> {
        instructions::close_tick_array(ctx)
    }

    /// Removes a closed market in which nobody has anything any more; what is left of its money goes to the exchange's
    /// insurance, its rent to the admin. Anybody may.
    ///
    /// Errors: `NotAdmin`, `MarketNotClosed`, `MarketNotEmpty`.
    #[discrim = 53]
    pub fn remove_market(ctx: &mut Context<RemoveMarket>) -> Result<()> {
        instructions::remove_market(ctx)
    }

    /// Makes the pool, with the default of every parameter and no strategy, once.
    ///
    /// Errors: `NotAdmin`, `DurableNonce`.
    #[discrim = 54]
    pub fn create_pool(ctx: &mut Context<CreatePool>) -> Result<()> {
        instructions::create_pool(ctx)
    }

    /// Asks for a deposit into the pool with USDC capital of a margin account, for at least that many shares; the tip is
    /// lamports for whoever executes it.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `Unauthorized`, `WrongTokenAccount`, `PoolClosed`, `RequestTooSmall`, `AccountFlagged`, `RequestsOpen`,
    /// `InsufficientCapital`, `InsufficientMargin`, those of the loader and of the health.
    #[discrim = 55]
    pub fn request_deposit(ctx: &mut Context<RequestDeposit>, amount: u64, min_shares: u64, tip: u64) -> Result<()> {
        instructions::request_deposit(ctx, amount, min_shares, tip)
    }

    /// Makes a deposit shares at the pool's high value, once every mark of a market in which the pool holds anything has
    /// followed the index since it was asked for; anybody may, for its tip. It goes back where the account is flagged or
    /// owes, where its token account cannot take shares, and where they would be too few.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs.
    ///
    /// Errors: `AccountForeign`, `WrongTokenAccount`, `RequestNotReady`, `MarketGuarded`, `PoolClosed`, `PoolInsolvent`,
    /// `PoolCap`, `MarkStale`, those of the loader and of the health.
    #[discrim = 56]
    pub fn execute_deposit(ctx: &mut Context<ExecuteDeposit>) -> Result<()> {
        instructions::execute_deposit(ctx)
    }

    /// Takes a deposit that waits back to its margin account: the owner once it may have been executed, anybody while the
    /// account is flagged or owes.
    ///
    /// Remaining accounts: what the health of a flagged account needs, to clear the flag; may be left out.
    ///
    /// Errors: `AccountForeign`, `Unauthorized`, `RequestNotReady`, those of the loader and of the health.
    #[discrim = 57]
    pub fn cancel_deposit(ctx: &mut Context<CancelDeposit>) -> Result<()> {
        instructions::cancel_deposit(ctx)
    }

    /// Asks to leave the pool with shares, which wait for their turn; the tip is lamports for whoever executes it.
    ///
    /// Errors: `Unauthorized`, `WrongTokenAccount`, `ZeroAmount`, `RequestTooSmall`, `RequestsOpen`.
    #[discrim = 58]
    pub fn request_redeem(ctx: &mut Context<RequestRedeem>, amount: u64, tip: u64) -> Result<()> {
        instructions::request_redeem(ctx, amount, tip)
    }

    /// Pays the first who leaves at the pool's low value, as far as its open positions leave money free; anybody may, for the
    /// tip. When its time is over, or what is left of it is worth nothing, its shares go back; one that was cancelled is
    /// skipped.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs; where nothing is paid its companion is enough.
    ///
    /// Errors: `AccountForeign`, `WrongTokenAccount`, `RequestNotNext`, `RequestNotReady`, `AccountMissing`,
    /// `PoolCommitted`, `MarkStale`, those of the loader and of the health.
    #[discrim = 59]
    pub fn execute_redeem(ctx: &mut Context<ExecuteRedeem>) -> Result<()> {
        instructions::execute_redeem(ctx)
    }

    /// Takes shares back out of the queue: before they may be paid, and once their time is over.
    ///
    /// Errors: `Unauthorized`, `AccountForeign`, `WrongTokenAccount`, `ZeroAmount`, `RequestNotReady`.
    #[discrim = 60]
    pub fn cancel_redeem(ctx: &mut Context<CancelRedeem>) -> Result<()> {
        instructions::cancel_redeem(ctx)
    }

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
    #[discrim = 61]
    pub fn rebalance(ctx: &mut Context<Rebalance>) -> Result<()> {
        instructions::rebalance(ctx)
    }

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
    #[discrim = 62]
    pub fn backstop(ctx: &mut Context<Backstop>, max_base: u64) -> Result<()> {
        instructions::backstop(ctx, max_base)
    }

    /// Brings the pool's reserve for losses to `reserve_ppm` of the pool's value: up out of what initial margin leaves free,
    /// down when it is above, and all of it back while the pool's own account is unhealthy or flagged; anybody may.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs.
    ///
    /// Errors: `AccountForeign` for another margin account than the pool's, `NothingToMove`, `MarkStale`, `MarketMissing`,
    /// `TickArrayMissing`, those of the loader.
    #[discrim = 63]
    pub fn balance_reserve(ctx: &mut Context<BalanceReserve>) -> Result<()> {
        instructions::balance_reserve(ctx)
    }

    /// Executes a queued change of the pool: its parameters, a strategy, or that it takes deposits again; anybody may.
    ///
    /// Errors: `AccountForeign`, `ChangeNotReady`, `ChangeLapsed`, `ChangeUnknown`, `InvalidParameter`,
    /// `UnsafeParameters`, `MarketMissing`, `WrongMarket`, `StrategyMissing`, `StrategiesFull`.
    #[discrim = 64]
    pub fn change_pool(ctx: &mut Context<ChangePool>) -> Result<()> {
        instructions::change_pool(ctx)
    }

    /// Reduces what the pool takes upon itself, at once: action 0 closes it for deposits (`market` and `value` 0), 1 lowers
    /// the cap on its value (`market` 0), 2 stops quoting in a market and 3 taking over there (`value` 0), 4 lowers the cap
    /// on the position of its ranges there, 5 that on what it takes over, 6 that on a day's loss on it, in whole USD. Signed
    /// by the guardian or the admin.
    ///
    /// Errors: `NotGuardian`, `DurableNonce`, `InvalidInstruction`, `StrategyMissing`, `NotTighter`.
    #[discrim = 65]
    pub fn guard_pool(ctx: &mut Context<GuardPool>, action: u8, market: u16, value: u32) -> Result<()> {
        instructions::guard_pool(ctx, action, market, value)
    }

    /// Tells what the pool is worth, what its shares cost, and who waits, as return data: `PoolView`.
    ///
    /// Remaining accounts: what the health of the pool's margin account needs.
    ///
    /// Errors: `AccountForeign`, those of the loader.
    #[discrim = 66]
    pub fn view_pool(ctx: &mut Context<ViewPool>) -> Result<()> {
        instructions::view_pool(ctx)
    }

    /// Folds the pool's range in a market, settles its position there at mark, and releases its mature claim where that is
    /// paid in full; anybody may.
    ///
    /// Remaining accounts: the tick arrays at the ends of the range.
    ///
    /// Errors: `AccountForeign`, `AccountFlagged`, `PositionNotFound`, `NothingToSettle`, `MarkStale`, `TickArrayMissing`,
    /// those of the loader.
    #[discrim = 67]
    pub fn collect_pool(ctx: &mut Context<CollectPool>) -> Result<()> {
        instructions::collect_pool(ctx)
    }

    /// Places an order that anyone may execute when its condition holds. `number` is its own among the margin account's;
    /// kind 0 trigger, 1 limit, 2 scale, 3 slices in time; side 0 buy, 1 sell; flags 1 reduce-only, 2 all-or-nothing, 4 the
    /// rest of a partial fill is given up; prices as their bits, 0 none; `amount` and `min_fill` in base atoms, `tip` in
    /// lamports. Which arguments a kind uses is told by the engine's `orders::Kind`; all others are 0.
    ///
    /// Errors: `InvalidInstruction`, `Unauthorized`, `DelegateNotAllowed`, `MarketClosed`, `WrongMarket`, `ZeroAmount`,
    /// `AmountTooLarge`, `InvalidOrder`, `ReduceOnly`, `OrdersOpen`.
    #[discrim = 68]
    #[allow(clippy::too_many_arguments, reason = "what an order says, each by its name for clients")]
    pub fn place_order(
        ctx: &mut Context<PlaceOrder>,
        number: u64,
        kind: u8,
        side: u8,
        flags: u8,
        amount: u64,
        below: u64,
        below_limit: u64,
        above: u64,
        above_limit: u64,
        min_fill: u64,
        tip: u64,
        starts_at: i64,
        expires_at: i64,
        interval_secs: u32,
        slices: u32,
        catch_up: u32,
    ) -> Result<()> {
        let (kind, side) = instructions::kind_and_side(kind, side)?;
        let [below, below_limit, above, above_limit] = [below, below_limit, above, above_limit].map(Price::from_bits);
        let terms = Terms {
            kind,
            side,
            flags,
            amount,
            below,
            below_limit,
            above,
            above_limit,
            min_fill,
            tip,
            starts_at,
            expires_at,
            interval_secs,
            slices,
            catch_up,
        };
        instructions::place_order(ctx, number, &terms)
    }

    /// Fills what is due of an order, as a trade of its margin account; anybody may, and gets the tip pro rata.
    ///
    /// Remaining accounts: what the account's health needs, and the tick arrays on the way, writable.
    ///
    /// Errors: `AccountForeign`, `WrongMarket`, `OrderExpired`, `OrderDead`, `OrderNotDue`, `MarkStale`, `FillTooSmall`,
    /// `DelegateNotional`, and those of `trade`; `TickArrayMissing` also where a part could be filled.
    #[discrim = 69]
    pub fn execute_order(ctx: &mut Context<ExecuteOrder>) -> Result<()> {
        instructions::execute_order(ctx)
    }

    /// Cancels an order, at any time, for the owner or the delegate who placed it. Rent and what is left of the tip go back
    /// to who paid.
    ///
    /// Errors: `AccountForeign`, `Unauthorized`, `DelegateNotAllowed`.
    #[discrim = 70]
    pub fn cancel_order(ctx: &mut Context<CancelOrder>) -> Result<()> {
        instructions::cancel_order(ctx)
    }

    /// Closes an order that cannot be executed any more; anybody may, and gets at most 10,000 lamports of the tip that is
    /// left in it. The rest goes back to who paid.
    ///
    /// Errors: `AccountForeign`, `WrongMarket`, `AccountUnexpected`, `OrderAlive`.
    #[discrim = 71]
    pub fn clean_order(ctx: &mut Context<CleanOrder>) -> Result<()> {
        instructions::clean_order(ctx)
    }

    /// Sets who may act for a margin account: a key, or zero for nobody, who then has no right left; what it may do (1
    /// trade, 2 orders, 4 ranges); the Unix time at which that ends; the largest notional that a market may reach by what
    /// it does, 0 none; the markets in which it may, all zero for every one.
    ///
    /// Errors: `Unauthorized`, `InvalidDelegate`.
    #[discrim = 72]
    pub fn set_delegate(
        ctx: &mut Context<SetDelegate>,
        delegate: [u8; 32],
        permissions: u32,
        expiry: i64,
        notional: u64,
        markets: [u16; DELEGATE_MARKETS],
    ) -> Result<()> {
        instructions::set_delegate(ctx, &delegate::Terms { delegate, permissions, expiry, notional, markets })
    }

    /// Allows a builder a largest fee on the trades that it brings, in parts per million of what is filled: at most 10,000.
    /// Another than before is allowed by revoking that one in front.
    ///
    /// Errors: `Unauthorized`, `ZeroAmount`, `BuilderFeeTooHigh`.
    #[discrim = 73]
    pub fn approve_builder(ctx: &mut Context<ApproveBuilder>, builder: [u8; 32], max_fee_ppm: u32) -> Result<()> {
        instructions::approve_builder(ctx, builder, max_fee_ppm)
    }

    /// Ends what a builder is allowed and returns the approval's rent to the owner.
    ///
    /// Errors: `Unauthorized`, `AccountForeign`.
    #[discrim = 74]
    pub fn revoke_builder(ctx: &mut Context<RevokeBuilder>) -> Result<()> {
        instructions::revoke_builder(ctx)
    }

    /// Trades as `trade` does, for a builder's fee on top: so many parts per million of what is filled, at most what the
    /// owner allows. It becomes an unmatured claim in the builder's margin account, which is isolated to the market.
    ///
    /// Remaining accounts: as for `trade`.
    ///
    /// Errors: those of `trade`, `SelfLiquidation`, `AccountForeign`, `BuilderAccount`, `BuilderFeeTooHigh`,
    /// `ClaimPledged`.
    #[discrim = 75]
    pub fn trade_with_builder(
        ctx: &mut Context<TradeWithBuilder>,
        side: u8,
        kind: u8,
        amount: u64,
        limit: u64,
        flags: u8,
        fee_ppm: u32,
    ) -> Result<()> {
        instructions::trade_with_builder(ctx, &instructions::order(side, kind, amount, limit, flags)?, fee_ppm)
    }

    /// Brings the prices of other collateral than USDC up to date; anybody may. An update that is old, not newer or too
    /// uncertain is no error.
    ///
    /// Remaining accounts: a price account of the bank's rate feed, where it has one.
    ///
    /// Errors: `WrongBank`, `PriceInFuture`, `InvalidPrice`, those of the price accounts.
    #[discrim = 76]
    pub fn refresh_bank(ctx: &mut Context<RefreshBank>) -> Result<()> {
        instructions::refresh_bank(ctx)
    }

    /// Buys other collateral of an account that is flagged and unhealthy, or whose debt is older than `debt_grace_secs`, for
    /// USDC capital of a margin account of the signer; `limit` is the worst price as its bits, 0 none.
    ///
    /// Remaining accounts: what the health of both margin accounts needs; the buyer's has no ranges.
    ///
    /// Errors: `SelfLiquidation`, `Unauthorized`, `WrongBank`, `NotForSale`, `StepTooSoon`, `ZeroAmount`, `PriceBeyondLimit`,
    /// `HealthFell`, `AccountFlagged`, `ClosedToDeposits`, `InsufficientCapital`, `InsufficientMargin`, `MarkStale`, `CollateralStale`,
    /// `MarketMissing`, `BankMissing`, `RangesAccountMissing`, those of the loader.
    #[discrim = 77]
    pub fn buy_collateral(ctx: &mut Context<BuyCollateral>, most: u64, limit: u64) -> Result<()> {
        let limit = (limit != 0).then(|| Price::from_bits(limit));
        instructions::buy_collateral(ctx, &Purchase { most, limit })
    }

    /// Brings tokens in and trades on them: `deposit` and `trade` in one.
    ///
    /// Remaining accounts: as for `trade`; the declared bank is not among them.
    ///
    /// Errors: those of `deposit` and `trade`.
    #[discrim = 78]
    pub fn deposit_and_trade(
        ctx: &mut Context<DepositAndTrade>,
        deposit: u64,
        side: u8,
        kind: u8,
        amount: u64,
        limit: u64,
        flags: u8,
    ) -> Result<()> {
        instructions::deposit_and_trade(ctx, deposit, &instructions::order(side, kind, amount, limit, flags)?)
    }

    /// Trades as `trade` does, in whole or not at all, within a bound, 0 none: of an exact base amount the most quote that a
    /// purchase costs with its fee, or the least that a sale brings; of an exact quote amount the least base that a purchase
    /// brings, or the most that a sale gives away. The fill is return data.
    ///
    /// Remaining accounts: as for `trade`.
    ///
    /// Errors: those of `trade`, `BoundNotMet`.
    #[discrim = 79]
    pub fn trade_exact(
        ctx: &mut Context<Trade>,
        side: u8,
        kind: u8,
        amount: u64,
        limit: u64,
        flags: u8,
        bound: u64,
    ) -> Result<()> {
        let order = instructions::order(side, kind, amount, limit, flags)?;
        instructions::trade_exact(ctx, &Wanted::Order { order, bound })
    }

    /// Brings the position to `target` base atoms, in whole or not at all, unless it is within `tolerance` of it already:
    /// what a hedge calls with what it hedges. The fill is return data.
    ///
    /// Remaining accounts: as for `trade`.
    ///
    /// Errors: those of `trade`, `NearTarget`.
    #[discrim = 80]
    pub fn trade_to(ctx: &mut Context<Trade>, target: i64, tolerance: u64, limit: u64) -> Result<()> {
        let limit = (limit != 0).then(|| Price::from_bits(limit));
        instructions::trade_exact(ctx, &Wanted::Target { base: target, tolerance, limit })
    }

    /// Gives a margin account to another owner, with everything in it and a lien on it; its delegate has no right left.
    ///
    /// Errors: `Unauthorized`, `InvalidParameter`, `TicketsOpen`, `RequestsOpen`, `OrdersOpen`.
    #[discrim = 81]
    pub fn give_account(ctx: &mut Context<GiveAccount>, new_owner: [u8; 32]) -> Result<()> {
        instructions::give_account(ctx, new_owner)
    }

    /// Lets a holder keep a floor of equity in a margin account, in quote atoms: below it the owner can neither withdraw nor
    /// add risk. So many seconds after its notice the holder may make the account smaller and take up to the floor out of it.
    /// Once placed it can only be made stronger.
    ///
    /// Errors: `Unauthorized`, `InvalidParameter`, `LienHeld`.
    #[discrim = 82]
    pub fn place_lien(ctx: &mut Context<PlaceLien>, holder: [u8; 32], floor: u64, notice_secs: u32) -> Result<()> {
        instructions::place_lien(ctx, &lien::Terms { holder, floor, notice_secs })
    }

    /// Gives the notice of a lien's holder (1), or takes it back (0).
    ///
    /// Errors: `NoLien`, `NotLienHolder`, `LienCalled`, `LienNotDue`.
    #[discrim = 83]
    pub fn call_lien(ctx: &mut Context<CallLien>, notice: u8) -> Result<()> {
        instructions::call_lien(ctx, notice != 0)
    }

    /// Ends a lien, by its holder.
    ///
    /// Errors: `NoLien`, `NotLienHolder`.
    #[discrim = 84]
    pub fn release_lien(ctx: &mut Context<CallLien>) -> Result<()> {
        instructions::release_lien(ctx)
    }

    /// Moves capital of a margin account into one of its lien's holder, whose notice has run out: up to the floor, which
    /// falls by it, and as far as the account stays backed.
    ///
    /// Remaining accounts: what the account's health needs.
    ///
    /// Errors: `SelfLiquidation`, `NoLien`, `NotLienHolder`, `LienNotDue`, `ZeroAmount`, `AccountFlagged`,
    /// `ClosedToDeposits`, `InsufficientCapital`, `LienFloor`, `WrongBank`, `CollateralStale`, `StepTooSoon`, `InsufficientMargin`,
    /// `MarkStale`, those of the loader.
    #[discrim = 85]
    pub fn seize(ctx: &mut Context<Seize>, amount: u64) -> Result<()> {
        instructions::seize(ctx, amount)
    }

    /// Tells an account's delta in a market, its ranges' included, and where the market's index of funding stands.
    ///
    /// Remaining accounts: what the account's health needs, or the market alone where the account has nothing in it.
    ///
    /// Errors: `MarketMissing`, `TickArrayMissing`, those of the loader.
    #[discrim = 86]
    pub fn view_delta(ctx: &mut Context<ViewDelta>, market: u16) -> Result<()> {
        instructions::view_delta(ctx, market)
    }
}
