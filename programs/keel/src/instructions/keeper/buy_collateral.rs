//! Buys other collateral of an account that is in liquidation or in debt, for USDC capital of the buyer. No token moves.
//! Signed by the owner of the buyer's margin account.

use anchor_lang::{address_eq, prelude::*};
use keel_engine::collateral::{self, Purchase};
use keel_engine::state::{Bank, MarginAccount};
use keel_engine::view::View;

use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, CollateralSold};
use crate::loader::{self, Expected, Loaded};
use crate::state::{BankAccount, TraderAccount};
use crate::{access, clock};

/// The accounts. Remaining: the companion of the margin account that sells, where it holds ranges; then what the health of
/// both margin accounts needs. A buyer with ranges of its own buys with another account.
#[derive(Accounts)]
pub struct BuyCollateral {
    /// The owner of the buyer's margin account.
    pub owner: Signer,
    /// Margin account that buys. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub buyer: Account<TraderAccount>,
    /// Margin account that sells.
    #[account(mut, unsafe(dup))]
    pub account: Account<TraderAccount>,
    /// The bank of the collateral; it numbers the sale.
    #[account(mut)]
    pub bank: Account<BankAccount>,
}

/// Handles the instruction.
pub fn buy_collateral(context: &mut Context<BuyCollateral>, purchase: &Purchase) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let BuyCollateral { owner, buyer, account, bank } = &mut context.accounts;
    let (address, buyer_address) = (*account.address(), *buyer.address());
    // Before either is referred to: the two would be one.
    if address_eq(&address, &buyer_address) {
        return Err(KeelError::SelfLiquidation.into());
    }
    let (account, buyer, bank) = (&mut account.state, &mut buyer.state, &mut bank.state);
    access::require_owner(buyer, owner.address())?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::view(account, &address))?;

    let (before, tokens) = (Sums::of(account).and_capital(buyer), held(account, buyer, bank));
    let view = View::of(loaded.seen.others()).with_bank(bank);
    let now = clock::now()?;
    let sold = collateral::buy(account, loaded.ranges, buyer, bank, &view, purchase, now).map_err(KeelError::from)?;
    Sums::of(account).and_capital(buyer).require_same(before)?;
    if held(account, buyer, bank) != tokens {
        return Err(KeelError::Unbalanced.into());
    }

    events::log(CollateralSold::of(bank, (account, &address), (buyer, &buyer_address), &sold));
    Ok(())
}

/// What two accounts have in a bank together.
fn held(account: &MarginAccount, buyer: &MarginAccount, bank: &Bank) -> Option<u64> {
    let of = |account: &MarginAccount| account.capital.get(usize::from(bank.index)).copied();
    of(account)?.checked_add(of(buyer)?)
}
