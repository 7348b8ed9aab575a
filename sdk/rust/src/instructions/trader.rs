//! Trading, and what follows it: settling a position and releasing the claims that profits became.

use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::legs::MAX_LEGS;
use keel_engine::trade::Order;
use keel_engine::units::Price;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, read, signer, written};
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::path::{self, Reach};
use crate::remaining::{Remaining, Subject};

const REDUCE_ONLY: u8 = 1;
const ALL_OR_NOTHING: u8 = 2;
/// Bytes of a leg: market, side, kind, amount, limit, flags.
const LEG_LENGTH: usize = 21;

/// Trades against a market's curve.
#[derive(Clone, Copy, Debug)]
pub struct Trade {
    /// Owner of the margin account, or its delegate.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
    /// Side.
    pub side: Side,
    /// The exact amount, in base or in quote.
    pub exact: Exact,
    /// Worst price at which the curve may come to stand, if any.
    pub limit: Option<Price>,
    /// Only up to what the position holds on the other side.
    pub reduce_only: bool,
    /// The whole amount or nothing.
    pub all_or_nothing: bool,
    /// How many tick arrays to pass.
    pub reach: Reach,
}

impl Trade {
    /// Accounts that it declares, in front of those that it finds.
    pub(crate) const DECLARED: usize = 4;

    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let remaining = self.remaining(accounts, None)?;
        let mut metas = vec![
            signer(self.authority),
            written(self.account),
            written(address::market(self.market)),
            read(self.price),
        ];
        metas.extend(remaining.metas());
        Ok(with_order(Data::new(11), &self.order()).instruction(metas))
    }

    /// What follows the declared accounts, of which one may be a bank.
    pub(super) fn remaining(&self, accounts: &impl Accounts, bank: Option<Pubkey>) -> Result<Remaining> {
        let subject = Subject { bank, ..Subject::in_market(self.account, self.market) };
        chain::announce(accounts, &self.account, self.market);
        let arrays = path::arrays(&chain::market(accounts, self.market)?, self.side, self.reach);
        Ok(Remaining::of_account(accounts, &subject)?.with_arrays(self.market, arrays))
    }

    /// What it asks for, as the program reads it.
    pub fn order(&self) -> Order {
        let Self { side, exact, limit, reduce_only, all_or_nothing, .. } = *self;
        Order { side, exact, limit: limit.map(least_limit), reduce_only, all_or_nothing }
    }
}

/// An order as the program reads it: side, kind, amount, limit, flags.
pub(super) fn with_order(data: Data, order: &Order) -> Data {
    let (kind, amount) = kind_and_amount(order.exact);
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    let flags = flag(order.reduce_only, REDUCE_ONLY) | flag(order.all_or_nothing, ALL_OR_NOTHING);
    let limit = order.limit.map_or(0, |limit| least_limit(limit).bits);
    data.u8(side_byte(order.side)).u8(kind).u64(amount).u64(limit).u8(flags)
}

/// A limit that is one. 0 says none; no purchase meets a limit of 0 and every sale does: the same as with the smallest
/// other one.
pub(super) fn least_limit(limit: Price) -> Price {
    Price::from_bits(limit.bits.max(1))
}

/// One leg of [`TradeLegs`].
#[derive(Clone, Copy, Debug)]
pub struct Leg {
    /// Number of the market.
    pub market: u16,
    /// Price update account.
    pub price: Pubkey,
    /// What is asked for.
    pub order: Order,
    /// How many tick arrays to pass.
    pub reach: Reach,
}

/// Trades in several markets at once; margin is looked at once, after the last leg.
#[derive(Clone, Debug)]
pub struct TradeLegs {
    /// Owner of the margin account, or its delegate.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// The legs, ascending by market, at most 8.
    pub legs: Vec<Leg>,
}

impl TradeLegs {
    /// The instruction. Errors with `TooManyLegs` where they have no room in it; what else is wrong with the legs is for
    /// the program to say.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let count = u8::try_from(self.legs.len()).ok().filter(|count| usize::from(*count) <= MAX_LEGS);
        let count = count.ok_or(keel_engine::Error::TooManyLegs)?;
        let subject = Subject::of(self.account);
        let mut remaining = Remaining::of_account(accounts, &subject)?;
        let mut data = Data::new(21).u8(count);
        for leg in &self.legs {
            let arrays = path::arrays(&chain::market(accounts, leg.market)?, leg.order.side, leg.reach);
            remaining = remaining.with_leg(leg.market, arrays);
            data = with_order(data.u16(leg.market), &leg.order);
        }
        let unused = vec![0; LEG_LENGTH * (MAX_LEGS - self.legs.len())];
        let mut metas = vec![signer(self.authority), written(self.account)];
        metas.extend(self.legs.iter().map(|leg| read(leg.price)));
        metas.extend(remaining.metas());
        Ok(data.bytes(&unused).instruction(metas))
    }
}

/// An exact amount as the program reads it.
pub(super) const fn kind_and_amount(exact: Exact) -> (u8, u64) {
    match exact {
        Exact::Base(amount) => (0, amount),
        Exact::Quote(amount) => (1, amount),
    }
}

/// A side as the program reads it.
pub(super) const fn side_byte(side: Side) -> u8 {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

/// Settles a position at mark: by its holder at any time, by anybody where the protocol lets others.
#[derive(Clone, Copy, Debug)]
pub struct Settle {
    /// Who asks.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
}

impl Settle {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let market = written(address::market(self.market));
        Data::new(15).instruction(vec![signer(self.authority), written(self.account), market])
    }
}

/// Turns the mature claim of a position into capital.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// Owner of the margin account.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// The smallest payout ratio that the owner accepts.
    pub min_ratio_ppm: u32,
}

impl Release {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        let market = written(address::market(self.market));
        let metas = vec![signer(self.owner), written(self.account), market];
        Data::new(16).u32(self.min_ratio_ppm).instruction(metas)
    }
}
