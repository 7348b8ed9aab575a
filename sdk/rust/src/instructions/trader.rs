//! Trading, and what follows it: settling a position and releasing the claims that profits became.

use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::units::Price;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, signer, written};
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::path::{self, Reach};
use crate::remaining::{Remaining, Subject};

const REDUCE_ONLY: u8 = 1;
const ALL_OR_NOTHING: u8 = 2;

/// Trades against a market's curve.
#[derive(Clone, Copy, Debug)]
pub struct Trade {
    /// Owner of the margin account, or its delegate.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
    /// Side.
    pub side: Side,
    /// The exact amount, in base or in quote.
    pub exact: Exact,
    /// Worst price at which the curve may come to stand, if any.
    pub limit: Option<Price>,
    /// Only up to what the position holds on the other side.
    pub reduce_only: bool,
    /// The whole amount or nothing.
    pub all_or_nothing: bool,
    /// How many tick arrays to pass.
    pub reach: Reach,
}

impl Trade {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let subject = Subject { account: self.account, market: Some(self.market), declares_ranges: false };
        let arrays = path::arrays(&chain::market(accounts, self.market)?, self.side, self.reach);
        let remaining = Remaining::of_account(accounts, &subject)?.with_arrays(self.market, arrays);
        let mut metas = vec![
            signer(self.authority),
            written(self.account),
            written(address::market(self.market)),
            read(self.price),
        ];
        metas.extend(remaining.metas());
        let (kind, amount) = match self.exact {
            Exact::Base(amount) => (0, amount),
            Exact::Quote(amount) => (1, amount),
        };
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let flags = flag(self.reduce_only, REDUCE_ONLY) | flag(self.all_or_nothing, ALL_OR_NOTHING);
        let data = Data::new(11).u8(side_byte(self.side)).u8(kind).u64(amount);
        // 0 says none. No purchase meets a limit of 0 and every sale does: the same as with the smallest other one.
        let limit = self.limit.map_or(0, |limit| limit.bits.max(1));
        Ok(data.u64(limit).u8(flags).instruction(metas))
    }
}

/// A side as the program reads it.
const fn side_byte(side: Side) -> u8 {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

/// Settles a position at mark: by its holder at any time, by anybody where the protocol lets others.
#[derive(Clone, Copy, Debug)]
pub struct Settle {
    /// Who asks.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
}

impl Settle {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let market = written(address::market(self.market));
        Data::new(15).instruction(vec![signer(self.authority), written(self.account), market])
    }
}

/// Turns the mature claim of a position into capital.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// Owner of the margin account.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// The smallest payout ratio that the owner accepts.
    pub min_ratio_ppm: u32,
}

impl Release {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let market = written(address::market(self.market));
        let metas = vec![signer(self.owner), written(self.account), market];
        Data::new(16).u32(self.min_ratio_ppm).instruction(metas)
    }
}
