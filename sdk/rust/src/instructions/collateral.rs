//! Collateral other than USDC: its prices, bringing it in to trade on, and buying it where it is for sale.

use keel_engine::collateral::Purchase;
use keel_engine::units::Price;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, signer, written};
use super::trader::{Trade, least_limit, with_order};
use crate::address::{self, TOKEN_PROGRAM};
use crate::chain::Accounts;
use crate::error::Result;
use crate::remaining::{Remaining, Subject};

/// Brings the prices of a bank's collateral up to date; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct RefreshBank {
    /// The mint.
    pub mint: Pubkey,
    /// Price update account of the bank's feed.
    pub price: Pubkey,
    /// Price update account of its exchange rate, where it has a feed of one.
    pub rate: Option<Pubkey>,
}

impl RefreshBank {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let mut metas = vec![written(address::bank(&self.mint)), read(self.price)];
        metas.extend(self.rate.map(read));
        Data::new(76).instruction(metas)
    }
}

/// Buys other collateral of an account that is in liquidation or in debt, for USDC capital.
#[derive(Clone, Copy, Debug)]
pub struct BuyCollateral {
    /// Owner of the margin account that buys; signs.
    pub owner: Pubkey,
    /// The margin account that buys; without ranges.
    pub buyer: Pubkey,
    /// The margin account that sells.
    pub account: Pubkey,
    /// Mint of the collateral.
    pub mint: Pubkey,
    /// The most to buy, in atoms of the collateral.
    pub most: u64,
    /// The worst price, in quote atoms per atom, if any.
    pub limit: Option<Price>,
}

impl BuyCollateral {
    /// Accounts that it declares, in front of those that it finds.
    pub(crate) const DECLARED: usize = 4;

    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let bank = address::bank(&self.mint);
        let subject = Subject { bank: Some(bank), ..Subject::of(self.account) };
        let remaining = Remaining::of_account(accounts, &subject)?.with_health_of(accounts, &self.buyer, &subject)?;
        let mut metas = vec![signer(self.owner), written(self.buyer), written(self.account), written(bank)];
        metas.extend(remaining.metas());
        let Purchase { most, limit } = self.purchase();
        Ok(Data::new(77).u64(most).u64(limit.map_or(0, |limit| limit.bits)).instruction(metas))
    }

    /// What it asks for, as the program reads it.
    pub fn purchase(&self) -> Purchase {
        Purchase { most: self.most, limit: self.limit.map(least_limit) }
    }
}

/// Brings collateral in and trades on it.
#[derive(Clone, Copy, Debug)]
pub struct DepositAndTrade {
    /// The trade. Its authority is whose tokens they are.
    pub trade: Trade,
    /// The mint.
    pub mint: Pubkey,
    /// Token account that pays.
    pub source: Pubkey,
    /// Token atoms.
    pub deposit: u64,
}

impl DepositAndTrade {
    /// Accounts that it declares, in front of those that it finds.
    pub(crate) const DECLARED: usize = 8;

    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let Self { trade, mint, source, deposit } = self;
        let bank = address::bank(mint);
        let remaining = trade.remaining(accounts, Some(bank))?;
        let mut metas = vec![
            signer(trade.authority),
            written(trade.account),
            written(bank),
            written(address::vault(mint)),
            written(*source),
            written(address::market(trade.market)),
            read(trade.price),
            read(TOKEN_PROGRAM),
        ];
        metas.extend(remaining.metas());
        Ok(with_order(Data::new(78).u64(*deposit), &trade.order()).instruction(metas))
    }
}
