//! The keys of a local network: who governs it, who makes tokens, and who has some.
//!
//! They are made anew for each network, or read from a folder where an earlier one left them. Files are in Solana's format,
//! a JSON array of the 64 bytes, and only their owner may read them. Nothing prints a key.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use keel_client::keys::load;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The keys of a local network.
pub struct Keys {
    /// The exchange's admin, who is the program's upgrade authority.
    pub admin: Keypair,
    /// The exchange's guardian.
    pub guardian: Keypair,
    /// Who may make USDC.
    pub faucet: Keypair,
    /// The key at whose address the USDC mint is.
    pub mint: Keypair,
    /// A trader.
    pub alice: Keypair,
    /// A trader.
    pub bob: Keypair,
    /// A trader.
    pub carol: Keypair,
    /// Who provides liquidity; has the most USDC.
    pub lp: Keypair,
    /// Who runs a keeper.
    pub keeper: Keypair,
}

impl Keys {
    /// New keys.
    pub fn new() -> Self {
        Self {
            admin: Keypair::new(),
            guardian: Keypair::new(),
            faucet: Keypair::new(),
            mint: Keypair::new(),
            alice: Keypair::new(),
            bob: Keypair::new(),
            carol: Keypair::new(),
            lp: Keypair::new(),
            keeper: Keypair::new(),
        }
    }

    /// The keys of a folder, `NAME.json` each. Those that are not there are made and written, for their owner's eyes only.
    ///
    /// Errors where a file is none of a key or others may read it.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let read = |name: &str| read_or_make(&file(folder, name));
        Ok(Self {
            admin: read("admin")?,
            guardian: read("guardian")?,
            faucet: read("faucet")?,
            mint: read("mint")?,
            alice: read("alice")?,
            bob: read("bob")?,
            carol: read("carol")?,
            lp: read("lp")?,
            keeper: read("keeper")?,
        })
    }

    /// The same keys again.
    pub fn copy(&self) -> Self {
        let copies = self.named().map(|(_, key)| key.insecure_clone());
        let [admin, guardian, faucet, mint, alice, bob, carol, lp, keeper] = copies;
        Self { admin, guardian, faucet, mint, alice, bob, carol, lp, keeper }
    }

    /// Every key with its name.
    pub fn named(&self) -> [(&'static str, &Keypair); 9] {
        [
            ("admin", &self.admin),
            ("guardian", &self.guardian),
            ("faucet", &self.faucet),
            ("mint", &self.mint),
            ("alice", &self.alice),
            ("bob", &self.bob),
            ("carol", &self.carol),
            ("lp", &self.lp),
            ("keeper", &self.keeper),
        ]
    }

    /// Every address with its name.
    pub fn addresses(&self) -> Vec<(&'static str, Pubkey)> {
        self.named().iter().map(|(name, key)| (*name, key.pubkey())).collect()
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.addresses()).finish()
    }
}

/// The file of a key in a folder.
pub fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension("json")
}

fn read_or_make(path: &Path) -> Result<Keypair> {
    let shown = path.display();
    if path.exists() {
        return Ok(load(path)?);
    }
    let key = Keypair::new();
    let text = serde_json::to_vec(&key.to_bytes().to_vec())?;
    let mut opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {shown}"))?;
    // Whatever mask the process has.
    opened.set_permissions(Permissions::from_mode(0o600))?;
    opened.write_all(&text).with_context(|| format!("cannot write {shown}"))?;
    Ok(key)
}
