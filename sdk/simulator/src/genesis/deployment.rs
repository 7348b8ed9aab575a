//! What a genesis file says of the cluster itself: which one it is, whose keys rule there, where prices come from. Read by
//! who deploys; what only plays markets does without.
//!
//! A key that is missing or empty is not set. Whether it has to be is decided by who deploys: the local network makes its
//! keys itself, a real cluster names them.

use serde::Deserialize;

/// The word for "nobody" in the place of a key.
pub const NOBODY: &str = "none";

/// How an exchange is deployed to a cluster. Keys and hashes are text: addresses in base 58, hashes in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Genesis hash of the cluster, in base 58: what `getGenesisHash` answers there. Another cluster is refused.
    #[serde(default)]
    pub genesis_hash: Option<String>,
    /// Hash of the program that was announced: sha256 of its file without trailing zeros, in hexadecimal.
    #[serde(default)]
    pub program_sha256: Option<String>,
    /// Bytes that the program has room for. Without it a quarter more than the program needs when it is first deployed.
    #[serde(default)]
    pub program_room: Option<usize>,
    /// Mint of the quote currency: a plain SPL token with 6 decimals.
    #[serde(default)]
    pub quote_mint: Option<String>,
    /// Who the exchange is handed over to; it has to accept with its own key. Without it the deployer stays the admin.
    #[serde(default)]
    pub admin: Option<String>,
    /// Who may reduce risk at once.
    #[serde(default)]
    pub guardian: Option<String>,
    /// Owner of the token accounts to which the treasury's money may go.
    #[serde(default)]
    pub treasury: Option<String>,
    /// Who may replace the program in the end; `none` is nobody, ever. Without it the deployer keeps it.
    #[serde(default)]
    pub upgrade_authority: Option<String>,
    /// Quote currency that the exchange's own insurance holds at the launch, in whole USD; the deployer pays what is missing.
    #[serde(default)]
    pub insurance_usd: u64,
    /// Program that owns the price accounts: a generation of Pyth's receiver. Without it that of [`keel_sdk::pyth::RECEIVER`].
    #[serde(default)]
    pub price_owner: Option<String>,
    /// Program at whose derived addresses the feeds are pushed. Without it that of [`keel_sdk::pyth::PUSH_ORACLE`].
    #[serde(default)]
    pub push_oracle: Option<String>,
    /// Shard of the push oracle.
    #[serde(default)]
    pub push_shard: u16,
}

impl Deployment {
    /// A text that is set: neither missing nor empty.
    pub fn set(text: &Option<String>) -> Option<&str> {
        text.as_deref().filter(|text| !text.is_empty())
    }
}
