//! What anyone may do: refreshing markets, and liquidation from the flag to the last atom.

use keel_engine::Side;
use keel_engine::units::Price;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, signer, written};
use super::provider::range_in;
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::path::{self, Reach};
use crate::remaining::{Remaining, Subject};

/// Accrues a market and takes a price update and a mark sample.
#[derive(Clone, Copy, Debug)]
pub struct Refresh {
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
}

impl Refresh {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(10).instruction(vec![written(address::market(self.market)), read(self.price)])
    }
}

/// Flags an unhealthy account.
#[derive(Clone, Copy, Debug)]
pub struct BeginLiquidation {
    /// The margin account.
    pub account: Pubkey,
}

impl BeginLiquidation {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let subject = Subject::of(self.account);
        let mut metas = vec![written(self.account)];
        metas.extend(Remaining::of_account(accounts, &subject)?.metas());
        Ok(Data::new(17).instruction(metas))
    }
}

/// Takes a range of a flagged account off the curve.
#[derive(Clone, Copy, Debug)]
pub struct UnwindRange {
    /// The margin account.
    pub account: Pubkey,
    /// Slot of the range, from 0.
    pub slot: u8,
}

impl UnwindRange {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let range = range_in(accounts, &self.account, self.slot)?;
        let market = chain::market(accounts, range.market)?;
        let subject = Subject { declares_ranges: true, ..Subject::in_market(self.account, range.market) };
        let remaining = Remaining::of_account(accounts, &subject)?.with_range(&market, range.lower, range.upper)?;
        let mut metas = vec![
            written(self.account),
            written(address::ranges(&self.account)),
            written(address::market(range.market)),
        ];
        metas.extend(remaining.metas());
        Ok(Data::new(18).u8(self.slot).instruction(metas))
    }
}

/// Closes a part of a flagged account's position against the curve.
#[derive(Clone, Copy, Debug)]
pub struct LiquidateOnCurve {
    /// Margin account that gets the keeper's pay.
    pub keeper: Pubkey,
    /// The liquidated margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
    /// The most to close, in base atoms.
    pub max_base: u64,
    /// How many tick arrays to pass.
    pub reach: Reach,
}

impl LiquidateOnCurve {
    /// The instruction. Whether there is anything to close is for the program to say.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let (state, _) = chain::margin_account(accounts, &self.account)?;
        let is_short = state.position(self.market).is_ok_and(|position| position.base < 0);
        let side = if is_short { Side::Buy } else { Side::Sell };
        let subject = Subject::in_market(self.account, self.market);
        let arrays = path::arrays(&chain::market(accounts, self.market)?, side, self.reach);
        let remaining = Remaining::of_account(accounts, &subject)?.with_arrays(self.market, arrays);
        let mut metas =
            vec![written(self.keeper), written(self.account), written(address::market(self.market)), read(self.price)];
        metas.extend(remaining.metas());
        Ok(Data::new(19).u64(self.max_base).instruction(metas))
    }
}

/// Takes a part of a flagged account's position over at the mark less the discount.
#[derive(Clone, Copy, Debug)]
pub struct Liquidate {
    /// Owner of the margin account that takes over; signs.
    pub owner: Pubkey,
    /// The margin account that takes over.
    pub liquidator: Pubkey,
    /// The liquidated margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// The most to take over, in base atoms.
    pub max_base: u64,
    /// The worst price, insurance's part of the discount included.
    pub limit: Option<Price>,
}

impl Liquidate {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let subject = Subject::in_market(self.liquidator, self.market);
        let remaining = Remaining::of_account(accounts, &subject)?.reading();
        let remaining = remaining.with_health_of(accounts, &self.account, &subject)?;
        let mut metas = vec![
            signer(self.owner),
            written(self.liquidator),
            written(self.account),
            written(address::market(self.market)),
        ];
        metas.extend(remaining.metas());
        let limit = self.limit.map_or(0, |price| price.bits);
        Ok(Data::new(22).u64(self.max_base).u64(limit).instruction(metas))
    }
}

/// Closes what the auction has left of a flagged account's position at mark against an opposite holder.
#[derive(Clone, Copy, Debug)]
pub struct Deleverage {
    /// Margin account that gets the tip.
    pub keeper: Pubkey,
    /// Margin account of the holder.
    pub holder: Pubkey,
    /// The deleveraged margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// The most to close, in base atoms.
    pub max_base: u64,
}

impl Deleverage {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let subject = Subject::in_market(self.account, self.market);
        let remaining = Remaining::default().with_health_of(accounts, &self.account, &subject)?;
        let remaining = remaining.with_settled_ranges(accounts, &self.holder, self.market)?.reading();
        let mut metas = vec![
            written(self.keeper),
            written(self.holder),
            written(self.account),
            written(address::market(self.market)),
        ];
        metas.extend(remaining.metas());
        Ok(Data::new(23).u64(self.max_base).instruction(metas))
    }
}

/// Covers what a closed account still owes, in the protocol's order of losses.
#[derive(Clone, Copy, Debug)]
pub struct Resolve {
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
}

impl Resolve {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let remaining = Remaining::of_markets(accounts, &self.account, self.market)?;
        let mut metas =
            vec![written(self.account), written(address::market(self.market)), written(address::exchange())];
        metas.extend(remaining.metas());
        Ok(Data::new(20).instruction(metas))
    }
}
