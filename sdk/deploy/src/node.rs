//! A node that is asked and sent to, over RPC.
//!
//! A transaction is sent until it is confirmed, and signed anew only once its blockhash has expired and it did not come
//! through: so nothing is done twice. Where nobody tells, that is the answer, and who calls reads the chain before doing
//! anything again.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use keel_sdk::error::from_code;
use solana_account::Account;
use solana_commitment_config::CommitmentConfig;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
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
/// How often a transaction is signed anew once it has expired.
const ATTEMPTS: usize = 4;
/// Shortest and longest pause between two looks at a signature.
const PAUSES: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(800));
/// Looks at a signature: more than a blockhash lives.
const LOOKS: usize = 240;
/// Looks between two times that a transaction is sent as it is.
const LOOKS_BETWEEN: usize = 8;

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
    /// It expired: it never came through and never will.
    Expired(anyhow::Error),
    /// Nobody knows: the node does not answer.
    Lost(anyhow::Error),
}

impl From<SendError> for anyhow::Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Refused(error) | SendError::Expired(error) | SendError::Lost(error) => error,
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
        let mut last = SendError::Expired(anyhow!("nothing was sent"));
        for _ in 0..ATTEMPTS {
            match self.attempt(instructions, signers).await {
                Err(expired @ SendError::Expired(_)) => last = expired,
                done => return done,
            }
        }
        Err(last)
    }

    /// Sends instructions as one transaction over a blockhash and does not wait for it. What is refused is found out by
    /// who looks for what it was to do.
    pub(crate) async fn throw(
        &self,
        instructions: &[Instruction],
        signer: &Keypair,
        blockhash: Hash,
    ) -> Result<Signature> {
        let transaction = self.signed(instructions, &[signer], blockhash)?;
        let config = RpcSendTransactionConfig { skip_preflight: true, ..Default::default() };
        Ok(self.rpc.send_transaction_with_config(&transaction, config).await?)
    }

    fn signed(&self, instructions: &[Instruction], signers: &[&Keypair], blockhash: Hash) -> Result<Transaction> {
        let mut all = Vec::with_capacity(instructions.len().saturating_add(1));
        if self.priority_fee != 0 {
            all.push(ComputeBudgetInstruction::set_compute_unit_price(self.priority_fee));
        }
        all.extend_from_slice(instructions);
        let payer = signers.first().map(|signer| signer.pubkey());
        let mut transaction = Transaction::new_with_payer(&all, payer.as_ref());
        transaction.try_sign(&signers.to_vec(), blockhash)?;
        Ok(transaction)
    }

    /// One transaction, sent again as it is until it is confirmed, refused, or can never come through.
    async fn attempt(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Signature, SendError> {
        let blockhash = self.rpc.get_latest_blockhash().await.map_err(|error| SendError::Expired(error.into()))?;
        let transaction = self.signed(instructions, signers, blockhash).map_err(SendError::Refused)?;
        let signature = transaction.signatures.first().copied().unwrap_or_default();
        let preflight_commitment = Some(self.rpc.commitment().commitment);
        let config = RpcSendTransactionConfig { preflight_commitment, ..Default::default() };
        let mut pause = PAUSES.0;
        for look in 0..LOOKS {
            if look % LOOKS_BETWEEN == 0
                && let Err(error) = self.rpc.send_transaction_with_config(&transaction, config).await
            {
                judge(&error, look == 0)?;
            }
            if let Some(outcome) = self.outcome(&signature).await {
                return outcome.map(|()| signature);
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(PAUSES.1);
            let commitment = CommitmentConfig::processed();
            if look % LOOKS_BETWEEN == LOOKS_BETWEEN - 1
                && matches!(self.rpc.is_blockhash_valid(&blockhash, commitment).await, Ok(false))
            {
                // It may have come through in the last moment.
                let outcome = self.outcome(&signature).await;
                let expired = || Err(SendError::Expired(anyhow!("{signature} expired and was never confirmed")));
                return outcome.map_or_else(expired, |outcome| outcome.map(|()| signature));
            }
        }
        Err(SendError::Lost(anyhow!("nobody tells what became of {signature}: look at the chain and run it again")))
    }

    /// What became of a transaction, if the node knows it.
    async fn outcome(&self, signature: &Signature) -> Option<Result<(), SendError>> {
        let status = self.rpc.get_signature_statuses(&[*signature]).await.ok()?.value.pop().flatten()?;
        if let Some(error) = status.err.clone() {
            return Some(Err(SendError::Refused(anyhow!("{signature}: {}", told(&error)))));
        }
        status.satisfies_commitment(self.rpc.commitment()).then_some(Ok(()))
    }
}

/// Errors where the cluster says that a transaction can never come through. What the node did not hear is sent again; and
/// once it was sent, only its own status tells what became of it.
fn judge(error: &RpcFailure, is_first: bool) -> Result<(), SendError> {
    let Some(cause) = error.get_transaction_error().filter(|_| is_first) else { return Ok(()) };
    match cause {
        TransactionError::AlreadyProcessed => Ok(()),
        TransactionError::BlockhashNotFound => {
            Err(SendError::Expired(anyhow!("the node does not know its own blockhash")))
        }
        cause => {
            let logs = logs(error).join("\n    ");
            let text = if logs.is_empty() { told(&cause) } else { format!("{}\n    {logs}", told(&cause)) };
            Err(SendError::Refused(anyhow!(text)))
        }
    }
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
