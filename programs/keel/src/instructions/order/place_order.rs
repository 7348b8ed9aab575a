//! Places an order that anyone may execute when its condition holds; its tip waits in its account.

#![allow(unused_variables, reason = "the framework decodes the arguments of `instruction` once more on the way out")]

use anchor_lang::prelude::*;
use keel_engine::Side;
use keel_engine::orders::{self, Kind, Request, Terms};

use crate::errors::KeelError;
use crate::events::{self, OrderPlaced};
use crate::instructions::side_of;
use crate::state::{MarketAccount, ORDER_SEED, OrderAccount, TraderAccount};
use crate::{clock, tips};

/// The accounts.
#[derive(Accounts)]
#[instruction(number: u64)]
pub struct PlaceOrder {
    /// The owner, or its delegate.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The market.
    pub market: Account<MarketAccount>,
    /// The order.
    #[account(init, payer = payer, seeds = [ORDER_SEED, account.address(), number.to_le_bytes()], bump)]
    pub order: Account<OrderAccount>,
    /// Pays for the order and its tip; may be the same as the authority.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// System program.
    pub system_program: Program<System>,
}

/// Decodes kind and side of an order: side 0 buy, 1 sell. Errors with `InvalidInstruction`.
pub fn kind_and_side(kind: u8, side: u8) -> Result<(Kind, Side)> {
    let side = side_of(side)?;
    Ok((Kind::of(kind).map_err(KeelError::from)?, side))
}

/// Handles the instruction.
pub fn place_order(context: &mut Context<PlaceOrder>, number: u64, terms: &Terms) -> Result<()> {
    let bump = context.bumps.order;
    let PlaceOrder { authority, account, market, order, payer, system_program } = &mut context.accounts;
    let (address, place) = (*account.address(), *order.address());
    let request = Request {
        account: address.to_bytes(),
        payer: payer.address().to_bytes(),
        placed_by: authority.address().to_bytes(),
        number,
        bump,
        terms: *terms,
    };
    let account = &mut account.state;
    orders::place(&mut order.state, &request, account, &market.state, clock::now()?).map_err(KeelError::from)?;
    events::log(OrderPlaced::of(&order.state, &place, account));
    tips::give(payer, order, system_program, terms.tip)
}
