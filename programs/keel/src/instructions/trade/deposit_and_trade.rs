//! Brings collateral in and trades on it in one instruction: who holds a token and goes short against it does so at once or
//! not at all.

use anchor_lang::prelude::*;
use keel_engine::delegate::MAY_TRADE;
use keel_engine::trade::Order;
use keel_engine::{refresh, vault};

use super::trade::execute;
use crate::conservation::Sums;
use crate::errors::KeelError;
use crate::events::{self, Deposited, Traded};
use crate::loader::{self, Expected, Loaded};
use crate::oracle::pyth;
use crate::state::{BankAccount, MarketAccount, TraderAccount};
use crate::{access, clock, token};

/// The accounts. Remaining: as for `trade`; the declared bank is not among them.
#[derive(Accounts)]
pub struct DepositAndTrade {
    /// The owner, or its delegate; whose tokens they are.
    pub authority: Signer,
    /// The margin account.
    #[account(mut)]
    pub account: Account<TraderAccount>,
    /// The bank.
    #[account(mut)]
    pub bank: Account<BankAccount>,
    /// The bank's token account. The same account in both places is refused here, by name.
    #[account(mut, unsafe(dup))]
    pub vault: UncheckedAccount,
    /// Token account of the authority.
    #[account(mut, unsafe(dup))]
    pub source: UncheckedAccount,
    /// The market.
    #[account(mut)]
    pub market: Account<MarketAccount>,
    /// A price account of the market's feed.
    pub price: UncheckedAccount,
    /// SPL Token program.
    pub token_program: Program<Token>,
}

/// Handles the instruction.
pub fn deposit_and_trade(context: &mut Context<DepositAndTrade>, deposit: u64, order: &Order) -> Result<()> {
    let mut views = loader::remaining(context)?;
    let DepositAndTrade { authority, account, bank, vault, source, market, price, .. } = &mut context.accounts;
    token::require_vault(&bank.state, vault)?;
    token::require_user_account(&bank.state, source)?;
    let address = *account.address();
    let (account, bank, market) = (&mut account.state, &mut bank.state, &mut market.state);
    let now = clock::now()?;
    let by = access::require_permission(account, authority.address(), MAY_TRADE, market.index_number, now)?;
    let mut loaded = Loaded::default();
    loader::load(&mut loaded, &mut views, &Expected::trade(account, &address, market))?;

    vault::deposit(account, bank, deposit, now).map_err(KeelError::from)?;
    token::receive(source, vault, authority, deposit)?;
    events::log(Deposited::of(account, bank, &address, authority.address(), deposit));

    let sample = pyth::read(price, &market.price_owner, &market.feed_id)?;
    let _ = refresh::refresh(market, Some(&sample), now).map_err(KeelError::from)?;
    let before = Sums::of(account).and_market(market, account);
    let fill = execute(&mut loaded, (account, Some(bank)), market, by, order, None, now)?;
    Sums::of(account).and_market(market, account).require_same(before)?;
    events::log(Traded::of(market, account, &address, &fill));
    Ok(())
}
