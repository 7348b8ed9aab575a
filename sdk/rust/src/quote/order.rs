//! An order: what executing it would do now, and what placing one would come to.

use keel_engine::oracle::Sample;
use keel_engine::orders::{self, Executed, Request};
use keel_engine::state::{MarginAccount, Market, PlacedOrder};
use keel_engine::{Error, Now, refresh};
use solana_pubkey::Pubkey;

use super::changed::Changed;
use super::sample_of;
use super::scene::Scene;
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::{Result, SdkError};
use crate::instructions::{ExecuteOrder, PlaceOrder};
use crate::path::Reach;

/// What executing an order would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderQuote {
    /// The fill, the tip, and whether the order is over then.
    pub executed: Executed,
    /// The order after it; it is closed where it is over.
    pub order: PlacedOrder,
    /// The market after it.
    pub market: Market,
    /// The margin account after it.
    pub account: MarginAccount,
}

/// What placing an order would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacementQuote {
    /// The order as it would be placed.
    pub order: PlacedOrder,
    /// The margin account with it.
    pub account: MarginAccount,
    /// What executing it at once would do; `OrderNotDue` says that it would wait, and another refusal why it could not be
    /// filled as things are.
    pub execution: keel_engine::Result<OrderQuote>,
}

/// What executing an order would do now. `sample` is the update that its price account will hold; without one it is read
/// from the account as it is.
///
/// Errors: those of [`ExecuteOrder::instruction`], what of its accounts is missing, and every refusal of the program:
/// `OrderNotDue` where its condition does not hold.
pub fn order(
    accounts: &impl Accounts,
    execute: &ExecuteOrder,
    sample: Option<&Sample>,
    now: Now,
) -> Result<OrderQuote> {
    if sample.is_none() {
        accounts.announce(&[execute.price]);
    }
    let instruction = execute.instruction(accounts)?;
    let passed = instruction.accounts.get(ExecuteOrder::DECLARED..).unwrap_or_default();
    let mut order: PlacedOrder = chain::load(accounts, &address::order(&execute.account, execute.number))?;
    let mut scene = Scene::load(accounts, passed, order.market)?;
    let mut market = chain::market(accounts, order.market)?;
    let mut account: MarginAccount = chain::load(accounts, &execute.account)?;
    let sample = sample_of(accounts, sample, &execute.price, &market)?;
    let executed = scene.play(&mut market, |book, ranges, others| {
        let _refreshed = refresh::refresh(book.market, Some(&sample), now)?;
        orders::execute(&mut order, book, &mut account, ranges.as_deref(), others, now)
    })?;
    Ok(OrderQuote { executed, order, market, account })
}

/// What placing an order would come to now, executed with this update and `reach`.
///
/// Errors: what is missing, and every refusal of the program to place it; `AccountExists` for a number that is in use.
pub fn place_order(
    accounts: &impl Accounts,
    place: &PlaceOrder,
    sample: &Sample,
    reach: Reach,
    now: Now,
) -> Result<PlacementQuote> {
    let at = address::order(&place.account, place.number);
    accounts.announce(&[at]);
    chain::announce(accounts, &place.account, place.market);
    let market = chain::market(accounts, place.market)?;
    let mut account: MarginAccount = chain::load(accounts, &place.account)?;
    if accounts.get(&at).is_some() {
        return Err(Error::AccountExists.into());
    }
    let mut order: PlacedOrder = bytemuck::Zeroable::zeroed();
    let request = Request {
        account: place.account.to_bytes(),
        payer: place.authority.to_bytes(),
        placed_by: place.authority.to_bytes(),
        number: place.number,
        bump: address::order_bump(&place.account, place.number),
        terms: place.terms,
    };
    orders::place(&mut order, &request, &mut account, &market, now)?;

    let after = Changed::new(accounts).with(at, &order).with(place.account, &account);
    let execute = ExecuteOrder {
        keeper: place.authority,
        account: place.account,
        number: place.number,
        price: Pubkey::default(),
        reach,
    };
    let execution = match self::order(&after, &execute, Some(sample), now) {
        Ok(quote) => Ok(quote),
        Err(SdkError::Engine(refusal)) => Err(refusal),
        Err(missing) => return Err(missing),
    };
    Ok(PlacementQuote { order, account, execution })
}
