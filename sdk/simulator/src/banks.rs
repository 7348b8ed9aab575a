//! Banks of other collateral than USDC, as an exchange starts with them.

use anyhow::Result;
use bytemuck::Zeroable;
use keel_engine::collateral;
use keel_engine::governance::{self, BankTerms, Proposal};
use keel_engine::listing::VERSION;
use keel_engine::state::{Bank, Change, Exchange};
use keel_engine::{Error, Now};
use keel_sdk::instructions::Plan;

use crate::setup::BankSetup;

/// Who owns price accounts, and the mint of the pool's shares, where there is no chain: keys that are nobody's address.
const RECEIVER: [u8; 32] = [0x0f; 32];
const SHARES: [u8; 32] = [0x5a; 32];

/// Lists a bank, takes its first prices, and gives it its parameters as the admin may before the launch. Its weight has been
/// moving to its haircut for as long as it is listed.
pub(crate) fn list(exchange: &mut Exchange, setup: &BankSetup, now: Now) -> Result<Bank> {
    let mut bank = Bank { version: VERSION, decimals: setup.decimals, ..Bank::zeroed() };
    let number = exchange.banks;
    let rate_feed_id = if setup.rate.is_some() { [0x80 | number; 32] } else { [0; 32] };
    let terms = BankTerms { mint: [number; 32], price_owner: RECEIVER, feed_id: [number; 32], rate_feed_id };
    governance::new_bank(exchange, &mut bank, &terms, &SHARES)?;
    let rate = setup.rate.map(|rate| rate.sample(now.unix));
    let _updated = collateral::refresh(&mut bank, &setup.first.sample(now.unix), rate.as_ref(), now)?;
    let changes = exchange.changes;
    let plan = Plan::BankParams(number, setup.params);
    let (kind, target) = plan.place();
    let proposal = Proposal { kind: kind as u8, target, content: &plan.content(), payer: exchange.admin, bump: 0 };
    let mut change = Change::zeroed();
    governance::queue(exchange, &mut change, &proposal, now)?;
    governance::change_bank(exchange, &mut bank, &change, now)?;
    // Changes are numbered once the story begins.
    exchange.changes = changes;
    bank.weight_from_at = now.unix.checked_sub_unsigned(setup.listed).ok_or(Error::MathOverflow)?;
    Ok(bank)
}
