//! What an owner allows others, and the trade that a builder brought: as in [`operations`](crate::operations).

use keel_engine::builder::{self, Builder};
use keel_engine::delegate::{self, By, Terms};
use keel_engine::listing::VERSION;
use keel_engine::oracle::Sample;
use keel_engine::state::BuilderApproval;
use keel_engine::trade::{Fill, Order};
use keel_engine::{Error, Now, Result, refresh};
use solana_pubkey::Pubkey;

use crate::books::Books;
use crate::operations::{fill, play};

/// A trade that a builder brought.
#[derive(Clone, Copy, Debug)]
pub struct Brought<'a> {
    /// The builder.
    pub builder: &'a Pubkey,
    /// The account that is paid.
    pub account: &'a Pubkey,
    /// The fee, in parts per million.
    pub fee_ppm: u32,
}

/// `trade_with_builder`. Returns the builder's fee too.
pub fn trade_with_builder(
    books: &mut Books,
    market: u16,
    account: &Pubkey,
    sample: &Sample,
    order: &Order,
    (by, brought): (By, Brought),
    now: Now,
) -> Result<(Fill, u64)> {
    if brought.account == account {
        return Err(Error::SelfLiquidation);
    }
    let approval = *books.approvals.get(&(*account, *brought.builder)).ok_or(Error::AccountMissing)?;
    let mut paid = *books.accounts.get(brought.account).ok_or(Error::AccountMissing)?;
    let done = play(books, market, account, |mut stage| {
        let mut builder = Builder::new(&approval, &mut paid, stage.book.market, brought.fee_ppm)?;
        let _refreshed = refresh::refresh(stage.book.market, Some(sample), now)?;
        let fill = fill(&mut stage, order, by, Some(&mut builder), now)?;
        Ok((fill, builder.paid()))
    })?;
    books.accounts.insert(*brought.account, paid);
    Ok(done)
}

/// `set_delegate`.
pub fn set_delegate(books: &mut Books, account: &Pubkey, terms: &Terms, now: Now) -> Result<()> {
    let mut holder = *books.accounts.get(account).ok_or(Error::AccountMissing)?;
    delegate::set(&mut holder, terms, now)?;
    books.accounts.insert(*account, holder);
    Ok(())
}

/// `approve_builder`.
pub fn approve_builder(books: &mut Books, account: &Pubkey, builder: &Pubkey, max_fee_ppm: u32) -> Result<()> {
    let mut approval = BuilderApproval {
        account: account.to_bytes(),
        builder: builder.to_bytes(),
        version: VERSION,
        ..bytemuck::Zeroable::zeroed()
    };
    builder::approve(&mut approval, max_fee_ppm)?;
    books.approvals.insert((*account, *builder), approval);
    Ok(())
}

/// `revoke_builder`.
pub fn revoke_builder(books: &mut Books, account: &Pubkey, builder: &Pubkey) -> Result<()> {
    books.approvals.remove(&(*account, *builder)).map(drop).ok_or(Error::AccountMissing)
}
