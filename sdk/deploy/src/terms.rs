//! What the genesis file wants, in the engine's structs, and how it differs from what there is.

use anyhow::Result;
use bytemuck::Zeroable;
use keel_engine::exchange_params::{
    BankParams, ExchangeParams, PoolParams, set_bank_defaults, set_exchange_defaults, set_pool_defaults,
};
use keel_engine::governance::MarketTerms;
use keel_engine::oracle::Sample;
use keel_engine::params::Params;
use keel_engine::state::{Bank, Exchange, Market, Mode, Pool};
use keel_simulator::genesis::{Genesis, MarketGenesis};
use keel_simulator::setup::override_parameters;

use crate::feed::Feed;

/// The parameters of exchange, bank and pool: their defaults but for what the file names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common {
    pub(crate) exchange: ExchangeParams,
    pub(crate) bank: BankParams,
    pub(crate) pool: PoolParams,
}

impl Common {
    /// Errors with the name of a parameter that there is not or that is outside of its bounds.
    pub(crate) fn of(genesis: &Genesis) -> Result<Self, String> {
        let (mut exchange, mut bank, mut pool) = (Exchange::zeroed(), Bank::zeroed(), Pool::zeroed());
        set_exchange_defaults(&mut exchange);
        set_bank_defaults(&mut bank);
        set_pool_defaults(&mut pool);
        let named = genesis.exchange.iter().map(|(name, value)| (name.clone(), *value)).collect();
        override_parameters(&mut exchange, &mut bank, &mut pool, &named)?;
        Ok(Self { exchange: ExchangeParams::of(&exchange), bank: BankParams::of(&bank), pool: PoolParams::of(&pool) })
    }
}

/// What a market is listed with at a price.
pub(crate) fn listing(market: &MarketGenesis, feed: &Feed, first: &Sample) -> Result<MarketTerms> {
    terms(market, feed, market.params(first.price, first.exponent)?)
}

/// What a market is listed with, where what a rule computes was computed before.
pub(crate) fn listing_as(market: &MarketGenesis, feed: &Feed, listed: &Params) -> Result<MarketTerms> {
    terms(market, feed, market.params_of_listed(listed)?)
}

fn terms(market: &MarketGenesis, feed: &Feed, params: Params) -> Result<MarketTerms> {
    Ok(MarketTerms {
        price_owner: feed.owner.to_bytes(),
        feed_id: feed.id,
        name: market.name_bytes()?,
        launch_price: market.launch()?.bits,
        mode: u8::from(market.mode() == Mode::Fixed),
        pad: [0; 7],
        params,
    })
}

/// What of a listed market can never be changed and is not as the file says.
pub(crate) fn immutable_difference(
    market: &MarketGenesis,
    feed: &Feed,
    listed: &Market,
) -> Result<Option<&'static str>> {
    let params = market.params_of_listed(&listed.params)?;
    let launch = market.launch()?;
    let rows = [
        (listed.name == market.name_bytes()?, "name (are the markets of the file in their order?)"),
        (listed.mode() == market.mode(), "mode"),
        (listed.feed_id == feed.id, "feed"),
        (listed.price_owner == feed.owner.to_bytes(), "price_owner"),
        (launch.bits == 0 || listed.peg == launch, "launch_price"),
        (params.tick_spacing == listed.params.tick_spacing, "tick_spacing"),
        (params.contract_exponent == listed.params.contract_exponent, "contract_exponent"),
    ];
    Ok(rows.iter().find(|(is_same, _)| !is_same).map(|(_, what)| *what))
}

/// Named values that differ: what there is, and what is wanted.
pub(crate) fn difference<const N: usize>(
    found: [(&'static str, u32); N],
    wanted: [(&'static str, u32); N],
) -> (String, String) {
    let pairs = found.into_iter().zip(wanted).filter(|(found, wanted)| found != wanted);
    let rows = pairs.map(|((name, found), (_, wanted))| (name, u64::from(found), u64::from(wanted)));
    joined(rows)
}

/// Parameters of a market that differ: what there is, and what is wanted.
pub(crate) fn market_difference(found: &Params, wanted: &Params) -> (String, String) {
    let values = Params::TABLE.iter().filter_map(|row| Some((row.name, found.get(row.name)?, wanted.get(row.name)?)));
    joined(values.filter(|(_, found, wanted)| found != wanted))
}

fn joined(rows: impl Iterator<Item = (&'static str, u64, u64)>) -> (String, String) {
    let rows: Vec<_> =
        rows.map(|(name, found, wanted)| (format!("{name} {found}"), format!("{name} {wanted}"))).collect();
    let (found, wanted): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    (found.join(", "), wanted.join(", "))
}
