//! What the config file of the Solana CLI and the options say together: node, key file, commitment. An option wins over the
//! file; without a word about the node nothing is asked anywhere, because money is at stake on a wrong one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use solana_commitment_config::CommitmentConfig;

use crate::options::Options;

/// The file, as `solana config set` writes it. What else is in it does not matter here.
#[derive(Debug, Default, Deserialize)]
struct File {
    json_rpc_url: Option<String>,
    keypair_path: Option<String>,
    commitment: Option<String>,
}

/// What holds for this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The node's URL; none is named anywhere without one.
    pub url: Option<String>,
    /// The key file.
    pub keypair: PathBuf,
    /// How far what is read and sent must be committed.
    pub commitment: CommitmentConfig,
}

impl Settings {
    /// Puts options and file together. A file that was named must be there; the default one need not.
    pub fn read(options: &Options) -> Result<Self> {
        let home = dirs::home_dir();
        let standard = home.as_deref().map(|home| home.join(".config/solana/cli/config.yml"));
        let file = match (&options.config, standard) {
            (Some(path), _) => parse(path)?,
            (None, Some(path)) if path.exists() => parse(&path)?,
            _ => File::default(),
        };
        let commitment = match (options.commitment, file.commitment.as_deref()) {
            (Some(named), _) => named.into(),
            (None, Some("processed")) => CommitmentConfig::processed(),
            (None, Some("confirmed" | "") | None) => CommitmentConfig::confirmed(),
            (None, Some("finalized")) => CommitmentConfig::finalized(),
            (None, Some(other)) => {
                bail!("the config file's commitment `{other}` is not known: name one with --commitment")
            }
        };
        let named = file.keypair_path.filter(|path| !path.is_empty()).map(|path| at_home(&path, home.as_deref()));
        let keypair = options.keypair.clone().or(named);
        let keypair = keypair.or_else(|| home.map(|home| home.join(".config/solana/id.json")));
        Ok(Self {
            url: options.url.clone().or(file.json_rpc_url).filter(|url| !url.is_empty()).map(|url| url_of(&url)),
            keypair: keypair.context("there is no home folder to look for a key in: name one with --keypair")?,
            commitment,
        })
    }

    /// The node's URL. Errors where none is named.
    pub fn node(&self) -> Result<&str> {
        self.url.as_deref().context(
            "no node is named: give --url localhost (or devnet, a URL, ..), or set one for good with `solana config set --url`",
        )
    }
}

/// The URL behind a moniker of the Solana CLI; anything else is a URL already.
pub fn url_of(name: &str) -> String {
    match name {
        "m" | "mainnet-beta" => "https://api.mainnet-beta.solana.com",
        "t" | "testnet" => "https://api.testnet.solana.com",
        "d" | "devnet" => "https://api.devnet.solana.com",
        "l" | "localhost" => "http://localhost:8899",
        url => url,
    }
    .to_owned()
}

/// A URL as it may be printed: without what stands behind its host, which is often the node's key.
pub fn printable(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

fn parse(path: &Path) -> Result<File> {
    let cannot = || format!("cannot read the config file {}", path.display());
    let text = std::fs::read_to_string(path).with_context(cannot)?;
    serde_yaml::from_str(&text).with_context(cannot)
}

/// A path whose `~` is the home folder.
fn at_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}
