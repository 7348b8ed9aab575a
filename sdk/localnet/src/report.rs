//! What a network that is ready says of itself: for people, and in one line of JSON for programs.

use std::fmt;

use anyhow::Result;
use keel_localnet::{BankToken, Localnet, PriceAccount};
use keel_sdk::address::PROGRAM_ID;
use serde::Serialize;

/// A network that is ready.
#[derive(Debug, Serialize)]
pub struct Report {
    /// URL of JSON-RPC.
    rpc_url: String,
    /// URL of WebSocket.
    ws_url: String,
    /// Genesis hash, another one for each network.
    genesis_hash: String,
    /// The exchange's program.
    program_id: String,
    /// The USDC mint.
    mint: String,
    /// The genesis's markets.
    markets: Vec<MarketReport>,
    /// The genesis's banks of other collateral.
    banks: Vec<BankReport>,
    /// The keys.
    keys: Vec<KeyReport>,
    /// Milliseconds until it was ready.
    ready_ms: u64,
}

#[derive(Debug, Serialize)]
struct MarketReport {
    number: u16,
    name: String,
    price_account: String,
    usd: f64,
}

#[derive(Debug, Serialize)]
struct BankReport {
    number: u8,
    name: String,
    mint: String,
    decimals: u8,
    price_account: String,
    rate_account: Option<String>,
    usd: f64,
}

#[derive(Debug, Serialize)]
struct KeyReport {
    name: &'static str,
    address: String,
    file: Option<String>,
}

impl Report {
    /// What a network says after so many milliseconds. Errors as [`Localnet::banks`].
    pub fn of(network: &Localnet, ready_ms: u64) -> Result<Self> {
        let bank = |BankToken { bank, name, mint, decimals, account, rate, usd }| BankReport {
            number: bank,
            name,
            mint: mint.to_string(),
            decimals,
            price_account: account.to_string(),
            rate_account: rate.map(|rate| rate.to_string()),
            usd,
        };
        let market = |PriceAccount { market, name, account, usd }| MarketReport {
            number: market,
            name,
            price_account: account.to_string(),
            usd,
        };
        let key = |(name, address): (&'static str, solana_pubkey::Pubkey)| KeyReport {
            name,
            address: address.to_string(),
            file: network.key_file(name).map(|path| path.display().to_string()),
        };
        Ok(Self {
            rpc_url: network.rpc_url(),
            ws_url: network.ws_url(),
            genesis_hash: network.genesis_hash(),
            program_id: PROGRAM_ID.to_string(),
            mint: network.mint().to_string(),
            markets: network.prices().into_iter().map(market).collect(),
            banks: network.banks()?.into_iter().map(bank).collect(),
            keys: network.keys.addresses().into_iter().map(key).collect(),
            ready_ms,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "JSON-RPC      {}", self.rpc_url)?;
        writeln!(f, "WebSocket     {}", self.ws_url)?;
        writeln!(f, "genesis hash  {}", self.genesis_hash)?;
        writeln!(f, "program       {}", self.program_id)?;
        writeln!(f, "USDC mint     {}", self.mint)?;
        writeln!(f, "\nmarket         first price  price account")?;
        for MarketReport { number, name, price_account, usd } in &self.markets {
            writeln!(f, "{number:>3} {name:<8} {usd:>13}  {price_account}")?;
        }
        if !self.banks.is_empty() {
            writeln!(f, "\nbank           first price  mint, price account, account of the exchange rate")?;
        }
        for BankReport { number, name, mint, price_account, rate_account, usd, .. } in &self.banks {
            write!(f, "{number:>3} {name:<8} {usd:>13}  {mint}  {price_account}")?;
            writeln!(f, "{}", rate_account.as_deref().map_or_else(String::new, |rate| format!("  {rate}")))?;
        }
        writeln!(f, "\nkey       address                                       file")?;
        for KeyReport { name, address, file } in &self.keys {
            writeln!(f, "{name:<8}  {address:<44}  {}", file.as_deref().unwrap_or("-"))?;
        }
        write!(f, "\nready in {:.1} s; stop it with Ctrl-C", self.ready_ms as f64 / 1e3)
    }
}
