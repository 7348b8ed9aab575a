//! What anyone may do for insurance: collecting pledged claims, paying in, booking what nobody booked.

use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, signer, written};
use crate::address::{self, TOKEN_PROGRAM};

/// Pays what is mature of a pledged claim into the creditor market's insurance.
#[derive(Clone, Copy, Debug)]
pub struct CollectPledged {
    /// The margin account whose claim it was.
    pub account: Pubkey,
    /// Number of the market on whose pot the claim is.
    pub market: u16,
    /// Number of the market whose insurance gets it.
    pub creditor: u16,
}

impl CollectPledged {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(36).instruction(vec![
            written(self.account),
            written(address::market(self.market)),
            written(address::market(self.creditor)),
        ])
    }
}

/// Pays tokens into a market's insurance.
#[derive(Clone, Copy, Debug)]
pub struct FundMarketInsurance {
    /// Owner of the tokens.
    pub authority: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Mint of USDC.
    pub mint: Pubkey,
    /// Token account that pays.
    pub source: Pubkey,
    /// Token atoms.
    pub amount: u64,
}

impl FundMarketInsurance {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        fund(37, self.authority, address::market(self.market), &self.mint, self.source, self.amount)
    }
}

/// Pays tokens into the exchange's insurance.
#[derive(Clone, Copy, Debug)]
pub struct FundInsurance {
    /// Owner of the tokens.
    pub authority: Pubkey,
    /// Mint of USDC.
    pub mint: Pubkey,
    /// Token account that pays.
    pub source: Pubkey,
    /// Token atoms.
    pub amount: u64,
}

impl FundInsurance {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        fund(38, self.authority, address::exchange(), &self.mint, self.source, self.amount)
    }
}

fn fund(
    discriminator: u8,
    authority: Pubkey,
    insured: Pubkey,
    mint: &Pubkey,
    source: Pubkey,
    amount: u64,
) -> Instruction {
    Data::new(discriminator).u64(amount).instruction(vec![
        signer(authority),
        written(insured),
        written(address::bank(mint)),
        written(address::vault(mint)),
        written(source),
        read(TOKEN_PROGRAM),
    ])
}

/// Books what the vault of USDC holds beyond what belongs to somebody as the exchange's insurance.
#[derive(Clone, Copy, Debug)]
pub struct SweepUnbooked {
    /// Mint of USDC.
    pub mint: Pubkey,
}

impl SweepUnbooked {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(39).instruction(vec![
            written(address::exchange()),
            written(address::bank(&self.mint)),
            read(address::vault(&self.mint)),
        ])
    }
}
