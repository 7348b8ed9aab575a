//! The local network as its own program, with keys in files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use keel_client::Client;
use serde::Deserialize;
use serde_json::json;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client::rpc_client::RpcClient;
use solana_rpc_client_api::request::RpcRequest;
use tempfile::TempDir;

use crate::program::Program;

/// What `keel-localnet --json` prints when it is ready.
#[derive(Clone, Debug, Deserialize)]
pub struct Ready {
    /// JSON-RPC.
    pub rpc_url: String,
    /// WebSocket.
    pub ws_url: String,
    /// The quote currency's mint.
    pub mint: String,
    /// Key files by name.
    pub keys: BTreeMap<String, PathBuf>,
}

/// A running local network.
pub struct Network {
    /// What it told when it was ready.
    pub ready: Ready,
    program: Program,
    _keys: TempDir,
}

impl Network {
    /// Starts one with these further arguments.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        let keys = tempfile::tempdir()?;
        let folder = keys.path().to_str().context("the temporary folder has no name in UTF-8")?;
        let always = ["--json", "--stdin", "--keys", folder];
        let mut program = Program::start("keel-localnet", always.iter().chain(arguments))?;
        let ready = serde_json::from_str(&program.line()?).context("what the local network says is no JSON")?;
        Ok(Self { ready, program, _keys: keys })
    }

    /// The Rust SDK's client.
    pub fn client(&self) -> Result<Client> {
        Ok(Client::new(self.ready.rpc_url.as_str())?)
    }

    /// The quote currency's mint.
    pub fn mint(&self) -> Result<Pubkey> {
        Ok(self.ready.mint.parse()?)
    }

    /// A key file.
    pub fn key_file(&self, name: &str) -> Result<&PathBuf> {
        self.ready.keys.get(name).with_context(|| format!("the local network has no key of {name}"))
    }

    /// A key.
    pub fn key(&self, name: &str) -> Result<Keypair> {
        let bytes: Vec<u8> = serde_json::from_slice(&std::fs::read(self.key_file(name)?)?)?;
        Ok(Keypair::try_from(bytes.as_slice())?)
    }

    /// Tells the publisher something: `price BTC -20% 30s`, `advance 90`.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        self.program.say(line)
    }

    /// Stops the network's clock; transactions go on.
    pub fn pause_clock(&self) -> Result<()> {
        let client = RpcClient::new(self.ready.rpc_url.clone());
        let _said: serde_json::Value = client.send(RpcRequest::Custom { method: "surfnet_pauseClock" }, json!([]))?;
        Ok(())
    }

    /// Ends it; errors where that is not clean.
    pub fn stop(self) -> Result<()> {
        let status = self.program.terminate()?;
        anyhow::ensure!(status.success(), "the local network ended with {status}");
        Ok(())
    }
}
