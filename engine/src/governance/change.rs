//! What a queued change may consist of, and the check of it.

use bytemuck::{AnyBitPattern, Pod, Zeroable};

use super::execute::{next_bank, next_market};
use crate::error::{Error, Result};
use crate::exchange_params::{BankParams, ExchangeParams, PoolParams};
use crate::listing::Listing;
use crate::params::Params;
use crate::pool::StrategyTerms;
use crate::state::{CHANGE_LENGTH, Change, Exchange, Mode, USDC};
use crate::units::Price;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $number:literal, $name:literal;)*) => {
        /// What a change changes; its content is the struct or key named here, zero-padded.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind { $($(#[doc = $doc])+ $kind = $number,)* }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// By its number. Errors with `ChangeUnknown`.
            pub const fn of(number: u8) -> Result<Self> {
                match number {
                    $($number => Ok(Self::$kind),)*
                    _ => Err(Error::ChangeUnknown),
                }
            }

            /// Its name, as scenarios and documents spell it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    /// Parameters of the target market: all of [`Params`].
    MarketParams = 1, "market_params";
    /// Parameters of the exchange: [`ExchangeParams`].
    ExchangeParams = 2, "exchange_params";
    /// Parameters of the target bank: [`BankParams`].
    BankParams = 3, "bank_params";
    /// The guardian's key, or zero for none.
    Guardian = 4, "guardian";
    /// Owner of the token accounts to which the treasury's money may go, or zero.
    Treasury = 5, "treasury";
    /// The key that may become admin by accepting, or zero.
    PendingAdmin = 6, "pending_admin";
    /// A new market: [`MarketTerms`].
    ListMarket = 7, "list_market";
    /// A new bank: [`BankTerms`].
    AddBank = 8, "add_bank";
    /// Notice that the target market closes. No content.
    CloseMarket = 9, "close_market";
    /// The target market takes new risk again. No content.
    LiftReduceOnly = 10, "lift_reduce_only";
    /// Parameters of the pool: [`PoolParams`].
    PoolParams = 11, "pool_params";
    /// The pool's strategy in the target market: [`StrategyTerms`]. One without quotes, backstops and weight is dropped, once
    /// the pool has nothing there.
    Strategy = 12, "strategy";
    /// The pool takes deposits again. No content.
    OpenPool = 13, "open_pool";
}

/// What a market is listed with.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct MarketTerms {
    /// Program that owns the market's price accounts.
    pub price_owner: [u8; 32],
    /// Feed of the index.
    pub feed_id: [u8; 32],
    /// Name in UTF-8, zero-padded.
    pub name: [u8; 16],
    /// Peg of a fixed market as a price's bits, or 0 for the first index.
    pub launch_price: u64,
    /// 0 floating, 1 fixed.
    pub mode: u8,
    /// Padding; zero.
    pub pad: [u8; 7],
    /// Parameters.
    pub params: Params,
}

/// What a bank is listed with.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct BankTerms {
    /// Mint of the collateral.
    pub mint: [u8; 32],
    /// Program that owns the collateral's price accounts; zero for USDC, which has none.
    pub price_owner: [u8; 32],
    /// Feed of the price in USD: of the collateral, or of what it can be exchanged for.
    pub feed_id: [u8; 32],
    /// Feed of the rate at which the collateral can be exchanged, or zero where it has none.
    pub rate_feed_id: [u8; 32],
}

impl BankTerms {
    /// Refuses USDC with a feed, and other collateral without one: `InvalidParameter`.
    pub fn check_of(&self, bank: u8) -> Result<()> {
        let has = |key: &[u8; 32]| *key != [0; 32];
        let is_right = if usize::from(bank) == USDC {
            !has(&self.price_owner) && !has(&self.feed_id) && !has(&self.rate_feed_id)
        } else {
            has(&self.price_owner) && has(&self.feed_id)
        };
        if is_right { Ok(()) } else { Err(Error::InvalidParameter) }
    }
}

const _: () = assert!(size_of::<MarketTerms>() <= CHANGE_LENGTH && size_of::<Params>() <= CHANGE_LENGTH);

impl MarketTerms {
    /// As the listing of the market with this number, at an address with this bump.
    ///
    /// Errors: `InvalidInstruction` for a mode that there is not, and for a floating market with a launch price.
    pub const fn listing(&self, number: u16, bump: u8) -> Result<Listing<'_>> {
        let mode = match (self.mode, self.launch_price) {
            (0, 0) => Mode::Floating,
            (1, _) => Mode::Fixed,
            _ => return Err(Error::InvalidInstruction),
        };
        Ok(Listing {
            number,
            bump,
            mode,
            price_owner: self.price_owner,
            feed_id: self.feed_id,
            name: self.name,
            launch_price: Price::from_bits(self.launch_price),
            params: &self.params,
        })
    }
}

/// A change's content as the struct of its kind. Errors with `InvalidInstruction` unless the rest is zero.
pub(super) fn content<T: AnyBitPattern>(change: &Change) -> Result<&T> {
    let split = change.content.split_at_checked(size_of::<T>());
    let (head, rest) = split.ok_or(Error::InvalidInstruction)?;
    if rest.iter().any(|byte| *byte != 0) {
        return Err(Error::InvalidInstruction);
    }
    bytemuck::try_from_bytes(head).map_err(|_| Error::InvalidInstruction)
}

/// Checks a change as far as the exchange alone allows: its target is there, its content within bounds and envelope. What
/// needs the market or bank itself is checked again at its execution.
///
/// Errors: `ChangeUnknown`, `InvalidInstruction`, `WrongMarket`, `WrongBank`, `InvalidParameter`, `UnsafeParameters`,
/// `MarketsFull`, `BanksFull`, `InvalidPrice`.
pub fn check(exchange: &Exchange, change: &Change) -> Result<()> {
    let kind = Kind::of(change.kind)?;
    check_target(exchange, kind, change.target)?;
    match kind {
        Kind::MarketParams => content::<Params>(change)?.check(),
        Kind::ExchangeParams => content::<ExchangeParams>(change)?.check(),
        Kind::BankParams => content::<BankParams>(change)?.check_of(u8::try_from(change.target).unwrap_or(u8::MAX)),
        Kind::Guardian | Kind::Treasury | Kind::PendingAdmin => content::<[u8; 32]>(change).map(drop),
        Kind::ListMarket => {
            let listing = content::<MarketTerms>(change)?.listing(next_market(exchange)?, 0)?;
            listing.params.check()
        }
        Kind::AddBank => {
            let terms = content::<BankTerms>(change)?;
            terms.check_of(next_bank(exchange)?)
        }
        Kind::PoolParams => content::<PoolParams>(change)?.check(),
        Kind::Strategy => content::<StrategyTerms>(change)?.check(),
        Kind::CloseMarket | Kind::LiftReduceOnly | Kind::OpenPool => content::<[u8; 0]>(change).map(drop),
    }
}

/// A market that there is, a bank that there is, or 0 where the kind has no target.
fn check_target(exchange: &Exchange, kind: Kind, target: u16) -> Result<()> {
    let is_of_market = matches!(kind, Kind::MarketParams | Kind::CloseMarket | Kind::LiftReduceOnly | Kind::Strategy);
    match kind {
        _ if is_of_market && (target == 0 || target > exchange.markets) => Err(Error::WrongMarket),
        _ if is_of_market => Ok(()),
        Kind::BankParams if target >= u16::from(exchange.banks) => Err(Error::WrongBank),
        Kind::BankParams => Ok(()),
        _ if target != 0 => Err(Error::InvalidInstruction),
        _ => Ok(()),
    }
}
