//! The local network as its own program, with keys in files.

use std::path::PathBuf;

use anyhow::{Context, Result};
use keel_client::Client;
use serde::Deserialize;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
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
    /// Banks of other collateral, in the order of their numbers.
    pub banks: Vec<Collateral>,
    /// Its keys.
    pub keys: Vec<Named>,
}

/// A bank of other collateral.
#[derive(Clone, Debug, Deserialize)]
pub struct Collateral {
    /// Mint of its token.
    pub mint: String,
}

/// A key and its file.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// Whose.
    pub name: String,
    /// In Solana's format.
    pub file: PathBuf,
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
        let always = ["--json", "--stdin", "--port", "0", "--keys", folder];
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
        let found = self.ready.keys.iter().find(|key| key.name == name);
        found.map(|key| &key.file).with_context(|| format!("the local network has no key of {name}"))
    }

    /// A key.
    pub fn key(&self, name: &str) -> Result<Keypair> {
        let bytes: Vec<u8> = serde_json::from_slice(&std::fs::read(self.key_file(name)?)?)?;
        Ok(Keypair::try_from(bytes.as_slice())?)
    }

    /// Tells the network something, `price BTC -20% 30s` or `advance 90`, and waits until it is done.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        self.program.say(line)?;
        let answer = self.program.line()?;
        anyhow::ensure!(answer == "ok", "the local network answers {answer} to {line}");
        Ok(())
    }

    /// Ends it; errors where that is not clean.
    pub fn stop(self) -> Result<()> {
        let status = self.program.terminate()?;
        anyhow::ensure!(status.success(), "the local network ended with {status}");
        Ok(())
    }
}
