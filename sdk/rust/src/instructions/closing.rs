//! Closing a market down after notice; anyone may do each of it.

use keel_engine::state::TickArray;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, written};
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;

/// Closes a market whose notice has run out.
#[derive(Clone, Copy, Debug)]
pub struct CloseMarket {
    /// Number of the market.
    pub market: u16,
    /// Price update account; any account where the feed is gone.
    pub price: Pubkey,
}

impl CloseMarket {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(50).instruction(vec![written(address::market(self.market)), read(self.price)])
    }
}

/// Settles a position in a closed market at the final mark.
#[derive(Clone, Copy, Debug)]
pub struct ClosePosition {
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
}

impl ClosePosition {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(51).instruction(vec![written(self.account), written(address::market(self.market))])
    }
}

/// Closes a tick array of a market that is closed or gone.
#[derive(Clone, Copy, Debug)]
pub struct CloseTickArray {
    /// Number of the market.
    pub market: u16,
    /// Index of the array.
    pub index: i32,
}

impl CloseTickArray {
    /// The instruction: the rent goes to who paid it.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let place = address::tick_array(self.market, self.index);
        let array: TickArray = chain::load(accounts, &place)?;
        let payer = Pubkey::new_from_array(array.payer);
        Ok(Data::new(52).instruction(vec![written(payer), read(address::market(self.market)), written(place)]))
    }
}

/// Removes a closed market in which nobody has anything.
#[derive(Clone, Copy, Debug)]
pub struct RemoveMarket {
    /// The exchange's admin, who gets the rent.
    pub admin: Pubkey,
    /// Number of the market.
    pub market: u16,
}

impl RemoveMarket {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(53).instruction(vec![
            written(address::exchange()),
            written(self.admin),
            written(address::market(self.market)),
        ])
    }
}
