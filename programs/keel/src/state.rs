//! The accounts: each is an engine struct behind the framework's 8-byte discriminator, used in place.
//!
//! A wrapper with one field is what the orphan rule leaves of "the account is the engine's struct"; it has its own name
//! because an account and an inner type of one name break the IDL. Addresses:
//!
//! | account | seeds |
//! |---|---|
//! | `ExchangeAccount` | `"exchange"` |
//! | `BankAccount` | `"bank"`, mint |
//! | the bank's vault (SPL token account, authority is the bank) | `"vault"`, mint |
//! | `MarketAccount` | `"market"`, number as u16 |
//! | `TickArrayAccount` | `"ticks"`, market number as u16, array index as i32 |
//! | `TraderAccount` | `"account"`, owner, sub-account as u16 |
//! | `RangesAccount` | `"ranges"`, address of the margin account |
//! | `TicketAccount` | `"ticket"`, number of the bank as u8, its own number as u64 |
//! | `ChangeAccount` | `"change"`, its own number as u64 |
//! | `PoolAccount` | `"pool"` |
//! | the pool's margin account (`TraderAccount`) | `"account"`, address of the pool, 0 as u16 |
//! | the mint of the pool's shares | `"shares"` |
//! | the token account of shares that wait to be redeemed, whose authority is the pool | `"share_vault"` |
//! | `RequestAccount` | `"request"`, kind as u8, its own number as u64 |
//! | `OrderAccount` | `"order"`, address of the margin account, its own number as u64 |
//! | `ApprovalAccount` | `"approval"`, address of the margin account, builder |
//!
//! Numbers are little-endian. An account proves what it is by owner and discriminator, and what it belongs to by the
//! numbers and addresses that it stores: an address is derived only when the account is made.

use anchor_lang::prelude::*;

/// First seed of the exchange.
pub const EXCHANGE_SEED: &[u8] = b"exchange";
/// First seed of a bank.
pub const BANK_SEED: &[u8] = b"bank";
/// First seed of a bank's vault.
pub const VAULT_SEED: &[u8] = b"vault";
/// First seed of a market.
pub const MARKET_SEED: &[u8] = b"market";
/// First seed of a tick array.
pub const TICKS_SEED: &[u8] = b"ticks";
/// First seed of a margin account.
pub const ACCOUNT_SEED: &[u8] = b"account";
/// First seed of a margin account's ranges.
pub const RANGES_SEED: &[u8] = b"ranges";
/// First seed of a waiting withdrawal.
pub const TICKET_SEED: &[u8] = b"ticket";
/// First seed of a queued change.
pub const CHANGE_SEED: &[u8] = b"change";

/// Seed of the pool.
pub const POOL_SEED: &[u8] = b"pool";
/// Seed of the mint of the pool's shares.
pub const SHARES_SEED: &[u8] = b"shares";
/// Seed of the token account of shares that wait to be redeemed.
pub const SHARE_VAULT_SEED: &[u8] = b"share_vault";
/// First seed of a deposit into the pool or a redemption that waits.
pub const REQUEST_SEED: &[u8] = b"request";
/// First seed of an order.
pub const ORDER_SEED: &[u8] = b"order";
/// First seed of a trader's consent to a builder's fee.
pub const APPROVAL_SEED: &[u8] = b"approval";

macro_rules! accounts {
    ($($(#[doc = $doc:literal])+ $account:ident: $state:ident,)*) => { $(
        $(#[doc = $doc])+
        #[account]
        pub struct $account {
            /// The contents.
            pub state: keel_engine::state::$state,
        }
    )* };
}

accounts! {
    /// The exchange as a whole.
    ExchangeAccount: Exchange,
    /// One kind of collateral.
    BankAccount: Bank,
    /// A perpetual-futures market.
    MarketAccount: Market,
    /// 64 grid ticks of a market.
    TickArrayAccount: TickArray,
    /// A margin account.
    TraderAccount: MarginAccount,
    /// The liquidity ranges of a margin account.
    RangesAccount: Ranges,
    /// A withdrawal that waits.
    TicketAccount: Ticket,
    /// A change that governance has queued.
    ChangeAccount: Change,
    /// The pool.
    PoolAccount: Pool,
    /// A deposit into the pool or a redemption that waits.
    RequestAccount: PoolRequest,
    /// An order that waits.
    OrderAccount: PlacedOrder,
    /// A trader's consent to a builder's fee.
    ApprovalAccount: BuilderApproval,
}
