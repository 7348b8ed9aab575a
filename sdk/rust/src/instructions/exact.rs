//! Trades that another program can build upon: in whole within a bound, and to a target. Their fill is return data:
//! [`FillView`](crate::views::FillView).

use keel_engine::curve::Exact;
use keel_engine::units::Price;
use keel_engine::{Side, exact};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::Data;
use super::trader::{Trade, least_limit, with_order};
use crate::chain::{self, Accounts};
use crate::error::{Result, SdkError};
use crate::path::Reach;

/// Trades in whole or not at all, within a bound on what it costs or brings.
#[derive(Clone, Copy, Debug)]
pub struct TradeExact {
    /// The trade.
    pub trade: Trade,
    /// Of an exact base amount quote atoms with the fee: the most that a purchase costs, the least that a sale brings. Of an
    /// exact quote amount base atoms: the least that a purchase brings, the most that a sale gives away. 0: no bound.
    pub bound: u64,
}

impl TradeExact {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let metas = self.trade.instruction(accounts)?.accounts;
        Ok(with_order(Data::new(79), &self.trade.order()).u64(self.bound).instruction(metas))
    }
}

/// Brings a position to a target, in whole or not at all.
#[derive(Clone, Copy, Debug)]
pub struct TradeTo {
    /// Owner of the margin account, or its delegate.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
    /// The position wanted, in base atoms; negative is short.
    pub target: i64,
    /// Distance in base atoms up to which nothing is to be done.
    pub tolerance: u64,
    /// Worst price at which the curve may come to stand, if any.
    pub limit: Option<Price>,
    /// How many tick arrays to pass.
    pub reach: Reach,
}

impl TradeTo {
    /// The instruction. Tick arrays are passed on the side on which the target is now. Whether it is near is for the program
    /// to say.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        chain::announce(accounts, &self.account, self.market);
        let (state, _) = chain::margin_account(accounts, &self.account)?;
        let held = state.position(self.market).map_or(0, |position| position.base);
        let metas = self.trade_from(held).instruction(accounts)?.accounts;
        let limit = self.limit.map_or(0, |limit| least_limit(limit).bits);
        Ok(Data::new(80).i64(self.target).u64(self.tolerance).u64(limit).instruction(metas))
    }

    /// The trade that it is from the position that the account holds now. Errors with `NearTarget` where it is none.
    pub fn trade(&self, accounts: &impl Accounts) -> Result<Trade> {
        chain::announce(accounts, &self.account, self.market);
        let (state, _) = chain::margin_account(accounts, &self.account)?;
        let limit = self.limit.map(least_limit);
        let order =
            exact::order_to(&state, self.market, self.target, self.tolerance, limit).map_err(SdkError::Engine)?;
        let held = state.position(self.market).map_or(0, |position| position.base);
        Ok(Trade { side: order.side, exact: order.exact, ..self.trade_from(held) })
    }

    fn trade_from(&self, held: i64) -> Trade {
        Trade {
            authority: self.authority,
            account: self.account,
            market: self.market,
            price: self.price,
            side: if self.target < held { Side::Sell } else { Side::Buy },
            exact: Exact::Base(self.target.abs_diff(held)),
            limit: self.limit,
            reduce_only: false,
            all_or_nothing: true,
            reach: self.reach,
        }
    }
}
