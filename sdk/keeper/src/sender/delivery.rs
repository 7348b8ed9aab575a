//! One job from instructions to what came of it.
//!
//! It is simulated; if that succeeds it is signed once and the same bytes are handed to nodes again and again until the
//! transaction is seen or its blockhash is *known* to have expired: all nodes that serve have
//! passed its last block, and none of them knows the transaction. Only then is the job's key free to be planned and signed anew, so nothing has
//! effect twice, whatever was lost, repeated or answered wrongly on the way.

use std::sync::Arc;
use std::time::Duration;

use solana_commitment_config::CommitmentConfig;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_pubkey::Pubkey;
use solana_rpc_client_api::config::{RpcSendTransactionConfig, RpcSimulateTransactionConfig, RpcTransactionConfig};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::{TransactionStatus, UiTransactionEncoding};
use tokio::time::Instant;

use super::fees::FeePolicy;
use super::refusal::Refusal;
use crate::endpoints::{CallError, Endpoints};
use crate::metrics;
use crate::profit::{Realised, Receipt};

/// The most that a transaction may ask for.
pub const MOST_UNITS: u32 = 1_400_000;
/// Blocks past the last valid one after which a blockhash is taken for expired.
const PAST: u64 = 8;
/// A receipt is asked for so often.
const RECEIPT_TRIES: u32 = 10;
/// Budget instructions in front.
const BUDGET: usize = 2;

/// How deliveries go.
#[derive(Clone, Debug)]
pub struct Manner {
    /// What is bid.
    pub fees: FeePolicy,
    /// The same transaction is handed over again after this.
    pub resend: Duration,
    /// A transaction's status is asked for this often.
    pub poll: Duration,
    /// Nothing is sent, only simulated.
    pub dry: bool,
    /// Lookup tables that transactions may use.
    pub tables: Vec<AddressLookupTableAccount>,
}

/// What is delivered.
#[derive(Clone)]
pub struct Parcel {
    /// Kind of the job, for metrics.
    pub kind: &'static str,
    /// All instructions, without budget.
    pub instructions: Vec<Instruction>,
    /// Compute units of the instructions.
    pub units: u32,
    /// Who pays and who else signs; the payer first.
    pub signers: Vec<Arc<Keypair>>,
    /// The margin account whose income is booked.
    pub account: Pubkey,
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took effect.
    Confirmed {
        /// By which transaction.
        signature: Signature,
        /// In which slot.
        slot: u64,
        /// What it cost and brought; nothing if no node gave the receipt.
        realised: Option<Realised>,
    },
    /// It was executed and refused; the fee is paid.
    Failed {
        /// By which transaction.
        signature: Signature,
        /// In which slot.
        slot: u64,
        /// Why.
        refusal: Refusal,
        /// What it cost.
        realised: Option<Realised>,
    },
    /// The simulation says that somebody else was first, or that it is not due any more.
    Dropped(Refusal),
    /// The simulation refuses it.
    Refused(Refusal),
    /// It was sent, and is known never to take effect.
    Expired,
    /// Nothing was sent: no endpoint, or it could not be built.
    Unsent(String),
    /// Nothing was sent because nothing is to be.
    Dry,
}

impl Outcome {
    /// Its name in metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Confirmed { .. } => "confirmed",
            Self::Failed { .. } => "failed",
            Self::Dropped(_) => "dropped",
            Self::Refused(_) => "refused",
            Self::Expired => "expired",
            Self::Unsent(_) => "unsent",
            Self::Dry => "dry",
        }
    }
}

/// Delivers parcels.
pub struct Courier {
    endpoints: Arc<Endpoints>,
    manner: Manner,
}

impl Courier {
    /// A courier to these endpoints.
    pub fn new(endpoints: Arc<Endpoints>, manner: Manner) -> Self {
        Self { endpoints, manner }
    }

    /// Delivers one.
    pub async fn deliver(&self, parcel: &Parcel) -> Outcome {
        match self.attempt(parcel).await {
            Ok(outcome) => outcome,
            Err(reason) => Outcome::Unsent(reason),
        }
    }

