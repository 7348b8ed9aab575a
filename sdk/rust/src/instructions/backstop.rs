//! What anyone may do with the pool's money: taking over what an auction has left, and setting its reserve aside.

use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, written};
use crate::address;
use crate::chain::Accounts;
use crate::error::Result;
use crate::remaining::{Remaining, Subject};

/// Moves what the auction has left of a flagged account's position to the pool.
#[derive(Clone, Copy, Debug)]
pub struct Backstop {
    /// Margin account that gets the tip.
    pub keeper: Pubkey,
    /// The liquidated margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// The most to move, in base atoms.
    pub max_base: u64,
}

impl Backstop {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let pool = address::pool_account();
        let subject = Subject::in_market(pool, self.market);
        let remaining = Remaining::of_account(accounts, &subject)?.reading();
        let remaining = remaining.with_health_of(accounts, &self.account, &subject)?;
        let mut metas = vec![
            written(self.keeper),
            written(address::pool()),
            written(pool),
            written(self.account),
            written(address::market(self.market)),
        ];
        metas.extend(remaining.metas());
        Ok(Data::new(62).u64(self.max_base).instruction(metas))
    }
}

/// Brings the pool's reserve to its part of the pool's value.
#[derive(Clone, Copy, Debug)]
pub struct BalanceReserve;

impl BalanceReserve {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let pool = address::pool_account();
        let subject = Subject::of(pool);
        let mut metas = vec![written(address::exchange()), read(address::pool()), written(pool)];
        metas.extend(Remaining::of_account(accounts, &subject)?.metas());
        Ok(Data::new(63).instruction(metas))
    }
}
