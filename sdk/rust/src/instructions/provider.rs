//! Providing liquidity: adding, settling and removing ranges.

use keel_engine::Error;
use keel_engine::state::{Range, Ranges};
use keel_engine::units::SqrtPrice;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, signer, written};
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::remaining::{Remaining, Subject};

/// Puts a range on a market's curve.
#[derive(Clone, Copy, Debug)]
pub struct AddRange {
    /// Owner of the margin account.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
    /// Lower tick, included.
    pub lower: i32,
    /// Upper tick, excluded.
    pub upper: i32,
    /// L.
    pub liquidity: u128,
    /// The curve may not stand below this `s`.
    pub min_sqrt_price: SqrtPrice,
    /// The curve may not stand above this `s`.
    pub max_sqrt_price: SqrtPrice,
}

impl AddRange {
    /// Accounts that it declares, in front of those that it finds.
    pub(crate) const DECLARED: usize = 5;

    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let subject = Subject { declares_ranges: true, ..Subject::in_market(self.account, self.market) };
        chain::announce(accounts, &self.account, self.market);
        let market = chain::market(accounts, self.market)?;
        let remaining = Remaining::of_account(accounts, &subject)?.with_range(&market, self.lower, self.upper)?;
        let mut metas = vec![
            signer(self.owner),
            written(self.account),
            written(address::ranges(&self.account)),
            written(address::market(self.market)),
            read(self.price),
        ];
        metas.extend(remaining.metas());
        let data = Data::new(12).i32(self.lower).i32(self.upper).u128(self.liquidity);
        Ok(data.u128(self.min_sqrt_price.get()).u128(self.max_sqrt_price.get()).instruction(metas))
    }
}

/// Takes a range off the curve and folds what it earned into the account's position.
#[derive(Clone, Copy, Debug)]
pub struct RemoveRange {
    /// Owner of the margin account.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Slot of the range, from 0.
    pub slot: u8,
}

impl RemoveRange {
    /// Accounts that it declares, in front of those that it finds.
    pub(crate) const DECLARED: usize = 4;

    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let remaining = arrays_of(accounts, &self.account, self.slot)?;
        Ok(on_range(13, self.owner, self.account, self.slot, &remaining))
    }
}

/// Folds what a range has earned into the account's position and leaves it on the curve; its holder at any time, anyone
/// while the pot is short and the range loses.
#[derive(Clone, Copy, Debug)]
pub struct SettleRange {
    /// Who asks for it.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Slot of the range, from 0.
    pub slot: u8,
}

impl SettleRange {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let (market, remaining) = arrays_of(accounts, &self.account, self.slot)?;
        Ok(on_range(14, self.authority, self.account, self.slot, &(market, remaining.reading())))
    }
}

/// The range in a slot of an account's companion. Errors with `RangeNotFound`.
pub(super) fn range_in(accounts: &impl Accounts, account: &Pubkey, slot: u8) -> Result<Range> {
    let ranges: Ranges = chain::load(accounts, &address::ranges(account))?;
    let range = ranges.ranges.get(usize::from(slot)).filter(|range| !range.is_empty());
    Ok(*range.ok_or(Error::RangeNotFound)?)
}

/// The market of a range and the tick arrays at its ends.
fn arrays_of(accounts: &impl Accounts, account: &Pubkey, slot: u8) -> Result<(u16, Remaining)> {
    let range = range_in(accounts, account, slot)?;
    let market = chain::market(accounts, range.market)?;
    Ok((range.market, Remaining::default().with_range(&market, range.lower, range.upper)?))
}

fn on_range(
    discriminator: u8,
    authority: Pubkey,
    account: Pubkey,
    slot: u8,
    (market, remaining): &(u16, Remaining),
) -> Instruction {
    let mut metas = vec![
        signer(authority),
        written(account),
        written(address::ranges(&account)),
        written(address::market(*market)),
    ];
    metas.extend(remaining.metas());
    Data::new(discriminator).u8(slot).instruction(metas)
}
