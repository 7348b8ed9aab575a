//! Where a fresh price comes from.

use anyhow::{Context, Result};
use keel_client::prices::{Hermes, PriceSource, Priced, Pushed};
use keel_engine::state::Market;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::options::{PriceOptions, SourceName};
use crate::view::number::name;

/// The latest price of a market, from the source that the options name, with what posts it where something has to.
pub fn priced(session: &Session<'_>, options: &PriceOptions, market: &Market) -> Result<Priced> {
    let client = session.client.nonblocking();
    let priced = match options.price_source {
        SourceName::Pushed => {
            let source = Pushed { shard: options.price_shard };
            session.client.wait(source.price(client, market, &Pubkey::default()))
        }
        SourceName::Hermes => {
            let key = options.hermes_key.as_ref().map(|key| key.reveal().to_owned());
            let source = Hermes::new(&options.hermes, key);
            let payer = session.owner()?;
            session.client.wait(source.price(client, market, &payer))
        }
    };
    priced.with_context(|| format!("no price of {}", name(market)))
}
