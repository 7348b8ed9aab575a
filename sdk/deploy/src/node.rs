//! A node that is asked and sent to, over RPC.
//!
//! A transaction is sent until it is confirmed or its blockhash has expired; then it is signed again, a few times. Who
//! calls reads the chain before doing anything again, so that what came through after all is not done twice.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use keel_sdk::error::from_code;
use solana_account::Account;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::Instruction;
use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::client_error::{Error as RpcFailure, ErrorKind};
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_rpc_client_api::request::{RpcError, RpcResponseErrorData};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;

/// Accounts that one request may ask for.
const ACCOUNTS_AT_ONCE: usize = 100;
/// How often a transaction is signed anew.
const ATTEMPTS: usize = 4;
/// Shortest and longest pause between two looks at a signature.
const PAUSES: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(800));
/// Looks at a signature before its blockhash must have expired: about 90 seconds.
const LOOKS: usize = 120;

/// A node.
pub struct Node<'a> {
    rpc: &'a RpcClient,
    /// Micro-lamports for each compute unit; 0 adds no instruction.
    pub priority_fee: u64,
}

/// Why a transaction did not come through.
#[derive(Debug)]
pub enum SendError {
    /// The cluster refused it; it will do so again.
    Refused(anyhow::Error),
    /// Nobody knows: the node did not answer, or the transaction was not seen in time.
    Lost(anyhow::Error),
}

impl From<SendError> for anyhow::Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Refused(error) | SendError::Lost(error) => error,
        }
    }
}

impl<'a> Node<'a> {
    /// A node that is reached by this client, at the client's commitment.
    pub const fn new(rpc: &'a RpcClient) -> Self {
        Self { rpc, priority_fee: 0 }
    }

    /// The client.
    pub const fn rpc(&self) -> &'a RpcClient {
        self.rpc
    }

    /// The accounts at these addresses, in their order.
    pub async fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>> {
        let mut accounts = Vec::with_capacity(addresses.len());
        for part in addresses.chunks(ACCOUNTS_AT_ONCE) {
            accounts.extend(self.rpc.get_multiple_accounts(part).await.context("the node does not tell accounts")?);
        }
        Ok(accounts)
    }

    /// The account at an address.
    pub async fn account(&self, address: &Pubkey) -> Result<Option<Account>> {
        Ok(self.accounts(&[*address]).await?.pop().flatten())
    }

    /// Sends instructions as one transaction and waits until it is confirmed. The first signer pays.
    pub async fn send(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Signature, SendError> {
        let mut last = anyhow!("nothing was sent");
        for _ in 0..ATTEMPTS {
            match self.attempt(instructions, signers).await {
                Err(SendError::Lost(error)) => last = error,
                done => return done,
            }
        }
        Err(SendError::Lost(last))
    }

    /// A transaction of these instructions, signed over the latest blockhash, sent. Does not wait for it.
    pub(crate) async fn launch(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        blockhash: solana_rpc_client_api::client_error::Result<solana_hash::Hash>,
        skip_preflight: bool,
    ) -> Result<Signature, SendError> {
        let blockhash = blockhash.map_err(|error| SendError::Lost(error.into()))?;
        let mut all = Vec::with_capacity(instructions.len().saturating_add(1));
        if self.priority_fee != 0 {
            all.push(ComputeBudgetInstruction::set_compute_unit_price(self.priority_fee));
        }
        all.extend_from_slice(instructions);
        let payer = signers.first().map(|signer| signer.pubkey());
        let mut transaction = Transaction::new_with_payer(&all, payer.as_ref());
        let signed = transaction.try_sign(&signers.to_vec(), blockhash);
        signed.map_err(|error| SendError::Refused(error.into()))?;
        let preflight_commitment = Some(self.rpc.commitment().commitment);
        let config = RpcSendTransactionConfig { skip_preflight, preflight_commitment, ..Default::default() };
        self.rpc.send_transaction_with_config(&transaction, config).await.map_err(|error| judged(&error))
    }

    async fn attempt(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Signature, SendError> {
        let blockhash = self.rpc.get_latest_blockhash().await;
        let signature = self.launch(instructions, signers, blockhash, false).await?;
        let mut pause = PAUSES.0;
        for _ in 0..LOOKS {
            let status = self.rpc.get_signature_statuses(&[signature]).await;
            let status = status.map_err(|error| SendError::Lost(error.into()))?.value.pop().flatten();
            if let Some(status) = status {
                if let Some(error) = status.err.clone() {
                    let error: TransactionError = error.into();
                    return Err(SendError::Refused(anyhow!("{signature}: {}", told(&error))));
                }
                if status.satisfies_commitment(self.rpc.commitment()) {
                    return Ok(signature);
                }
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(PAUSES.1);
        }
        Err(SendError::Lost(anyhow!("{signature} was not confirmed in time")))
    }
}

/// Whether sending it again can help.
fn judged(error: &RpcFailure) -> SendError {
    let Some(cause) = error.get_transaction_error() else {
        return SendError::Lost(anyhow!("the node did not take a transaction: {error}"));
    };
    if matches!(cause, TransactionError::BlockhashNotFound) {
        return SendError::Lost(anyhow!("the blockhash expired"));
    }
    let logs = logs(error).join("\n    ");
    let text = if logs.is_empty() { told(&cause) } else { format!("{}\n    {logs}", told(&cause)) };
    SendError::Refused(anyhow!(text))
}

/// The transaction's error, with the engine's sentence where the program said no.
fn told(error: &TransactionError) -> String {
    if let TransactionError::InstructionError(index, InstructionError::Custom(code)) = error
        && let Some(error) = from_code(*code)
    {
        return format!("instruction {index} is refused, {error:?} ({code}): {error}");
    }
    error.to_string()
}

/// What the simulated transaction logged.
fn logs(error: &RpcFailure) -> Vec<String> {
    match error.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError {
            data: RpcResponseErrorData::SendTransactionPreflightFailure(simulated),
            ..
        }) => simulated.logs.clone().unwrap_or_default(),
        _ => Vec::new(),
    }
}