    /// An error here means that nothing was handed to any node.
    async fn attempt(&self, parcel: &Parcel) -> Result<Outcome, String> {
        let price = self.manner.fees.price(&self.endpoints, &parcel.instructions).await;
        let draft = self.sign(parcel, parcel.units, price, Hash::default())?;
        let units = match self.simulate(parcel, draft).await.map_err(|error| error.to_string())? {
            Ok(units) => units,
            Err(refusal) if refusal.somebody_was_first() => return Ok(Outcome::Dropped(refusal)),
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        if self.manner.dry {
            return Ok(Outcome::Dry);
        }
        let commitment = CommitmentConfig::confirmed();
        let (blockhash, last_valid) = self
            .endpoints
            .call(|rpc| async move { rpc.get_latest_blockhash_with_commitment(commitment).await })
            .await
            .map_err(|error| error.to_string())?;
        let transaction = self.sign(parcel, limit(units), price, blockhash)?;
        let signature = transaction.signatures.first().copied().ok_or("nobody signs it")?;
        let Some(status) = self.see_through(parcel.kind, &transaction, signature, last_valid).await else {
            return Ok(Outcome::Expired);
        };
        let receipt = self.receipt(signature).await;
        let realised = receipt.as_ref().map(|receipt| receipt.realised(&parcel.account));
        let slot = status.slot;
        Ok(match status.err {
            None => Outcome::Confirmed { signature, slot, realised },
            Some(error) => {
                let logs = receipt.map(|receipt| receipt.logs).unwrap_or_default();
                Outcome::Failed { signature, slot, refusal: refusal(parcel, error, &logs), realised }
            }
        })
    }

    fn sign(&self, parcel: &Parcel, units: u32, price: u64, blockhash: Hash) -> Result<VersionedTransaction, String> {
        let payer = parcel.signers.first().ok_or("nobody pays for it")?;
        let budget: [Instruction; BUDGET] = [
            ComputeBudgetInstruction::set_compute_unit_limit(units.min(MOST_UNITS)),
            ComputeBudgetInstruction::set_compute_unit_price(price),
        ];
        let all: Vec<Instruction> = budget.into_iter().chain(parcel.instructions.iter().cloned()).collect();
        let message = v0::Message::try_compile(&payer.pubkey(), &all, &self.manner.tables, blockhash);
        let message = VersionedMessage::V0(message.map_err(|error| format!("it cannot be put together: {error}"))?);
        let needed = message.static_account_keys().iter().take(message.header().num_required_signatures.into());
        let signers = needed.map(|key| {
            let signer = parcel.signers.iter().find(|signer| signer.pubkey() == *key);
            signer.ok_or_else(|| format!("it needs the signature of {key}, which the keeper does not have"))
        });
        let signers = signers.collect::<Result<Vec<_>, _>>()?;
        VersionedTransaction::try_new(message, &signers).map_err(|error| format!("it cannot be signed: {error}"))
    }

    /// Units that it takes, or why it is refused.
    async fn simulate(&self, parcel: &Parcel, draft: VersionedTransaction) -> Result<Result<u64, Refusal>, CallError> {
        let config = RpcSimulateTransactionConfig {
            sig_verify: false,
            replace_recent_blockhash: true,
            commitment: Some(CommitmentConfig::confirmed()),
            encoding: Some(UiTransactionEncoding::Base64),
            ..RpcSimulateTransactionConfig::default()
        };
        let draft = &draft;
        let answer = self
            .endpoints
            .call(|rpc| {
                let config = config.clone();
                async move { rpc.simulate_transaction_with_config(draft, config).await }
            })
            .await?;
        let result = answer.value;
        Ok(match result.err {
            None => Ok(result.units_consumed.unwrap_or(u64::from(parcel.units))),
            Some(error) => Err(refusal(parcel, error.into(), &result.logs.unwrap_or_default())),
        })
    }

    /// Hands the transaction over until it is seen, or known to be expired (`None`).
    async fn see_through(
        &self,
        kind: &'static str,
        transaction: &VersionedTransaction,
        signature: Signature,
        last_valid: u64,
    ) -> Option<TransactionStatus> {
        let mut handed = self.hand_over(kind, transaction, false).await;
        loop {
            tokio::time::sleep(self.manner.poll).await;
            let known = self.endpoints.call(|rpc| async move { rpc.get_signature_statuses(&[signature]).await }).await;
            match known.ok().and_then(|answer| answer.value.into_iter().next()) {
                Some(Some(status)) if status.satisfies_commitment(CommitmentConfig::confirmed()) => {
                    return Some(status);
                }
                Some(None) if handed.elapsed() >= self.manner.resend => {
                    if let Some(slot) = self.expired_at(last_valid).await {
                        match self.final_look(signature, slot).await {
                            FinalLook::Seen(status) => return Some(*status),
                            FinalLook::NowhereKnown => return None,
                            FinalLook::NobodySays => {}
                        }
                    }
                    handed = self.hand_over(kind, transaction, true).await;
                }
                // It is on its way, or nobody answers now.
                _ => {}
            }
        }
    }

    /// Gives it to the best endpoint, or to all that serve. What they answer decides nothing: statuses do.
    async fn hand_over(&self, kind: &'static str, transaction: &VersionedTransaction, everybody: bool) -> Instant {
        // It was simulated, and whether to repeat it is decided here.
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            encoding: Some(UiTransactionEncoding::Base64),
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        metrics::sent(kind);
        if everybody {
            let send = |rpc: Arc<solana_rpc_client::nonblocking::rpc_client::RpcClient>| async move {
                rpc.send_transaction_with_config(transaction, config).await
            };
            for error in self.endpoints.call_all(send).await.into_iter().filter_map(Result::err) {
                tracing::debug!(kind, %error, "a node did not take the transaction");
            }
        } else {
            let answer = self
                .endpoints
                .call(|rpc| async move { rpc.send_transaction_with_config(transaction, config).await })
                .await;
            if let Err(error) = answer {
                tracing::debug!(kind, %error, "the transaction was not taken");
            }
        }
        Instant::now()
    }

    /// The slot by which all nodes that serve and answer had passed the last valid block, if they have.
    async fn expired_at(&self, last_valid: u64) -> Option<u64> {
        let commitment = CommitmentConfig::confirmed();
        let infos =
            self.endpoints.call_all(|rpc| async move { rpc.get_epoch_info_with_commitment(commitment).await }).await;
        let known: Vec<_> = infos.into_iter().filter_map(Result::ok).collect();
        let passed = known.iter().all(|info| info.block_height > last_valid.saturating_add(PAST));
        let slot = known.iter().map(|info| info.absolute_slot).max();
        slot.filter(|_| passed)
    }

    /// Asks every endpoint that serves, with its history. That one does not know the transaction counts only if it says so
    /// of the slot, or a later one: behind one address there may be several nodes.
    async fn final_look(&self, signature: Signature, slot: u64) -> FinalLook {
        let answers = self
            .endpoints
            .call_all(|rpc| async move { rpc.get_signature_statuses_with_history(&[signature]).await })
            .await;
        let mut look = FinalLook::NobodySays;
        for answer in answers.into_iter().filter_map(Result::ok) {
            match answer.value.into_iter().next() {
                Some(Some(status)) if status.satisfies_commitment(CommitmentConfig::confirmed()) => {
                    return FinalLook::Seen(Box::new(status));
                }
                Some(Some(_)) => return FinalLook::NobodySays,
                Some(None) if answer.context.slot >= slot => look = FinalLook::NowhereKnown,
                _ => {}
            }
        }
        look
    }

    async fn receipt(&self, signature: Signature) -> Option<Receipt> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(CommitmentConfig::confirmed()),
            max_supported_transaction_version: Some(0),
        };
        for _ in 0..RECEIPT_TRIES {
            let answer = self
                .endpoints
                .call(|rpc| async move { rpc.get_transaction_with_config(&signature, config).await })
                .await;
            if let Some(meta) = answer.ok().and_then(|answer| answer.transaction.meta) {
                let (before, after) = (meta.pre_balances.first().copied(), meta.post_balances.first().copied());
                return Some(Receipt {
                    succeeded: meta.err.is_none(),
                    fee: meta.fee,
                    before: before.unwrap_or_default(),
                    after: after.unwrap_or_default(),
                    logs: Option::from(meta.log_messages).unwrap_or_default(),
                });
            }
            tokio::time::sleep(self.manner.poll).await;
        }
        None
    }
}

/// What all nodes say of a transaction that should have expired.
enum FinalLook {
    Seen(Box<TransactionStatus>),
    NowhereKnown,
    NobodySays,
}

/// Units to ask for where a simulation took so many: a fifth more, since the curve moves until then.
pub fn limit(simulated: u64) -> u32 {
    let asked = simulated.saturating_add(simulated / 5).saturating_add(5_000);
    u32::try_from(asked).unwrap_or(MOST_UNITS).min(MOST_UNITS)
}

fn refusal(parcel: &Parcel, error: TransactionError, logs: &[String]) -> Refusal {
    let own = |index: usize| {
        let instruction = index.checked_sub(BUDGET).and_then(|index| parcel.instructions.get(index));
        instruction.is_some_and(|instruction| instruction.program_id == keel_sdk::PROGRAM_ID)
    };
    Refusal::new(error, logs, own)
}
