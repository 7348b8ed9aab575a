//! Sending: compose, simulate, sign, send until it is confirmed or can never be, and read what was said.
//!
//! One call sends one signature, again and again where it gets lost, never a second one. It ends with a receipt, with the
//! refusal, with `Expired` once the chain has passed the last block that could hold the transaction and does not know it,
//! or with `Undecided` where the node gives no answer: only after `Expired` may the same intent be signed anew.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_sdk::budget::{self, MAX_UNITS};
use keel_sdk::views::{self, View};
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::config::RpcSimulateTransactionConfig;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_status_client_types::{UiReturnDataEncoding, UiTransactionReturnData};

use super::Client;
use crate::error::{ClientError, Result};
use crate::logs;
use crate::message::{self, Budget};
use crate::refusal::refusal;
use crate::send::{Receipt, SendOptions, Simulated};

impl Client {
    /// Sends instructions as one transaction, signed by all of `signers`, of which the first pays, and waits until it is
    /// committed as far as `options` say.
    ///
    /// Errors with `Program` where the exchange refuses, `Transaction` where the chain or another program does, `Expired`,
    /// `Undecided`, and with whatever keeps it from being composed.
    pub async fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        options: &SendOptions,
    ) -> Result<Receipt> {
        let payer = signers.first().ok_or(ClientError::NoPayer)?.pubkey();
        if options.simulate {
            let _would = self.simulate(instructions, &payer, options).await?;
        }
        let (blockhash, last_height) = self.rpc().get_latest_blockhash_with_commitment(self.commitment()).await?;
        let transaction = compose(instructions, signers, &payer, options, blockhash)?;
        let landed = self.deliver(&transaction, last_height, options).await?;
        self.receipt(&transaction, landed, instructions, options).await
    }

    /// What instructions would do now as one transaction, without anybody's signature. Errors as [`Self::send`].
    pub async fn simulate(
        &self,
        instructions: &[Instruction],
        payer: &Pubkey,
        options: &SendOptions,
    ) -> Result<Simulated> {
        let budget = budget(instructions, options);
        let message = message::compile(payer, instructions, budget, &options.tables, Hash::default())?;
        let transaction = message::unsigned(message)?;
        let config = RpcSimulateTransactionConfig {
            sig_verify: false,
            replace_recent_blockhash: true,
            commitment: Some(CommitmentConfig { commitment: CommitmentLevel::Processed }),
            ..RpcSimulateTransactionConfig::default()
        };
        let answer = self.rpc().simulate_transaction_with_config(&transaction, config).await?.value;
        let lines = answer.logs.unwrap_or_default();
        if let Some(error) = answer.err {
            return Err(refusal(error.into(), lines, instructions, budget.instructions().len()));
        }
        Ok(Simulated {
            units: answer.units_consumed.unwrap_or_default(),
            events: logs::read(&lines).events,
            return_data: answer.return_data.map(|data| returned(&data)).unwrap_or_default(),
            logs: lines,
        })
    }

    /// The answer of one of the program's view instructions. Any funded key may stand for the payer: nothing is paid.
    ///
    /// Errors as [`Self::simulate`], and with `Node` where the answer is of no known layout.
    pub async fn view<V: View>(&self, instruction: Instruction, payer: &Pubkey) -> Result<V> {
        let simulated = self.simulate(&[instruction], payer, &SendOptions::default()).await?;
        views::decode(&simulated.return_data)
            .ok_or_else(|| ClientError::Node("return data of no known layout".to_owned()))
    }
}

/// A signed transaction of the instructions behind their budget.
fn compose(
    instructions: &[Instruction],
    signers: &[&Keypair],
    payer: &Pubkey,
    options: &SendOptions,
    blockhash: Hash,
) -> Result<VersionedTransaction> {
    let budget = budget(instructions, options);
    let message = message::compile(payer, instructions, budget, &options.tables, blockhash)?;
    message::sign(message, signers)
}

/// The budget of these instructions: what options say, otherwise what was measured of them, and of the budget's own.
pub(super) fn budget(instructions: &[Instruction], options: &SendOptions) -> Budget {
    let asking = Budget { units: MAX_UNITS, price: options.priority_fee_micro_lamports };
    let measured = || budget::total(&[&asking.instructions(), instructions].concat());
    Budget { units: options.compute_units.unwrap_or_else(measured), ..asking }
}

/// Bytes that a transaction returned.
pub(super) fn returned(data: &UiTransactionReturnData) -> Vec<u8> {
    let (bytes, UiReturnDataEncoding::Base64) = &data.data;
    STANDARD.decode(bytes).unwrap_or_default()
}
