//! A margin account: capital and positions.

use bytemuck::{Pod, Zeroable};

use crate::error::{Error, Result};
use crate::units::SignedWide;

/// Positions in one margin account.
pub const MAX_POSITIONS: usize = 8;
/// Collateral banks of the exchange.
pub const MAX_BANKS: usize = 4;
/// Markets that a delegate may be kept to.
pub const DELEGATE_MARKETS: usize = 4;
/// The bank of quote atoms: everything settles in it.
pub const USDC: usize = 0;

/// What an account has in one market.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Position {
    /// Index of the market, from 1; 0 is an empty slot.
    pub market: u16,
    /// Ranges of this account in this market.
    pub ranges: u8,
    /// Padding; zero.
    pub pad: u8,
    /// Market whose insurance gets `pledged` as it matures, or 0.
    pub creditor: u16,
    /// Padding; zero.
    pub pad_creditor: u16,
    /// Base held, in base atoms; negative is short.
    pub base: i64,
    /// Quote not settled yet, in quote atoms, funding up to the checkpoint included.
    pub quote: i64,
    /// The market's `funding` when it was last folded into `quote`.
    pub funding: SignedWide,
    /// Capital that settled losses took, halving every `profit_half_life_secs`: profit up to it is mature at once.
    pub paid_in: u64,
    /// Claim on the market's pot that is not mature yet.
    pub unmatured: u64,
    /// Claim on the market's pot that may be released.
    pub mature: u64,
    /// Part of a negative `quote` that settlement could not collect; counted in the market's `uncovered`.
    pub debt: u64,
    /// The market's `trusted_secs` when `unmatured` was last brought up to date.
    pub matured_at: u64,
    /// Unix time when `paid_in` was last brought up to date.
    pub paid_in_at: i64,
    /// Unix time of the last settlement.
    pub settled_at: i64,
    /// Claim on the market's pot that belongs to the `creditor` market's insurance and matures for it: what a bankrupt
    /// account had coming here.
    pub pledged: u64,
    /// The market's `trusted_secs` when `pledged` was last brought up to date.
    pub pledged_at: u64,
}

impl Position {
    /// Whether the slot holds no position.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.market == 0
    }

    /// Whether nothing is left in it: no base, quote, claim, counted debt or range.
    #[inline(always)]
    pub const fn is_done(&self) -> bool {
        let claims = self.unmatured != 0 || self.mature != 0 || self.pledged != 0;
        self.base == 0 && self.quote == 0 && self.debt == 0 && !claims && self.ranges == 0
    }
}

/// A margin account. Its capital is never negative and nobody else's loss touches it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct MarginAccount {
    /// Who may do everything.
    pub owner: [u8; 32],
    /// Who may do what `delegate_permissions` says, or zero.
    pub delegate: [u8; 32],
    /// Unix time at which the delegate's rights end.
    pub delegate_expiry: i64,
    /// What the delegate may do.
    pub delegate_permissions: u32,
    /// Number of the account among its owner's.
    pub sub_account: u16,
    /// The only market it may trade, or 0 for cross margin.
    pub isolated_market: u16,
    /// Bump of the account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Ranges in the companion account.
    pub ranges: u8,
    /// Withdrawals of this account that wait in a bank's queue.
    pub tickets: u8,
    /// 1 where nobody may deposit: the pool's, whose share price is not to be moved by gifts.
    pub closed_to_deposits: u8,
    /// Deposits of this account into the pool that wait.
    pub pool_deposits: u8,
    /// Redemptions from the pool into this account that wait.
    pub pool_redemptions: u8,
    /// Padding; zero.
    pub pad: u8,
    /// Deposits per bank, in its atoms.
    pub capital: [u64; MAX_BANKS],
    /// Room for what later collateral keeps per bank; zero.
    pub capital_reserved: [u64; MAX_BANKS],
    /// Unix time of the flag, or 0.
    pub flagged_at: i64,
    /// Unix time of the last liquidation step on the curve, or 0; after a step of another kind, which asks for no gap,
    /// at least `step_gap` ago.
    pub stepped_at: i64,
    /// Largest notional that anything in one market may reach by what the delegate does, in quote atoms, or 0: none.
    pub delegate_notional: u64,
    /// The markets in which the delegate may act; all zero is every market.
    pub delegate_markets: [u16; DELEGATE_MARKETS],
    /// Orders of this account that wait.
    pub orders: u32,
    /// Padding; zero.
    pub pad_orders: u32,
    /// Unix time since which some position of this account has had a debt, or 0.
    pub debt_since: i64,
    /// Whose lien lies on this account: a key, or zero for nobody's.
    pub lien_holder: [u8; 32],
    /// Equity below which the owner can neither withdraw nor add risk, in quote atoms.
    pub lien_floor: u64,
    /// Unix time at which the lien's holder gave notice, or 0.
    pub lien_called_at: i64,
    /// Time between that notice and the holder's rights.
    pub lien_notice_secs: u32,
    /// Padding; zero.
    pub pad_lien: u32,
    /// Positions, in no order.
    pub positions: [Position; MAX_POSITIONS],
}

const _: () = assert!(MAX_BANKS == 4);
const _: () = assert!(size_of::<Position>() == 112 && size_of::<MarginAccount>() == 256 + 8 * 112);

impl MarginAccount {
    /// USDC capital, in quote atoms.
    #[inline(always)]
    pub const fn usdc(&self) -> u64 {
        let [usdc, ..] = self.capital;
        usdc
    }

    /// USDC capital, for changing it.
    #[inline(always)]
    pub const fn usdc_mut(&mut self) -> &mut u64 {
        let [usdc, ..] = &mut self.capital;
        usdc
    }

    /// Whether it holds other collateral than USDC.
    #[inline(always)]
    pub const fn has_other_collateral(&self) -> bool {
        let [_, first, second, third] = self.capital;
        first | second | third != 0
    }

    /// The position in a market. Errors with `PositionNotFound`.
    #[inline]
    pub fn position(&self, market: u16) -> Result<&Position> {
        self.positions.iter().find(|p| p.market == market && market != 0).ok_or(Error::PositionNotFound)
    }

    /// The position in a market, for changing it. Errors with `PositionNotFound`.
    #[inline]
    pub fn position_mut(&mut self, market: u16) -> Result<&mut Position> {
        self.positions.iter_mut().find(|p| p.market == market && market != 0).ok_or(Error::PositionNotFound)
    }

    /// Whether nothing is left in it.
    pub fn is_done(&self) -> bool {
        self.ranges == 0
            && self.tickets == 0
            && self.pool_deposits == 0
            && self.pool_redemptions == 0
            && self.orders == 0
            && self.capital == [0; MAX_BANKS]
            && self.positions.iter().all(Position::is_empty)
    }
}
