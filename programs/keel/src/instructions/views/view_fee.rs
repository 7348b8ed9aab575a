//! Tells what a trade of a size would cost now.

extern crate alloc;

use alloc::vec::Vec;

use anchor_lang::prelude::*;
use arrayvec::ArrayVec;
use keel_engine::book::Book;
use keel_engine::state::{Market, TickArray};
use keel_engine::views::fee;

use super::answer;
use crate::clock;
use crate::errors::KeelError;
use crate::instructions::trade::order;
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::state::MarketAccount;

/// Tick arrays of a quote: as many copies as the heap has room for beside that of the market.
pub const MAX_QUOTE_ARRAYS: usize = 3;

/// The accounts. Remaining: the tick arrays on the way, at most three; the quote ends where they do.
#[derive(Accounts)]
pub struct ViewFee {
    /// The market.
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
}

/// Handles the instruction. The swap is made on copies, on the heap: nothing here may write an account.
pub fn view_fee(context: &mut Context<ViewFee>, side: u8, kind: u8, amount: u64) -> Result<()> {
    let order = order(side, kind, amount, 0, 0)?;
    let mut views = loader::remaining(context)?;
    let ViewFee { market, price } = &context.accounts;
    let market = &market.state;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::ranges(market).reading())?;
    if loaded.book.len() > MAX_QUOTE_ARRAYS {
        return Err(KeelError::AccountUnexpected.into());
    }
    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;

    let mut copy: Vec<Market> = Vec::with_capacity(1);
    copy.extend_from_slice(core::slice::from_ref(market));
    let mut copies: Vec<TickArray> = Vec::with_capacity(MAX_QUOTE_ARRAYS);
    for array in &loaded.book {
        copies.extend_from_slice(core::slice::from_ref(&**array));
    }
    let mut arrays: ArrayVec<&mut TickArray, MAX_QUOTE_ARRAYS> = copies.iter_mut().collect();
    if let [market] = copy.as_mut_slice() {
        let mut book = Book { market, arrays: &mut arrays };
        let told = fee::fee(&mut book, Some(&sample), order.side, order.exact, clock::now()?);
        answer(&told.map_err(KeelError::from)?);
    }
    Ok(())
}
