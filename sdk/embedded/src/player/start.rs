//! The exchange of a scenario before its first step: listed, launched, its accounts opened.

use anyhow::{Context, Result};
use bytemuck::Zeroable;
use keel_engine::exchange_params::{BankParams, ExchangeParams, PoolParams};
use keel_engine::state;
use keel_sdk::address;
use keel_sdk::instructions::Plan;
use keel_simulator::setup::{self, BankSetup, Overrides, START, Setup, number};
use keel_simulator::{BankFeeds, Executor, Feeds};
use solana_signer::Signer;

use super::{Person, Player};
use crate::chain::key;
use crate::collateral::Collateral;
use crate::exchange::{Exchange, Listing};
use crate::token;

impl Player {
    /// An exchange as it starts. Errors name the market or account that is refused.
    pub fn start(setup: &Setup) -> Result<Self> {
        let mut exchange = Exchange::start(START)?;
        override_parameters(&mut exchange, &setup.exchange)?;
        for (place, market) in setup.markets.iter().enumerate() {
            let mut feed_id = [0; 32];
            feed_id[0] = u8::try_from(place)?;
            let listing = Listing {
                name: market.name,
                mode: market.mode,
                launch_price: market.launch_price,
                feed_id,
                params: market.params,
                tick_arrays: Vec::new(),
            };
            let listed = exchange.list(&listing, &market.first);
            listed.with_context(|| format!("market {} cannot be listed", place + 1))?;
        }
        let collateral = setup.banks.iter().map(|bank| list_bank(&mut exchange, bank)).collect::<Result<Vec<_>>>()?;
        if setup.pool().is_some() {
            exchange.create_pool()?;
            give_terms(&mut exchange, setup)?;
        }
        forget_changes(&mut exchange)?;
        exchange.launch()?;
        let mut people = Vec::new();
        for (account, seat) in setup.accounts.iter().zip(setup.seats()) {
            let named = setup.accounts.get(seat.owner).context("an account without an owner")?;
            let key = key(&named.name);
            let owner = key.pubkey();
            let tokens = crate::chain::key(&format!("{} tokens", account.name)).pubkey();
            exchange.chain.endow(&owner)?;
            token::create_account(&mut exchange.chain, &tokens, &exchange.mint, &owner, 0)?;
            let mut others = Vec::new();
            for (bank, collateral) in setup.banks.iter().zip(&collateral) {
                let tokens = crate::chain::key(&format!("{} {} tokens", account.name, bank.name)).pubkey();
                token::create_account(&mut exchange.chain, &tokens, &collateral.mint, &owner, 0)?;
                others.push(tokens);
            }
            let shares = crate::chain::key(&format!("{} shares", named.name)).pubkey();
            if setup.pool().is_some() {
                token::create_account(&mut exchange.chain, &shares, &address::share_mint(), &owner, 0)?;
            }
            let own = address::margin_account(&owner, seat.sub_account);
            let account = if account.is_pool { address::pool_account() } else { own };
            people.push(Person { account, key, tokens, collateral: others, shares, seat });
        }
        let addresses = people.iter().map(|person| person.account).collect();
        let feeds = Feeds::of(setup.markets.iter().map(|market| market.first));
        let started = exchange.chain.now();
        let bank_feeds = BankFeeds::of(&setup.banks);
        let mut player = Self { exchange, people, addresses, feeds, bank_feeds, collateral, started, units: None };
        for (who, account) in setup.accounts.iter().enumerate() {
            for action in account.opening(who) {
                let opened = player.perform(&action)?;
                let _done = opened.with_context(|| format!("the account of {} cannot be opened", account.name))?;
            }
        }
        Ok(player)
    }
}

/// Gives the exchange and its bank parameters, as the admin may before the launch.
fn override_parameters(exchange: &mut Exchange, overrides: &Overrides) -> Result<()> {
    if overrides.is_empty() {
        return Ok(());
    }
    let mut state: state::Exchange = exchange.state(&address::exchange())?;
    let mut bank: state::Bank = exchange.state(&address::bank(&exchange.mint))?;
    let mut pool = state::Pool::zeroed();
    setup::override_parameters(&mut state, &mut bank, &mut pool, overrides).map_err(anyhow::Error::msg)?;
    exchange.change(Plan::ExchangeParams(ExchangeParams::of(&state)))?;
    exchange.change(Plan::BankParams(bank.index, BankParams::of(&bank)))
}

/// Lists a bank, takes its first prices, and gives it its parameters as the admin may before the launch. Its weight has been
/// moving to its haircut for as long as it is listed.
fn list_bank(exchange: &mut Exchange, setup: &BankSetup) -> Result<Collateral> {
    let refused = || format!("the bank of {} cannot be listed", setup.name);
    let collateral = Collateral::named(&setup.name, setup.rate.is_some());
    collateral.list(exchange, setup.decimals).with_context(refused)?;
    let now = exchange.chain.now().unix;
    let rate = setup.rate.map(|rate| rate.sample(now));
    collateral.publish(&mut exchange.chain, &setup.first.sample(now), rate.as_ref())?;
    exchange.send(&[collateral.refresh().instruction()], &[])?.with_context(refused)?;
    collateral.change(exchange, setup.params).with_context(refused)?;
    let place = address::bank(&collateral.mint);
    let bank = collateral.bank(exchange)?;
    let bank = state::Bank { weight_from_at: now.saturating_sub_unsigned(setup.listed), ..bank };
    exchange.chain.put_data(&place, &address::PROGRAM_ID, keel_sdk::accounts::encode(&bank))?;
    Ok(collateral)
}

/// Changes are numbered from 1 once the story begins: what gave the exchange its parameters is none of it.
fn forget_changes(exchange: &mut Exchange) -> Result<()> {
    let place = address::exchange();
    let state = state::Exchange { changes: 0, ..exchange.state(&place)? };
    exchange.chain.put_data(&place, &address::PROGRAM_ID, keel_sdk::accounts::encode(&state))?;
    exchange.books.exchange = Some(state);
    Ok(())
}

/// Gives the pool its parameters and strategies, as the admin may before the launch.
fn give_terms(exchange: &mut Exchange, setup: &Setup) -> Result<()> {
    let mut pool: state::Pool = exchange.state(&address::pool())?;
    let (mut state, mut bank) = (state::Exchange::zeroed(), state::Bank::zeroed());
    setup::override_parameters(&mut state, &mut bank, &mut pool, &setup.exchange).map_err(anyhow::Error::msg)?;
    let params = PoolParams::of(&pool);
    if params != PoolParams::of(&exchange.state(&address::pool())?) {
        exchange.change(Plan::PoolParams(params))?;
    }
    for (place, terms) in &setup.strategies {
        let changed = exchange.change(Plan::Strategy(number(*place), *terms));
        changed.with_context(|| format!("the strategy in market {} is refused", number(*place)))?;
    }
    Ok(())
}
