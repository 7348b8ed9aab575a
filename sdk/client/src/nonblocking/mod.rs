//! The asynchronous client. Files follow what it does: `read` accounts, `quote`, `send` transactions,
//! `deliver` them for certain, with the `priced` action of a trade.

mod deliver;
mod priced;
mod quote;
mod read;
mod send;

use std::sync::Arc;

use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;

/// An exchange behind a node's RPC. Cheap to clone: clones share the connection.
#[derive(Clone)]
pub struct Client {
    rpc: Arc<RpcClient>,
    commitment: CommitmentConfig,
}

impl Client {
    /// A client of the node at a URL, which reads what is confirmed.
    pub fn new(url: impl Into<String>) -> Self {
        Self::from_rpc(Arc::new(RpcClient::new_with_commitment(url.into(), CommitmentConfig::confirmed())))
    }

    /// A client over a connection that is there already, with its commitment.
    pub fn from_rpc(rpc: Arc<RpcClient>) -> Self {
        let commitment = rpc.commitment();
        Self { rpc, commitment }
    }

    /// The same client, reading what is committed that far.
    #[must_use]
    pub fn with_commitment(self, commitment: CommitmentConfig) -> Self {
        Self { commitment, ..self }
    }

    /// How far what is read is committed.
    pub const fn commitment(&self) -> CommitmentConfig {
        self.commitment
    }

    /// The connection, for whatever else the node can do.
    pub fn rpc(&self) -> &RpcClient {
        &self.rpc
    }
}

impl core::fmt::Debug for Client {
    /// Without the URL: a node's key is often part of it.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").field("commitment", &self.commitment).finish_non_exhaustive()
    }
}
