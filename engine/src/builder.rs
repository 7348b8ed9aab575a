//! Builder codes: what an integrator earns on the trades that it brings (protocol.md section 6).
//!
//! The trader allows a builder a largest fee once; a trade names the builder and a fee within it. The fee is a part of the
//! fill's notional, leaves the trader's position with the fill, and becomes a claim of the builder in the same market: it
//! waits for the trader's loss to be paid and matures as profit does, so that nothing which would have to mature as profit
//! gets out sooner as a fee. A referral is a builder code whose builder is who referred.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::pot;
use crate::state::{BuilderApproval, MarginAccount, Market};

/// Parts of which a fee is so many.
const PARTS: u64 = 1_000_000;
/// The largest fee that a trader may allow, over the notional of a fill: 1%.
pub const MAX_FEE_PPM: u32 = 10_000;

/// Sets what a trader allows a builder.
///
/// Errors: `ZeroAmount` for a fee of nothing, `BuilderFeeTooHigh` above [`MAX_FEE_PPM`].
pub fn approve(approval: &mut BuilderApproval, max_fee_ppm: u32) -> Result<()> {
    match max_fee_ppm {
        0 => Err(Error::ZeroAmount),
        1..=MAX_FEE_PPM => {
            approval.max_fee_ppm = max_fee_ppm;
            Ok(())
        }
        _ => Err(Error::BuilderFeeTooHigh),
    }
}

/// Who is paid for having brought a trade.
pub struct Builder<'a> {
    account: &'a mut MarginAccount,
    fee_ppm: u32,
    /// What the trade brought, in quote atoms.
    paid: u64,
}

impl<'a> Builder<'a> {
    /// A builder with the margin account that it is paid into: its own, and isolated to the market, so that who trades in
    /// one market never waits for who trades in another.
    ///
    /// Errors: `BuilderAccount`, `BuilderFeeTooHigh` above what the trader allows.
    pub fn new(
        approval: &BuilderApproval,
        account: &'a mut MarginAccount,
        market: &Market,
        fee_ppm: u32,
    ) -> Result<Self> {
        if account.owner != approval.builder || account.isolated_market != market.index_number {
            return Err(Error::BuilderAccount);
        }
        if fee_ppm > approval.max_fee_ppm.min(MAX_FEE_PPM) {
            return Err(Error::BuilderFeeTooHigh);
        }
        Ok(Self { account, fee_ppm, paid: 0 })
    }

    /// What the trade brought, in quote atoms.
    pub const fn paid(&self) -> u64 {
        self.paid
    }

    /// The margin account that it is paid into.
    pub const fn account(&self) -> &MarginAccount {
        self.account
    }

    /// Takes the fee on a fill's quote out of the trader's position and books it as the builder's claim.
    ///
    /// Errors: `ClaimPledged` while the builder's claim here belongs to another market's insurance.
    #[inline(never)]
    pub(crate) fn charge(
        &mut self,
        market: &mut Market,
        trader: &mut MarginAccount,
        quote: i64,
        now: Now,
    ) -> Result<()> {
        let fee = fee_ceil(quote, self.fee_ppm)?;
        if fee == 0 {
            return Ok(());
        }
        let position = trader.position_mut(market.index_number)?;
        position.quote = position.quote.checked_sub_unsigned(fee).ok_or(Error::MathOverflow)?;
        pot::open_position(market, self.account, now)?;
        let claim = self.account.position_mut(market.index_number)?;
        pot::mature(market, claim, now);
        claim.unmatured = claim.unmatured.checked_add(fee).ok_or(Error::MathOverflow)?;
        market.claims = market.claims.checked_add(fee).ok_or(Error::MathOverflow)?;
        self.paid = fee;
        Ok(())
    }
}

/// `|quote| * ppm / 1_000_000`, rounded up: who brought the trade never gets less than was agreed. Errors: `MathOverflow`.
fn fee_ceil(quote: i64, ppm: u32) -> Result<u64> {
    // 64 bits would not hold the product before it is divided: whole millions first.
    let (whole, rest) = (quote.unsigned_abs() / PARTS, quote.unsigned_abs() % PARTS);
    let of_rest = rest.saturating_mul(u64::from(ppm)).div_ceil(PARTS);
    whole.checked_mul(u64::from(ppm)).and_then(|fee| fee.checked_add(of_rest)).ok_or(Error::MathOverflow)
}
