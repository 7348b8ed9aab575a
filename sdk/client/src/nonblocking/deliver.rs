//! Bringing one signed transaction onto the chain, and knowing what became of it.
//!
//! The end is decided by what a node says of one fork: the transaction's status, or its absence at a slot by which the
//! confirmed chain is past the last block height that the transaction's blockhash allows. Nodes behind one address may be
//! apart, so an absence counts only if it was seen at that slot or later.

use core::time::Duration;
use std::time::Instant;

use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_rpc_client_api::client_error::{Error as RpcFailure, ErrorKind};
use solana_rpc_client_api::config::{RpcSendTransactionConfig, RpcTransactionConfig, UiTransactionEncoding};
use solana_rpc_client_api::request::RpcError;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::UiTransactionStatusMeta;
use solana_transaction_status_client_types::option_serializer::OptionSerializer;
use tokio::time::sleep;
use tracing::debug;

use super::Client;
use super::send::{budget, returned};
use crate::error::{ClientError, Result};
use crate::logs;
use crate::refusal::refusal;
use crate::send::{Receipt, SendOptions};

/// Time between the first two questions for the status; it doubles up to [`SLOWEST`].
const FASTEST: Duration = Duration::from_millis(50);
/// Longest time between questions for the status: a slot.
const SLOWEST: Duration = Duration::from_millis(400);
/// How often a node is asked for the log of a transaction that it has confirmed.
const LOG_ATTEMPTS: u32 = 20;
/// Codes by which a node says that it will never take a transaction: its form, or its signatures.
const REFUSING_CODES: [i64; 3] = [-32_600, -32_602, -32_003];

/// What became of a transaction that is in a block.
pub(super) struct Landed {
    slot: u64,
    error: Option<TransactionError>,
}

impl Client {
    /// Sends a transaction until it is committed far enough, or never can be.
    pub(super) async fn deliver(
        &self,
        transaction: &VersionedTransaction,
        last_height: u64,
        options: &SendOptions,
    ) -> Result<Landed> {
        let signature = transaction.signatures.first().copied().ok_or(ClientError::NoPayer)?;
        let started = Instant::now();
        let mut sent: Option<Instant> = None;
        let mut over_at: Option<u64> = None;
        let mut pause = FASTEST;
        while started.elapsed() < options.give_up_after {
            if sent.is_none_or(|at| at.elapsed() >= options.resend_after) {
                if sent.is_some() {
                    over_at = over_at.or(self.passed(last_height).await);
                }
                if over_at.is_none() {
                    self.send_once(transaction, sent.is_none()).await?;
                }
                sent = Some(Instant::now());
            }
            match self.status(&signature, options.confirm).await {
                Ok((_, Some(landed))) => return Ok(landed),
                Ok((slot, None)) if over_at.is_some_and(|over_at| slot >= over_at) => {
                    return Err(ClientError::Expired(signature));
                }
                Ok(_) => {}
                Err(error) => debug!(%signature, %error, "no status"),
            }
            sleep(pause).await;
            pause = pause.saturating_mul(2).min(SLOWEST);
        }
        Err(ClientError::Undecided(signature))
    }

    /// Hands a transaction to the node. What the node cannot do now, it may do next time; what it says it never will, ends
    /// the matter if it has never had the transaction before.
    async fn send_once(&self, transaction: &VersionedTransaction, is_first: bool) -> Result<()> {
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        match self.rpc().send_transaction_with_config(transaction, config).await {
            Ok(_) => Ok(()),
            Err(error) if is_first && is_final(&error) => Err(error.into()),
            Err(error) => {
                debug!(%error, "not sent, will be sent again");
                Ok(())
            }
        }
    }

    /// The slot at which the node's confirmed chain was past a block height, if it is.
    async fn passed(&self, height: u64) -> Option<u64> {
        let info = self.rpc().get_epoch_info_with_commitment(CommitmentConfig::confirmed()).await;
        let info = info.inspect_err(|error| debug!(%error, "no block height")).ok()?;
        (info.block_height > height).then_some(info.absolute_slot)
    }

    /// What the node knows of a transaction, and at which slot: nothing too where it knows it but not yet far enough. A
    /// transaction that it knows at all has not expired, so the slot is 0 then.
    async fn status(&self, signature: &Signature, confirm: CommitmentConfig) -> Result<(u64, Option<Landed>)> {
        let answer = self.rpc().get_signature_statuses(&[*signature]).await?;
        let Some(status) = answer.value.into_iter().next().flatten() else { return Ok((answer.context.slot, None)) };
        if !status.satisfies_commitment(confirm) {
            return Ok((0, None));
        }
        Ok((0, Some(Landed { slot: status.slot, error: status.err })))
    }

    /// The receipt of a transaction that landed, or its refusal.
    pub(super) async fn receipt(
        &self,
        transaction: &VersionedTransaction,
        landed: Landed,
        instructions: &[Instruction],
        options: &SendOptions,
    ) -> Result<Receipt> {
        let signature = transaction.signatures.first().copied().ok_or(ClientError::NoPayer)?;
        let told = self.told(&signature, options.confirm).await;
        let lines = told.as_ref().and_then(|meta| some(&meta.log_messages).cloned());
        if let Some(error) = landed.error {
            let lead = budget(instructions, options).instructions().len();
            return Err(refusal(error, lines.unwrap_or_default(), instructions, lead));
        }
        let said = lines.as_deref().map(logs::read);
        let told = told.as_ref();
        Ok(Receipt {
            signature,
            slot: landed.slot,
            units: told.and_then(|meta| some(&meta.compute_units_consumed)).copied().unwrap_or_default(),
            fee: told.map(|meta| meta.fee).unwrap_or_default(),
            return_data: told.and_then(|meta| some(&meta.return_data)).map(returned).unwrap_or_default(),
            is_complete: said.as_ref().is_some_and(|said| !said.is_cut),
            events: said.map(|said| said.events).unwrap_or_default(),
            unreclaimed: None,
        })
    }

    /// What the node keeps of a transaction that it has confirmed; it may take a moment to have it.
    async fn told(&self, signature: &Signature, confirm: CommitmentConfig) -> Option<UiTransactionStatusMeta> {
        // No node keeps what is only processed.
        let commitment = if confirm.is_finalized() { confirm } else { CommitmentConfig::confirmed() };
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(commitment),
            max_supported_transaction_version: Some(0),
        };
        let mut pause = FASTEST;
        for _ in 0..LOG_ATTEMPTS {
            match self.rpc().get_transaction_with_config(signature, config).await {
                Ok(found) => return found.transaction.meta,
                Err(error) => debug!(%signature, %error, "no log yet"),
            }
            sleep(pause).await;
            pause = pause.saturating_mul(2).min(SLOWEST);
        }
        None
    }
}

fn is_final(error: &RpcFailure) -> bool {
    match error.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => REFUSING_CODES.contains(code),
        _ => false,
    }
}

fn some<T>(value: &OptionSerializer<T>) -> Option<&T> {
    match value {
        OptionSerializer::Some(value) => Some(value),
        OptionSerializer::None | OptionSerializer::Skip => None,
    }
}
