//! Setting up: the exchange, its banks, its markets and their tick arrays.

use keel_engine::governance::BankTerms;
use keel_engine::params::Params;
use keel_engine::state::Mode;
use keel_engine::units::Price;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, payer, read, written};
use crate::address::{self, INSTRUCTIONS_SYSVAR, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};

/// Creates the exchange. Only for the program's upgrade authority.
#[derive(Clone, Copy, Debug)]
pub struct Initialize {
    /// The upgrade authority; it becomes admin and pays.
    pub admin: Pubkey,
    /// Who may reduce risk at once.
    pub guardian: Pubkey,
}

impl Initialize {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(0).bytes(self.guardian.as_ref()).instruction(vec![
            payer(self.admin),
            written(address::exchange()),
            read(PROGRAM_ID),
            read(address::program_data()),
            read(INSTRUCTIONS_SYSVAR),
            read(SYSTEM_PROGRAM),
        ])
    }
}

/// Lists a collateral mint, before the launch.
#[derive(Clone, Copy, Debug)]
pub struct AddBank {
    /// The exchange's admin; pays.
    pub admin: Pubkey,
    /// The mint, and the feeds of its price.
    pub terms: BankTerms,
}

impl AddBank {
    /// The first bank: that of USDC, which needs no price.
    pub fn of_usdc(admin: Pubkey, mint: Pubkey) -> Self {
        Self { admin, terms: BankTerms { mint: mint.to_bytes(), ..BankTerms::default() } }
    }

    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let BankTerms { mint, price_owner, feed_id, rate_feed_id } = self.terms;
        let mint = Pubkey::from(mint);
        Data::new(1).bytes(&price_owner).bytes(&feed_id).bytes(&rate_feed_id).instruction(vec![
            payer(self.admin),
            written(address::exchange()),
            read(mint),
            written(address::bank(&mint)),
            written(address::vault(&mint)),
            read(INSTRUCTIONS_SYSVAR),
            read(TOKEN_PROGRAM),
            read(SYSTEM_PROGRAM),
        ])
    }
}

/// Lists a market, before the launch.
#[derive(Clone, Copy, Debug)]
pub struct CreateMarket {
    /// The exchange's admin; pays.
    pub admin: Pubkey,
    /// Its number: one more than the markets that exist.
    pub number: u16,
    /// Price update account with the first index.
    pub price: Pubkey,
    /// How the peg follows the index.
    pub mode: Mode,
    /// Program that owns the market's price accounts.
    pub price_owner: Pubkey,
    /// Feed of the index.
    pub feed_id: [u8; 32],
    /// Name in UTF-8, zero-padded.
    pub name: [u8; 16],
    /// Peg of a fixed market; zero takes the index.
    pub launch_price: Price,
    /// Parameters.
    pub params: Params,
}

impl CreateMarket {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let mode = match self.mode {
            Mode::Floating => 0,
            Mode::Fixed => 1,
        };
        Data::new(2)
            .u8(mode)
            .bytes(self.price_owner.as_ref())
            .bytes(&self.feed_id)
            .bytes(&self.name)
            .u64(self.launch_price.bits)
            .bytes(bytemuck::bytes_of(&self.params))
            .instruction(vec![
                payer(self.admin),
                written(address::exchange()),
                written(address::market(self.number)),
                read(self.price),
                read(INSTRUCTIONS_SYSVAR),
                read(SYSTEM_PROGRAM),
            ])
    }
}

/// Creates a tick array of a market; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct CreateTickArray {
    /// Who pays.
    pub payer: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Index of the array: its first grid tick over 64.
    pub index: i32,
}

impl CreateTickArray {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(3).i32(self.index).instruction(vec![
            payer(self.payer),
            read(address::market(self.market)),
            written(address::tick_array(self.market, self.index)),
            read(SYSTEM_PROGRAM),
        ])
    }
}
