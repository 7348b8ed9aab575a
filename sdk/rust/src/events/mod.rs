//! The program's events, byte for byte: one for each instruction that changed something, logged as `Program data`.
//!
//! An event holds what was done and the balances **after** it ([`Holding`], [`Ledger`]). Amounts are atoms, prices and
//! rates raw bits of their engine types. Where the instruction writes the exchange, a bank, a market or the pool, the event has that
//! account's [`Sequence`] number; [`crate::replay`] rebuilds balances from events and finds the missing ones by it.

mod account;
mod admin;
mod backstop;
mod closing;
mod collateral;
mod delegate;
mod form;
mod governance;
mod insurance;
mod keeper;
mod lien;
mod liquidation;
mod liquidity;
mod order;
mod parts;
mod pool;
mod queue;
mod strategy;
mod trade;

use form::event;

pub use form::{Counter, DISCRIMINATOR_LEN, Field, Layout, Logged, Sequence};
pub use {
    account::*, admin::*, backstop::*, closing::*, collateral::*, delegate::*, governance::*, insurance::*, keeper::*,
    lien::*, liquidation::*, liquidity::*, order::*, parts::*, pool::*, queue::*, strategy::*, trade::*,
};

/// A kind of event: what it is called and how it lies in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Name in the program and in its IDL.
    pub name: &'static str,
    /// Its first bytes.
    pub discriminator: [u8; DISCRIMINATOR_LEN],
    /// Bytes of its struct, without the discriminator.
    pub size: usize,
    /// Fields of its struct.
    pub fields: &'static [Field],
}

impl Kind {
    const fn of<E: Logged>() -> Self {
        Self { name: E::NAME, discriminator: E::DISCRIMINATOR, size: size_of::<E>(), fields: E::FIELDS }
    }
}

macro_rules! one_of {
    ($($kind:ident,)*) => {
        /// An event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event { $(
            #[doc = concat!("See [`", stringify!($kind), "`].")]
            $kind($kind),
        )* }

        impl Event {
            /// All kinds of events.
            pub const KINDS: &'static [Kind] = &[$( Kind::of::<$kind>(), )*];

            /// The event in the data of a `Program data` line, from the discriminator on; nothing if it is none of the
            /// program's or of another length.
            pub fn decode(data: &[u8]) -> Option<Self> {
                let (discriminator, content) = data.split_at_checked(DISCRIMINATOR_LEN)?;
                $( if discriminator == <$kind>::DISCRIMINATOR {
                    return bytemuck::try_pod_read_unaligned(content).ok().map(Self::$kind);
                } )*
                None
            }

            /// The data of its `Program data` line.
            pub fn encode(&self) -> Vec<u8> {
                match self { $(
                    Self::$kind(event) => [&<$kind>::DISCRIMINATOR, bytemuck::bytes_of(event)].concat(),
                )* }
            }

            /// What kind of event it is.
            pub const fn kind(&self) -> Kind {
                match self { $( Self::$kind(_) => Kind::of::<$kind>(), )* }
            }

            /// Whose event it is and which; nothing for the few that write neither exchange, bank nor market.
            pub fn sequence(&self) -> Option<Sequence> {
                match self { $( Self::$kind(event) => event.sequence(), )* }
            }
        }

        $( impl From<$kind> for Event {
            fn from(event: $kind) -> Self {
                Self::$kind(event)
            }
        } )*
    };
}

one_of! {
    ExchangeInitialized,
    BankAdded,
    MarketCreated,
    TickArrayCreated,
    AccountOpened,
    AccountClosed,
    RangesOpened,
    RangesClosed,
    Deposited,
    Withdrawn,
    Refreshed,
    Traded,
    RangeAdded,
    RangeFolded,
    Settled,
    ClaimReleased,
    LiquidationBegun,
    Liquidated,
    ClaimConsumed,
    Resolved,
    TakenOver,
    Deleveraged,
    ExchangeLaunched,
    ChangeQueued,
    ChangeCancelled,
    ExchangeChanged,
    BankChanged,
    MarketChanged,
    TreasuryPaid,
    TreasuryWithdrawn,
    TokensBooked,
    MarketInsured,
    ExchangeInsured,
    PledgeCollected,
    WithdrawalQueued,
    WithdrawalPaid,
    WithdrawalCancelled,
    Transferred,
    MarketClosed,
    PositionClosed,
    TickArrayClosed,
    MarketRemoved,
    Backstopped,
    ReserveBalanced,
    ReservePaid,
    PoolCreated,
    DepositRequested,
    DepositExecuted,
    DepositCancelled,
    RedemptionRequested,
    RedemptionPaid,
    RedemptionCancelled,
    PoolRebalanced,
    PoolCollected,
    PoolChanged,
    OrderPlaced,
    OrderExecuted,
    OrderClosed,
    DelegateSet,
    BuilderApproved,
    BuilderRevoked,
    BuilderPaid,
    BankRefreshed,
    CollateralSold,
    AccountGiven,
    LienPlaced,
    LienCalled,
    LienReleased,
    LienSeized,
}
