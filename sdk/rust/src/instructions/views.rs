//! Questions, answered as return data: see [`crate::views`] for the answers. Nobody has to sign.

use keel_engine::Side;
use keel_engine::curve::Exact;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read};
use super::trader::{kind_and_amount, side_byte};
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::path::{self, Reach};
use crate::remaining::{Remaining, Subject};

/// The tick arrays of a quote: no more than the program takes.
pub const QUOTE_REACH: Reach = Reach { ahead: 2, behind: 0 };

/// Asks for an account's health: [`HealthView`](crate::views::HealthView).
#[derive(Clone, Copy, Debug)]
pub struct ViewHealth {
    /// The margin account.
    pub account: Pubkey,
}

impl ViewHealth {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        of_account(accounts, &self.account, None, Data::new(44))
    }
}

/// Asks at which mark of a market an account becomes unhealthy:
/// [`LiquidationPriceView`](crate::views::LiquidationPriceView).
#[derive(Clone, Copy, Debug)]
pub struct ViewLiquidationPrice {
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
}

impl ViewLiquidationPrice {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        of_account(accounts, &self.account, Some(self.market), Data::new(45).u16(self.market))
    }
}

/// Asks how an account's liquidation stands in a market: [`AuctionView`](crate::views::AuctionView).
#[derive(Clone, Copy, Debug)]
pub struct ViewAuction {
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
}

impl ViewAuction {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        of_account(accounts, &self.account, Some(self.market), Data::new(46).u16(self.market))
    }
}

/// Asks for an account's delta in a market: [`DeltaView`](crate::views::DeltaView).
#[derive(Clone, Copy, Debug)]
pub struct ViewDelta {
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
}

impl ViewDelta {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        of_account(accounts, &self.account, Some(self.market), Data::new(86).u16(self.market))
    }
}

/// What looks at an account's health, and a market.
fn of_account(accounts: &impl Accounts, account: &Pubkey, market: Option<u16>, data: Data) -> Result<Instruction> {
    let subject = Subject::of(*account);
    let remaining = Remaining::of_account(accounts, &subject)?.looking_at(market);
    let mut metas = vec![read(*account)];
    metas.extend(remaining.metas());
    Ok(data.instruction(metas))
}

/// Asks for a market's funding to come: [`FundingView`](crate::views::FundingView).
#[derive(Clone, Copy, Debug)]
pub struct ViewFunding {
    /// Number of the market.
    pub market: u16,
    /// Hours, at most 48.
    pub points: u8,
    /// As whoever holds this side pays it.
    pub side: Side,
}

impl ViewFunding {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let data = Data::new(47).u8(self.points).u8(side_byte(self.side));
        data.instruction(vec![read(address::market(self.market))])
    }
}

/// Asks what a trade would cost now: [`FeeView`](crate::views::FeeView).
#[derive(Clone, Copy, Debug)]
pub struct ViewFee {
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
    /// Side.
    pub side: Side,
    /// The exact amount, in base or in quote.
    pub exact: Exact,
}

impl ViewFee {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let arrays = path::arrays(&chain::market(accounts, self.market)?, self.side, QUOTE_REACH);
        let mut metas = vec![read(address::market(self.market)), read(self.price)];
        metas.extend(Remaining::default().with_arrays(self.market, arrays).reading().metas());
        let (kind, amount) = kind_and_amount(self.exact);
        Ok(Data::new(48).u8(side_byte(self.side)).u8(kind).u64(amount).instruction(metas))
    }
}

/// Asks what a market's claims are paid and what stands behind them: [`PayoutView`](crate::views::PayoutView).
#[derive(Clone, Copy, Debug)]
pub struct ViewPayout {
    /// Number of the market.
    pub market: u16,
}

impl ViewPayout {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        Data::new(49).instruction(vec![read(address::exchange()), read(address::market(self.market))])
    }
}
