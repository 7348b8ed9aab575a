//! What an owner allows others: a delegate, builders' fees; and the trade that a builder brought.

use keel_engine::delegate::Terms;
use keel_engine::trade::Order;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, payer, read, signer, written};
use super::trader::{Trade, with_order};
use crate::address::{self, SYSTEM_PROGRAM};
use crate::chain::Accounts;
use crate::error::Result;

/// Sets who may act for a margin account.
#[derive(Clone, Copy, Debug)]
pub struct SetDelegate {
    /// Owner of the margin account.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Who may do what; the default is nobody and nothing.
    pub terms: Terms,
}

impl SetDelegate {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let Terms { delegate, permissions, expiry, notional, markets } = self.terms;
        let data = Data::new(72).bytes(&delegate).u32(permissions).bytes(&expiry.to_le_bytes()).u64(notional);
        let data = markets.into_iter().fold(data, Data::u16);
        data.instruction(vec![signer(self.owner), written(self.account)])
    }
}

/// Allows a builder a largest fee; behind [`RevokeBuilder`], another than before.
#[derive(Clone, Copy, Debug)]
pub struct ApproveBuilder {
    /// Owner of the margin account; pays, unless somebody else is said to.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Owner of the margin accounts to which the fees may go.
    pub builder: Pubkey,
    /// Largest fee, over the notional of a fill, in parts per million.
    pub max_fee_ppm: u32,
}

impl ApproveBuilder {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        self.paid_by(self.owner)
    }

    /// The same with another payer, who signs too.
    pub fn paid_by(&self, by: Pubkey) -> Instruction {
        let approval = written(address::approval(&self.account, &self.builder));
        let metas = vec![signer(self.owner), read(self.account), approval, payer(by), read(SYSTEM_PROGRAM)];
        Data::new(73).bytes(self.builder.as_array()).u32(self.max_fee_ppm).instruction(metas)
    }
}

/// Ends what a builder is allowed.
#[derive(Clone, Copy, Debug)]
pub struct RevokeBuilder {
    /// Owner of the margin account; gets the approval's rent.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Owner of the margin accounts to which the fees went.
    pub builder: Pubkey,
}

impl RevokeBuilder {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let approval = written(address::approval(&self.account, &self.builder));
        Data::new(74).instruction(vec![payer(self.owner), read(self.account), approval])
    }
}

/// Trades for a builder's fee on top.
#[derive(Clone, Copy, Debug)]
pub struct TradeWithBuilder {
    /// The trade.
    pub trade: Trade,
    /// Owner of the margin account that is paid.
    pub builder: Pubkey,
    /// The builder's margin account, isolated to the market.
    pub builder_account: Pubkey,
    /// The fee, over the notional of what is filled, in parts per million.
    pub fee_ppm: u32,
}

impl TradeWithBuilder {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let Self { trade, builder, builder_account, fee_ppm } = self;
        // The same accounts: the approval behind who signs, the builder's in front of those that are not declared.
        let mut metas = trade.instruction(accounts)?.accounts;
        metas.insert(Trade::DECLARED, written(*builder_account));
        metas.insert(1, read(address::approval(&trade.account, builder)));
        let Trade { side, exact, limit, reduce_only, all_or_nothing, .. } = *trade;
        let order = Order { side, exact, limit, reduce_only, all_or_nothing };
        Ok(with_order(Data::new(75), &order).u32(*fee_ppm).instruction(metas))
    }
}
