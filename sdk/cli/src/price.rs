//! Where a fresh price comes from.

use anyhow::{Context, Result};
use keel_client::{CollateralPriced, Hermes, PriceSource, Priced, Pushed};
use keel_engine::oracle::Sample;
use keel_engine::state::{Bank, Market};
use keel_sdk::pyth;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::options::{PriceOptions, SourceName};
use crate::view::number::name;

/// The latest price of a market, from the source that the options name, with what posts it where something has to. Errors
/// where no trade may use it.
pub fn priced(session: &Session<'_>, options: &PriceOptions, market: &Market) -> Result<Priced> {
    let (source, payer) = source(session, options)?;
    session.client.price(source.as_ref(), market, &payer).with_context(|| format!("no price of {}", name(market)))
}

/// The latest prices of a bank's collateral: as [`priced`]. Errors where it would not count with them.
pub fn collateral(session: &Session<'_>, options: &PriceOptions, bank: &Bank) -> Result<CollateralPriced> {
    let (source, payer) = source(session, options)?;
    let found = session.client.collateral(source.as_ref(), bank, &payer);
    let named = session.bank_name(bank)?;
    found.with_context(|| format!("no price of {named}, so it counts for nothing now"))
}

/// Where prices come from, and who pays for having them on chain.
pub fn source(session: &Session<'_>, options: &PriceOptions) -> Result<(Box<dyn PriceSource>, Pubkey)> {
    Ok(match options.price_source {
        SourceName::Pushed => (Box::new(pushed(options)), Pubkey::default()),
        SourceName::Hermes => {
            let key = options.hermes_key.as_ref().map(crate::options::Secret::reveal);
            (Box::new(Hermes::new(&options.hermes, key)?), session.owner()?)
        }
    })
}

/// The latest price of a market for looking at, however old it is, and the account that holds it or would.
pub fn looked_at(session: &Session<'_>, options: &PriceOptions, market: &Market) -> Result<(Pubkey, Sample)> {
    if options.price_source == SourceName::Hermes {
        let priced = priced(session, options, market)?;
        return Ok((priced.account, priced.sample));
    }
    let address = pushed(options).account(market);
    let found = session.client.accounts(&[address])?.into_iter().next().flatten();
    let account =
        found.with_context(|| format!("nobody publishes {} at {address}: try --price-source hermes", name(market)))?;
    Ok((address, pyth::sample_of(&account.data, &market.feed_id)?))
}

const fn pushed(options: &PriceOptions) -> Pushed {
    Pushed { shard: options.price_shard }
}
