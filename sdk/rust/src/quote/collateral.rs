//! Buying collateral that is for sale, before it is sent.

use keel_engine::Now;
use keel_engine::collateral::{self, Sold};
use keel_engine::state::{Bank, MarginAccount};

use super::scene::Scene;
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::instructions::BuyCollateral;

/// What a purchase would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurchaseQuote {
    /// What changes hands, and the seller's health after it.
    pub sold: Sold,
    /// The margin account that sells, after it.
    pub account: MarginAccount,
    /// The margin account that buys, after it.
    pub buyer: MarginAccount,
}

/// What a purchase would do now, at the prices that the bank and the markets have.
///
/// Errors: what is missing, and every refusal of the program: `NotForSale` where nothing is.
pub fn buy_collateral(accounts: &impl Accounts, buy: &BuyCollateral, now: Now) -> Result<PurchaseQuote> {
    let at = address::bank(&buy.mint);
    accounts.announce(&[at, buy.buyer]);
    let instruction = buy.instruction(accounts)?;
    let scene = Scene::load(accounts, instruction.accounts.get(BuyCollateral::DECLARED..).unwrap_or_default(), 0)?;
    let bank: Bank = chain::load(accounts, &at)?;
    let mut account: MarginAccount = chain::load(accounts, &buy.account)?;
    let mut buyer: MarginAccount = chain::load(accounts, &buy.buyer)?;
    let sold = scene.look(|ranges, view| {
        collateral::buy(&mut account, ranges, &mut buyer, &bank, &view.with_bank(&bank), &buy.purchase(), now)
    })?;
    Ok(PurchaseQuote { sold, account, buyer })
}
