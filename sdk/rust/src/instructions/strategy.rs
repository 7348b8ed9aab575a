//! The pool's strategies: rolling its ranges, collecting what they earn.

use keel_engine::Side;
use keel_engine::book::array_index;
use keel_engine::pool::reach;
use keel_engine::state::Pool;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, written};
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::path::{self, Reach};
use crate::remaining::{Remaining, Subject};

/// Rolls the pool's range in a market to its strategy; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct Rebalance {
    /// Margin account that gets the tip.
    pub keeper: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
}

impl Rebalance {
    /// The instruction: with the arrays that the old range ends in, those that there are of the new one's, and those on the
    /// way where a position may have to be taken down.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let account = address::pool_account();
        let subject = Subject { declares_ranges: true, ..Subject::in_market(account, self.market) };
        let market = chain::market(accounts, self.market)?;
        let mut remaining = Remaining::of_account(accounts, &subject)?;
        let pool: Pool = chain::load(accounts, &address::pool())?;
        if let Ok(strategy) = pool.strategy(self.market) {
            let mut arrays = Vec::new();
            for tick in reach(&market, strategy)? {
                let index = array_index(tick, market.params.tick_spacing)?;
                if accounts.get(&address::tick_array(self.market, index)).is_some() {
                    arrays.push(index);
                }
            }
            remaining = remaining.with_arrays(self.market, arrays);
        }
        let (state, _) = chain::margin_account(accounts, &account)?;
        let base = state.position(self.market).map_or(0, |position| position.base);
        if base != 0 {
            let side = if base < 0 { Side::Buy } else { Side::Sell };
            remaining = remaining.with_arrays(self.market, path::arrays(&market, side, Reach::default()));
        }
        let mut metas = vec![
            read(address::exchange()),
            written(self.keeper),
            written(address::pool()),
            written(account),
            written(address::ranges(&account)),
            written(address::market(self.market)),
            read(self.price),
        ];
        metas.extend(remaining.metas());
        Ok(Data::new(61).instruction(metas))
    }
}

/// Turns what the pool has earned in a market into capital; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct CollectPool {
    /// Number of the market.
    pub market: u16,
}

impl CollectPool {
    /// The instruction, with the arrays that the pool's ranges in the market end in.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let account = address::pool_account();
        let market = chain::market(accounts, self.market)?;
        let (_, ranges) = chain::margin_account(accounts, &account)?;
        let mut remaining = Remaining::default();
        let held = ranges.iter().flat_map(|ranges| &ranges.ranges).filter(|range| range.market == self.market);
        for range in held {
            remaining = remaining.with_range(&market, range.lower, range.upper)?;
        }
        let mut metas = vec![
            read(address::pool()),
            written(account),
            written(address::ranges(&account)),
            written(address::market(self.market)),
        ];
        metas.extend(remaining.reading().metas());
        Ok(Data::new(67).instruction(metas))
    }
}
