//! Liens on margin accounts, and accounts that get another owner.

use keel_engine::lien::{self, Terms};
use keel_engine::state::MarginAccount;
use keel_engine::{Error, Now, Result};
use solana_pubkey::Pubkey;

use super::judge;
use crate::books::Books;

/// Changes an account by itself.
fn change(books: &mut Books, account: &Pubkey, operation: impl FnOnce(&mut MarginAccount) -> Result<()>) -> Result<()> {
    judge(books, account, |holder, _, _| operation(holder))
}

/// `give_account`.
pub fn give_account(books: &mut Books, account: &Pubkey, owner: &Pubkey) -> Result<()> {
    change(books, account, |held| lien::hand_over(held, owner.to_bytes()))
}

/// `place_lien`.
pub fn place_lien(books: &mut Books, account: &Pubkey, terms: &Terms) -> Result<()> {
    change(books, account, |held| lien::place(held, terms))
}

/// `call_lien`: the notice of who signs, or that it is taken back.
pub fn call_lien(books: &mut Books, account: &Pubkey, signer: &Pubkey, notice: bool, now: Now) -> Result<()> {
    let key = signer.to_bytes();
    change(books, account, |held| if notice { lien::call(held, &key, now) } else { lien::withdraw_call(held, &key) })
}

/// `release_lien`, by who signs.
pub fn release_lien(books: &mut Books, account: &Pubkey, signer: &Pubkey) -> Result<()> {
    change(books, account, |held| lien::release(held, &signer.to_bytes()))
}

/// `seize`, of atoms of a bank, into another account of who signs.
pub fn seize(
    books: &mut Books,
    (bank, amount): (usize, u64),
    account: &Pubkey,
    (to, signer): (&Pubkey, &Pubkey),
    now: Now,
) -> Result<()> {
    if account == to {
        return Err(Error::SelfLiquidation);
    }
    let bank = books.bank(bank).ok_or(Error::WrongBank)?.bank;
    let mut receiver = *books.accounts.get(to).ok_or(Error::AccountMissing)?;
    judge(books, account, |held, ranges, view| {
        lien::require_due(held, &signer.to_bytes(), now)?;
        lien::seize(held, &mut receiver, &bank, (ranges, view), amount, now)
    })?;
    books.accounts.insert(*to, receiver);
    Ok(())
}
