//! Insurance: pledged claims, money from outside, gifts to the vault.

use anyhow::Result;
use bytemuck::Zeroable;
use keel_embedded::{Exchange, Trader, token};
use keel_engine::state::{MarginAccount, Market, Position};
use keel_sdk::accounts::{Stored, encode};
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{CollectPledged, FundInsurance, FundMarketInsurance, SweepUnbooked};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{self, FIRST, MILLION};

/// The market whose insurance is paid.
const CREDITOR: u16 = FIRST + 1;

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "collect_pledged", "a part matured", |exchange, repetition| {
        let trader = exchange.open("debtor", 0, false)?;
        stage::advance(exchange, 3, repetition)?;
        pledge(exchange, &trader.account, MILLION + repetition)?;
        let collect = CollectPledged { account: trader.account, market: FIRST, creditor: CREDITOR };
        Ok(Prepared::new(collect.instruction(), &[]))
    })?;
    bench.shape_beside_token(stage, "fund_market_insurance", "beside the token program", |exchange, repetition| {
        let (trader, amount, mint) = payer(exchange, repetition)?;
        let (authority, source) = (trader.key.pubkey(), trader.tokens);
        let fund = FundMarketInsurance { authority, market: FIRST, mint, source, amount };
        Ok(Prepared::new(fund.instruction(), &[&trader.key]))
    })?;
    bench.shape_beside_token(stage, "fund_insurance", "beside the token program", |exchange, repetition| {
        let (trader, amount, mint) = payer(exchange, repetition)?;
        let (authority, source) = (trader.key.pubkey(), trader.tokens);
        Ok(Prepared::new(FundInsurance { authority, mint, source, amount }.instruction(), &[&trader.key]))
    })?;
    bench.shape(stage, "sweep_unbooked", "", |exchange, repetition| {
        let mint = exchange.mint;
        token::credit(&mut exchange.chain, &address::vault(&mint), 1_000_000 + repetition)?;
        Ok(Prepared::new(SweepUnbooked { mint }.instruction(), &[]))
    })
}

fn payer(exchange: &mut Exchange, repetition: u64) -> Result<(Trader, u64, Pubkey)> {
    let trader = exchange.open("saver", MILLION, false)?;
    token::credit(&mut exchange.chain, &trader.tokens, MILLION)?;
    Ok((trader, 1_000_000 + repetition, exchange.mint))
}

/// Changes what an account of the program holds.
fn bend<T: Stored>(exchange: &mut Exchange, place: &Pubkey, bend: impl FnOnce(&mut T)) -> Result<()> {
    let mut state: T = exchange.state(place)?;
    bend(&mut state);
    exchange.chain.put_data(place, &PROGRAM_ID, encode(&state))
}

/// A claim in the first market that was pledged to the second's insurance two hundred trusted seconds ago, and the money for it.
fn pledge(exchange: &mut Exchange, account: &Pubkey, claim: u64) -> Result<()> {
    let market: Market = exchange.state(&address::market(FIRST))?;
    let pledged_at = market.trusted_secs;
    let pledged = Position { market: FIRST, creditor: CREDITOR, pledged: claim, pledged_at, ..Position::zeroed() };
    bend(exchange, account, |state: &mut MarginAccount| state.positions[0] = pledged)?;
    bend(exchange, &address::market(CREDITOR), |state: &mut Market| state.pledges += 1)?;
    bend(exchange, &address::market(FIRST), |state: &mut Market| {
        (state.claims, state.pot) = (state.claims + claim, state.pot + claim);
        state.trusted_secs += 200;
    })
}
