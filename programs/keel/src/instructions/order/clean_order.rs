//! Closes an order that cannot be executed any more. Anybody may, for a part of the tip that is left in it.

use anchor_lang::{AccountClose, address_eq, prelude::*};
use keel_engine::orders;

use crate::errors::KeelError;
use crate::events::{self, OrderClosed};
use crate::state::{MARKET_SEED, OrderAccount, TraderAccount};
use crate::{access, clock, loader, tips};

/// The accounts.
#[derive(Accounts)]
pub struct CleanOrder {
    /// Who cleans it up.
    #[account(mut, unsafe(dup))]
    pub keeper: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market, or the address at which it was.
    pub market: UncheckedAccount,
    /// The order.
    #[account(mut)]
    pub order: Account<OrderAccount>,
    /// Who paid for the order; gets what it still holds. The signer may be the same.
    #[account(mut, unsafe(dup))]
    pub payer: UncheckedAccount,
}

/// Handles the instruction.
pub fn clean_order(context: &mut Context<CleanOrder>) -> Result<()> {
    let CleanOrder { keeper, account, market, order, payer } = &mut context.accounts;
    let (address, place) = (*account.address(), *order.address());
    access::require_order(&order.state, &address, payer.address())?;
    // No number is given twice, so nothing can come to stand where a market was.
    let number = order.state.market;
    let (at, _) = Address::find_program_address(&[MARKET_SEED, &number.to_le_bytes()], &crate::ID);
    if !address_eq(market.address(), &at) {
        return Err(KeelError::WrongMarket.into());
    }
    let state = if market.owned_by(&crate::ID) { Some(loader::market(market)?) } else { None };

    let account = &mut account.state;
    let cleaned = orders::clean(&order.state, account, state, clock::now()?).map_err(KeelError::from)?;
    tips::pay(order, &*keeper, cleaned.tip)?;

    events::log(OrderClosed::of(&order.state, &place, account, cleaned.ended, cleaned.tip));
    order.close(**payer)
}
