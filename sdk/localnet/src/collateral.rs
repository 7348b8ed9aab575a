//! Collateral other than USDC on a local network: its tokens are the network's own, made like USDC's.

use anyhow::Result;
use keel_sdk::address::TOKEN_PROGRAM;
use keel_simulator::genesis::{BankGenesis, Genesis};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::keys::Keys;
use crate::options::Options;

/// Worth in USD of what a trader or keeper has of each token.
const TRADER_USD: f64 = 1_000_000.0;
/// And of what whoever provides liquidity has.
const PROVIDER_USD: f64 = 10_000_000.0;

/// A token that is collateral.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Its mint.
    pub mint: Pubkey,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Atoms that a trader or keeper has.
    pub trader_atoms: u64,
    /// Atoms that whoever provides liquidity has.
    pub provider_atoms: u64,
}

/// The mint of a bank's token: the same for the same keys.
pub(crate) fn mint(keys: &Keys, name: &str) -> Result<Pubkey> {
    Ok(Pubkey::create_with_seed(&keys.mint.pubkey(), name, &TOKEN_PROGRAM)?)
}

/// The tokens of the genesis's banks, in their order. Errors where a name is longer than 32 bytes or has no first price.
pub(crate) fn tokens(options: &Options, keys: &Keys) -> Result<Vec<Token>> {
    let token = |bank: &BankGenesis| {
        let usd = first_price(options, bank)?;
        let atom = 10f64.powi(i32::from(bank.decimals));
        // Whole tokens.
        let atoms = |worth: f64| ((worth / usd).floor().max(1.0) * atom) as u64;
        let (trader_atoms, provider_atoms) = (atoms(TRADER_USD), atoms(PROVIDER_USD));
        Ok(Token { mint: mint(keys, &bank.name)?, decimals: bank.decimals, trader_atoms, provider_atoms })
    };
    options.genesis.banks.iter().map(token).collect()
}

/// The first price of a bank's collateral: that of the market with its feed, where there is one.
fn first_price(options: &Options, bank: &BankGenesis) -> Result<f64> {
    let feed = bank.feed()?;
    for market in &options.genesis.markets {
        if market.feed()? == feed {
            return options.first_price(&market.name, market.launch_price);
        }
    }
    options.first_price(&bank.name, None)
}

/// Seconds that a network's clock starts early and makes up for once its banks are listed: the longest time over which
/// collateral comes to count what its haircut says.
pub(crate) fn lead_secs(genesis: &Genesis) -> Result<u64> {
    let mut longest = 0;
    for (bank, number) in genesis.banks.iter().zip(1u8..) {
        let params = bank.params(number)?;
        if params.haircut_ppm != 0 {
            longest = longest.max(u64::from(params.ramp_secs));
        }
    }
    Ok(longest)
}
