//! The launch, the queue of changes, the guardian and the treasury.

use anyhow::Result;
use keel_embedded::chain::key;
use keel_embedded::exchange::{Exchange, Listing};
use keel_embedded::{Collateral, token};
use keel_engine::exchange_params::{BankParams, ExchangeParams};
use keel_engine::governance::{BankGuard, MarketGuard, MarketTerms};
use keel_engine::params::Params;
use keel_engine::state::{self, Bank, Market};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{
    AcceptAdmin, CancelChange, ExecuteChange, GuardBank, GuardMarket, Launch, Plan, QueueChange, WithdrawTreasury,
};
use keel_simulator::Quote;
use keel_simulator::genesis::{self, Genesis};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{FIRST, MILLION};

/// Before its launch an exchange lists at once, and may be launched.
pub(super) fn before_launch(exchange: &mut Exchange) -> Result<()> {
    let place = address::exchange();
    let state = state::Exchange { launched_at: 0, ..exchange.state(&place)? };
    exchange.chain.put_data(&place, &PROGRAM_ID, encode(&state))
}

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "launch", "1 bank", |exchange, _| {
        before_launch(exchange)?;
        let admin = exchange.admin.insecure_clone();
        Ok(Prepared::new(Launch { admin: admin.pubkey(), mints: vec![exchange.mint] }.instruction(), &[&admin]))
    })?;
    bench.shape(stage, "queue_change", "parameters of a market", |exchange, _| {
        let admin = exchange.admin.insecure_clone();
        let queue = QueueChange::next(&exchange.chain, admin.pubkey(), market_params(exchange)?)?;
        Ok(Prepared::new(queue.instruction(), &[&admin]))
    })?;
    bench.shape(stage, "cancel_change", "", |exchange, _| {
        let number = exchange.queue(Plan::Guardian(exchange.mint))?;
        let guardian = exchange.guardian.insecure_clone();
        let cancel = CancelChange { authority: guardian.pubkey(), number };
        Ok(Prepared::new(cancel.instruction(&exchange.chain)?, &[&guardian]))
    })?;
    executions(bench, stage)?;
    bench.shape(stage, "accept_admin", "", |exchange, _| {
        let admin = exchange.admin.insecure_clone();
        exchange.change(Plan::PendingAdmin(admin.pubkey()))?;
        Ok(Prepared::new(AcceptAdmin { admin: admin.pubkey() }.instruction(), &[&admin]))
    })?;
    bench.shape(stage, "guard_market", "a lower cap", |exchange, repetition| {
        let guardian = exchange.guardian.insecure_clone();
        let guard = MarketGuard::OiCap(1_000_000 - u32::try_from(repetition)?);
        let guard = GuardMarket { authority: guardian.pubkey(), market: FIRST, guard };
        Ok(Prepared::new(guard.instruction(), &[&guardian]))
    })?;
    bench.shape(stage, "guard_bank", "a pause", |exchange, repetition| {
        let guardian = exchange.guardian.insecure_clone();
        let guard = BankGuard::Pause(3_600 + u32::try_from(repetition)?);
        let guard = GuardBank { authority: guardian.pubkey(), mint: exchange.mint, guard };
        Ok(Prepared::new(guard.instruction(), &[&guardian]))
    })?;
    bench.shape_beside_token(stage, "withdraw_treasury", "beside the token program", |exchange, repetition| {
        let owner = exchange.open("treasury", MILLION, false)?;
        exchange.change(Plan::Treasury(owner.key.pubkey()))?;
        let mint = exchange.mint;
        // Money that has come in as fees: booked, and the treasury's.
        token::credit(&mut exchange.chain, &address::vault(&mint), MILLION)?;
        let (of_bank, of_market) = (address::bank(&mint), address::market(FIRST));
        let (bank, market): (Bank, Market) = (exchange.state(&of_bank)?, exchange.state(&of_market)?);
        let bank = Bank { booked: bank.booked + MILLION, ..bank };
        exchange.chain.put_data(&of_bank, &PROGRAM_ID, encode(&bank))?;
        exchange.chain.put_data(&of_market, &PROGRAM_ID, encode(&Market { treasury: MILLION, ..market }))?;
        let amount = 1 + repetition;
        let withdraw = WithdrawTreasury { market: FIRST, mint, destination: owner.tokens, amount };
        Ok(Prepared::new(withdraw.instruction(), &[]))
    })
}

/// Queued changes whose time has come, executed by anybody.
fn executions(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "change_market", "parameters of a market", |exchange, _| {
        let plan = market_params(exchange)?;
        due(exchange, plan, Pubkey::default())
    })?;
    bench.shape(stage, "change_exchange", "parameters of the exchange", |exchange, _| {
        let params = ExchangeParams::of(&exchange.state(&address::exchange())?);
        due(exchange, Plan::ExchangeParams(ExchangeParams { max_markets: 100, ..params }), Pubkey::default())
    })?;
    bench.shape(stage, "change_bank", "parameters of a bank", |exchange, _| {
        let bank: Bank = exchange.state(&address::bank(&exchange.mint))?;
        let params = BankParams { cap_usd: 1_000_000_000, ..BankParams::of(&bank) };
        let mint = exchange.mint;
        due(exchange, Plan::BankParams(0, params), mint)
    })?;
    bench.shape(stage, "list_market", "", |exchange, _| {
        let quote = Quote::of_usd(40_000.0);
        let genesis = Genesis::read(&genesis::path("localnet"))?;
        let listing = Listing::of_genesis(genesis.market("BTC")?, &quote)?;
        let price = exchange.feed(FIRST)?.address;
        let terms = MarketTerms { feed_id: exchange.feed(FIRST)?.id, ..listing.terms() };
        let prepared = due(exchange, Plan::ListMarket(terms), price)?;
        exchange.publish(FIRST, &quote)?;
        Ok(prepared)
    })?;
    bench.shape(stage, "list_bank", "", |exchange, repetition| {
        let admin = exchange.admin.pubkey();
        let terms = Collateral::named(&format!("queued {repetition}"), false).terms();
        token::create_mint(&mut exchange.chain, &Pubkey::from(terms.mint), &admin, 9)?;
        due(exchange, Plan::AddBank(terms), Pubkey::default())
    })
}

/// A queued change whose time has come.
pub(super) fn due(exchange: &mut Exchange, plan: Plan, source: Pubkey) -> Result<Prepared> {
    let number = exchange.queue(plan)?;
    exchange.wait_for(number)?;
    let sender = exchange.admin.insecure_clone();
    let execute = ExecuteChange { number, sender: sender.pubkey(), source };
    Ok(Prepared::new(execute.instruction(&exchange.chain)?, &[&sender]))
}

/// Other parameters for the first market.
fn market_params(exchange: &Exchange) -> Result<Plan> {
    let market: Market = exchange.state(&address::market(FIRST))?;
    Ok(Plan::MarketParams(FIRST, Params { base_fee_ppm: 400, ..market.params }))
}
