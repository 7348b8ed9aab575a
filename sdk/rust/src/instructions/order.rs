//! Standing orders: placing, executing, cancelling and cleaning them up; and orders that follow the index, which are ranges.

use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::orders::Terms;
use keel_engine::ranges::liquidity_for_base;
use keel_engine::state::{Mode, PlacedOrder};
use keel_engine::units::SqrtPrice;
use keel_engine::{Error, Side};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use super::data::{Data, payer, read, signer, written};
use super::provider::AddRange;
use super::trader::side_byte;
use crate::address::{self, SYSTEM_PROGRAM};
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::path::{self, Reach};
use crate::remaining::{Remaining, Subject};

/// Places an order that anyone may execute when its condition holds.
#[derive(Clone, Copy, Debug)]
pub struct PlaceOrder {
    /// Owner of the margin account, or its delegate; pays, unless somebody else is said to.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// The order's own number among the margin account's, of the caller's choice.
    pub number: u64,
    /// What it says.
    pub terms: Terms,
}

impl PlaceOrder {
    /// The instruction.
    pub fn instruction(&self) -> Instruction {
        self.paid_by(self.authority)
    }

    /// The same with another payer, who signs too.
    pub fn paid_by(&self, by: Pubkey) -> Instruction {
        let terms = &self.terms;
        let metas = vec![
            signer(self.authority),
            written(self.account),
            read(address::market(self.market)),
            written(address::order(&self.account, self.number)),
            payer(by),
            read(SYSTEM_PROGRAM),
        ];
        let data = Data::new(68).u64(self.number).u8(terms.kind.number()).u8(side_byte(terms.side)).u8(terms.flags);
        let data = data.u64(terms.amount).u64(terms.below.bits).u64(terms.below_limit.bits);
        let data = data.u64(terms.above.bits).u64(terms.above_limit.bits).u64(terms.min_fill).u64(terms.tip);
        let data = data.i64(terms.starts_at).i64(terms.expires_at);
        data.u32(terms.interval_secs).u32(terms.slices).u32(terms.catch_up).instruction(metas)
    }
}

/// Fills what is due of an order; anyone may, and gets the tip.
#[derive(Clone, Copy, Debug)]
pub struct ExecuteOrder {
    /// Who executes it.
    pub keeper: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// The order's number.
    pub number: u64,
    /// Price update account.
    pub price: Pubkey,
    /// How many tick arrays to pass.
    pub reach: Reach,
}

impl ExecuteOrder {
    /// Accounts that it declares, in front of those that it finds.
    pub(crate) const DECLARED: usize = 6;

    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let place = address::order(&self.account, self.number);
        accounts.announce(&[place, self.account, address::ranges(&self.account)]);
        let order: PlacedOrder = chain::load(accounts, &place)?;
        let subject = Subject::in_market(self.account, order.market);
        chain::announce(accounts, &self.account, order.market);
        let side = if order.side == 0 { Side::Buy } else { Side::Sell };
        let arrays = path::arrays(&chain::market(accounts, order.market)?, side, self.reach);
        let remaining = Remaining::of_account(accounts, &subject)?.with_arrays(order.market, arrays);
        let mut metas = vec![
            payer(self.keeper),
            written(self.account),
            written(address::market(order.market)),
            read(self.price),
            written(place),
            written(Pubkey::from(order.payer)),
        ];
        metas.extend(remaining.metas());
        Ok(Data::new(69).instruction(metas))
    }
}

/// Takes an order back.
#[derive(Clone, Copy, Debug)]
pub struct CancelOrder {
    /// The owner, or the delegate who placed it.
    pub authority: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// The order's number.
    pub number: u64,
}

impl CancelOrder {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let place = address::order(&self.account, self.number);
        let order: PlacedOrder = chain::load(accounts, &place)?;
        let metas =
            vec![signer(self.authority), written(self.account), written(place), written(Pubkey::from(order.payer))];
        Ok(Data::new(70).instruction(metas))
    }
}

/// Closes an order that cannot be executed any more; anyone may.
#[derive(Clone, Copy, Debug)]
pub struct CleanOrder {
    /// Who cleans it up.
    pub keeper: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// The order's number.
    pub number: u64,
}

impl CleanOrder {
    /// The instruction.
    pub fn instruction(&self, accounts: &impl Accounts) -> Result<Instruction> {
        let place = address::order(&self.account, self.number);
        let order: PlacedOrder = chain::load(accounts, &place)?;
        let metas = vec![
            payer(self.keeper),
            written(self.account),
            read(address::market(order.market)),
            written(place),
            written(Pubkey::from(order.payer)),
        ];
        Ok(Data::new(71).instruction(metas))
    }
}

/// A pegged order: a limit order that follows the index, as a range over one grid tick. `tick` is its distance from the
/// index in ticks of 0.01%, on the market's grid: a sale begins there and ends one grid tick above, a purchase ends one
/// below. `base` is never exceeded: liquidity is rounded down.
///
/// It earns fees instead of paying them, and it **un-fills**: when the curve's price comes back through the tick, what was
/// traded is traded back. Whoever wants to keep a fill removes the range (`remove_range`) when it is crossed. It takes one of
/// the account's 8 ranges and initial margin. Refused with `CurveOutOfBounds` where the curve has passed the tick already.
///
/// Errors: `InvalidOrder` in a fixed market, whose ranges do not follow the index; `InvalidTick`, `MathOverflow`.
pub fn pegged_order(
    accounts: &impl Accounts,
    (owner, account): (Pubkey, Pubkey),
    (market, price): (u16, Pubkey),
    side: Side,
    tick: i32,
    base: u64,
) -> Result<AddRange> {
    let state = chain::market(accounts, market)?;
    if state.mode() != Mode::Floating {
        return Err(Error::InvalidOrder.into());
    }
    let spacing = i32::try_from(state.params.tick_spacing).map_err(|_| Error::InvalidTick)?;
    let (lower, upper) = match side {
        Side::Sell => (Some(tick), tick.checked_add(spacing)),
        Side::Buy => (tick.checked_sub(spacing), Some(tick)),
    };
    let (lower, upper) = lower.zip(upper).ok_or(Error::InvalidTick)?;
    let (low, high) = (sqrt_price_at_tick(lower)?, sqrt_price_at_tick(upper)?);
    let (nowhere, anywhere) = (SqrtPrice::from_bits(0), SqrtPrice::from_bits(u128::MAX));
    // The whole of it lies ahead of the curve, or it is not placed.
    let (min_sqrt_price, max_sqrt_price) = match side {
        Side::Sell => (nowhere, low),
        Side::Buy => (high, anywhere),
    };
    let liquidity = liquidity_for_base(base, low, high)?;
    Ok(AddRange { owner, account, market, price, lower, upper, liquidity, min_sqrt_price, max_sqrt_price })
}
